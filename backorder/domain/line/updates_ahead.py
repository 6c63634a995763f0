"""Regular updates that follow each other with nothing between: worked out at once instead of played."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.due_steps import living, steps
from backorder.domain.line.regular_updates import MEANS_ANOTHER_STEP
from backorder.domain.line.state import State, Status
from backorder.domain.line.step import UNDELIVERED, UPDATES, Step
from backorder.domain.policy.policy import Policy
from backorder.domain.records import record
from backorder.domain.update_frequency import days_between


@record(frozen=True, slots=True)
class UpdatesAhead:
    """count: of updates, one or more; first, last: when they go, and why.

    state: of the line once the last one has gone. quiet_until: nothing else falls due before.
    """

    count: int
    why: str
    first: datetime
    last: datetime
    state: State
    quiet_until: datetime


def next_update(policy: Policy, state: State, own: int) -> datetime | None:
    """When the next regular update goes, if nothing comes between; None where no day was told yet.

    own: how often the customer wants to hear, in days; 0: as the policy says.
    """
    last = state.last_contacts.dated
    if last is None:
        return None
    return policy.daily_review(last + days_between(policy.updates.every, own) * ONE_DAY)


def updates_ahead(
    policy: Policy, state: State, now: datetime, until: datetime, owed: Sequence[Step] | None = None
) -> UpdatesAhead | None:
    """Updates that come before anything else happens, if any do by then.

    now: nothing waits to go or is on its way. owed: the steps of that state, where they are known already.
    An update changes nothing but the day of the last word, which makes no other step due earlier: those that
    are owed now say how many updates come before them. After those there may be more.
    """
    last = state.last_contacts.dated
    if last is None:
        return None
    every = days_between(policy.updates.every, state.context.update_days) * ONE_DAY
    first = policy.daily_review(last + every)
    if first > until or first <= now or not _is_at_rest(state, policy.calendar.day(first)):
        return None
    found = living(steps(policy, state, now) if owed is None else owed, now)
    others = [step for step in found if step.rank[0] != UPDATES or step.at != first]
    if len(others) == len(found):
        return None
    update = next(step for step in found if step.rank[0] == UPDATES)
    count = _how_many(policy, last, every, until, others)
    if count < 1:
        return None
    then = policy.daily_review(last + (count + 1) * every)
    return UpdatesAhead(
        count=count,
        why=f"{update.what}: {update.why}",
        first=first,
        last=policy.daily_review(last + count * every),
        state=_told(state, last + count * every),
        quiet_until=min(then, *(step.at for step in others)) if others else then,
    )


def _is_at_rest(state: State, first: date) -> bool:
    """Whether nothing but a step that falls due changes the line, and an update nothing but the last word,
    which it moves on. first: day of the first update.
    """
    changes = state.pending or state.unsent or state.lost or state.lost_at
    word = state.last_contacts.message  # one that was planned for later and taken back counts as said then
    moves_on = word is None or word <= first
    return moves_on and not changes and state.status is Status.WAITING and UNDELIVERED not in state.needs


def _how_many(policy: Policy, last: date, every: timedelta, until: datetime, others: Sequence[Step]) -> int:
    """How many updates there are room for until then, and before a step that takes an update's place."""
    ends = min((step.at - MEANS_ANOTHER_STEP if step.writes else step.at for step in others), default=None)
    count = (policy.calendar.day(until if ends is None else min(until, ends)) - last) // every
    at = policy.daily_review(last + count * every)
    return count - 1 if at > until or (ends is not None and at >= ends) else count


def _told(state: State, day: date) -> State:
    return state.replace(last_contacts=state.last_contacts.replace(dated=day, message=day))
