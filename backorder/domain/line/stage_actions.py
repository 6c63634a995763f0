"""Stages of the policy that fall due once in a life: offers to the customer, and calls for a person."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.ledger import worth
from backorder.domain.line.stage_conditions import due_day, in_words
from backorder.domain.line.state import Offer, State, Status
from backorder.domain.line.step import STAGES, Step, after_hold, out_of_reach, review_or_now
from backorder.domain.money import rounded
from backorder.domain.notifications import Alternative, Facts, Kind
from backorder.domain.policy.policy import Policy, Stage

SHOWN = 3
"""How many alternatives one offer names."""
NEAR_PRICE = Decimal("0.7")
"""A product of the same category stands in if it costs at least this share of what was paid for one."""


def stage_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The stages that are not done, endings aside. A line that is fully allocated is offered nothing."""
    offering = state.status is Status.WAITING and not out_of_reach(state)
    for place, stage in enumerate(policy.stages):
        if stage.do == "cancel" or (stage.offers and not offering) or state.is_done(stage.key):
            continue
        day = due_day(policy, state, stage)
        if day is not None:
            yield _stage(policy, state, stage, place, review_or_now(policy, state, day))


def _stage(policy: Policy, state: State, stage: Stage, place: int, at: datetime) -> Step:
    written = state.last_contacts.message
    if stage.offers and written is not None:
        at = max(at, policy.look(written + timedelta(days=policy.updates.spacing)))

    def act(builder: DecisionBuilder) -> None:
        builder.done(stage.key)
        _ACTS[stage.do](builder, stage)

    return Step(
        at=after_hold(state, at),
        rank=(STAGES, place),
        what=stage.key,
        why=in_words(stage),
        act=act,
        writes=stage.offers,
    )


def _offer_alternatives(builder: DecisionBuilder, stage: Stage) -> None:
    state = builder.state
    found = tuple(each for each in state.context.alternatives if affordable(state, each))[:SHOWN]
    if not found:
        builder.because("nothing in stock can stand in, so nothing was offered")
        return
    offer = Offer(key=stage.key, kind=Kind.ALTERNATIVES, on=builder.day, alternatives=found)
    builder.change(offers=(*state.offers, offer))
    builder.tell(stage.key, Kind.ALTERNATIVES, Facts(quantity=state.quantity.open, alternatives=found))
    builder.mark(offer=builder.day)


def affordable(state: State, alternative: Alternative) -> bool:
    """Whether all open units of it cost no more than was paid for them, in the same currency.

    What was paid decides, also where that is less than the list price, or nothing.
    """
    payment, units = state.payment, state.quantity.open
    if alternative.price.currency != payment.currency:
        return False
    return rounded(alternative.price.amount * units, payment.currency) <= worth(state, units)


def _coupon(builder: DecisionBuilder, stage: Stage) -> None:
    until = builder.day + timedelta(days=stage.valid)
    code = coupon_code(builder.state.id, stage.id)
    offer = Offer(
        key=stage.key,
        kind=Kind.COUPON,
        on=builder.day,
        percent=stage.percent,
        code=code,
        valid_until=until,
    )
    builder.change(offers=(*builder.state.offers, offer))
    builder.publish("coupon_issued", code=code, percent=str(stage.percent), valid_until=until.isoformat())
    if not builder.state.context.marketing:
        builder.because("the customer did not agree to promotions, so the coupon is not sent")
        return
    facts = Facts(quantity=builder.state.quantity.open, percent=stage.percent, code=code, valid_until=until)
    builder.tell(stage.key, Kind.COUPON, facts)
    builder.mark(offer=builder.day)


def coupon_code(backorder: str, stage: str) -> str:
    """A code that is the same however often it is worked out, and that gives nothing away."""
    digest = sha256(f"{backorder}\n{stage}".encode()).digest()
    return "BK-" + b32encode(digest[:5]).decode()


def _escalate(builder: DecisionBuilder, stage: Stage) -> None:
    builder.need(f"escalated:{stage.id}")
    builder.publish("escalated", stage=stage.id, reason=in_words(stage))


_ACTS: dict[str, Callable[[DecisionBuilder, Stage], None]] = {
    "offer_alternatives": _offer_alternatives,
    "coupon": _coupon,
    "escalate": _escalate,
}
