"""Stages of the policy that fall due once in a life: offers to the customer, and calls for a person."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from backorder.domain.complaints import offers_rest_until
from backorder.domain.line.alternatives import SHOWN, affordable
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.stage_conditions import holds_from
from backorder.domain.line.state import Offer, State, Status
from backorder.domain.line.step import STAGES, Step, after_hold, out_of_reach, review_or_now
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import Policy, Stage


def stage_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The stages that are not done, endings aside. A line that is fully allocated is offered nothing."""
    offering = state.status is Status.WAITING and not out_of_reach(state) and not open_question(state)
    distance = _keeping_distance(policy, state)
    for place, stage in policy.actions:
        if (stage.offers and not offering) or state.is_done(stage.key):
            continue
        day = holds_from(policy, state, stage)
        if day is None:
            continue
        at = review_or_now(policy, state, day)
        if stage.offers and distance is not None and distance > at:
            at = distance
        yield Step(
            at=after_hold(state, at),
            rank=(STAGES, place),
            what=stage.key,
            why=stage.condition,
            act=partial(_act, stage),
            writes=stage.offers,
        )


def _keeping_distance(policy: Policy, state: State) -> datetime | None:
    """The look from which an offer keeps its distance from the last message, and from a complaint of the
    customer's; None without either.
    """
    written, rests = state.last_contacts.message, offers_rest_until(state.context.complained_at)
    days = [written + timedelta(days=policy.updates.spacing)] if written is not None else []
    if rests is not None:
        days.append(policy.calendar.day(rests) + timedelta(days=1))
    return policy.look(max(days)) if days else None


def _act(stage: Stage, builder: DecisionBuilder) -> None:
    builder.done(stage.key)
    _ACTS[stage.do](builder, stage)


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
    builder.tell(stage.key, Kind.COUPON, facts, awaits="coupon_issued")
    builder.mark(offer=builder.day)


def coupon_code(backorder: str, stage: str) -> str:
    """A code that is the same however often it is worked out, and that gives nothing away."""
    digest = sha256(f"{backorder}\n{stage}".encode()).digest()
    return "BK-" + b32encode(digest[:5]).decode()


def _escalate(builder: DecisionBuilder, stage: Stage) -> None:
    builder.need(f"escalated:{stage.id}")
    builder.publish("escalated", stage=stage.id, reason=stage.condition)


_ACTS: dict[str, Callable[[DecisionBuilder, Stage], None]] = {
    "offer_alternatives": _offer_alternatives,
    "coupon": _coupon,
    "escalate": _escalate,
}
