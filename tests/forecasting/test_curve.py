import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.forecasting.arrival import NOTHING, ArrivalModel
from backorder.forecasting.curve import (
    LEAD,
    RATIO,
    Evidence,
    Grid,
    mean_curve,
    mix,
    quantiles,
    stack,
    survival,
    tail_hazard,
    tallies,
    tally,
)
from backorder.forecasting.history import PastOrder
from backorder.forecasting.table import Floats, OrderTable
from tests.support.past_orders import DAY, after, past

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
    alone = quantiles(mix(stack([evidence(quick)], LEAD), 0, 0), np.full(1, -1.0), [0.5, 0.9])
    both = quantiles(
        mix(stack([evidence(quick + slow_still_open)], LEAD), 0, 0), np.full(1, -1.0), [0.5, 0.9]
    )
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


def test_an_arrival_counts_in_the_middle_of_its_day() -> None:
    table = OrderTable.of([past(30, stated=30), past(0, stated=30)])
    group = tally(table.everyone, RATIO, LATER, FOREVER)
    at, same_day = np.flatnonzero(group.events)[::-1]
    assert RATIO.points[at] == pytest.approx(29.5 / 30, rel=0.005)
    assert same_day == 0
    assert RATIO.points[np.abs(RATIO.points - 1).argmin()] == 1.0


def test_on_the_morning_of_a_day_an_order_has_survived_the_day_before() -> None:
    # All orders with 10 stated days arrive on the tenth: asked that morning, it is that very day.
    model = ArrivalModel.fit([past(10, stated=10, placed=day) for day in range(60)], after(100))
    for placed in (100, 95, 90):
        found = model.forecast("Acme", "Oslo", after(placed), after(100), after(placed + 10))
        assert found is not None
        assert found.basis == "stated_history"
        assert (found.p10, found.p50, found.p90) == (after(placed + 10),) * 3


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 60) | st.none(), st.integers(1, 60) | st.none()),
        max_size=40,
    ),
    st.sets(st.integers(1, 140), min_size=1, max_size=6),
    st.sampled_from([5.0, 45.0, FOREVER]),
    st.sampled_from([LEAD, RATIO]),
)
def test_sums_that_run_from_morning_to_morning_equal_those_of_each_morning(
    orders: list[tuple[int, int | None, int | None]], mornings: set[int], half_life: float, grid: Grid
) -> None:
    table = OrderTable.of(past(lead, placed=placed, stated=stated) for placed, lead, stated in orders)
    days = [DAY.toordinal() + morning for morning in sorted(mornings)]
    for day, found in zip(days, tallies(table.everyone, grid, days, half_life), strict=True):
        events, at_risk = slowly(table, grid, day, half_life)
        assert found.events == pytest.approx(events)
        assert found.at_risk == pytest.approx(at_risk)


def slowly(table: OrderTable, grid: Grid, asof: int, half_life: float) -> tuple[Floats, Floats]:
    """A morning's sums, order by order."""
    events, at_risk = np.zeros(len(grid.points)), np.zeros(len(grid.points))
    for order in table.orders:
        if order.ordered.toordinal() >= asof or (grid.by_stated and order.stated is None):
            continue
        weight = 2 ** ((order.ordered.toordinal() - asof) / half_life)
        unit = max(1, (order.stated - order.ordered).days) if grid.by_stated and order.stated else 1
        if order.arrived and order.arrived.toordinal() < asof:
            lead = (order.arrived - order.ordered).days
            span = max(lead - 0.5, 0) / unit if grid.by_stated else lead
            point = min(int((grid.points < span - 1e-9).sum()), len(grid.points) - 1)
            events[point] += weight
            at_risk[: point + 1] += weight
        else:
            survived = (asof - 1 - order.ordered.toordinal()) / unit
            at_risk[grid.points <= survived + 1e-9] += weight
    return events, at_risk


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 60) | st.none()), max_size=30),
    st.floats(-1, 300),
)
def test_a_mean_curve_survives_with_a_chance_and_its_quantiles_are_in_order(
    orders: list[tuple[int, int | None]], survived: float
) -> None:
    group = OrderTable.of(past(lead, placed=placed) for placed, lead in orders).everyone
    mixed = []
    for half_life in (5.0, 45.0, 365.0):
        weighed = tally(group, LEAD, LATER, half_life)
        found = Evidence(weighed, NOTHING, weighed, tail_hazard(weighed, LEAD))
        mixed.append(mix(stack([found], LEAD), 3, 10))
    mean = mean_curve(mixed)
    curve = survival(mean, np.array([survived]))[0]
    assert np.all((curve >= 0) & (curve <= 1))
    assert np.all(np.diff(curve) <= 0)
    assert np.all(curve[LEAD.points <= survived] == 1)
    p10, p50, p90 = quantiles(mean, np.array([survived]), [0.1, 0.5, 0.9])[0]
    assert survived <= p10 <= p50 <= p90 < np.inf


def test_waiting_conditions_the_curve() -> None:
    found = mix(stack([evidence([past(day) for day in range(1, 51)])], LEAD), 0, 0)
    curve = survival(found, np.array([29.0]))
    assert curve[0, 29] == 1.0
    assert curve[0, 30] < 1.0
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
