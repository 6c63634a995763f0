"""Instants that cannot be meant: nothing happens to a line long before its order, nor before its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    CancelRequested,
    Complained,
    CouponClaimed,
    Event,
    NoticeGiven,
    PaymentChanged,
    RefundSent,
    SendNowRequested,
    Shipped,
    SubstitutionRuled,
)
from backorder.domain.line.state import State
from backorder.domain.line.units import UnacceptableError

CLOCKS_DIFFER = timedelta(days=1)
"""How far the clocks of an order system and a warehouse, and their zones, may be apart."""
PAID_BEFORE = timedelta(days=366)
"""How long before an order its money may have been taken: for another one that it takes the place of."""
_NAMED: Mapping[type[Event], Mapping[str, timedelta]] = {
    CancelRequested: {"received_at": CLOCKS_DIFFER},
    Shipped: {"shipped_at": CLOCKS_DIFFER},
    Answered: {"received_at": CLOCKS_DIFFER},
    CancellationTakenBack: {"received_at": CLOCKS_DIFFER},
    Complained: {"received_at": CLOCKS_DIFFER},
    CouponClaimed: {"received_at": CLOCKS_DIFFER},
    SendNowRequested: {"received_at": CLOCKS_DIFFER},
    SubstitutionRuled: {"received_at": CLOCKS_DIFFER},
    NoticeGiven: {"as_of": CLOCKS_DIFFER},
    RefundSent: {"sent_at": CLOCKS_DIFFER, "failed_at": CLOCKS_DIFFER},
    PaymentChanged: {"as_of": PAID_BEFORE, "expires_at": CLOCKS_DIFFER},
}
"""The instants that an event names, and how long before the order each may lie."""


def refuse_before_the_order(state: State, event: Event) -> None:
    """Raises UnacceptableError, which names the instant, for an event long before its line was ordered."""
    named = _NAMED.get(type(event))
    if named is None:
        return
    for name, before in named.items():
        at: datetime | None = getattr(event, name)
        if at is not None and at < state.ordered_at - before:
            what = "ended" if name == "expires_at" else "happened"
            words = f"{at:%Y-%m-%d} is before the order of {state.ordered_at:%Y-%m-%d}"
            raise UnacceptableError(f"it cannot have {what} then: {words}; is the year right?")
    _refuse_a_day_before(state, event)
    _refuse_before_its_cause(state, event)


def _refuse_a_day_before(state: State, event: Event) -> None:
    """What a call or a letter named is no day that was over, everywhere on earth, before the order."""
    day = event.by_date if isinstance(event, NoticeGiven) else None
    if day is not None and (state.ordered_at.date() - day).days > 1:
        words = f"{day} is before the order of {state.ordered_at:%Y-%m-%d}"
        raise UnacceptableError(f"nobody can have been told that day: {words}; is the year right?")


def _refuse_before_its_cause(state: State, event: Event) -> None:
    """Money fails after it was sent, and the order system takes over what the customer has chosen by then."""
    at: datetime | None
    cause: datetime | None
    if isinstance(event, RefundSent):
        at, what = event.failed_at, "the money was sent"
        cause = next((each.sent_at for each in state.money_sent if each.refund == event.refund), None)
    elif isinstance(event, SubstitutionRuled):
        at, what = event.received_at, "the customer chose it"
        cause = state.swap.received_at if state.swap is not None else None
    else:
        return
    if at is not None and cause is not None and at < cause - CLOCKS_DIFFER:
        words = f"{at:%Y-%m-%d} is before {what}, on {cause:%Y-%m-%d}"
        raise UnacceptableError(f"it cannot have happened then: {words}; is the year right?")
