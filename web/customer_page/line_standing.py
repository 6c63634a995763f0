"""How a line stands, as its page shows it."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.notifications import PROMISE_KINDS, Facts, Why
from backorder.queries.views import CaseView


def is_awaited(case: CaseView) -> bool:
    """Whether what is open was not cancelled a moment ago, nor refused by the shop."""
    return not case.revocable and case.forecast.why != Why.REFUSED


def is_as_told(facts: Facts) -> bool:
    """Whether what was told of the date still stands."""
    return facts.previous_by is None and not facts.pay_part


def in_doubt(case: CaseView) -> bool:
    """Whether another date may have reached the customer since: nobody knows whether its message went."""
    if case.promise is None:
        return False
    return any(
        each.state == "unknown" and each.kind in PROMISE_KINDS and each.at >= case.promise.told_at
        for each in case.messages
    )


def comes(facts: Facts) -> bool:
    """Whether what was told of the supply still holds: its day is not over, and the shop delivers."""
    return facts.previous_by is None and facts.why is not Why.REFUSED


def status_of(case: CaseView, units: int) -> str:
    """How a line stands, as its page names it. units: those that are open."""
    quantity = case.quantity
    if units:
        return "waiting" if quantity.waiting else "ready"
    if quantity.shipped:
        return "shipped"
    return "substituted" if quantity.substituted else "cancelled"


def cancelled_at(case: CaseView, units: int) -> datetime | None:
    """When all of a line was cancelled; None where units are open, or went out."""
    quantity = case.quantity
    if units or quantity.shipped or quantity.substituted:
        return None
    return max((each.received_at for each in case.cancellations), default=None)
