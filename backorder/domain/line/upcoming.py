"""What will happen next, and when, if nothing new is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from operator import attrgetter

from backorder.domain.calendar import ONE_DAY
from backorder.domain.complaints import COMPLAINT_DUE, REMINDED_BEFORE
from backorder.domain.line.authorizations import PASSED_ON
from backorder.domain.line.commands import Decision, PassOver, Publish, SecondWay, Tell
from backorder.domain.line.duties import unacknowledged
from backorder.domain.line.events import MessageSent
from backorder.domain.line.legal_flags import CALL, INCOMPLETE, LEAVES_OR_ENDS, TELL, UNCONFIRMED
from backorder.domain.line.published_events import BESIDE
from backorder.domain.line.refunds import DUE_SOON
from backorder.domain.line.simulation import Simulation, planned
from backorder.domain.line.state import ENDED, State
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

_AT = attrgetter("at")
HORIZON = timedelta(days=730)
TASKS_NAMED = frozenset({CALL, TELL, INCOMPLETE, UNCONFIRMED, LEAVES_OR_ENDS, DUE_SOON})
"""What the clock asks of a person, and no other event of the same decision says."""
_ALWAYS_NAMED = TASKS_NAMED | frozenset(
    {
        "ending_due",
        Kind.CANCELLED.value,
        "refund_overdue",
        "authorization_expiring",
        PASSED_ON,
        Kind.CONSENT_REQUEST.value,
        COMPLAINT_DUE,
        Kind.COMPLAINT_RECEIVED.value,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upcoming:
    """One thing to come. what: the step; a message's kind, a stage, an event for the order system, what a
    person is asked for, or what happens to units.

    again, last: how often it comes again with nothing between, and when for the last time.
    """

    at: datetime
    what: str
    why: str
    again: int = 0
    last: datetime | None = None


def upcoming(policy: Policy, state: State, now: datetime, *, limit: int = 12) -> list[Upcoming]:
    """What `decide` will do, and when, if nothing new is heard: it is asked itself, event by event.

    Repetitions are one row. A complaint that nobody has ended is named with the day on which people are
    reminded of it, or else with its last day, and with the instant by which its customer has to hear that it
    came in. limit: rows; endings and duties are named beyond it too,
    however far.
    """
    rows = list(folded(_played(policy, state, now, brief=True)))
    if state.complaints:
        rows = sorted([*rows, *_complaints(policy, state, now)], key=_AT)
    return rows[:limit] + [row for row in rows[limit:] if row.what in _ALWAYS_NAMED]


def _complaints(policy: Policy, state: State, now: datetime) -> Iterator[Upcoming]:
    """What is still owed to who complained, also once the line has ended."""
    for each in unacknowledged(state):
        if each.acknowledge_by:
            why = f"complaint {each.ticket} has to be acknowledged by then, and nothing has told so yet"
            yield Upcoming(at=max(now, each.acknowledge_by), what=Kind.COMPLAINT_RECEIVED.value, why=why)
    for each in state.complaints:
        if each.is_open:
            days = (each.answer_by - REMINDED_BEFORE, each.answer_by + ONE_DAY)
            reminded, over = (policy.calendar.instant(day, time()) for day in days)
            at = next((at for at in (reminded, over) if at > now), now)
            why = f"complaint {each.ticket} has to be ended by {each.answer_by.isoformat()}"
            yield Upcoming(at=at, what=COMPLAINT_DUE, why=why)


def folded(coming: Iterable[Upcoming]) -> Iterator[Upcoming]:
    """Repetitions with nothing between as one row, and an event with the message that tells of it."""
    row: Upcoming | None = None
    at, named = None, set[tuple[str, str]]()
    for each in coming:
        if each.at != at:
            at, named = each.at, set()
        if (each.what, each.why) in named:
            continue
        named.add((each.what, each.why))
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
            elif isinstance(command, Publish) and (what := published(command)):
                yield Upcoming(at=step.at, what=what, why=step.decision.reason)
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


def published(command: Publish) -> str:
    """How an event for the order system is named, or what it asks of a person; "" for what is not."""
    if command.type not in BESIDE:
        return command.type
    flag = command.data.get("flag")
    return flag if isinstance(flag, str) and flag in TASKS_NAMED else ""


def led_to(decision: Decision, now: datetime) -> Iterator[Upcoming]:
    """What a decision leads to. A promise is left out: it may be replaced before it goes."""
    for command in decision.commands:
        if isinstance(command, Tell) and command.window is None:
            at = max(now, command.not_before)
            yield Upcoming(at=at, what=command.kind.value, why=decision.reason)
        elif isinstance(command, Publish) and (what := published(command)):
            yield Upcoming(at=now, what=what, why=decision.reason)
