"""What a withdrawal from the contract sends back of what had left, by the instants of the facts alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from backorder.domain.line.money_facts import Payment
from backorder.domain.line.state import Shipment, State, Withdrawal

CANCEL = "cancel"
"""What a customer chooses who ends what is open, and no more than that."""
WITHDRAWN = "withdraw"
"""What a customer chooses who ends the contract, and what the acknowledgement says that they chose."""


def has_the_right(state: State) -> bool:
    """Whether the law of the line gives its customer the right to withdraw, and it is not excepted."""
    law = state.terms.law
    return law is not None and law.withdrawal and state.terms.withdrawal


def sent_back(state: State) -> tuple[tuple[str, int], ...]:
    """Each request that withdraws and the units that it sends back, in the order of their instants.

    It is what had left by its instant and what none before it sends back, whatever was told first. A
    cancellation of open units counts for those that it names and does not end, if it ends the contract, and
    as a withdrawal, if none was open at its instant.
    """
    if not has_the_right(state):
        return ()
    taken, found = 0, []
    for each in sorted(withdrawing(state), key=lambda each: (each.received_at, each.request)):
        left = max(0, shipped_by(state, each.received_at) - taken)
        units = left if each.asked is None else min(left, each.asked)
        taken += units
        found.append((each.request, units))
    return tuple(found)


def units_sent_back(state: State) -> int:
    """All units that had left and are sent back, told or not."""
    return sum(units for _, units in sent_back(state))


def keeps_what_left(state: State) -> bool:
    """Whether something that left is kept, or something else came in its place."""
    return bool(state.quantity.substituted or units_sent_back(state) < state.quantity.shipped)


def keeps_some(state: State) -> bool:
    """Whether something of the line is kept, or still to come: what was paid for standard delivery comes back
    with the last of it.
    """
    return bool(state.quantity.open or keeps_what_left(state))


def withdrawing(state: State) -> Iterator[Withdrawal]:
    """Every word that withdraws, with the units that it names beside those that it ended."""
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


def shipped_by(state: State, received_at: datetime) -> int:
    """Units that had left before that instant: at the same one the customer's word comes first."""
    left = sum(each.quantity for each in state.shipments if each.shipped_at < received_at)
    return min(left, state.quantity.shipped)


def took_for_shipped(state: State) -> bool:
    """Whether the customer's money was taken for what left, or some of it."""
    return state.payment.captured or units_taken_for(state) > 0


def units_taken_for(state: State) -> int:
    """Units that left and whose money was taken.

    What is only authorized is captured as it leaves, and the order system need not report that; nothing is
    taken where the hold was over by then.
    """
    payment = state.payment
    if payment.captured:
        return state.quantity.shipped
    if payment.state != "authorized":
        return 0
    return _left(
        state, lambda each: was_held(payment, each.shipped_at) or state.is_done(capture_key(each.id))
    )


def units_unpaid(state: State) -> int:
    """Units that left when the hold on their money was over, and that the customer keeps."""
    held = _left(state, lambda each: was_held(state.payment, each.shipped_at))
    return state.quantity.shipped - max(held, min(state.quantity.shipped, units_sent_back(state)))


def was_held(payment: Payment, at: datetime) -> bool:
    """Whether nothing is missing for what left then: the money was held, or it never was and is not to be.

    A hold that was let go was there until then.
    """
    undone = payment.undone_at
    if payment.state == "unpaid" and undone is not None:
        return not payment.expired(at) or at < undone
    return not payment.expired(at)


def _left(state: State, counts: Callable[[Shipment], bool]) -> int:
    """Units of the shipments that count, without what left in vain."""
    return min(state.quantity.shipped, sum(each.quantity for each in state.shipments if counts(each)))


def capture_key(shipment: str) -> str:
    """What is done once it was asked for the money of a shipment."""
    return f"capture_due/{shipment}"


def paid_and_sent_back(state: State) -> dict[str, int]:
    """Of each request that withdraws, the units that it sends back and whose money was taken: the first ones
    that are sent back are those that were paid.
    """
    left, found = units_taken_for(state), {}
    for request, units in sent_back(state):
        found[request] = min(left, units)
        left -= found[request]
    return found


def units_refunded(state: State) -> int:
    """Units that were paid, and for which money goes back and nothing else comes."""
    back = min(units_sent_back(state), units_taken_for(state))
    return back + state.quantity.cancelled * state.payment.captured
