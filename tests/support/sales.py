"""Sales for the tests, by dice or from a matrix of units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backorder.forecasting.demand.sales import Sales

MONDAY = date(2023, 1, 2)
Row = tuple[str, date, int]


def week(number: int) -> date:
    """The first day of a week; 0 is the first one."""
    return MONDAY + timedelta(weeks=number)


def sales_of(
    rows: Sequence[Row], *, out: Sequence[tuple[str, date]] = (), category: dict[str, str] | None = None
) -> Sales:
    """Sales from rows. out: days on which a SKU was out of stock, with nothing sold."""
    every = [(*row, False) for row in rows] + [(sku, day, 0, True) for sku, day in out]
    skus = sorted({sku for sku, *_ in every})
    return Sales(
        skus=skus,
        category=[(category or {}).get(sku, "") for sku in skus],
        item=np.array([skus.index(sku) for sku, *_ in every], dtype=np.int32),
        day=np.array([day.toordinal() for _, day, *_ in every], dtype=np.int32),
        quantity=np.array([units for *_, units, _ in every], dtype=np.float32),
        out=np.array([each for *_, each in every], dtype=np.bool_),
    )


def weekly(units: NDArray[Any]) -> Sales:
    """Sales of a matrix: a row a SKU, a column a week. Weeks without sales have no row."""
    items, weeks = np.nonzero(units)
    return Sales(
        skus=[f"S{item:05}" for item in range(len(units))],
        category=[""] * len(units),
        item=items.astype(np.int32),
        day=weeks.astype(np.int32) * 7 + np.int32(MONDAY.toordinal()),
        quantity=units[items, weeks].astype(np.float32),
        out=np.zeros(len(items), dtype=np.bool_),
    )


def thrown(items: int, weeks: int, seed: int = 1, level: NDArray[Any] | float = 1.0) -> NDArray[Any]:
    """Units of a shop by dice, lumpy and of all sizes. level: of the whole shop, a week each or one."""
    dice = np.random.default_rng(seed)
    usual = np.exp(dice.normal(0.5, 1.2, items))[:, None] * level
    return dice.poisson(usual * dice.gamma(2.0, 0.5, (items, weeks)))
