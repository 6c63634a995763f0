"""What will happen next, and when, if nothing new is heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backorder.domain.commands import Decision, Publish, Tell
from backorder.domain.decide import decide, sending, told
from backorder.domain.events import Event, Ticked
from backorder.domain.policy import Policy
from backorder.domain.state import ENDED, State
from backorder.domain.steps import steps

HORIZON = timedelta(days=730)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upcoming:
    """One thing to come. what: the step; a message's kind, a stage, an event for the order system."""

    at: datetime
    what: str
    why: str


def wake(policy: Policy, state: State, now: datetime) -> datetime | None:
    """The next instant at which anything falls due, taking it that a message on its way arrives.

    None when nothing ever will, unless something new is heard.
    """
    first = _first(policy, state)
    if state.pending is None:
        return first
    gone = max(now, state.pending.not_before)
    if first is not None and first < gone:
        return first
    after = _first(policy, told(policy, state, now))
    return max(gone, after) if after else None


def _first(policy: Policy, state: State) -> datetime | None:
    return min((step.at for step in steps(policy, state)), default=None)


def upcoming(policy: Policy, state: State, now: datetime, *, limit: int = 12) -> list[Upcoming]:
    """What `decide` will do, and when, if nothing new is heard: it is asked itself, event by event."""
    found: list[Upcoming] = []
    for item in _future(policy, state, now):
        found.append(item)
        if len(found) >= limit:
            break
    return found


def _future(policy: Policy, state: State, now: datetime) -> Iterator[Upcoming]:
    if state.status in ENDED:
        return
    if state.pending is not None:
        at = max(now, state.pending.not_before)
        yield Upcoming(at=at, what=state.pending.kind.value, why="the message is waiting to go")
    until = now + HORIZON
    while state.status not in ENDED:
        event = _next(policy, state, now)
        if event is None or event.at > until:
            return
        now = event.at
        decision = decide(policy, state, event)
        if decision.state == state:
            return
        yield from _items(decision, now)
        state = decision.state


def _next(policy: Policy, state: State, now: datetime) -> Event | None:
    """What happens next by itself: a message goes out, or the timer fires."""
    first = _first(policy, state)
    if state.pending is not None:
        sent = sending(policy, state, now)
        if first is None or first >= sent.at:
            return sent
    if first is None:
        return None
    at = max(first, now)
    return Ticked(at=at, day=policy.calendar.day(at))


def _items(decision: Decision, now: datetime) -> Iterator[Upcoming]:
    for command in decision.commands:
        if isinstance(command, Tell):
            yield Upcoming(at=max(now, command.not_before), what=command.kind.value, why=decision.reason)
        elif isinstance(command, Publish) and command.type != "promised":
            yield Upcoming(at=now, what=command.type, why=decision.reason)
