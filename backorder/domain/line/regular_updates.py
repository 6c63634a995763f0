"""Regular updates: a quiet customer hears from the shop this often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain, count

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import with_last_day
from backorder.domain.line.part_dates import late_parts
from backorder.domain.line.ship_window import slip
from backorder.domain.line.state import State
from backorder.domain.line.step import UPDATES, Step, after_hold, after_loss, out_of_reach
from backorder.domain.line.units import facts_now
from backorder.domain.line.unpaid_facts import is_told_to_pay
from backorder.domain.notifications import Facts, Kind, Why
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import how_many
from backorder.domain.update_frequency import days_between

MEANS_ANOTHER_STEP = timedelta(days=2)
"""A regular update is left out if another message falls due within this time."""
_WHAT = Kind.STILL_WAITING.value


def update_steps(
    policy: Policy, state: State, others: Iterable[Step], now: datetime | None = None
) -> Sequence[Step]:
    """The next regular update of a line that waits, counted from the last message that stated a date.

    None for who was asked to pay for all of it: what they read next is what came of that.

    now: one that is overdue by then goes then, or not where another message falls due soon after.
    """
    last, offered, rules = state.last_contacts.dated, state.last_contacts.offer, policy.updates
    if last is None or state.pending is not None or out_of_reach(state) or is_told_to_pay(state):
        return ()
    every = days_between(rules.every, state.context.update_days)
    due = last + every * ONE_DAY
    if offered is not None:
        due = max(due, offered + rules.spacing * ONE_DAY)
    at = after_loss(state, after_hold(state, policy.daily_review(due)))
    if _means_another_step(others, at if now is None else max(at, now)):
        return ()

    def act(builder: DecisionBuilder) -> None:
        key, facts = _unused_key(builder.state, due), _as_sure_as_it_is(builder)
        builder.tell(key, Kind.STILL_WAITING, facts, last_contacts={"dated": builder.day})

    return (Step(at, (UPDATES, 0), _WHAT, _why(every), act, writes=True),)


@lru_cache(maxsize=64)
def _why(every: int) -> str:
    return f"nothing was said for {how_many(every, 'day')}"


def _unused_key(state: State, due: date) -> str:
    """The due day's key; with the number of the attempt where one of that day did not go."""
    key = f"{Kind.STILL_WAITING.value}/{due.isoformat()}"
    attempts = chain((key,), (f"{key}/{number}" for number in count(2)))
    return next(each for each in attempts if not state.is_done(each))


def _as_sure_as_it_is(builder: DecisionBuilder) -> Facts:
    """What stands, and that it may not: a slip that is not told yet, small or made by time alone."""
    facts, promise = with_last_day(builder.policy, builder.state, facts_now(builder)), builder.state.promise
    if promise is not None and promise.by is not None and facts.by == promise.by:
        facts = facts.replace(since=promise.told_on)
    state = builder.state
    if facts.why is Why.UNPAID:  # what expires on a payment moves no day (semantics.md): theirs is named
        named = promise.by if promise is not None else None
        return facts.replace(previous_by=named, pay_url=state.payment.pay_url)
    if facts.by is None or (slip(state) <= 0 and not late_parts(builder.policy, state)):
        return facts
    return facts.replace(why=Why.UNCERTAIN)


def _means_another_step(others: Iterable[Step], at: datetime) -> bool:
    """Whether another message falls due soon, and is still worth sending by then."""
    soon = at + MEANS_ANOTHER_STEP
    for step in others:
        if step.writes and step.at <= soon and (step.until is None or step.alive(max(step.at, at))):
            return True
    return False
