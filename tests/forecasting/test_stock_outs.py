"""Days without stock of the shop's own record: which of them are no days without demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.forecasting.demand.forecast import forecast
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.periods import PERIODS
from backorder.forecasting.demand.sales import Sales, demand_before
from backorder.forecasting.demand.stock_outs import Stretches
from tests.support.sales import MONDAY, Row, sales_of, week

WEEK = PERIODS["week"]
Stretch = tuple[str, date, date]


def without_stock(sales: Sales, *found: Stretch) -> Sales:
    """Sales with stretches without stock: from a day on, and before another."""
    rows = sorted(
        (sales.skus.index(sku), first.toordinal(), until.toordinal()) for sku, first, until in found
    )
    item, first, until = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    outs = Stretches(item=item, first=first, until=until)
    return replace(sales, outs=outs, until=date.max.toordinal())


def days(sku: str, numbers: range, units: int = 2) -> list[Row]:
    """As many units on each of some days."""
    return [(sku, MONDAY + timedelta(days=number), units) for number in numbers]


def known(sales: Sales, weeks: int = 30) -> Demand:
    return demand_before(sales, WEEK, week(weeks))


def test_a_stretch_in_which_nothing_was_sold_is_as_in_a_file_that_says_so() -> None:
    lamp, desk = days("LAMP", range(210)), days("DESK", range(130))
    out = [("DESK", MONDAY + timedelta(days=number)) for number in range(130, 210)]
    told = known(sales_of(lamp + desk, out=out))
    recorded = known(without_stock(sales_of(lamp + desk), ("DESK", out[0][1], date.max)))
    np.testing.assert_allclose(recorded.exposure, told.exposure, atol=1e-6)
    assert forecast(recorded, 4).quantiles[0, 0] == pytest.approx(56, rel=0.1)
    # Both say so: the day is left out once.
    both = known(without_stock(sales_of(lamp + desk, out=out), ("DESK", out[0][1], date.max)))
    np.testing.assert_allclose(both.exposure, told.exposure, atol=1e-6)


def test_who_is_ordered_while_out_of_stock_could_be_ordered() -> None:
    """Nothing but backorders: the days between them are days without demand."""
    rows = [("LAMP", MONDAY + timedelta(days=number), 1) for number in range(0, 210, 10)]
    always = known(without_stock(sales_of(rows), ("LAMP", MONDAY, date.max)))
    assert always.exposure.min() == 1
    # Units came and went twice; between, there were stretches in which nobody ordered.
    parts = ((0, 12), (13, 19), (22, 29), (32, 39), (40, 210))
    some = [
        ("LAMP", MONDAY + timedelta(days=first), MONDAY + timedelta(days=until)) for first, until in parts
    ]
    assert known(without_stock(sales_of(rows), *some)).exposure.min() == 1


def test_a_long_silence_of_what_sells_every_day_is_no_lack_of_demand() -> None:
    """It was ordered twice on backorder, and then sold out even of that."""
    rows = days("LAMP", range(140)) + days("LAMP", range(141, 143), 1)
    found = known(without_stock(sales_of(rows), ("LAMP", week(20), date.max)))
    assert found.exposure[0, :20].min() == 1
    assert found.exposure[0, 20] == pytest.approx(3 / 7)
    assert found.exposure[0, 21:].max() == 0


def test_a_row_about_a_whole_week_is_of_the_weeks_without_stock_alone() -> None:
    """Of the week in which it came back, nobody knows on which day its units were sold."""
    rows = [("LAMP", week(number), 10) for number in range(30) if number not in (20, 21)]
    found = known(without_stock(sales_of(rows), ("LAMP", week(20), week(22) + timedelta(days=3))))
    assert found.exposure[0, 20:23] == pytest.approx([0, 0, 4 / 7])


rows_of = st.lists(
    st.tuples(
        st.sampled_from(["LAMP", "DESK"]),
        st.integers(0, 209).map(lambda number: MONDAY + timedelta(days=number)),
        st.integers(-3, 9),
    ),
    min_size=1,
    max_size=50,
)
stretches_of = st.lists(st.integers(0, 220), min_size=2, max_size=8, unique=True).map(sorted)


@settings(max_examples=60)
@given(rows_of, stretches_of, st.sampled_from(["day", "week", "month"]), st.integers(40, 210))
def test_exposure_is_what_is_left_of_each_period_and_the_future_changes_nothing(
    rows: list[Row], edges: list[int], period: str, morning: int
) -> None:
    """As of a morning, whatever was sold and whenever there was no stock."""
    kind, as_of = PERIODS[period], MONDAY + timedelta(days=morning)
    sales = sales_of(rows)
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    some = [
        ("LAMP", MONDAY + timedelta(days=first), MONDAY + timedelta(days=until)) for first, until in pairs
    ]
    if "LAMP" not in sales.skus or not some:
        return
    whole = without_stock(sales, *some)
    plain = demand_before(replace(whole, outs=None), kind, as_of)
    found = demand_before(whole, kind, as_of)
    assert (found.exposure <= plain.exposure + 1e-6).all()
    assert (found.exposure >= 0).all()
    start = kind.first(kind.number(as_of), 0)
    cut = [(sku, first, min(until, start)) for sku, first, until in some if first < start]
    earlier = [row for row in rows if row[1] < start]
    if cut and any(sku == "LAMP" for sku, *_ in earlier):
        then = demand_before(without_stock(sales_of(earlier), *cut), kind, as_of)
        place = [sales.skus.index(sku) for sku in sorted({sku for sku, *_ in earlier})]
        np.testing.assert_array_equal(found.exposure[place], then.exposure)
