"""Endings by policy: announced to the order system first, and dropped if the condition ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.cancellations import cancel_units
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.stage_conditions import bound_until, due_day, units_left
from backorder.domain.line.state import AutomaticCancellation, State, Status
from backorder.domain.line.step import ENDINGS, PROMISES, Step, after_hold, review_or_now
from backorder.domain.line.units import close_if_done
from backorder.domain.policy.policy import Policy, Stage

NOTICE_OF_ENDING = timedelta(days=2)
"""How long before an ending by policy the order system hears of it."""
ALLOWANCE = timedelta(hours=1)
"""The stretch of business time in which only so many lines may end by policy."""


def automatic_cancellation_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The announcement of an ending of a line that waits, or the announced ending itself."""
    for place, stage in policy.endings:
        if state.is_done(stage.key):
            continue
        if state.automatic_cancellation is not None:
            if state.automatic_cancellation.stage == stage.id:
                yield _ending(policy, state, stage, place, state.automatic_cancellation.on)
        elif (day := due_day(policy, state, stage)) is not None:
            yield _announcing(policy, state, stage, place, day)


def revoke_automatic_cancellation(builder: DecisionBuilder) -> None:
    """Forget an announced ending whose condition does not hold any more."""
    ending = builder.state.automatic_cancellation
    if ending is None:
        return
    stage = builder.policy.stage(ending.stage)
    day = due_day(builder.policy, builder.state, stage) if stage and stage.do == "cancel" else None
    if builder.state.status is not Status.WAITING or day is None or day > ending.on:
        builder.change(automatic_cancellation=None)
        builder.publish("ending_withdrawn", stage=ending.stage, on=ending.on.isoformat())
        builder.because("the announced ending is off")


def _announcing(policy: Policy, state: State, stage: Stage, place: int, day: date) -> Step:
    at, bound = review_or_now(policy, state, day - NOTICE_OF_ENDING), bound_until(state)
    if bound is not None:
        at = max(at, policy.daily_review(bound + ONE_DAY))

    def act(builder: DecisionBuilder) -> None:
        on = max(day, builder.day + NOTICE_OF_ENDING)
        builder.change(automatic_cancellation=AutomaticCancellation(stage=stage.id, on=on))
        builder.publish("ending_due", stage=stage.id, on=on.isoformat())

    why = f"the line ends by the policy in {NOTICE_OF_ENDING.days} days: {stage.condition}"
    # After a promise that is due: a new date that is told now may be one that is kept.
    rank = (PROMISES, 1 + place)
    return Step(at=after_hold(state, at), rank=rank, what="ending_due", why=why, act=act)


def _ending(policy: Policy, state: State, stage: Stage, place: int, on: date) -> Step:
    def act(builder: DecisionBuilder) -> None:
        if _too_many(builder):
            _postpone(builder, stage)
            return
        builder.done(stage.key)
        stays = units_left(builder.state, builder.day)
        count = builder.state.quantity.open - stays if stays else None
        cancel_units(
            builder, request=stage.key, key=stage.key, count=count, by="policy", received_at=builder.at
        )
        builder.change(automatic_cancellation=None)
        close_if_done(builder)

    at = after_hold(state, policy.daily_review(on))
    return Step(at=at, rank=(ENDINGS, place), what=stage.key, why=stage.condition, act=act, writes=True)


def _too_many(builder: DecisionBuilder) -> bool:
    filled: datetime | None = builder.state.context.filled_at
    return filled is not None and builder.at - filled < ALLOWANCE


def _postpone(builder: DecisionBuilder, stage: Stage) -> None:
    """So many endings at once look like a mistake: the line ends a day later, and an operator is called."""
    on = builder.day + ONE_DAY
    builder.change(automatic_cancellation=AutomaticCancellation(stage=stage.id, on=on))
    builder.need("endings_paused")
    builder.publish("escalated", stage=stage.id, reason="too many lines end by the policy within an hour")
    builder.because("too many lines end within an hour; this one waits a day")
