"""Pegging: which supply will serve which waiting line, and when.

Pure functions over two sorted lists. The queue: a first claim, then priority (higher first), then the time of
the order, then ID. The supply: on hand, then purchase-order lines by P90, P50, ID, then what has no date.
IDs compare as people read them: digits by value.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Protocol, TypeVar

from backorder.domain.keys import reading_order
from backorder.domain.notifications import Why


class Queued(Protocol):
    """Whatever can stand in a SKU's queue."""

    @property
    def id(self) -> str:
        """Unique within the queue."""

    @property
    def priority(self) -> int:
        """Higher is served first."""

    @property
    def ordered_at(self) -> datetime:
        """When it was ordered, with a time zone."""

    @property
    def claim(self) -> bool:
        """Whether it is served before everything that has no claim."""


QueuedT = TypeVar("QueuedT", bound=Queued)
ON_HAND = "on hand"
"""What the free units on hand are called among supplies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingLine:
    """The units of one order line that are not allocated yet.

    `claim`: an allocation of the line was withdrawn, or is held until the line is whole; it is served first.

    Raises:
        ValueError: `units` is below 1, or `ordered_at` has no time zone.
    """

    id: str
    priority: int
    ordered_at: datetime
    units: int
    claim: bool = False

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ValueError(f"line {self.id}: units must be at least 1, not {self.units}")
        if self.ordered_at.utcoffset() is None:
            raise ValueError(f"line {self.id}: ordered_at needs a time zone")


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """Units nobody has been given yet: on hand, or a purchase-order line on its way.

    `likely` and `by` are the P50 and P90 days of a purchase-order line's arrival, both None if it has no
    date. With `on_hand` they count for nothing.

    Raises:
        ValueError: `units` is negative, only one of the dates is given, or `likely` is after `by`.
    """

    id: str
    units: int
    likely: date | None = None
    by: date | None = None
    on_hand: bool = False

    def __post_init__(self) -> None:
        if self.units < 0:
            raise ValueError(f"supply {self.id}: units must not be negative, not {self.units}")
        if (self.likely is None) != (self.by is None):
            raise ValueError(f"supply {self.id}: likely and by go together, not {self.likely} and {self.by}")
        if self.likely and self.by and self.likely > self.by:
            raise ValueError(f"supply {self.id}: likely {self.likely} is after by {self.by}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Peg:
    """Units of one supply that will serve one line.

    `by` is the supply's P90 day. `likely` is the day on which, with every supply at its P50 day, enough units
    are in for all lines before this one and for this one up to the peg's last unit: what comes in first
    serves the head of the queue, whichever supply it is pegged to. Both are None if the supply has no date.
    """

    supply: str
    units: int
    likely: date | None
    by: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pegged:
    """One line's place in the queue, what will serve it, and when the last unit it needs arrives.

    `position` counts lines from 1. `pegs` has one entry a supply, in order of supply; `uncovered` units have
    none. `likely` and `by` are those of the last peg, and None if any unit is uncovered or has no date.
    """

    id: str
    position: int
    pegs: tuple[Peg, ...]
    uncovered: int
    likely: date | None
    by: date | None

    @property
    def why(self) -> Why | None:
        """Why it has no date: nothing covers it, or the supplier cannot say. None with a date."""
        if self.by is not None:
            return None
        return Why.NO_SUPPLY if self.uncovered else Why.SUPPLIER_UNSURE


def queue_key(line: Queued) -> tuple[bool, int, datetime, str]:
    """Sort key of the queue: a claim, then priority (higher first), the time of the order (UTC), the ID."""
    return not line.claim, -line.priority, _ordered_at(line), reading_order(line.id)


def in_order(queue: Iterable[QueuedT], *, claims: bool = True) -> list[QueuedT]:
    """Sort lines as `queue_key` does, or with `claims=False` as if nobody had a claim.

    Raises:
        ValueError: two lines have the same ID.
    """
    # one stable pass for each field: faster than a single one with tuples as keys
    lines = sorted(queue, key=_ordered_at)
    _require_unique("line", [line.id for line in lines])
    _part_ties(lines)
    lines.sort(key=attrgetter("priority"), reverse=True)
    if claims:
        lines.sort(key=attrgetter("claim"), reverse=True)
    return lines


def peg(queue: Iterable[WaitingLine], supplies: Iterable[Supply], today: date) -> list[Pegged]:
    """Peg all waiting lines of one SKU to its supplies, in the order of the queue.

    Units on hand are there `today`, and a day already past counts as `today`. Neither `likely` nor `by` runs
    backwards along the queue, and `likely` is never after `by`. An earlier arrival, more supply or one line
    fewer never makes either of them later for anybody.

    Args:
        queue: the waiting lines, in any order.
        supplies: what can serve them, in any order; units on hand without those already allocated.
        today: the shop's day.

    Returns:
        One entry for each waiting line, in queue order.

    Raises:
        ValueError: two lines or two supplies have the same ID.
    """
    tap = _Tap(supplies, today)
    result: list[Pegged] = []
    for position, line in enumerate(in_order(queue), 1):
        pegs, uncovered = tap.draw(line.units)
        last = _NO_DATE if uncovered else pegs[-1]
        result.append(
            Pegged(
                id=line.id,
                position=position,
                pegs=pegs,
                uncovered=uncovered,
                likely=last.likely,
                by=last.by,
            )
        )
    return result


_NO_DATE = Peg(supply="", units=0, likely=None, by=None)


class _Tap:
    """Gives out the units of all supplies, each once: one pointer into their P90 order, one into P50."""

    def __init__(self, supplies: Iterable[Supply], today: date) -> None:
        in_p90_order = sorted(supplies, key=_supply_key)
        _require_unique("supply", [supply.id for supply in in_p90_order])
        self._sources = [_as_of(today, supply) for supply in in_p90_order if supply.units]
        self._arrivals = _arrivals(self._sources)
        self._emptied = 0
        self._left = self._sources[0].units if self._sources else 0
        self._drawn = 0
        self._arrival = 0
        self._cuts: dict[tuple[int, date | None], tuple[Peg]] = {}

    def draw(self, need: int) -> tuple[tuple[Peg, ...], int]:
        """The pegs of the next `need` units, and how many of them there is no supply for."""
        pegs: tuple[Peg, ...] = ()
        while need and self._left:
            units = need if need < self._left else self._left
            need -= units
            pegs += self._cut(units)
        return pegs, need

    def _cut(self, units: int) -> tuple[Peg]:
        source = self._sources[self._emptied]
        self._drawn += units
        while self._arrivals[self._arrival][0] < self._drawn:
            self._arrival += 1
        likely = self._arrivals[self._arrival][1]
        cut = self._cuts.get((units, likely))
        if cut is None:  # equal pegs are one object: most of a long queue's are
            cut = (Peg(supply=source.id, units=units, likely=likely, by=source.by),)
            self._cuts[units, likely] = cut
        self._left -= units
        if not self._left:
            self._next()
        return cut

    def _next(self) -> None:
        self._emptied += 1
        self._cuts.clear()
        if self._emptied < len(self._sources):
            self._left = self._sources[self._emptied].units


def _arrivals(sources: list[Supply]) -> list[tuple[int, date | None]]:
    """How many units are in by each P50 day, cumulated; what has no date comes last.

    The P50 days are sorted on their own. Read in P90 order, with a running maximum, good news would make a
    line later: of two supplies, P50 the 1st and P90 the 10th, 9th and 11th, let the second's P90 become the
    9th; it goes first, and the head of the queue moves from "likely the 1st" to "likely the 9th".
    """
    total = 0
    arrivals: list[tuple[int, date | None]] = []
    for source in sorted(sources, key=lambda s: (not s.likely, s.likely or date.max)):
        total += source.units
        arrivals.append((total, source.likely))
    return arrivals


def _supply_key(supply: Supply) -> tuple[bool, date, date, str]:
    if supply.on_hand:
        return False, date.min, date.min, supply.id
    return supply.by is None, supply.by or date.max, supply.likely or date.max, reading_order(supply.id)


def _as_of(today: date, supply: Supply) -> Supply:
    if supply.on_hand:
        return replace(supply, likely=today, by=today)
    if supply.likely and supply.by:
        return replace(supply, likely=max(supply.likely, today), by=max(supply.by, today))
    return supply


def _part_ties(lines: list[QueuedT]) -> None:
    """Sort lines of the same instant by ID; most queues have few, and reading IDs takes its time."""
    first = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or lines[end].ordered_at != lines[first].ordered_at:
            if end - first > 1:
                lines[first:end] = sorted(lines[first:end], key=lambda line: reading_order(line.id))
            first = end


def _ordered_at(line: Queued) -> datetime:
    return line.ordered_at.astimezone(UTC)  # two times of one zone are compared by the clock on the wall


def _require_unique(what: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        twice, _ = Counter(ids).most_common(1)[0]
        raise ValueError(f"{what} {twice} is there twice")
