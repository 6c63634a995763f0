"""What of a purchase-order line is still to come, since when it is ordered, and what was said of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

UNSURE = "the supplier cannot say when"
"""The words of units for which no day is stated although the supplier was heard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tranche:
    """Units of a line that were ordered on one day; a raised quantity is a tranche of its own."""

    units: int
    ordered_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """Units, and the day that the supplier states for them; None where it cannot say."""

    units: int
    day: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """Units that are still to come, ordered on a day.

    stated: the day stated for them. unsure: the supplier cannot say. Neither: nothing was said about them.
    """

    units: int
    ordered_on: date
    stated: date | None = None
    unsure: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether anything was stated about these units."""
        return self.unsure or self.stated is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderedLine:
    """A purchase-order line. tranches: all units ever ordered, the oldest first. received: all that came.

    A unit that was sent back for another one is in both: it came, and it was ordered again.
    stated: what the supplier stated last, as far as it counts. stated_after: how many units had come by then;
    None where that was not kept, and what was stated is taken to be all that was outstanding.
    """

    tranches: tuple[Tranche, ...]
    received: int
    stated: tuple[Stated, ...] = ()
    stated_after: int | None = None

    @property
    def outstanding(self) -> int:
        """Units that are still to come."""
        return max(0, sum(each.units for each in self.tranches) - self.received)


def expect_receipts(line: OrderedLine) -> list[Expected]:
    """The units of a line that are still to come: those that a day is stated for first, the earliest first.

    A stated day speaks for as many units as it was stated for, the oldest that had not come. What has come
    since counts against the earliest of them; what is not ordered any more would have come last.
    """
    parts, came = _since_stated(line)
    left: list[Expected] = []
    missing = line.outstanding
    for part in parts:
        gone = min(came, part.units)
        came -= gone
        units = min(part.units - gone, missing)
        missing -= units
        if units:
            left.append(replace(part, units=units))
    return left


def is_cut(line: OrderedLine) -> bool:
    """Whether fewer units came in than were to come together: nothing was said about when the rest comes."""
    parts, came = _since_stated(line)
    for part in parts:
        if came < part.units:
            break
        came -= part.units
    return came > 0


def _since_stated(line: OrderedLine) -> tuple[list[Expected], int]:
    """What was to come after the supplier's last word, and how much of it has come."""
    stated = [each for each in line.stated if each.units]
    speaks_for = sum(each.units for each in stated)
    after = line.stated_after if line.stated else 0
    if after is None:
        after = line.received - max(0, speaks_for - line.outstanding)
    in_order = sorted(stated, key=lambda each: (each.day is None, each.day or date.max))
    parts: list[Expected] = []
    place = after
    for each in in_order:
        day = _ordered_on(line.tranches, place)
        place += each.units
        parts.append(Expected(units=each.units, ordered_on=day, stated=each.day, unsure=each.day is None))
    return parts + _unstated(line.tranches, place), line.received - after


def _unstated(tranches: Sequence[Tranche], after: int) -> list[Expected]:
    """The units behind the first `after` ones, tranche by tranche."""
    parts = []
    for tranche in tranches:
        units = max(0, tranche.units - after)
        after = max(0, after - tranche.units)
        if units:
            parts.append(Expected(units=units, ordered_on=tranche.ordered_on))
    return parts


def _ordered_on(tranches: Sequence[Tranche], place: int) -> date:
    """The day on which the unit at a place was ordered; the last tranche's where there are fewer."""
    for tranche in tranches:
        if place < tranche.units:
            return tranche.ordered_on
        place -= tranche.units
    return tranches[-1].ordered_on


def more(tranches: Sequence[Tranche], units: int, day: date) -> tuple[Tranche, ...]:
    """Tranches with units ordered besides, on a day."""
    if units <= 0:
        return tuple(tranches)
    last = tranches[-1] if tranches else None
    if last is not None and last.ordered_on == day:
        return (*tranches[:-1], replace(last, units=last.units + units))
    return (*tranches, Tranche(units=units, ordered_on=day))


def fewer(tranches: Sequence[Tranche], units: int) -> tuple[Tranche, ...]:
    """Tranches without so many units: those that were ordered last go."""
    left = list(tranches)
    while left and units > 0:
        last = left.pop()
        if last.units > units:
            left.append(replace(last, units=last.units - units))
        units -= last.units
    return tuple(left)


def counted(ordered: int, received: int, returned: int, *, replaced: bool) -> int:
    """How many units of a line count as received once some of them went back to the supplier.

    Where others come for them, they are owed again. Where none do, only what came beyond the order is less:
    the rest was had, and nobody owes it any more.
    """
    if replaced:
        return received - returned
    return received - min(returned, max(0, received - ordered))
