"""Withdrawing from the contract, where the law of the line gives the right to: what has left is sent back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backorder.domain.line.authorizations import stamp
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.ledger import tally
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.state import Cancellation, State, Withdrawal
from backorder.domain.line.units import KnownError
from backorder.domain.notifications import Facts, Kind

CANCEL = "cancel"
"""What a customer chooses who ends what is open, and no more than that."""
WITHDRAWN = "withdraw"
"""What a customer chooses who ends the contract, and what the acknowledgement says that they chose."""


def has_the_right(state: State) -> bool:
    """Whether the law of the line gives its customer the right to withdraw, and it is not excepted."""
    law = state.terms.law
    return law is not None and law.withdrawal and state.terms.withdrawal


def only_sends_back(state: State, request: str, received_at: datetime) -> bool:
    """Whether a cancellation of that instant, of whatever it names, withdraws: there is the right, some units
    had left, and none was open then.
    """
    if not has_the_right(state) or not _shipped_by(state, received_at):
        return False
    asked = Cancellation(request=request, key="", asked=None, units=0, received_at=received_at, by="customer")
    known = (*state.cancellations, asked)
    return not tally(state.quantity.ordered, known, state.shipments, state.substitutions).cancelled[-1]


def withdraw(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime, reason: str
) -> None:
    """Record a withdrawal of what had left with its instant, and tell everyone.

    key: of the message. count: units that were named, None for all that had left. reason: in words, "" for
    none. Raises KnownError where every unit that had left is sent back already.
    """
    before, withdrawal = builder.state, Withdrawal(request=request, asked=count, received_at=received_at)
    builder.change(after_shipment=(*before.after_shipment, withdrawal))
    if not dict(sent_back(builder.state))[request] and all_named(before, received_at):
        raise KnownError("all that had left is sent back already; nothing more to do", Refusal.DONE)
    send_back(builder, before, request=request, key=key, reason=reason)
    if builder.state.sent_back == before.sent_back:
        builder.because("these units are sent back already; what counts is when this came in")


def sent_back(state: State) -> tuple[tuple[str, int], ...]:
    """Each request that withdraws and the units that it sends back, in the order of their instants.

    It is what had left by its instant and what none before it sends back, whatever was told first. A
    cancellation of open units counts for those that it names and does not end, if it ends the contract, and
    as a withdrawal, if none was open at its instant.
    """
    if not has_the_right(state):
        return ()
    taken, found = 0, []
    for each in sorted(_withdrawing(state), key=lambda each: (each.received_at, each.request)):
        left = max(0, _shipped_by(state, each.received_at) - taken)
        units = left if each.asked is None else min(left, each.asked)
        taken += units
        found.append((each.request, units))
    return tuple(found)


def send_back(
    builder: DecisionBuilder,
    before: State,
    *,
    request: str = "",
    key: str = "",
    reason: str = "",
    told: bool = False,
) -> None:
    """Tell everyone what is sent back beyond what they know of.

    before: the state without the fact that is heard. request, key, reason: the word that is heard, the key of
    the message about it, and why it was said. told: its customer knows how to return the goods.
    """
    if not (builder.state.after_shipment or builder.state.cancellations):
        return
    known, came = (
        dict(sent_back(before)),
        {each.request: each.received_at for each in _withdrawing(builder.state)},
    )
    back = sent_back(builder.state)
    more = sum(units for _, units in back) - builder.state.sent_back
    for name, units in back:
        fresh = min(units - known.get(name, 0), more)
        if fresh <= 0:
            continue
        more -= fresh
        is_this = name == request
        _record(builder, name, fresh, came[name], reason if is_this else "")
        if not is_this:
            _tell(builder, f"withdrawn/{name}/{builder.state.sent_back}", fresh, came[name])
        elif not told:
            _tell(builder, key, fresh, came[name])


def _withdrawing(state: State) -> Iterator[Withdrawal]:
    yield from state.after_shipment
    for each in state.cancellations:
        if each.said == WITHDRAWN or (each.said == CANCEL and not each.units):
            rest = None if each.asked is None else max(0, each.asked - each.units)
            yield Withdrawal(request=each.request, asked=rest, received_at=each.received_at)


def all_named(state: State, received_at: datetime) -> bool:
    """Whether words until then name every unit, so that one more changes nothing, whatever else is heard."""
    named = [each.asked for each in state.after_shipment if each.received_at <= received_at]
    named += [
        each.asked
        for each in state.cancellations
        if each.said == WITHDRAWN and each.received_at <= received_at
    ]
    return None in named or sum(filter(None, named)) >= state.quantity.ordered


def _shipped_by(state: State, received_at: datetime) -> int:
    """Units that had left before that instant: at the same one the customer's word comes first."""
    left = sum(each.quantity for each in state.shipments if each.shipped_at < received_at)
    return min(left, state.quantity.shipped)


def _record(builder: DecisionBuilder, request: str, units: int, received_at: datetime, reason: str) -> None:
    state = builder.state
    known = state.withdrawals if request in state.withdrawals else (*state.withdrawals, request)
    builder.change(withdrawals=known, sent_back=state.sent_back + units)
    builder.publish("withdrawn", quantity=units, received_at=stamp(received_at), reason=reason or "customer")
    builder.because("the customer withdraws from the contract after the shipment")


def _tell(builder: DecisionBuilder, key: str, units: int, received_at: datetime) -> None:
    """Acknowledge a withdrawal of units that are sent back, with the instant at which it came in."""
    facts = Facts(
        quantity=units,
        choice=WITHDRAWN,
        received_at=builder.policy.calendar.local(received_at),
        refundable=builder.state.payment.captured,
    )
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)
