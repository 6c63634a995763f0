"""Withdrawing from the contract after the shipment, where the law of the line gives the right to."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.authorizations import stamp
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.state import State
from backorder.domain.notifications import Facts, Kind

WITHDRAWN = "withdraw"
"""What the acknowledgement of a withdrawal says that the customer chose."""


def may_withdraw(state: State, received_at: datetime) -> bool:
    """Whether a cancellation of that instant withdraws: all has shipped, and the right is not excepted."""
    law = state.terms.law
    if law is None or not law.withdrawal or not state.terms.withdrawal or state.quantity.open:
        return False
    shipped = state.quantity.shipped > 0
    return shipped and all(each.shipped_at <= received_at for each in state.shipments)


def withdraw(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime, reason: str
) -> None:
    """Record a withdrawal with its instant, tell the order system, and tell the customer how to return."""
    shipped = builder.state.quantity.shipped
    units = shipped if count is None else min(count, shipped)
    builder.change(withdrawals=(*builder.state.withdrawals, request))
    builder.publish("withdrawn", quantity=units, received_at=stamp(received_at), reason=reason or "customer")
    builder.tell(key, Kind.ANSWER_RECEIVED, Facts(quantity=units, choice=WITHDRAWN))
    builder.because("the customer withdraws from the contract after the shipment")
