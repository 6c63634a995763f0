"""Stages of the policy that fall due once in a life: offers to the customer, and calls for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.alternatives import SHOWN, affordable
from backorder.domain.line.coupons import is_used_up, issue, month_of
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import with_last_day
from backorder.domain.line.offers_at_rest import question_is_open, rests_until
from backorder.domain.line.seldom_asked import alternatives
from backorder.domain.line.stage_conditions import holds_from
from backorder.domain.line.state import Offer, State
from backorder.domain.line.step import (
    STAGES,
    Step,
    after_hold,
    after_loss,
    out_of_reach,
    review_or_change,
    supply_changed_at,
)
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import Policy, Stage


def stage_steps(policy: Policy, state: State, *, waiting: bool) -> list[Step]:
    """The stages that are not done, endings aside. waiting: units of the line are not set aside.

    A line that is fully allocated is offered nothing, nor is one of which a question of the law waits to go.
    An offer's message waits for that of a promise, also while what it tells settles, or was lost.
    One with an open question, or that is not delivered, is sent no offer; what could be taken instead is on
    its customer's page alone.
    """
    quiet = bool(_why_on_the_page(state))
    unwritten = quiet or state.pending is not None
    offering = waiting and not out_of_reach(state) and not _is_about_to_be_asked(state)
    changed_at = supply_changed_at(state)
    changed_on = policy.calendar.day(changed_at)
    distance: datetime | None = None
    done = dict(state.done)
    found = []
    for place, stage in policy.actions:
        if stage.key in done:
            continue
        on_the_page = quiet and stage.do == "offer_alternatives"
        writes = stage.offers and not on_the_page
        if stage.offers and (not offering or (writes and unwritten)):
            continue
        day = holds_from(policy, state, stage)
        if day is None:
            continue
        at = review_or_change(policy, changed_at, changed_on, day)
        if writes:
            distance = distance or _keeping_distance(policy, state) or changed_at
            at = after_loss(state, max(at, distance))
        if state.hold is not None:
            at = after_hold(state, at)
        rank, act = (STAGES, place), partial(_act, stage)
        found.append(Step(at, rank, stage.key, stage.condition, act, writes))
    return found


def _why_on_the_page(state: State) -> str:
    """Why nothing is offered by message; "" where it may be."""
    if question_is_open(state):
        return "a question of the law is open"
    return "the shop does not deliver it" if state.delivery_refused_at is not None else ""


def _is_about_to_be_asked(state: State) -> bool:
    """Whether a question of the law waits to go: an offer planned now would be refused at the door."""
    return state.pending is not None and state.pending.kind is Kind.CONSENT_REQUEST


def _keeping_distance(policy: Policy, state: State) -> datetime | None:
    """The look from which an offer keeps its distance from the last message, and from a complaint or a
    cancellation of the customer's, about whatever line; None without any.
    """
    written, rests = state.last_contacts.message, rests_until(state)
    first = written + policy.updates.spacing * ONE_DAY if written is not None else None
    if rests is not None:
        after = policy.calendar.day(rests) + ONE_DAY
        first = max(first, after) if first is not None else after
    return policy.daily_review(first) if first is not None else None


def _act(stage: Stage, builder: DecisionBuilder) -> None:
    builder.done(stage.key)
    _ACTS[stage.do](builder, stage)


def _offer_alternatives(builder: DecisionBuilder, stage: Stage) -> None:
    state = builder.state
    found = tuple(each for each in alternatives(state) if affordable(builder.policy, state, each))[:SHOWN]
    if not found:
        builder.because("nothing in stock can stand in, so nothing was offered")
        return
    offer = Offer(
        key=stage.key, kind=Kind.ALTERNATIVES, on=builder.day, alternatives=found, units=state.quantity.open
    )
    builder.change(offers=(*state.offers, offer))
    if why := _why_on_the_page(state):
        builder.because(f"{why}, so what could be sent instead is on the page alone")
        return
    facts = with_last_day(builder.policy, state, Facts(quantity=state.quantity.open, alternatives=found))
    builder.tell(stage.key, Kind.ALTERNATIVES, facts, last_contacts={"offer": builder.day})


def _coupon(builder: DecisionBuilder, stage: Stage) -> None:
    state = builder.state
    if any(each.kind is Kind.COUPON for each in state.offers):
        builder.because("the line has had its coupon, so there is no other")
        return
    until = builder.day + timedelta(days=stage.valid)
    offer = Offer(key=stage.key, kind=Kind.COUPON, on=builder.day, percent=stage.percent, valid_until=until)
    if not state.context.marketing:
        builder.change(offers=(*state.offers, offer))
        builder.because("the customer did not agree to promotions, so the code waits on their page")
        return
    if is_used_up(builder, stage):
        month = month_of(builder.day)
        builder.because(
            f"the {stage.budget} coupons of {stage.id} for {month} are given out, so it gets none"
        )
        return
    issued = issue(builder, offer)
    facts = Facts(quantity=state.quantity.open, percent=stage.percent, code=issued.code, valid_until=until)
    builder.tell(stage.key, Kind.COUPON, facts, awaits="coupon_issued", last_contacts={"offer": builder.day})


def _upgrade(upgrade: str, builder: DecisionBuilder, stage: Stage) -> None:
    """Better shipping: the order system sees to it, and the customer hears once it has taken that over."""
    state, payment = builder.state, builder.state.payment
    if upgrade == "free" and not payment.shipping_paid:
        builder.because("nothing was to be paid for shipping, so there is nothing to give")
        return
    offer = Offer(key=stage.key, kind=Kind.SHIPPING_UPGRADE, on=builder.day, upgrade=upgrade)
    builder.change(offers=(*state.offers, offer))
    builder.publish(
        "shipping_upgraded", upgrade=upgrade, shipping_paid=payment.shipping_paid, currency=payment.currency
    )
    facts = with_last_day(builder.policy, state, Facts(quantity=state.quantity.open, upgrade=upgrade))
    if upgrade == "free" and payment.captured:
        facts = facts.replace(shipping=Money(payment.shipping_paid, payment.currency))
    builder.tell(
        stage.key,
        Kind.SHIPPING_UPGRADE,
        facts,
        awaits="shipping_upgraded",
        last_contacts={"offer": builder.day},
    )


def _escalate(builder: DecisionBuilder, stage: Stage) -> None:
    builder.need(f"escalated:{stage.id}")
    builder.publish("escalated", stage=stage.id, reason=stage.condition)


_ACTS: dict[str, Callable[[DecisionBuilder, Stage], None]] = {
    "offer_alternatives": _offer_alternatives,
    "coupon": _coupon,
    "free_shipping": partial(_upgrade, "free"),
    "faster_shipping": partial(_upgrade, "faster"),
    "escalate": _escalate,
}
