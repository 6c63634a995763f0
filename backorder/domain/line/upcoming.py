"""What will happen next, and when, if nothing new is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.commands import Decision, Publish, Tell
from backorder.domain.line.decide import decide, sending, told
from backorder.domain.line.due_steps import first_due, living
from backorder.domain.line.events import Event, MessageSent, Ticked
from backorder.domain.line.promise_updates import stale_at
from backorder.domain.line.state import ENDED, Pending, State
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

HORIZON = timedelta(days=730)
_ALWAYS_NAMED = frozenset(
    {
        "ending_due",
        Kind.CANCELLED.value,
        "refund_overdue",
        "authorization_expiring",
        Kind.CONSENT_REQUEST.value,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upcoming:
    """One thing to come. what: the step; a message's kind, a stage, an event for the order system.

    again, last: how often it comes again with nothing between, and when for the last time.
    """

    at: datetime
    what: str
    why: str
    again: int = 0
    last: datetime | None = None


def next_review(policy: Policy, state: State, now: datetime) -> tuple[datetime | None, str]:
    """When anything falls due next, taking it that a message on its way arrives, and what that is.

    After a review, which does everything that is due, later than `now`. What waits for a message on its way
    is not waited for here: what becomes of the message is heard, and reviews the line. None and "" when
    nothing falls due by time alone.
    """
    coming = [(step.at, step.what) for step in living(policy, state, now)]
    if state.pending is not None:
        coming += _behind(policy, state, state.pending, now)
    return min(coming, key=lambda each: each[0], default=(None, ""))


def _behind(policy: Policy, state: State, pending: Pending, now: datetime) -> Iterator[tuple[datetime, str]]:
    """What a message on its way leaves for later: its own going does whatever is due by then."""
    gone = max(now, pending.not_before)
    for step in living(policy, told(policy, state, now), gone):
        if step.at > gone:
            yield step.at, step.what
    stale = stale_at(policy, pending) if state.context.in_flight else None
    if stale is not None:  # it may still come back unsent, and is replaced then
        tomorrow = policy.look(policy.calendar.day(now) + ONE_DAY)
        yield (stale if stale > now else tomorrow), pending.kind.value


def wake(policy: Policy, state: State, now: datetime) -> datetime | None:
    """The instant of the next look: what the timer is armed for."""
    return next_review(policy, state, now)[0]


def upcoming(policy: Policy, state: State, now: datetime, *, limit: int = 12) -> list[Upcoming]:
    """What `decide` will do, and when, if nothing new is heard: it is asked itself, event by event.

    Repetitions are one row. limit: rows; endings and duties are named beyond it too, however far.
    """
    rows = list(_folded(future(policy, state, now)))
    return rows[:limit] + [row for row in rows[limit:] if row.what in _ALWAYS_NAMED]


def _folded(coming: Iterable[Upcoming]) -> Iterator[Upcoming]:
    row: Upcoming | None = None
    for each in coming:
        if row is not None and (row.what, row.why) == (each.what, each.why) and each.at > row.at:
            row = replace(row, again=row.again + 1, last=each.at)
            continue
        if row is not None:
            yield row
        row = each
    if row is not None:
        yield row


def future(policy: Policy, state: State, now: datetime) -> Iterator[Upcoming]:
    """Every single thing to come, up to the horizon."""
    until = now + HORIZON
    why = "the message is waiting to go"
    while state.status not in ENDED:
        event = next_event(policy, state, now)
        if event is None or event.at > until:
            return
        now = event.at
        decision = decide(policy, state, event)
        if isinstance(event, MessageSent):
            yield Upcoming(at=now, what=event.kind.value, why=why)
        yield from led_to(decision, now)
        if any(isinstance(command, Tell) and command.window for command in decision.commands):
            why = decision.reason
        state = decision.state


def next_event(policy: Policy, state: State, now: datetime) -> Event | None:
    """What happens next by itself: a message goes out, or the timer fires."""
    first = first_due(policy, state, now)
    if state.pending is not None:
        sent = sending(policy, state, now)
        if first is None or first.at >= sent.at:
            return sent
    if first is None:
        return None
    at = max(first.at, now)
    return Ticked(at=at, day=policy.calendar.day(at))


def led_to(decision: Decision, now: datetime) -> Iterator[Upcoming]:
    """What a decision leads to. A promise is left out: it may be replaced before it goes."""
    for command in decision.commands:
        if isinstance(command, Tell) and command.window is None:
            at = max(now, command.not_before)
            yield Upcoming(at=at, what=command.kind.value, why=decision.reason)
        elif isinstance(command, Publish) and command.type != "promised":
            yield Upcoming(at=now, what=command.type, why=decision.reason)
