"""Whether a customer's page offers nothing for now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from backorder.domain.offer_rest import offers_rest_until
from backorder.queries.views import CaseView


def offers_rest(case: CaseView, order: Sequence[CaseView], zone: ZoneInfo, today: date) -> bool:
    """Whether an answer is asked for, or the customer has just complained or cancelled.

    order: all lines of the order. zone, today: the shop's.
    """
    if case.consent.state == "asked":
        return True
    lines = (case, *order)
    complained = [each.received_at for line in lines for each in line.complaints]
    cancelled = [each.received_at for line in lines for each in line.cancellations if each.by == "customer"]
    until = offers_rest_until(max(complained, default=None), max(cancelled, default=None))
    return until is not None and until.astimezone(zone).date() >= today
