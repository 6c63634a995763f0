"""What will happen next, and when, if nothing new is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backorder.domain.line.authorizations import PASSED_ON
from backorder.domain.line.commands import Decision, PassOver, Publish, SecondWay, Tell
from backorder.domain.line.events import MessageSent
from backorder.domain.line.published_events import BESIDE
from backorder.domain.line.simulation import Simulation, planned
from backorder.domain.line.state import ENDED, State
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

HORIZON = timedelta(days=730)
_ALWAYS_NAMED = frozenset(
    {
        "ending_due",
        Kind.CANCELLED.value,
        "refund_overdue",
        "authorization_expiring",
        PASSED_ON,
        Kind.CONSENT_REQUEST.value,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upcoming:
    """One thing to come. what: the step; a message's kind, a stage, an event for the order system,
    or what happens to units.

    again, last: how often it comes again with nothing between, and when for the last time.
    """

    at: datetime
    what: str
    why: str
    again: int = 0
    last: datetime | None = None


def upcoming(policy: Policy, state: State, now: datetime, *, limit: int = 12) -> list[Upcoming]:
    """What `decide` will do, and when, if nothing new is heard: it is asked itself, event by event.

    Repetitions are one row. limit: rows; endings and duties are named beyond it too, however far.
    """
    rows = list(folded(_played(policy, state, now, brief=True)))
    return rows[:limit] + [row for row in rows[limit:] if row.what in _ALWAYS_NAMED]


def folded(coming: Iterable[Upcoming]) -> Iterator[Upcoming]:
    """Repetitions with nothing between as one row."""
    row: Upcoming | None = None
    for each in coming:
        if row is not None and (row.what, row.why) == (each.what, each.why) and each.at > row.at:
            row = replace(row, again=row.again + 1 + each.again, last=each.last or each.at)
            continue
        if row is not None:
            yield row
        row = each
    if row is not None:
        yield row


def future(policy: Policy, state: State, now: datetime) -> Iterator[Upcoming]:
    """Every single thing to come, up to the horizon: a message when it goes, an event when it is decided."""
    return _played(policy, state, now, brief=False)


def _played(policy: Policy, state: State, now: datetime, *, brief: bool) -> Iterator[Upcoming]:
    """brief: see `Simulation`; regular updates with nothing between come as one."""
    if state.status in ENDED:
        return
    simulation = Simulation(policy=policy, state=state, now=now, context=state.context, brief=brief)
    why: dict[str, str] = {}
    if state.pending is not None:
        simulation.waiting[state.pending.key] = planned(state.pending)
        why[state.pending.key] = "the message is waiting to go"
    simulation.arm()
    for step in simulation.advance(now + HORIZON):
        yield from _leapt(simulation)
        if isinstance(step.event, MessageSent):
            yield Upcoming(at=step.at, what=step.event.kind.value, why=why[step.event.key])
        for command in step.decision.commands:
            if isinstance(command, Tell):
                why[command.key] = step.decision.reason
            elif isinstance(command, Publish) and command.type not in BESIDE:
                yield Upcoming(at=step.at, what=command.type, why=step.decision.reason)
            elif isinstance(command, SecondWay):
                yield Upcoming(at=step.at, what="second_way", why=step.decision.reason)
            elif isinstance(command, PassOver) and command.on:
                yield Upcoming(at=step.at, what=PASSED_ON, why=step.decision.reason)
    yield from _leapt(simulation)


def _leapt(simulation: Simulation) -> Iterator[Upcoming]:
    """The regular updates that were leapt over since the last step."""
    for ahead in simulation.leapt:
        last = ahead.last if ahead.count > 1 else None
        what, again = Kind.STILL_WAITING.value, ahead.count - 1
        yield Upcoming(at=ahead.first, what=what, why=ahead.why, again=again, last=last)
    simulation.leapt.clear()


def led_to(decision: Decision, now: datetime) -> Iterator[Upcoming]:
    """What a decision leads to. A promise is left out: it may be replaced before it goes."""
    for command in decision.commands:
        if isinstance(command, Tell) and command.window is None:
            at = max(now, command.not_before)
            yield Upcoming(at=at, what=command.kind.value, why=decision.reason)
        elif isinstance(command, Publish) and command.type not in BESIDE:
            yield Upcoming(at=now, what=command.type, why=decision.reason)
