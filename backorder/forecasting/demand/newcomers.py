"""Products that have sold nothing yet: what others of their kind did when they stood there.

A new one is forecast by what products sold in the first periods from which on they were on sale. One that has
been on sale for long without a sale is forecast by what came after such a silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from backorder.domain.texts import how_many
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.table import Days, Flags, Floats

ENOUGH = 10
"""Cases that have to be known of a category, else of the shop; fewer tell nothing, and none is expected."""

LONG = 6
"""Cycles on sale without a sale from which on a product is no new one."""

MORNINGS = 8
"""Earlier mornings that tell of long silences, a cycle apart, the newest first."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cases:
    """What other products did. category: its number; sold: units. doing: in words."""

    category: Days
    sold: Floats
    doing: str


def unsold(demand: Demand) -> Flags:
    """The items that have sold nothing, with what came back taken off."""
    return ~np.asarray((demand.quantity > 0).any(axis=1))


def newcomers(demand: Demand, periods: int, levels: Sequence[float]) -> Floats:
    """Quantiles for the items that are `unsold`, a row each: units over the next periods."""
    found = np.zeros((int(unsold(demand).sum()), len(levels)))
    for rows, sold, _ in _answers(demand, periods):
        found[rows] = np.quantile(sold, levels) if len(sold) else 0.0
    return np.maximum(found, 0.0)


def newcomers_words(demand: Demand, periods: int) -> list[str]:
    """The same in words: what stands in for their own sales."""
    known = demand.life[unsold(demand)].tolist()
    since = [
        f"no net sale in {how_many(max(round(life), 1), demand.period.name)}" if life else "no sale yet"
        for life in known
    ]
    for rows, _, words in _answers(demand, periods):
        for row in rows.tolist():
            since[row] += f"; {words}"
    return since


def _answers(demand: Demand, periods: int) -> list[tuple[Days, Floats, str]]:
    """Items among the unsold, what others sold that tell of them, and who those are, in words."""
    new = unsold(demand)
    if not new.any():
        return []
    category, long = demand.category[new], demand.life[new] >= LONG * demand.period.cycle
    found = []
    kinds: Sequence[tuple[Flags, Callable[[Demand, int], Cases]]] = ((~long, _launches), (long, _silences))
    for some, alike in kinds:
        if not some.any():
            continue
        cases = alike(demand, periods)
        for group in np.unique(category[some]).tolist():
            rows = np.flatnonzero(some & (category == group))
            name = demand.categories[group] if group >= 0 else ""
            found.append((rows, *_told(cases, group, name)))
    return found


def _told(cases: Cases, group: int, name: str) -> tuple[Floats, str]:
    own = cases.sold[cases.category == group]
    if name and len(own) >= ENOUGH:
        return own, f"what products of category {name} {cases.doing}"
    few = f", as category {name} has fewer than {ENOUGH}" if name else ""
    if len(cases.sold) >= ENOUGH:
        return cases.sold, f"what the shop's products {cases.doing}{few}"
    return cases.sold[:0], f"too few others that {cases.doing}: none is expected"


def _launches(demand: Demand, periods: int) -> Cases:
    """Products whose first period on sale is known, and what they sold from it on."""
    on_sale = demand.exposure > 0
    began = np.where(on_sale.any(axis=1), on_sale.argmax(axis=1), demand.periods)
    items = np.flatnonzero((began > 0) & (began + periods <= demand.periods))
    columns = began[items, None] + np.arange(periods)
    items, columns = _open(demand, items, columns)
    sold = demand.quantity[items[:, None], columns].sum(axis=1, dtype=np.float64)
    return Cases(category=demand.category[items], sold=sold, doing="sold when they were new")


def _open(demand: Demand, items: Days, columns: Days) -> tuple[Days, Days]:
    """Those that were never out of stock: only their sales show their demand."""
    open_for = np.asarray(demand.exposure[items[:, None], columns].min(axis=1, initial=1.0) > 0.99)
    return items[open_for], columns[open_for]


def _silences(demand: Demand, periods: int) -> Cases:
    """Products that had been on sale for long without a sale, and what they sold then."""
    cycle = demand.period.cycle
    sold_ever = demand.quantity > 0
    first = np.where(sold_ever.any(axis=1), sold_ever.argmax(axis=1), demand.periods)
    category, sold = [demand.category[:0]], [np.zeros(0)]
    for morning in list(range(demand.periods - periods, LONG * cycle - 1, -cycle))[:MORNINGS]:
        life = demand.exposure[:, :morning].sum(axis=1, dtype=np.float64)
        then = np.flatnonzero((first >= morning) & (life >= LONG * cycle) & demand.open(morning, periods))
        category.append(demand.category[then])
        sold.append(demand.sold(morning, periods)[then])
    return Cases(
        category=np.concatenate(category),
        sold=np.concatenate(sold),
        doing="sold after so long without a sale",
    )
