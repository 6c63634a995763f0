"""A line played forward through time, as production lets it live: reviews and messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Literal

from backorder.domain.line.commands import Decision, HoldBack, Tell, Withdraw
from backorder.domain.line.decide import decide
from backorder.domain.line.decision_builder import DecisionBuilder, goes_in_a_hold
from backorder.domain.line.due_steps import next_due, steps
from backorder.domain.line.events import (
    Event,
    MessageDelivered,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    Ticked,
)
from backorder.domain.line.message_outcomes import changes_nothing, was_sent
from backorder.domain.line.next_review import NOT_AT_ONCE, wake
from backorder.domain.line.saying import Saying
from backorder.domain.line.state import NO_CONTEXT, DecisionContext, Pending, State, Status
from backorder.domain.line.step import Step
from backorder.domain.line.still_true import AS_PLANNED, HOLDS_NO_MORE, RESTATED_KINDS, as_it_stands
from backorder.domain.line.updates_ahead import UpdatesAhead, next_update, updates_ahead
from backorder.domain.notifications import COMMERCIAL_KINDS, Facts
from backorder.domain.policy.policy import Policy
from backorder.domain.records import record

SendOutcome = Literal["sent", "accepted", "delivered", "bounced", "failed", "unknown", "not_sent", "back"]
"""What becomes of a message; back: it was certainly not processed and waits to be handed over again.

