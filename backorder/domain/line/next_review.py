"""When a line has to be reviewed next, if nothing new is heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter
from typing import NamedTuple

from backorder.domain.calendar import ONE_DAY
from backorder.domain.gathering import goes_at
from backorder.domain.line.decide import told
from backorder.domain.line.due_steps import living, steps
from backorder.domain.line.promise_updates import stale_at
from backorder.domain.line.state import Pending, State
from backorder.domain.line.step import Step
from backorder.domain.policy.policy import STAGE_KEYS, Policy

_AT = attrgetter("at")
NOT_AT_ONCE = timedelta(hours=1)
"""How long a line is left alone whose review did not do what was due; without it, it would never rest."""

NextReview = tuple[datetime | None, str]
"""When a line has to be reviewed next, and what falls due then; None and "" for nothing by time alone."""


class FirstToCome(NamedTuple):
    """When something comes by itself, what, and why."""

    at: datetime
    what: str
    why: str


def next_review(
    policy: Policy, state: State, now: datetime, owed: Sequence[Step] | None = None
) -> NextReview:
    """When anything falls due next, taking it that a message on its way arrives, and what that is.

    After a review, which does everything that is due, later than `now`. What waits for a message on its way
    is not waited for here: what becomes of the message is heard, and reviews the line. owed: the steps of
    that state, where they are known already.
    """
    owed = steps(policy, state, now) if owed is None else owed
    first = min(living(owed, now), key=_AT, default=None)
    coming = [(first.at, first.what)] if first is not None else []
    if state.pending is not None:
        coming += _behind(policy, state, state.pending, now)
    return min(coming, key=itemgetter(0), default=(None, ""))


def _behind(policy: Policy, state: State, pending: Pending, now: datetime) -> Iterator[tuple[datetime, str]]:
    """What a message on its way leaves for later: its own going does whatever is due by then."""
    gone = max(now, pending.not_before)
    for step in living(steps(policy, told(policy, state, now)), gone):
        if step.at > gone:
            yield step.at, step.what
    stale = stale_at(policy, pending) if state.context.in_flight else None
    if stale is not None:  # it may still come back unsent, and is replaced then
        tomorrow = policy.daily_review(policy.calendar.day(now) + ONE_DAY)
        yield (stale if stale > now else tomorrow), pending.kind.value


def wake(policy: Policy, state: State, now: datetime, owed: Sequence[Step] | None = None) -> datetime | None:
    """The instant of the next look: what the timer is armed for."""
    return next_review(policy, state, now, owed)[0]


def first_to_come(policy: Policy, state: State, coming: NextReview) -> FirstToCome | None:
    """What comes first by itself: the message that waits to go, or the next step of the rules.

    coming: the line's next review. None where nothing does.
    """
    pending, (due, what) = state.pending, coming
    goes = goes_at(pending.kind, pending.not_before, policy.updates.gather) if pending is not None else None
    if pending is not None and goes is not None and (due is None or goes <= due):
        return FirstToCome(goes, pending.kind.value, "the message is waiting to go")
    if due is None:
        return None
    stage = policy.stage(what.removeprefix(STAGE_KEYS)) if what.startswith(STAGE_KEYS) else None
    return FirstToCome(due, stage.do if stage else what, "")
