import numpy as np
import pytest

from backorder.forecasting.arrival import NOTHING
from backorder.forecasting.curve import (
    LEAD,
    RATIO,
    Evidence,
    mix,
    quantiles,
    stack,
    survival,
    tail_hazard,
    tally,
)
from backorder.forecasting.history import PastOrder
from backorder.forecasting.table import OrderTable
from tests.forecasting.make import DAY, past

LATER = DAY.toordinal() + 100
FOREVER = 1e12


def evidence(orders: list[PastOrder], asof: int = LATER) -> Evidence:
    group = tally(OrderTable.of(orders).everyone, LEAD, asof, FOREVER)
    return Evidence(group, NOTHING, NOTHING, tail_hazard(group, LEAD))


def test_a_kaplan_meier_curve_by_hand() -> None:
    # Arrivals after 2, 4, 4 and 6 days; one order placed 4 days before the morning: known to last past day 3.
    orders = [past(2), past(4), past(4), past(6), past(None, placed=96)]
    found = evidence(orders)
    assert found.pair.events[[2, 4, 6]] == pytest.approx([1, 2, 1])
    assert found.pair.at_risk[[0, 2, 3, 4, 5, 6, 7]] == pytest.approx([5, 5, 4, 3, 1, 1, 0])
    mixed = mix(stack([found], LEAD), 0, 0)
    # One pseudo-order of weight 1 that meets only the tail hazard: too few arrivals for a tenth: 1/longest.
    assert mixed.orders == pytest.approx([5])
    late = 1 - np.exp(-1 / 6)
    assert mixed.hazard[0, [2, 3, 4]] == pytest.approx([(1 + late) / 6, late / 5, (2 + late) / 4])


def test_censored_orders_make_it_later() -> None:
    quick = [past(10, placed=60 + day) for day in range(20)]
    slow_still_open = [past(None, placed=60 + day) for day in range(20)]
    alone = quantiles(mix(stack([evidence(quick)], LEAD), 0, 0), np.zeros(1), [0.5, 0.9])
    both = quantiles(mix(stack([evidence(quick + slow_still_open)], LEAD), 0, 0), np.zeros(1), [0.5, 0.9])
    assert alone[0] == pytest.approx([10, 10])
    assert both[0, 1] > 30


def test_an_order_of_the_same_morning_is_not_known() -> None:
    assert evidence([past(None, placed=100)]).pair.orders == 0
    assert evidence([past(None, placed=99)]).pair.orders == 1


def test_an_arrival_of_the_same_morning_is_not_known() -> None:
    group = evidence([past(10, placed=90)]).pair
    assert group.arrived == 0
    assert group.at_risk[9] == pytest.approx(1)
    assert group.at_risk[10] == 0


def test_a_ratio_of_one_is_exactly_one() -> None:
    table = OrderTable.of([past(30, stated=30), past(33, stated=30)])
    group = tally(table.everyone, RATIO, LATER, FOREVER)
    assert group.events[np.flatnonzero(RATIO.points == 1.0)] == pytest.approx([1.0])


def test_waiting_conditions_the_curve() -> None:
    found = mix(stack([evidence([past(day) for day in range(1, 51)])], LEAD), 0, 0)
    curve = survival(found, np.array([30.0]))
    assert curve[0, 29] == 1.0
    assert quantiles(found, np.array([30.0]), [0.5])[0, 0] == pytest.approx(40, abs=2)


def test_past_everything_known_it_stays_finite_and_grows() -> None:
    found = mix(stack([evidence([past(day) for day in range(1, 51)])] * 3, LEAD), 0, 0)
    p10, p50, p90 = quantiles(found, np.array([80.0, 4000.0, 100_000.0]), [0.1, 0.5, 0.9]).T
    for earlier, later in ((p10, p50), (p50, p90)):
        assert np.all(earlier <= later)
    assert np.all(np.isfinite(p90))
    assert np.all(p90 > [80, 4000, 100_000])
    assert np.all(p90 < 3 * np.array([80, 4000, 100_000]))


def test_only_open_orders_still_give_a_curve() -> None:
    found = mix(stack([evidence([past(None)] * 8)], LEAD), 0, 0)
    assert np.all(np.isfinite(quantiles(found, np.zeros(1), [0.1, 0.5, 0.9])))
