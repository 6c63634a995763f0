"""Past orders as columns, so that thousands of them are weighed at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from backorder.forecasting.history import PastOrder

Days = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER = 10_000_000
"""A day number beyond every date: an open order "arrives" then."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Orders sorted by the day ordered; the arrays are parallel.

    ordered, arrived: day numbers (date.toordinal; NEVER while open). stated_lead: days from the order to the
    stated day, at least 1; NaN where no day was stated.
    """

    ordered: Days
    arrived: Days
    stated_lead: Floats

    def __len__(self) -> int:
        return len(self.ordered)

    def take(self, places: Days) -> "Columns":
        """The orders at these places."""
        return Columns(self.ordered[places], self.arrived[places], self.stated_lead[places])

    def placed_before(self, day: int) -> "Columns":
        """The orders placed before `day` (a day number). Their arrivals are not yet hidden."""
        end = int(np.searchsorted(self.ordered, day))
        return Columns(self.ordered[:end], self.arrived[:end], self.stated_lead[:end])


@dataclass(frozen=True, eq=False)
class OrderTable:
    """Everyone's orders, each supplier's, and those of each supplier to each destination."""

    orders: tuple[PastOrder, ...]
    everyone: Columns
    suppliers: Mapping[str, Columns]
    pairs: Mapping[tuple[str, str], Columns]

    @classmethod
    def of(cls, orders: Iterable[PastOrder]) -> "OrderTable":
        """Sort and group orders. The result does not depend on their order."""
        rows = tuple(sorted(orders, key=_sort_key))
        everyone = _columns(rows)
        suppliers: dict[str, list[int]] = {}
        pairs: dict[tuple[str, str], list[int]] = {}
        for place, row in enumerate(rows):
            suppliers.setdefault(row.supplier, []).append(place)
            pairs.setdefault((row.supplier, row.destination), []).append(place)
        return cls(
            orders=rows,
            everyone=everyone,
            suppliers={key: everyone.take(np.array(places)) for key, places in suppliers.items()},
            pairs={key: everyone.take(np.array(places)) for key, places in pairs.items()},
        )

    def of_supplier(self, supplier: str) -> Columns:
        """The supplier's orders, empty for a stranger."""
        return self.suppliers.get(supplier, EMPTY)

    def of_pair(self, supplier: str, destination: str) -> Columns:
        """The supplier's orders to this destination, empty if there are none."""
        return self.pairs.get((supplier, destination), EMPTY)


def _sort_key(order: PastOrder) -> tuple[date, str, str, date, date]:
    return (
        order.ordered,
        order.supplier,
        order.destination,
        order.arrived or date.max,
        order.stated or date.max,
    )


def _columns(rows: tuple[PastOrder, ...]) -> Columns:
    ordered = np.array([row.ordered.toordinal() for row in rows], dtype=np.int64)
    arrived = np.array([row.arrived.toordinal() if row.arrived else NEVER for row in rows], dtype=np.int64)
    stated = [float(max(1, (row.stated - row.ordered).days)) if row.stated else np.nan for row in rows]
    return Columns(ordered, arrived, np.array(stated, dtype=np.float64))


EMPTY = _columns(())
