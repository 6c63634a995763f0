"""The questions of the past that tuning asks again, and what was known on each of their mornings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from backorder.forecasting.arrival import ArrivalModel, whole_days
from backorder.forecasting.curve import (
    LEAD,
    EvidenceStack,
    Grid,
    Level,
    Tally,
    late_chances,
    mean_curve,
    mix,
    tail_hazard,
    tallies,
)
from backorder.forecasting.parameters import HALF_LIVES, Memory, Parameters
from backorder.forecasting.table import Columns, Days, Floats, OrderTable

WARM_UP = 0.2
"""The share of the history, oldest first, that is only learnt from."""

MOST_QUERIES = 600
"""More replayed forecasts cost time and decide nothing."""

CHUNK = 64
"""Forecasts computed at once: as many as the processor's cache holds."""


@dataclass(frozen=True, eq=False)
class PastQueries:
    """Replayed questions, parallel: the order's place in the table, day asked, days waited, outcome.

    arrived: a day number, `asof` for what was still open then.
    """

    table: OrderTable
    place: Days
    asked: Days
    waited: Floats
    arrived: Days
    stated_lead: Floats
    asof: int

    def __len__(self) -> int:
        return len(self.place)

    def take(self, which: Days) -> "PastQueries":
        """The questions at these places."""
        return PastQueries(
            self.table,
            self.place[which],
            self.asked[which],
            self.waited[which],
            self.arrived[which],
            self.stated_lead[which],
            self.asof,
        )


def past_queries(table: OrderTable, asof: date) -> "PastQueries":
    """At most `MOST_QUERIES` questions about orders of the past, spread over them evenly.

    Each order is asked about on its own day and after half and all of the usual lead time, if it was still
    open. Orders of the last P90 lead time are left out: too many of them are still open.
    """
    today = asof.toordinal()
    known = table.everyone.placed_before(today)
    lead = ArrivalModel(table, asof).lead_days((0.5, 0.9))
    first = known.ordered[int(WARM_UP * len(known))] if len(known) else today
    asked_about = np.flatnonzero((known.ordered >= first) & (known.ordered < today - lead[1]))
    parts = []
    for wait in sorted({0, int(lead[0] / 2), int(lead[0])}):
        day = known.ordered[asked_about] + wait
        parts.append(np.stack([asked_about, day])[:, (known.arrived[asked_about] >= day) & (day < today)])
    place, asked = np.concatenate(parts, axis=1)
    every = max(1, -(-len(place) // MOST_QUERIES))
    place, asked = place[::every], asked[::every]
    waited = (asked - known.ordered[place]).astype(np.float64)
    arrived = np.where(known.arrived[place] < today, known.arrived[place], today)
    return PastQueries(table, place, asked, waited, arrived, known.stated_lead[place], today)


@dataclass(frozen=True, eq=False)
class _Known:
    """What the morning of each question showed, weighed with one half-life."""

    pair: Level
    supplier: Level
    everyone: Level
    tail: Floats
    late: Floats

    @classmethod
    def of(cls, queries: PastQueries, grid: Grid, half_life: float) -> "_Known":
        table, asked = queries.table, queries.asked
        orders = [table.orders[place] for place in queries.place]
        groups = [table.everyone] * len(orders)
        suppliers = [table.suppliers[order.supplier] for order in orders]
        pairs = [table.pairs[order.supplier, order.destination] for order in orders]
        everyone = _by_morning(groups, asked, grid, half_life)
        tail = np.array([tail_hazard(each, grid) for each in everyone])
        return cls(
            pair=Level.of(_by_morning(pairs, asked, grid, half_life)),
            supplier=Level.of(_by_morning(suppliers, asked, grid, half_life)),
            everyone=Level.of(everyone),
            tail=tail,
            late=late_chances(tail, grid),
        )


class Replay:
    """The evidence of some questions on one grid, from which any candidate's forecasts are made.

    Each group of orders is gone through once for each half-life, however many mornings are asked about.
    """

    def __init__(self, queries: PastQueries, grid: Grid) -> None:
        self._queries, self._grid = queries, grid
        self._known = {half_life: _Known.of(queries, grid, half_life) for half_life in HALF_LIVES}

    def forecast(self, parameters: Parameters, levels: Sequence[float]) -> Floats:
        """Days since the order (B, Q) as the arrival model would have said them; half-lives of the grid."""
        parts = [slice(start, start + CHUNK) for start in range(0, len(self._queries), CHUNK)]
        return np.concatenate([self._part(parameters, levels, part) for part in parts])

    def _part(self, parameters: Parameters, levels: Sequence[float], part: slice) -> Floats:
        waited = self._queries.waited[part]
        units = np.ones(len(waited)) if self._grid is LEAD else self._queries.stated_lead[part]
        stacks = [self._stack(memory, part) for memory in parameters.memories]
        curves = mean_curve([mix(each, parameters.k, parameters.k2) for each in stacks])
        return whole_days(curves, units, waited, levels)

    def _stack(self, memory: Memory, part: slice) -> EvidenceStack:
        own, shared = (self._known[half_life] for half_life in memory)
        return EvidenceStack(
            self._grid,
            own.pair.part(part),
            own.supplier.part(part),
            shared.everyone.part(part),
            shared.tail[part],
            shared.late[part],
        )


def _by_morning(groups: Sequence[Columns], asked: Days, grid: Grid, half_life: float) -> list[Tally]:
    """The tally of each question's group on its morning; groups are told apart by identity."""
    days: dict[int, set[int]] = {}
    for group, day in zip(groups, asked, strict=True):
        days.setdefault(id(group), set()).add(int(day))
    found: dict[tuple[int, int], Tally] = {}
    for key, group in {id(group): group for group in groups}.items():
        mornings = sorted(days[key])
        weighed = tallies(group, grid, mornings, half_life)
        found.update(((key, day), each) for day, each in zip(mornings, weighed, strict=True))
    return [found[id(group), int(day)] for group, day in zip(groups, asked, strict=True)]
