"""What is on hand: the facts of a SKU's stock by their instants, in whatever order they are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from backorder.domain.calendar import ONE_DAY, Calendar

LATELY = timedelta(days=7)
"""How far back a person is reminded of units that came free by themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StockFact:
    """Something that happened to the stock of one SKU.

    id: its own within the SKU. kind: receipt, return, adjustment, shipment or count. units: those that came,
    below zero those that left; of a count, those that it found. spared: units that others held when a
    shipment was told, of which it takes none.
    """

    id: str
    kind: str
    at: datetime
    units: int
    spared: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class StockStep:
    """What a fact comes to.

    on_hand: after it, never below zero. outside: units that left and never were in stock. corrected: by
    how many units a count changes what was believed.
    """

    fact: StockFact
    on_hand: int
    outside: int = 0
    corrected: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class StockChange:
    """What one more fact changes.

    change: of what is on hand in the end. steps: where the other facts, or it, come to something else than
    before; their `outside` and `corrected` say by how much. short: units that an adjustment or a return
    takes although they are not there; nobody can have had them from elsewhere.
    """

    change: int
    steps: tuple[StockStep, ...]
    short: int


def fold(on_hand: int, facts: Iterable[StockFact]) -> list[StockStep]:
    """What facts come to in the order of their instants, from `on_hand` units before the first of them.

    At the same instant what comes is there for what leaves, shipments leave before anything is taken away by
    hand, and a count comes last. What leaves beyond what is there is from outside.
    """
    steps: list[StockStep] = []
    for fact in sorted(facts, key=_order):
        if fact.kind == "count":
            step = StockStep(fact=fact, on_hand=fact.units, corrected=fact.units - on_hand)
        else:
            left = on_hand - min(on_hand, fact.spared) + fact.units
            outside = max(0, -left) if fact.units < 0 else 0
            step = StockStep(fact=fact, on_hand=on_hand + fact.units + outside, outside=outside)
        steps.append(step)
        on_hand = step.on_hand
    return steps


def enter(on_hand: int, later: Sequence[StockFact], fact: StockFact) -> StockChange:
    """What a fact changes that is told after others that happened no earlier.

    on_hand: what was there before the first of all these.
    """
    before, after = fold(on_hand, later), fold(on_hand, [*later, fact])
    known = {step.fact.id: step for step in before}
    changed = [_difference(step, known.get(step.fact.id)) for step in after]
    return StockChange(
        change=after[-1].on_hand - (before[-1].on_hand if before else on_hand),
        steps=tuple(step for step in changed if step.outside or step.corrected),
        short=_short(after) - _short(before),
    )


def left_at(calendar: Calendar, reported: datetime, told_at: datetime) -> datetime:
    """When units left stock. A day without a time is its end: what came on that day had come by then."""
    day = calendar.day(reported)
    if reported == calendar.instant(day, time()):
        reported = calendar.instant(day + ONE_DAY, time()) - timedelta(microseconds=1)
    return min(reported, told_at)


def _difference(step: StockStep, before: StockStep | None) -> StockStep:
    if before is None:
        return step
    return StockStep(
        fact=step.fact,
        on_hand=step.on_hand,
        outside=step.outside - before.outside,
        corrected=step.corrected - before.corrected,
    )


def _short(steps: Iterable[StockStep]) -> int:
    return sum(step.outside for step in steps if step.fact.kind != "shipment")


def _order(fact: StockFact) -> tuple[datetime, int, str]:
    if fact.kind == "count":
        return fact.at, 4, fact.id
    if fact.units > 0:
        return fact.at, 0, fact.id
    if fact.kind != "shipment":
        return fact.at, 3, fact.id
    return fact.at, 2 if fact.spared else 1, fact.id