accepted: a provider has it, and may report later that it was delivered, or bounced. sent: it is there too.
"""
MOST_IN_A_DAY = 300
"""Reviews and messages of one line in a day that no rule comes near to."""
_ARRIVES = frozenset({"sent", "accepted"})
Fate = tuple[tuple[timedelta, SendOutcome], ...]
"""The outcomes of one message in their order, each with the business time that it takes."""
SENT_AT_ONCE: Fate = ((timedelta(0), "sent"),)
_Coming = tuple[datetime, Callable[[], Iterable["Played"]]]
"""When something comes, now or later, and what does it."""
_AT = itemgetter(0)


@record(frozen=True, slots=True)
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
    return SENT_AT_ONCE


@dataclass(kw_only=True)
class Simulation:
    """One line, its messages and its timer.

    now: business time. context: what lies around the line, but for the messages that are known here.
    fate: what becomes of a message that is handed over. down: no message is handed over.
    waiting: messages that were planned and have not gone. planned_at: when each one was, for those that
    this simulation saw planned. flying: keys of those that a provider has.
    outcomes: what will be heard of those, and when. withdrawn: keys of messages taken back in time.
    alarm: what the line's timer is armed for. undone: reviews that left undone what was due: a defect.

    brief: the timer is set only once it counts, for what is owed by then. Production sets it each time, and
    where something falls due sooner or later than thought, a review with nothing to do sets it anew; those
    are left out. Regular updates that follow each other are not played but leapt over. What the customer
    hears and how the line ends is the same. leapt: the updates that were leapt over.
    """

    policy: Policy
    state: State
    now: datetime
    context: DecisionContext = NO_CONTEXT
    fate: Callable[[Tell], Fate] = _sent_at_once
    down: bool = False
    waiting: dict[str, Tell] = field(default_factory=dict)
    planned_at: dict[str, datetime] = field(default_factory=dict)
    flying: set[str] = field(default_factory=set)
    outcomes: list[tuple[datetime, SendOutcome, Tell]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    alarm: datetime | None = None
    undone: int = 0
    brief: bool = False
    leapt: list[UpdatesAhead] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    _last: Decision | None = field(default=None, init=False, repr=False)
    _unset: bool = field(default=False, init=False, repr=False)
    _reviewed: datetime | None = field(default=None, init=False, repr=False)
    _context: DecisionContext = field(default=NO_CONTEXT, init=False, repr=False)
    _context_of: DecisionContext | None = field(default=None, init=False, repr=False)

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
        """Live until then: send what may go, hear what becomes of it, review when the timer fires.

        Raises RuntimeError where that never ends: a rule asks for what it has just done, again and again.
        """
        on, busy = None, 0
        while True:
            ahead = self.leap(when) if self._unset else None
            if ahead is not None and ahead.quiet_until > when:
                break
            due = self._next()
            if due is None or due[0] > when:
                break
            self.now, act = due
            today = self.now.date()
            on, busy = today, busy + 1 if today == on else 1
            if busy > MOST_IN_A_DAY:
                raise RuntimeError(f"{self.state.id} never comes to rest on {on}")
            yield from act()
        if self.now < when:
            self.now = when

    def leap(self, until: datetime) -> UpdatesAhead | None:
        """Let the regular updates go that come next, with nothing before them, by then."""
        if self.waiting or self.outcomes or self.flying or self.down or self.fate is not _sent_at_once:
            return None
        if self.state.status is not Status.WAITING:
            return None
        due = next_update(self.policy, self.state, self.context.update_days)
        if due is None or due > until:
            return None
        ahead = updates_ahead(self.policy, self.seen(), self.now, until, self._owed())
        if ahead is not None:
            self.leapt.append(ahead)
            self.state, self.now = ahead.state, ahead.last
            self.arm()
        return ahead

    def decide(self, event: Event, message: Tell | None = None) -> Played:
        """Let the line hear of an event, and do what it asks for; the timer stays as it is."""
        if self.now < event.at:
            self.now = event.at
        decision = decide(self.policy, self.seen(), event, self._owed())
        self.state, self._last = decision.state, decision
        for command in decision.commands:
            if isinstance(command, Tell):
                self.waiting[command.key] = command
                self.planned_at[command.key] = self.now
            elif isinstance(command, HoldBack):
                self._hold_back(command)
            elif not isinstance(command, Withdraw):
                continue
            elif command.key in self.waiting and command.key not in self.flying:
                del self.waiting[command.key]
                self.withdrawn.append(command.key)
        return Played(self.now, event, decision, message)

    def _hold_back(self, command: HoldBack) -> None:
        """What waits, and no hold lets through, goes when the hold is over."""
        for key, message in self.waiting.items():
            if key not in self.flying and not goes_in_a_hold(message.kind, message.facts):
                self.waiting[key] = replace(message, not_before=command.goes(message.not_before))

    def seen(self) -> State:
        """The state with what a review finds around the line; the same one as long as that is the same."""
        known, flies = self._context, bool(self.flying) and self._flies()
        if self._context_of is not self.context or known.in_flight is not flies:
            self._context_of = known = self.context
            gone = self.sent | self.flying if self.flying else self.sent
            if gone or known.in_flight is not flies:
                known = known.replaced({"in_flight": flies, "gone": known.gone | gone})
            self._context = known
        return self.state if self.state.context is known else self.state.replaced({"context": known})

    def arm(self) -> None:
        """Set the timer for the next review, which is later than now."""
        if self.brief:
            self._unset = True
        else:
            self.alarm = self._wake()

    def _flies(self) -> bool:
        """Whether the promise that waits to go is on its way."""
        pending = self.state.pending
        return pending is not None and pending.key in self.flying

    def _wake(self) -> datetime | None:
        return wake(self.policy, self.seen(), self.now, self._owed())

    def _owed(self) -> Sequence[Step] | None:
        """The steps of the state as it is seen, where the last decision left them.

        Of what lies around the line they depend on `in_flight` alone.
        """
        last = self._last
        if last is None or last.state is not self.state:
            return None
        flies = bool(self.flying) and self._flies()
        return last.owed if last.state.context.in_flight is flies else None

    def _next(self) -> _Coming | None:
        """What comes by itself, and when; at one instant what is heard of messages comes first."""
        now = self.now
        first = self._next_of_messages() if self.waiting or self.outcomes else None
        if self._unset and (first is None or first[0] > now):
            self._set_timer()
        if self.alarm is None or self._unset:
            return first
        fires = self.alarm if self.alarm > now else now
        return (fires, self.review) if first is None or fires < first[0] else first

    def _next_of_messages(self) -> _Coming | None:
        """What is heard of a message next, or else the next one that goes."""
        now = self.now
        outcome = min(self.outcomes, key=_AT) if self.outcomes else None
        at = max(now, outcome[0]) if outcome is not None else None
        if not self.down:
            for message in self.waiting.values():
                if message.key not in self.flying:
                    goes = message.not_before if message.not_before > now else now
                    if at is None or goes < at:
                        at, outcome, going = goes, None, message
        if at is None:
            return None
        if outcome is not None:
            return at, partial(self._apply_outcome, outcome)
        return at, partial(self._hand_over, going)

    def _set_timer(self) -> None:
        """Set the timer for what is owed by now; once a message that waits has gone, it is set anew."""
        owed = self._owed()
        owed = steps(self.policy, self.seen(), self.now) if owed is None else owed
        self._unset, self.alarm = False, next_due(owed, self.now)
        if self._reviewed == self.now:
            self._never_at_once()

    def _never_at_once(self) -> None:
        if self.alarm is not None and self.alarm <= self.now:
            self.undone += 1
            self.alarm = self.now + NOT_AT_ONCE

    def review(self) -> Sequence[Played]:
        """The timer fires: everything that is due is done, and the next review is later than this one."""
        played = self.decide(self._tick())
        self._reviewed = self.now
        self.arm()
        if not self.brief:
            self._never_at_once()
        return (played,)

    def _tick(self) -> Ticked:
        return Ticked(at=self.now, day=self.policy.calendar.day(self.now))

    def _hand_over(self, message: Tell) -> Iterable[Played]:
        now = self._as_it_stands(message)
        if now is None:
            del self.waiting[message.key]
            at, day = self.now, self.policy.calendar.day(self.now)
            lost = MessageNotSent(at=at, day=day, key=message.key, reason=HOLDS_NO_MORE)
            played = self.decide(lost, message)
            self.arm()
            return (played,)
        return self._gone(now)

    def _as_it_stands(self, message: Tell) -> Tell | None:
        """The message in words that are true now; None where what it says holds no more."""
        if message.kind not in RESTATED_KINDS:
            return message
        planned_at = self.planned_at.get(message.key)
        if planned_at is not None and self.now - planned_at < AS_PLANNED:
            return message
        builder = DecisionBuilder(self.policy, self.seen(), self.now, self.policy.calendar.day(self.now))
        saying = as_it_stands(builder, Saying(key=message.key, kind=message.kind, facts=message.facts))
        return None if saying is None else replace(message, kind=saying.kind, facts=saying.facts)

    def _gone(self, message: Tell) -> Iterable[Played]:
        if self.fate is _sent_at_once:
            return self._take_outcome("sent", message)
        self.flying.add(message.key)
        self._context_of = None
        at = self.now
        for takes, outcome in self.fate(message):
            at += takes
            self.outcomes.append((at, outcome, message))
        if len(self.outcomes) == 1 and at == self.now:
            return self._apply_outcome(self.outcomes[0])
        return ()

    def _apply_outcome(self, each: tuple[datetime, SendOutcome, Tell]) -> Iterable[Played]:
        self.outcomes.remove(each)
        _, outcome, message = each
        self.flying.discard(message.key)
        return self._take_outcome(outcome, message)

    def _take_outcome(self, outcome: SendOutcome, message: Tell) -> Iterable[Played]:
        """Something became of a message; the line is reviewed if it wants to be woken earlier."""
        self._context_of = None
        if outcome == "back":
            return ()
        self.waiting.pop(message.key, None)
        if outcome in _ARRIVES:
            self.sent.add(message.key)
        event = self._became(outcome, message)
        return self._briefly(event, message) if self.brief else self._reviewed_after(event, message)

    def _briefly(self, event: Event, message: Tell) -> Sequence[Played]:
        self._unset = True
        if isinstance(event, MessageSent) and changes_nothing(self.state, event):
            return (Played(self.now, event, Decision(self.state, (), was_sent(event)), message),)
        return (self.decide(event, message),)

    def _reviewed_after(self, event: Event, message: Tell) -> Iterator[Played]:
        before = self.state
        yield self.decide(event, message)
        wanted = self._wake()
        sooner = wanted is not None and (self.alarm is None or wanted < self.alarm)
        if sooner or self.state.status is not before.status:
            yield from self.review()

    def _became(self, outcome: SendOutcome, message: Tell) -> Event:
        at, day, key = self.now, self.policy.calendar.day(self.now), message.key
        if outcome in _ARRIVES:
            return MessageSent(
                at=at,
                day=day,
                key=key,
                kind=message.kind,
                revision=message.revision,
                window=message.window,
                delivered=outcome == "sent",
            )
        if outcome == "delivered":
            return MessageDelivered(at=at, day=day, key=key)
        if outcome in ("failed", "bounced"):
            revision = message.revision if outcome == "bounced" else None
            narrow = message.kind in COMMERCIAL_KINDS
            why = "no usable channel"
            return MessageFailed(at=at, day=day, key=key, reason=why, revision=revision, narrow=narrow)
        if outcome == "unknown":
            return MessageUnknown(at=at, day=day, key=key)
        return MessageNotSent(at=at, day=day, key=key, reason="the provider does not know it")
