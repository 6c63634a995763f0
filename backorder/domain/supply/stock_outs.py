"""Days without stock: those on which no unit of a SKU was free at any time, as its book has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from backorder.domain.calendar import ONE_DAY, Calendar

Change = tuple[datetime, int]
"""An instant, and by how many units what is free changed then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StockOut:
    """Days in a row without stock. first: the first of them; until: the first day after them, or None where
    there is still none."""

    first: date
    until: date | None


def stock_outs(calendar: Calendar, changes: Iterable[Change], known_from: datetime) -> Sequence[StockOut]:
    """The days without stock of a SKU, in their order.

    changes: all there ever were, from no unit on, in the order of their instants; those of one instant are
    one change. known_from: when somebody first said how many there are: before that nothing is known, so that
    no day counts as one without stock. A day on which there was a unit for a part of it is none of them.
    """
    found: list[StockOut] = []
    for begins, ends in _without(_levels(changes), known_from):
        first = calendar.day(begins)
        if calendar.instant(first, time()) < begins:
            first += ONE_DAY
        until = calendar.day(ends) if ends is not None else None
        if until is None or first < until:
            found.append(StockOut(first=first, until=until))
    return found


def _levels(changes: Iterable[Change]) -> Iterable[Change]:
    """What is free after each instant at which something changed."""
    free, at = 0, None
    for when, units in changes:
        if at is not None and when != at:
            yield at, free
        free, at = free + units, when
    if at is not None:
        yield at, free


def _without(levels: Iterable[Change], known_from: datetime) -> Iterable[tuple[datetime, datetime | None]]:
    """The stretches in which nothing was free, each until somebody had a unit again."""
    begins: datetime | None = known_from
    for at, free in levels:
        if free > 0:
            if begins is not None and begins < at:
                yield begins, at
            begins = None
        elif begins is None:
            begins = max(at, known_from)
    if begins is not None:
        yield begins, None
