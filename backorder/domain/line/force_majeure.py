"""Force majeure: a person's decision, and the only ground on which a refund is refused."""

from __future__ import annotations

from backorder.domain.law.packs import PACKS
from backorder.domain.line.cancellations import write_of_refusal
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import ForceMajeureDecided
from backorder.domain.line.ledger import shipping_refused_with
from backorder.domain.line.money_facts import Refund
from backorder.domain.line.refunds import reckon
from backorder.domain.line.state import State
from backorder.domain.line.units import KnownError, UnacceptableError, close_if_done


def force_majeure_decided(builder: DecisionBuilder, event: ForceMajeureDecided) -> None:
    """Refuse what is owed for cancellations by the customer because the delivery was late."""
    state, key = builder.state, f"force_majeure/{event.request}"
    if state.is_done(key):
        raise KnownError("this was decided before")
    law = state.terms.law
    if law is None or not law.force_majeure:
        names = ", ".join(each.name for each in PACKS.values() if each.force_majeure)
        raise UnacceptableError(
            f"a refund may be refused for force majeure under {names} alone, and the law of this line is"
            f" {state.terms.pack or 'not known'}; the money stays due"
        )
    claims = [each for each in state.refunds if each.remaining > 0]
    late = [each for each in claims if _is_for_lateness(builder, each)]
    if not late:
        raise UnacceptableError(_nothing_to_refuse(state, claims))
    if any(each.sent for each in late):
        raise UnacceptableError("a part of the refund was sent already; the rest stays due")
    builder.done(key)
    builder.change(refused=(*state.refused, *(each.request for each in late)))
    reckon(builder, state)
    for each in late:
        builder.publish(
            "refund_refused",
            amount=each.amount,
            currency=each.currency,
            shipping_if_none_shipped=shipping_refused_with(builder.state, each),
        )
    write_of_refusal(builder, {each.request for each in late})
    builder.because("the refund is refused, since a person decided that force majeure excuses the delay")
    close_if_done(builder)


def _is_for_lateness(builder: DecisionBuilder, claim: Refund) -> bool:
    """Whether a refund is owed since the customer cancelled after the day that was stated to them."""
    state = builder.state
    made = next((each for each in state.cancellations if each.request == claim.request), None)
    stated = state.terms.legal_date
    if made is None or stated is None or made.by != "customer":
        return False
    return builder.day_of(made.received_at) > stated


def _nothing_to_refuse(state: State, claims: list[Refund]) -> str:
    if not claims:
        return "no refund is owed now; force majeure is decided once the customer has cancelled"
    stated = state.terms.legal_date
    day = stated.isoformat() if stated else "that was stated"
    return (
        "force majeure excuses a late delivery alone: what is owed is for a cancellation by the shop, or for"
        f" one that came no later than the day {day}; the money stays due"
    )
