"""Withdrawing from the contract, where the law of the line gives the right to: what has left is sent back."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.authorizations import stamp
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.state import State
from backorder.domain.line.units import KnownError
from backorder.domain.notifications import Facts, Kind

WITHDRAWN = "withdraw"
"""What a customer chooses who ends the contract, and what the acknowledgement says that they chose."""


def has_the_right(state: State) -> bool:
    """Whether the law of the line gives its customer the right to withdraw, and it is not excepted."""
    law = state.terms.law
    return law is not None and law.withdrawal and state.terms.withdrawal


def may_withdraw(state: State, received_at: datetime) -> bool:
    """Whether any cancellation of that instant withdraws: all has shipped, and there is the right."""
    return has_the_right(state) and not state.quantity.open and had_left(state, received_at) > 0


def had_left(state: State, received_at: datetime) -> int:
    """Units that had shipped by then and that no withdrawal sends back yet."""
    return max(0, _shipped_by(state, received_at) - state.sent_back)


def not_sent_back_before(state: State, received_at: datetime) -> None:
    """Raises KnownError where every unit that had shipped by then is sent back with a withdrawal already."""
    if _shipped_by(state, received_at) and not had_left(state, received_at):
        raise KnownError("all that had left is sent back already; nothing more to do", Refusal.DONE)


def _shipped_by(state: State, received_at: datetime) -> int:
    left = sum(each.quantity for each in state.shipments if each.shipped_at <= received_at)
    return min(left, state.quantity.shipped)


def record_withdrawal(
    builder: DecisionBuilder, *, request: str, units: int, received_at: datetime, reason: str = ""
) -> None:
    """Put on record that units which had left are sent back, and tell the order system."""
    known, sent_back = builder.state.withdrawals, builder.state.sent_back + units
    builder.change(withdrawals=known if request in known else (*known, request), sent_back=sent_back)
    builder.publish("withdrawn", quantity=units, received_at=stamp(received_at), reason=reason or "customer")
    builder.because("the customer withdraws from the contract after the shipment")


def withdraw(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime, reason: str
) -> None:
    """Record a withdrawal with its instant, tell the order system, and tell the customer how to return.

    key: of the message. count: units that were named, None for all that had left.
    """
    shipped = had_left(builder.state, received_at)
    units = shipped if count is None else min(count, shipped)
    record_withdrawal(builder, request=request, units=units, received_at=received_at, reason=reason)
    tell_withdrawn(builder, key, units, received_at)


def tell_withdrawn(builder: DecisionBuilder, key: str, units: int, received_at: datetime) -> None:
    """Acknowledge a withdrawal of units that are sent back, with the instant at which it came in."""
    facts = Facts(
        quantity=units,
        choice=WITHDRAWN,
        received_at=builder.policy.calendar.local(received_at),
        refundable=builder.state.payment.captured,
    )
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)


def left_before_withdrawal(builder: DecisionBuilder, before: State) -> None:
    """Send back what a withdrawal had named and what, as a late report says, had left by then.

    before: the state before the report, which takes these units back from the cancellation.
    """
    if not has_the_right(before):
        return
    for was, each in zip(before.cancellations, builder.state.cancellations, strict=True):
        units = min(was.units - each.units, had_left(builder.state, each.received_at))
        if each.said == WITHDRAWN and units > 0:
            came = each.received_at
            record_withdrawal(builder, request=each.request, units=units, received_at=came)
            tell_withdrawn(builder, f"withdrawn/{each.request}/{builder.state.sent_back}", units, came)
