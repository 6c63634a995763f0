"""The forecast of demand: what it learns from, what it leaves aside, and that it never looks ahead."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.forecasting.demand.backtest import OURS, origins, run_backtest
from backorder.forecasting.demand.fan import fans
from backorder.forecasting.demand.forecast import LEVELS, forecast
from backorder.forecasting.demand.history import Demand
from backorder.forecasting.demand.mixture import PACE, STEPS, descend
from backorder.forecasting.demand.negative_binomial import quantiles
from backorder.forecasting.demand.periods import PERIODS, Period
from backorder.forecasting.demand.report import demand_report
from backorder.forecasting.demand.sales import Sales, demand_before
from backorder.forecasting.demand.words import methods
from backorder.forecasting.table import Floats
from tests.support.sales import MONDAY, Row, sales_of, thrown, week, weekly

WEEK, MONTH, DAY = PERIODS["week"], PERIODS["month"], PERIODS["day"]
rows = st.lists(
    st.tuples(
        st.sampled_from(["LAMP", "DESK", "SOFA", "RUG"]),
        st.integers(0, 200).map(lambda days: MONDAY + timedelta(days=days)),
        st.integers(-5, 60),
    ),
    min_size=1,
    max_size=60,
)


def told(sales: Sales, weeks: int, periods: int = 4) -> Floats:
    """P50, P90 and P95 of each SKU on the Monday after some weeks."""
    return forecast(demand_before(sales, WEEK, week(weeks)), periods).quantiles


@given(
    st.lists(
        st.tuples(st.floats(0.01, 60), st.floats(1.1, 20)).map(lambda each: (each[0], each[0] * each[1])),
        min_size=1,
        max_size=5,
    )
)
def test_the_negative_binomial_is_the_one_of_its_definition(moments: list[tuple[float, float]]) -> None:
    mean, variance = (np.array(each) for each in zip(*moments, strict=True))
    found = quantiles(mean, variance, LEVELS)
    for place, (expected, spread) in enumerate(moments):
        size, chance = expected**2 / (spread - expected), expected / spread

        def up_to(units: float, size: float = size, chance: float = chance) -> float:
            return sum(
                math.exp(
                    math.lgamma(each + size) - math.lgamma(size) - math.lgamma(each + 1)
                    + size * math.log(chance) + each * math.log1p(-chance)
                )
                for each in range(int(units) + 1)
            )  # fmt: skip

        for level, units in zip(LEVELS, found[place], strict=True):
            assert up_to(units) >= level - 1e-9
            assert units == 0 or up_to(units - 1) < level + 1e-9


@settings(max_examples=25)
@given(rows, rows, st.sampled_from(["day", "week", "month"]), st.integers(1, 8))
def test_the_future_changes_nothing(known: list[Row], later: list[Row], period: str, ahead: int) -> None:
    kind = PERIODS[period]
    as_of = MONDAY + timedelta(days=120)
    start = kind.first(kind.number(as_of), 0)
    before = [row for row in known if row[1] < start]
    names = {row[0] for row in before}
    changed = before + [row for row in later if row[1] >= start and row[0] in names]
    if before:
        first, second = (
            forecast(demand_before(sales_of(each), kind, as_of), ahead).quantiles
            for each in (before, changed)
        )
        np.testing.assert_array_equal(first, second)


@settings(max_examples=25)
@given(rows, st.sampled_from(["day", "week", "month"]), st.integers(1, 8))
def test_quantiles_are_units_in_order_whatever_was_sold(known: list[Row], period: str, ahead: int) -> None:
    found = demand_before(sales_of(known), PERIODS[period], MONDAY + timedelta(days=300))
    units = forecast(found, ahead).quantiles
    assert np.isfinite(units).all()
    assert (units >= 0).all()
    assert (np.diff(units, axis=1) >= 0).all()


def test_the_order_of_the_rows_does_not_matter() -> None:
    sales = weekly(thrown(30, 40))
    mixed = np.random.default_rng(3).permutation(len(sales.item))
    shuffled = replace(
        sales,
        item=sales.item[mixed],
        day=sales.day[mixed],
        quantity=sales.quantity[mixed],
        out=sales.out[mixed],
    )
    np.testing.assert_array_equal(told(sales, 40), told(shuffled, 40))


def test_a_fall_of_the_whole_shop_is_believed_at_once() -> None:
    level = np.where(np.arange(40) < 38, 1.0, 0.5)
    fallen, steady = (told(weekly(thrown(400, 40, level=each)), 40)[:, 0].sum() for each in (level, 1.0))
    assert 0.4 < fallen / steady < 0.6


ODD = st.lists(st.tuples(st.integers(-4000, 209), st.integers(-1_000_000, 1_000_000)), max_size=30)


@settings(max_examples=15)
@given(ODD, st.sampled_from(["day", "week"]))
def test_one_product_s_rows_leave_the_others_as_they_were(found: list[tuple[int, int]], period: str) -> None:
    _, before = _shop_of_days(period)
    after = _others(_beside([(0, 1), *found], period), period)
    assert after.sum(axis=0) / before.sum(axis=0) == pytest.approx(np.ones(3), abs=0.08)


@pytest.mark.parametrize("years", [1, 2])
def test_years_that_one_product_alone_was_sold_are_no_season_of_the_shop(years: int) -> None:
    _, before = _shop_of_days("day")
    after = _others(_beside([(-200 * years, 300)], "day"), "day")
    assert after.sum(axis=0) / before.sum(axis=0) == pytest.approx(np.ones(3), abs=0.02)


def _beside(found: list[tuple[int, int]], period: str) -> Sales:
    """The usual shop and an odd product: days after `MONDAY` and units."""
    usual, _ = _shop_of_days(period)
    odd = sales_of([("ODD", MONDAY + timedelta(days=day), units) for day, units in found])
    return Sales(
        skus=usual.skus,
        category=usual.category,
        item=np.concatenate([usual.item, odd.item]),
        day=np.concatenate([usual.day, odd.day]),
        quantity=np.concatenate([usual.quantity, odd.quantity]),
        out=np.concatenate([usual.out, odd.out]),
    )


@cache
def _shop_of_days(period: str) -> tuple[Sales, Floats]:
    """Fifty products that sell less at weekends, beside an odd one; and what is told of them."""
    dice = np.random.default_rng(2)
    rate = np.exp(dice.normal(0.3, 1.0, 50))[:, None] * np.where(np.arange(210) % 7 < 5, 1.0, 0.3)
    units = dice.poisson(rate * dice.gamma(2.0, 0.5, rate.shape))
    items, days = np.nonzero(units)
    sales = Sales(
        skus=["ODD", *(f"S{item:02}" for item in range(50))],
        category=[""] * 51,
        item=items.astype(np.int32) + 1,
        day=days.astype(np.int32) + MONDAY.toordinal(),
        quantity=units[items, days].astype(np.float32),
        out=np.zeros(len(items), dtype=np.bool_),
    )
    return sales, _others(sales, period)


def _others(sales: Sales, period: str) -> Floats:
    as_of = MONDAY + timedelta(days=210)
    return forecast(demand_before(sales, PERIODS[period], as_of), 4).quantiles[1:]


def test_weeks_out_of_stock_are_not_weeks_without_demand() -> None:
    lamp = [("LAMP", week(number), 10) for number in range(30)]
    desk = [("DESK", week(number), 10) for number in range(20)]
    out = [("DESK", week(number)) for number in range(20, 30)]
    missed = told(sales_of(lamp + desk), 30)[0]
    counted = told(sales_of(lamp + desk, out=out), 30)[0]
    assert missed[0] < 34
    assert counted[0] == pytest.approx(40, abs=3)


def test_single_days_out_of_stock_leave_the_rest_of_their_week() -> None:
    days = [("LAMP", MONDAY + timedelta(days=each), 2) for each in range(210) if each % 7 < 4]
    out = [("LAMP", MONDAY + timedelta(days=each)) for each in range(210) if each % 7 >= 4]
    found = demand_before(sales_of(days, out=out), WEEK, week(30))
    assert found.exposure[0] == pytest.approx(np.full(30, 4 / 7), abs=1e-5)
    assert forecast(found, 4).quantiles[0, 0] == pytest.approx(4 * 14, rel=0.1)


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_what_a_file_does_not_reach_is_not_known_rather_than_unsold(period: str) -> None:
    kind, dice = PERIODS[period], np.random.default_rng(3)
    usual = np.where(np.arange(210) % 7 < 5, 6.0, 0.0)
    units = dice.poisson(usual, (40, 210))
    rows = [
        (f"S{item:02}", MONDAY + timedelta(days=day), int(units[item, day]))
        for item in range(40)
        for day in range(210)
        if units[item, day]
    ]
    # Whole weeks later, so that the same weekdays are ahead. Nothing is ever sold at weekends.
    fresh, late = (
        demand_report(sales_of(rows), kind, MONDAY + timedelta(days=days), 3) for days in (210, 245)
    )
    assert fresh is not None
    assert late is not None
    assert fresh.remarks == []
    assert late.known_until == fresh.known_until
    assert "are missing" in late.remarks[0]
    assert "are missing" in late.forecasts[0].method
    first, second = (np.array([each.p50 for each in found.forecasts]) for found in (fresh, late))
    assert second.sum() == pytest.approx(first.sum(), rel=0.02)
    # A row of nothing says that the file goes as far as that.
    newest = kind.first(kind.number(week(35)), 0) - timedelta(days=1)
    told = demand_report(sales_of([*rows, ("S00", newest, 0)]), kind, week(35), 3)
    assert told is not None
    assert told.remarks == []
    assert sum(each.p50 for each in told.forecasts) < 0.5 * first.sum()


def test_a_week_that_ends_in_the_middle_is_not_counted_as_a_whole_one() -> None:
    rows = [(f"S{item}", MONDAY + timedelta(days=day), 3) for item in range(30) for day in range(206)]
    assert demand_before(sales_of(rows), WEEK, week(30)).periods == 29
    assert demand_before(sales_of(rows[:-90]), WEEK, week(28)).periods == 28


sold = st.tuples(st.integers(0, 27), st.integers(-3, 5), st.booleans())


@given(st.lists(sold, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_rows_of_a_day_count_together_however_they_are_split(
    found: list[tuple[int, int, bool]], dice: Random
) -> None:
    split = []
    for day, units, out in found:
        part = dice.randint(min(units, 0), max(units, 0))
        split += [(day, part, out), (day, units - part, out and dice.random() < 0.5)]
    first, second = (_days_of_lamp(rows) for rows in (found, split))
    np.testing.assert_array_equal(first.quantity, second.quantity)
    sold_out = {day for day, units, out in found if out} - {day for day, units, _ in found if units > 0}
    assert first.exposure[0, -1] == (0.0 if 27 in sold_out else 1.0)
    if all(out for *_, out in found):
        np.testing.assert_array_equal(
            first.exposure, _days_of_lamp([(*each[:2], True) for each in split]).exposure
        )


def _days_of_lamp(rows: list[tuple[int, int, bool]]) -> Demand:
    sales = sales_of([("LAMP", MONDAY + timedelta(days=day), units) for day, units, _ in rows])
    marked = replace(sales, out=np.array([out for *_, out in rows]), until=date.max.toordinal())
    return demand_before(marked, DAY, MONDAY + timedelta(days=28))


def test_a_return_takes_back_the_newest_sales_before_it() -> None:
    sales = sales_of(
        [("LAMP", week(0), 5), ("LAMP", week(1), 3), ("LAMP", week(3), -4), ("LAMP", week(4), 2)]
    )
    assert demand_before(sales, WEEK, week(5)).quantity.tolist() == [[4, 0, 0, 0, 2]]


def test_a_product_is_not_there_before_its_first_row() -> None:
    sales = sales_of([("OLD", week(0), 5), ("NEW", week(3), 5)])
    assert demand_before(sales, WEEK, week(5)).exposure.tolist() == [[0, 0, 0, 1, 1], [1, 1, 1, 1, 1]]


def test_weekends_are_foretold_where_periods_are_days() -> None:
    dice = np.random.default_rng(1)
    sold = [
        (f"S{item}", MONDAY + timedelta(days=day), int(dice.poisson(9 if day % 7 >= 5 else 1)))
        for item in range(20)
        for day in range(140)
    ]
    known = demand_before(sales_of(sold), DAY, MONDAY + timedelta(days=140))
    assert forecast(known, 5).quantiles[:, 0].mean() == pytest.approx(5, rel=0.3)
    assert forecast(known, 7).quantiles[:, 0].mean() == pytest.approx(23, rel=0.2)


def test_a_year_s_season_comes_again_where_two_years_are_known() -> None:
    wave = 1 + 0.8 * np.sin(2 * np.pi * np.arange(39, 157) / 52)
    units = thrown(100, 118, level=wave)
    found = forecast(demand_before(weekly(units), WEEK, week(118)), 8)
    assert found.mixture.weights["season"][0] > 0.3
    # Demand rises by two fifths from here on, which the last year alone cannot tell.
    alone = forecast(demand_before(weekly(units[:, -50:]), WEEK, week(50)), 8)
    assert found.quantiles[:, 0].sum() > 1.15 * alone.quantiles[:, 0].sum()


@pytest.mark.parametrize(
    ("kind", "known", "ahead", "sure"),
    [
        (MONTH, 24, 3, True),
        (MONTH, 24, 6, True),
        (WEEK, 104, 8, True),
        (DAY, 728, 28, True),
        (MONTH, 24, 12, False),
    ],
)
def test_two_years_are_enough_for_a_season(kind: Period, known: int, ahead: int, sure: bool) -> None:
    dice = np.random.default_rng(5)
    wave = 1 + 0.9 * np.sin(2 * np.pi * np.arange(known + ahead) / kind.year)
    units = dice.poisson(np.exp(dice.normal(3, 1, 60))[:, None] * wave)
    history = Demand(
        quantity=units[:, :known].astype(np.float32),
        exposure=np.ones((60, known), dtype=np.float32),
        category=np.full(60, -1),
        period=kind,
    )
    found = forecast(history, ahead)
    right = units[:, known:].sum()
    assert found.quantiles[:, 0].sum() == pytest.approx(right, rel=0.05 if sure else 0.5)
    assert "season" in methods(history, found)[0]
    assert ("no third could confirm" in methods(history, found)[0]) == (not sure)


def test_a_new_product_does_what_new_ones_of_its_category_did_and_the_method_says_whose() -> None:
    dice = np.random.default_rng(6)
    lamps = [
        (f"L{n:02}", week(each), int(dice.integers(8, 13))) for n in range(45) for each in range(2 * n, 104)
    ]
    plain = [(f"P{n:02}", week(each), 0) for n in range(12) for each in (0, 103)]
    rows = [*lamps, *plain, ("NEW", week(103), 0), ("NEW2", week(103), 0), ("BACK", week(0), -3)]
    category = {f"L{n:02}": "lamps" for n in range(45)} | {"NEW": "lamps", "NEW2": "chairs", "P00": "parts"}
    known = demand_before(sales_of(rows, category=category), WEEK, week(104))
    found = forecast(known, 4)
    skus = sorted({sku for sku, *_ in rows})
    units = dict(zip(skus, found.quantiles.tolist(), strict=True))
    said = dict(zip(skus, methods(known, found), strict=True))
    assert units["NEW"] == units["NEW2"]
    assert 38 <= units["NEW"][0] <= 42
    assert said["NEW"] == "no net sale in 1 week; what products of category lamps sold when they were new"
    assert said["NEW2"].endswith(
        "what the shop's products sold when they were new, as category chairs has fewer than 10"
    )
    assert units["P00"] == units["BACK"] == [0, 0, 0]
    assert (
        said["BACK"] == "no net sale in 104 weeks; what the shop's products sold after so long without a sale"
    )
    early = demand_before(sales_of(rows, category=category), WEEK, week(8))
    assert (
        "too few others that sold after so long without a sale: none is expected"
        in methods(early, forecast(early, 4))[-1]
    )


def test_a_product_never_sold_does_what_such_products_of_its_category_did() -> None:
    started = [(f"N{number}", week(number), 6) for number in range(6, 30)]
    usual = [("OLD", week(number), 3) for number in range(30)]
    plain = [(f"P{number}", week(0), 0) for number in range(20)]
    sales = sales_of(
        [*started, *usual, *plain, ("NEW", week(29), 0)],
        category={f"N{number}": "rugs" for number in range(6, 30)}
        | {f"P{number}": "parts" for number in range(20)}
        | {"NEW": "rugs"},
    )
    units = dict(zip(sales.skus, told(sales, 30).tolist(), strict=True))
    assert units["P1"] == [0, 0, 0]
    assert units["NEW"][1] == 6


def test_too_little_history_is_said() -> None:
    sales = sales_of(
        [("LAMP", week(0), 5), ("DESK", week(20), 5), *((f"S{n}", week(n), 3) for n in range(20))]
    )
    known = demand_before(sales, WEEK, week(21))
    said = dict(zip(sales.skus, methods(known, forecast(known, 4)), strict=True))
    assert said["DESK"].startswith("too little history of its own (1 week)")
    assert said["LAMP"].startswith("mixed of")
    known = demand_before(sales, WEEK, week(4))
    said = dict(zip(sales.skus, methods(known, forecast(known, 4)), strict=True))
    assert "too little history to choose by" in said["LAMP"]


def test_the_candidate_that_was_right_gets_the_weight() -> None:
    dice = np.random.default_rng(1)
    came = dice.poisson(20, 3000).astype(np.float64)
    right, wrong = np.full((3000, 3), [20.0, 26, 28]), np.full((3000, 3), [40.0, 50, 60])
    weights = descend(np.stack([right, wrong], axis=1), came, np.ones(3000), LEVELS)
    assert (weights[0] > 0.9).all()
    assert weights.sum(axis=0) == pytest.approx(np.ones(3))


def test_the_fan_widens_to_the_forecast_and_never_falls() -> None:
    sales = weekly(thrown(30, 60))
    found = fans(sales, WEEK, week(60), 12, ["S00003", "S00001"])
    assert [each.sku for each in found] == ["S00003", "S00001"]
    for each, item in zip(found, (3, 1), strict=True):
        assert each.starts[-1] == week(60)
        assert sum(each.sold) == sales.quantity[sales.item == item].sum()
        ends = np.array([(one.p50, one.p90, one.p95) for one in each.ahead])
        assert (np.diff(ends, axis=0) >= 0).all()
        assert ends[-1] == pytest.approx(told(sales, 60, 12)[item], abs=0.06)
        assert (each.ahead[-1].periods, each.ahead[-1].until) == (12, week(72))
    assert fans(sales, WEEK, week(0), 4, ["S00003"]) == []


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 40), st.sampled_from([1.0, 4.0, 60.0]))
def test_weights_are_those_of_the_descent_as_it_is_defined(
    seed: int, candidates: int, cases: int, units: float
) -> None:
    dice = np.random.default_rng(seed)
    # No whole numbers, of which a mixture may be just one as far as anybody can say.
    told = np.sort(dice.poisson(units, (cases, candidates, 3)) + dice.random((cases, candidates, 3)), axis=2)
    told[::3] = told[::3, :1]
    came, counts = dice.poisson(units, cases).astype(np.float64), dice.random(cases)
    size = max(float((counts * came).sum()), 1e-9)
    height, total = np.zeros((candidates, 3)), np.zeros((candidates, 3))
    for step in range(STEPS):
        weights = np.exp(height - height.max(axis=0))
        weights /= weights.sum(axis=0)
        total += weights
        over = came[:, None] <= (told * weights).sum(axis=1)
        slope = (over - np.array(LEVELS)) * counts[:, None]
        height -= PACE / np.sqrt(step + 1) * np.einsum("ncl,nl->cl", told, slope) / size
    np.testing.assert_allclose(descend(told, came, counts, LEVELS), total / STEPS, atol=1e-6)


@pytest.mark.parametrize(
    ("known", "periods", "kind", "expected"),
    [
        (52, 4, WEEK, [26, 30, 34, 38, 42]),
        (52, 8, WEEK, [26, 30, 34, 38, 42]),
        (51, 3, MONTH, [30, 34, 38, 42]),
        (51, 6, MONTH, [30, 34, 38, 42]),
        (20, 4, WEEK, [10, 14]),
        (5, 4, WEEK, []),
        (156, 8, WEEK, [118, 122, 126, 130, 134, 138, 142, 146]),
    ],
)
def test_a_backtest_s_days(known: int, periods: int, kind: object, expected: list[int]) -> None:
    assert origins(known, periods, kind) == expected  # type: ignore[arg-type]


def test_forecasts_of_the_past_beat_the_textbook_and_are_calibrated() -> None:
    dice = np.random.default_rng(4)
    level = np.exp(np.cumsum(dice.normal(0, 0.1, 52)))
    done = run_backtest(weekly(thrown(120, 52, seed=2, level=level)), WEEK, 4)
    assert done is not None
    ours, *baselines = done.scores
    assert ours.method == OURS
    assert ours.loss < min(each.loss for each in baselines)
    assert 0.85 < ours.by[0.9] < 0.95
