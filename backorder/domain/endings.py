"""Endings by policy: announced to the order system first, and dropped if the condition ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.cancelling import cancel_units
from backorder.domain.draft import Draft
from backorder.domain.policy import Policy, Stage
from backorder.domain.stages import bound_until, due_day, in_words
from backorder.domain.state import Ending, State, Status
from backorder.domain.step import ENDINGS, PROMISES, Step, after_hold, look_or_now
from backorder.domain.units import settle

NOTICE_OF_ENDING = timedelta(days=2)
"""How long before an ending by policy the order system hears of it."""
ALLOWANCE = timedelta(hours=1)
"""The stretch of business time in which only so many lines may end by policy."""


def ending_steps(policy: Policy, state: State) -> Iterator[Step]:
    """The announcement of an ending, or the announced ending itself."""
    if state.status is not Status.WAITING:
        return
    for place, stage in enumerate(policy.stages):
        if stage.do != "cancel" or state.is_done(stage.key):
            continue
        if state.ending is not None:
            if state.ending.stage == stage.id:
                yield _ending(policy, state, stage, place, state.ending.on)
        elif (day := due_day(policy, state, stage)) is not None:
            yield _announcing(policy, state, stage, place, day)


def drop_ending(draft: Draft) -> None:
    """Forget an announced ending whose condition does not hold any more."""
    ending = draft.state.ending
    if ending is None:
        return
    stage = draft.policy.stage(ending.stage)
    day = due_day(draft.policy, draft.state, stage) if stage and stage.do == "cancel" else None
    if draft.state.status is not Status.WAITING or day is None or day > ending.on:
        draft.change(ending=None)
        draft.publish("ending_withdrawn", stage=ending.stage, on=ending.on.isoformat())
        draft.because("the announced ending is off")


def _announcing(policy: Policy, state: State, stage: Stage, place: int, day: date) -> Step:
    at, bound = look_or_now(policy, state, day - NOTICE_OF_ENDING), bound_until(state)
    if bound is not None:
        at = max(at, policy.look(bound + ONE_DAY))

    def act(draft: Draft) -> None:
        on = max(day, draft.day + NOTICE_OF_ENDING)
        draft.change(ending=Ending(stage=stage.id, on=on))
        draft.publish("ending_due", stage=stage.id, on=on.isoformat())

    why = f"the line ends by the policy in {NOTICE_OF_ENDING.days} days: {in_words(stage)}"
    # After a promise that is due: a new date that is told now may be one that is kept.
    rank = (PROMISES, 1 + place)
    return Step(at=after_hold(state, at), rank=rank, what="ending_due", why=why, act=act)


def _ending(policy: Policy, state: State, stage: Stage, place: int, on: date) -> Step:
    def act(draft: Draft) -> None:
        if _too_many(draft):
            _postpone(draft, stage)
            return
        draft.done(stage.key)
        cancel_units(draft, request=stage.key, key=stage.key, count=None, by="policy", received_at=draft.at)
        settle(draft)

    at = after_hold(state, policy.look(on))
    return Step(at=at, rank=(ENDINGS, place), what=stage.key, why=in_words(stage), act=act, writes=True)


def _too_many(draft: Draft) -> bool:
    filled: datetime | None = draft.state.around.filled_at
    return filled is not None and draft.at - filled < ALLOWANCE


def _postpone(draft: Draft, stage: Stage) -> None:
    """So many endings at once look like a mistake: the line ends a day later, and an operator is called."""
    on = draft.day + ONE_DAY
    draft.change(ending=Ending(stage=stage.id, on=on))
    draft.need("endings_paused")
    draft.publish("escalated", stage=stage.id, reason="too many lines end by the policy within an hour")
    draft.because("too many lines end within an hour; this one waits a day")
