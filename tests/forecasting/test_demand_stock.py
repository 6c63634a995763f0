"""Reorder points: what they cover, and what they take beside the textbook's."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from backorder.forecasting.demand.lead_times import fixed, learnt
from backorder.forecasting.demand.periods import PERIODS
from backorder.forecasting.demand.sales import demand_before
from backorder.forecasting.demand.stock import LEADS, Spans, reorder_points, stock_levels, textbook_points
from backorder.forecasting.demand.stock_backtest import run_stock_backtest
from backorder.forecasting.history import PastOrder
from tests.support.sales import MONDAY, sales_of, thrown, week, weekly

WEEK = PERIODS["week"]
SURE, UNSURE = [28.0] * LEADS, [7.0, 7, 14, 14, 21, 28, 42, 56, 63]
"""Equally likely lead times of four weeks in the mean."""


def test_more_service_and_an_unsure_supplier_take_more_stock() -> None:
    sales = weekly(np.repeat(thrown(1, 60), 30, axis=0))
    known = demand_before(sales, WEEK, week(60))
    spans = Spans.of([SURE, UNSURE], 7, 7)
    kinds = np.arange(30) % 2
    points, mean = reorder_points(known, spans, kinds, [0.8, 0.95])
    assert (points[:, 0] < points[:, 1]).all()
    assert (points[kinds == 0, 1] < points[kinds == 1, 1]).all()
    assert mean[0] == pytest.approx(mean[1], rel=0.05)
    book = textbook_points(known, spans, kinds, [0.95])[:, 0]
    assert (book[kinds == 0] < book[kinds == 1]).all()


def test_the_span_is_the_lead_time_and_a_review() -> None:
    assert Spans.of([[0.0, 7.0, 25.0]], 3, 7).periods.tolist() == [[3 / 7, 10 / 7, 4.0]]


def test_a_span_shorter_than_a_period_takes_a_part_of_it() -> None:
    dice = np.random.default_rng(1)
    units = dice.poisson(2, (30, 280))
    sold = [
        (f"S{n:02}", MONDAY + timedelta(days=day), int(units[n, day]))
        for n in range(30)
        for day in range(280)
    ]
    sales, kinds = sales_of(sold), np.zeros(30, dtype=np.int64)
    found = {}
    for name in ("day", "week", "month"):
        known = demand_before(sales, PERIODS[name], week(40))
        levels = stock_levels(sales.skus, known, [[2.0] * LEADS], kinds, 1, 0.95)
        found[name] = np.mean([(each.expected, each.reorder_point) for each in levels], axis=0)
        assert found[name] == pytest.approx([6, 10], rel=0.15)


def test_a_level_is_what_is_expected_and_what_makes_it_safe() -> None:
    sales = weekly(np.full((3, 40), 10))
    kinds = np.zeros(3, dtype=np.int64)
    level = stock_levels(sales.skus, demand_before(sales, WEEK, week(40)), [SURE], kinds, 7, 0.95)[0]
    assert level.expected == pytest.approx(50, abs=3)
    assert level.safety_stock == level.reorder_point - round(level.expected)
    assert level.order_quantity == pytest.approx(10, abs=1)
    assert level.textbook_reorder_point == 50
    assert level.textbook_safety_stock == 0
    assert level.lead_days == (28, 28)


def test_what_was_asked_is_attained_with_less_stock_than_the_textbook_takes() -> None:
    dice = np.random.default_rng(4)
    level = np.exp(np.cumsum(dice.normal(0, 0.1, 52)))
    leads = fixed([14.0] * LEADS)
    done = run_stock_backtest(weekly(thrown(150, 52, seed=2, level=level)), WEEK, leads, 7, 0.9)
    assert done is not None
    assert done.ours.service == pytest.approx(0.9, abs=0.05)
    assert done.alike is not None
    assert done.alike.service >= done.ours.service
    assert done.ours.stock < done.alike.stock


def test_lead_times_are_held_back() -> None:
    """Orders came in two weeks until some day, and take five from then on: no morning before it knows."""
    turn = week(40)
    orders = [
        PastOrder(
            supplier="acme",
            destination="",
            ordered=(placed := week(2) + timedelta(days=2 * number)),
            arrived=placed + timedelta(days=14 if placed < turn else 35),
        )
        for number in range(160)
    ]
    leads = learnt(orders, [(None, 0), ("acme", 14), ("birch", 60)], week(60))
    then = leads(week(30))
    assert set(then.known[0]) == set(then.known[1]) == {14.0}
    assert set(then.known[2]) == {60.0}, "of birch nothing is known but what it states"
    assert set(then.came[0]) == {14.0, 35.0}
    assert len(then.came[0]) == len(then.came[1]) > 50
    assert then.came[2] == ()
    assert max(leads(week(50)).known[0]) == 35.0
    # Orders so late that slow ones of them would be open still say nothing.
    assert leads(week(56)).came[0] == ()
    sales = weekly(np.repeat(thrown(1, 60), 90, axis=0))
    kinds = np.arange(90) % 3
    done = run_stock_backtest(sales, WEEK, leads, 7, 0.9, kinds)
    sure = run_stock_backtest(sales, WEEK, fixed([14.0] * LEADS), 7, 0.9)
    assert done is not None
    assert sure is not None
    assert 0 < done.held_back < 0.7
    assert sure.held_back == 0
    assert done.ours.service < sure.ours.service
