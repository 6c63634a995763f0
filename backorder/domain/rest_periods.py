"""For how long nobody is offered anything who has just complained or cancelled. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

AFTER_COMPLAINT = timedelta(days=14)
"""A complaint is ended within a month, most in half of that; an offer before reads as not having listened."""
AFTER_CANCELLATION = timedelta(days=14)
"""Who cancels gets the money back within two weeks by every law that is kept here; until then they hear of
nothing else to buy.
"""


def offers_rest_until(complained_at: datetime | None, cancelled_at: datetime | None) -> datetime | None:
    """Until when who complained or cancelled at an instant, about any line of theirs, is offered nothing.

    None for who did neither.
    """
    ends = [
        at + rest
        for at, rest in ((complained_at, AFTER_COMPLAINT), (cancelled_at, AFTER_CANCELLATION))
        if at is not None
    ]
    return max(ends, default=None)
