"""A line played forward through time, as production lets it live: reviews and messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from backorder.domain.line.commands import Decision, Tell, Withdraw
from backorder.domain.line.decide import decide
from backorder.domain.line.events import (
    Event,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    Ticked,
)
from backorder.domain.line.next_review import NOT_AT_ONCE, wake
from backorder.domain.line.state import DecisionContext, Pending, State
from backorder.domain.notifications import Facts
from backorder.domain.policy.policy import Policy

Outcome = Literal["sent", "failed", "unknown", "not_sent", "back"]
"""What becomes of a message; back: it was certainly not processed and waits to be handed over again."""
Fate = tuple[tuple[timedelta, Outcome], ...]
"""The outcomes of one message in their order, each with the business time that it takes."""
AT_ONCE: Fate = ((timedelta(0), "sent"),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """One event that the line heard, and what it led to. message: the one that the event is about."""

    at: datetime
    event: Event
    decision: Decision
    message: Tell | None = None


def planned(pending: Pending) -> Tell:
    """The message of a promise that has not gone yet, as far as the line itself knows it."""
    return Tell(
        key=pending.key,
        kind=pending.kind,
        not_before=pending.not_before,
        facts=Facts(),
        revision=pending.revision,
        window=pending.window,
    )


def _sent_at_once(message: Tell) -> Fate:
    return AT_ONCE


@dataclass(kw_only=True)
class Simulation:
    """One line, its messages and its timer.

    now: business time. context: what lies around the line, but for the messages that are known here.
    fate: what becomes of a message that is handed over. down: no message is handed over.
    waiting: messages that were planned and have not gone. flying: keys of those that a provider has.
    outcomes: what will be heard of those, and when. withdrawn: keys of messages taken back in time.
    alarm: what the line's timer is armed for. undone: reviews that left undone what was due: a defect.
    """

    policy: Policy
    state: State
    now: datetime
    context: DecisionContext = field(default_factory=DecisionContext)
    fate: Callable[[Tell], Fate] = _sent_at_once
    down: bool = False
    waiting: dict[str, Tell] = field(default_factory=dict)
    flying: set[str] = field(default_factory=set)
    outcomes: list[tuple[datetime, Outcome, Tell]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    alarm: datetime | None = None
    undone: int = 0
    sent: set[str] = field(default_factory=set)

    def play(self, facts: Iterable[Event], until: datetime) -> Iterator[Played]:
        """Live until then and hear of facts at their instants, in the order given."""
        for fact in facts:
            if fact.at > until:
                break
            yield from self.advance(fact.at)
            yield self.apply(fact)
        yield from self.advance(until)

    def apply(self, event: Event) -> Played:
        """Let the line hear of an event now, and review it."""
        played = self.decide(event)
        self.arm()
        return played

    def advance(self, when: datetime) -> Iterator[Played]:
        """Live until then: send what may go, hear what becomes of it, review when the timer fires."""
        while (due := self._next()) is not None and due[0] <= when:
            at, _, act = due
            self.now = max(self.now, at)
            yield from act()
        self.now = max(self.now, when)

    def decide(self, event: Event, message: Tell | None = None) -> Played:
        """Let the line hear of an event, and do what it asks for; the timer stays as it is."""
        self.now = max(self.now, event.at)
        decision = decide(self.policy, self.seen(), event)
        self.state = decision.state
        for command in decision.commands:
            if isinstance(command, Tell):
                self.waiting[command.key] = command
            elif isinstance(command, Withdraw) and command.key in self.waiting.keys() - self.flying:
                del self.waiting[command.key]
                self.withdrawn.append(command.key)
        return Played(at=self.now, event=event, decision=decision, message=message)

    def seen(self) -> State:
        """The state with what a review finds around the line."""
        pending = self.state.pending
        flies = pending is not None and pending.key in self.flying
        gone = self.context.gone | self.sent | self.flying
        return replace(self.state, context=replace(self.context, in_flight=flies, gone=gone))

    def arm(self) -> None:
        """Set the timer for the next review, which is later than now."""
        self.alarm = wake(self.policy, self.seen(), self.now)

    def _next(self) -> tuple[datetime, int, Callable[[], Iterator[Played]]] | None:
        """What comes by itself, and when; at one instant what is heard of messages comes first."""
        return min(self._coming(), key=lambda each: each[:2], default=None)

    def _coming(self) -> Iterator[tuple[datetime, int, Callable[[], Iterator[Played]]]]:
        for each in self.outcomes:
            yield max(self.now, each[0]), 0, partial(self._heard, each)
        for message in () if self.down else self.waiting.values():
            if message.key not in self.flying:
                yield max(self.now, message.not_before), 1, partial(self._hand_over, message)
        if self.alarm is not None:
            yield max(self.now, self.alarm), 2, self.review

    def review(self) -> Iterator[Played]:
        """The timer fires: everything that is due is done, and the next review is later than this one."""
        yield self.decide(self._tick())
        self.arm()
        if self.alarm is not None and self.alarm <= self.now:
            self.undone += 1
            self.alarm = self.now + NOT_AT_ONCE

    def _tick(self) -> Ticked:
        return Ticked(at=self.now, day=self.policy.calendar.day(self.now))

    def _hand_over(self, message: Tell) -> Iterator[Played]:
        self.flying.add(message.key)
        at = self.now
        for takes, outcome in self.fate(message):
            at += takes
            self.outcomes.append((at, outcome, message))
        return iter(())

    def _heard(self, each: tuple[datetime, Outcome, Tell]) -> Iterator[Played]:
        """Something became of a message; the line is reviewed if it wants to be woken earlier."""
        self.outcomes.remove(each)
        _, outcome, message = each
        self.flying.discard(message.key)
        if outcome == "back":
            return
        self.waiting.pop(message.key, None)
        if outcome == "sent":
            self.sent.add(message.key)
        before = self.state.status
        yield self.decide(self._became(outcome, message), message)
        wanted = wake(self.policy, self.seen(), self.now)
        sooner = wanted is not None and (self.alarm is None or wanted < self.alarm)
        if sooner or self.state.status is not before:
            yield from self.review()

    def _became(self, outcome: Outcome, message: Tell) -> Event:
        at, day, key = self.now, self.policy.calendar.day(self.now), message.key
        if outcome == "sent":
            return MessageSent(
                at=at, day=day, key=key, kind=message.kind, revision=message.revision, window=message.window
            )
        if outcome == "failed":
            return MessageFailed(at=at, day=day, key=key, reason="no usable channel")
        if outcome == "unknown":
            return MessageUnknown(at=at, day=day, key=key)
        return MessageNotSent(at=at, day=day, key=key, reason="the provider does not know it")
