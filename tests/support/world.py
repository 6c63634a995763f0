"""A world in which a line lives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from backorder.domain.line.commands import Decision, Publish, ReserveAlternative, Tell
from backorder.domain.line.events import (
    Event,
    MessageSent,
    Started,
)
from backorder.domain.line.next_review import next_review
from backorder.domain.line.simulation import Fate, Played, Simulation
from backorder.domain.line.state import Arrival, DecisionContext, State, Status
from backorder.domain.line.upcoming import future
from backorder.domain.notifications import Kind, Why
from backorder.domain.policy.policy import Policy
from tests.support import lines as b
from tests.support.days import START, day
from tests.support.lines import OTHER, at, blank, supply, tick


@dataclass(kw_only=True, repr=False)
class World(Simulation):
    """One line, its mailbox and the order system, living through time as production lets it.

    delay: how long a provider takes. refuses: every message fails. takes_over: the order system takes over
    at once what a customer takes instead.
    fates: what becomes of the messages that are handed over, in turn; none left: what `delay` and `refuses`
    say.
    handed: what became of those that were.
    gone: messages as they went, with the instant. published: events for the order system.
    """

    delay: timedelta = timedelta(0)
    refuses: bool = False
    takes_over: bool = True
    fates: list[Fate] = field(default_factory=list)
    handed: list[Fate] = field(default_factory=list)
    context: DecisionContext = field(
        default_factory=lambda: DecisionContext(alternatives=(OTHER,), marketing=("email",), code="BK-TEST")
    )
    gone: list[tuple[datetime, Tell]] = field(default_factory=list)
    published: list[tuple[datetime, Publish]] = field(default_factory=list)
    decisions: list[tuple[Event, Decision]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fate = self._next_fate

    def __repr__(self) -> str:
        last = self.decisions[-80:]
        events = (f"{event.at} {type(event).__name__}: {made.reason:.200}" for event, made in last)
        return "\n".join([f"World({self.policy})", *events, f"{self.state})"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def react(self, event: Event) -> Decision:
        """Live until the event and let the line hear it."""
        self.until(event.at)
        return self._note(self.apply(event)).decision

    def until(self, when: datetime) -> World:
        """Live on until then; no review leaves undone what is due."""
        for played in self.advance(when):
            self._note(played)
        assert not self.undone, f"{self}\na review that wakes at once"
        look = next_review(self.policy, self.seen(), self.now)[0]  # as who knows the state alone reckons it
        assert look is None or look > self.now, f"{self}\nwhat was left out is due"
        return self

    def _note(self, played: Played) -> Played:
        self.decisions.append((played.event, played.decision))
        if played.message is not None and isinstance(played.event, MessageSent):
            self.gone.append((played.at, played.message))
        self.published += [
            (played.at, each) for each in played.decision.commands if isinstance(each, Publish)
        ]
        commands = played.decision.commands
        reserved = next((each for each in commands if isinstance(each, ReserveAlternative)), None)
        if reserved is not None and self.takes_over:
            self._note(self.apply(b.taken_over(self.now, request=reserved.request)))
        return played

    def _next_fate(self, tell: Tell) -> Fate:
        fate = self.fates.pop(0) if self.fates else ((self.delay, "failed" if self.refuses else "sent"),)
        self.handed.append(fate)
        return fate

    def mailbox_works(self) -> None:
        """From now on messages go at once, also those that a provider has; other words are forgotten."""
        self.delay, self.refuses, self.down = timedelta(0), False, False
        self.flying.clear()
        self.outcomes.clear()
        self.fates.clear()
        self._note(self.apply(tick(self.now)))  # what came back unsent may not be true any more
        self.waiting = {key: tell for key, tell in self.waiting.items() if tell.window is not None}
        self.arm()

    def days(self, *kinds: Kind) -> list[int]:
        """The days on which messages of those kinds went, or all."""
        return [(when.date() - START).days for when, tell in self.gone if not kinds or tell.kind in kinds]

    def kinds(self) -> list[str]:
        """What went, in order."""
        return [tell.kind.value for _, tell in self.gone]

    def last(self, kind: Kind) -> Tell:
        """The last message of that kind that went or waits to go."""
        found = [tell for _, tell in self.gone if tell.kind is kind]
        found += [tell for tell in self.waiting.values() if tell.kind is kind]
        return found[-1]

    def events(self, *types: str) -> list[str]:
        """What the order system heard, in order; of some types alone, if named."""
        return [each.type for _, each in self.published if not types or each.type in types]

    def event(self, type: str) -> dict[str, object]:
        """The content of the last event of that type."""
        return dict([each.data for _, each in self.published if each.type == type][-1])

    def stands(self) -> Status:
        """The status of the line."""
        return self.state.status

    @property
    def promised(self) -> int | None:
        """The promised day, counted from the start."""
        by = self.state.promise.by if self.state.promise else None
        return (by - START).days if by else None


def begun(
    rules: Policy,
    *arrivals: Arrival,
    units: int = 1,
    allocated: int = 0,
    start: datetime | None = None,
    state: State | None = None,
    promised_by: int | None = None,
    told: int | None = None,
    notices: Iterable[Any] = (),
    why: Why | None = None,
    context: DecisionContext | None = None,
    **blanks: Any,
) -> World:
    """A world in which a line was just started, on day 0 at 9:00."""
    when = start or at(0, 9)
    world = World(policy=rules, state=state or blank(units, **blanks), now=when)
    world.context = context or world.context
    world.react(
        Started(
            at=when,
            day=when.date(),
            supply=supply(when, *arrivals, allocated=allocated, why=why),
            promised_by=None if promised_by is None else day(promised_by),
            told_at=None if told is None else at(told, 9),
            told_on=None if told is None else day(told),
            notices=tuple(notices),
        )
    )
    return world


def foreseen(world: World, limit: int = 12) -> list[tuple[datetime, str]]:
    """What comes by itself, each thing alone, as a list of (at, what)."""
    found = future(world.policy, world.seen(), world.now)
    return [(each.at, each.what) for each in islice(found, limit)]
