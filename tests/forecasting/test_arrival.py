from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.forecasting.arrival import ArrivalModel
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import Parameters
from backorder.forecasting.query import Query
from tests.support.past_orders import DAY, after, histories, past, random_history

queries = st.builds(
    lambda supplier, destination, ordered, waited, stated, lead: Query(
        supplier=supplier,
        destination=destination,
        ordered=after(ordered),
        asked=after(ordered + waited),
        stated=None if stated is None else after(ordered + stated),
        lead_days=lead,
    ),
    st.sampled_from(["Acme", "Bolt", "stranger"]),
    st.sampled_from(["Oslo", "Rome", "nowhere"]),
    st.integers(0, 300),
    st.integers(0, 2000),
    st.one_of(st.none(), st.integers(-5, 200)),
    st.one_of(st.none(), st.integers(0, 90)),
)


@given(histories, queries)
def test_quantiles_are_ordered_and_never_before_the_day_asked(orders: list[PastOrder], query: Query) -> None:
    model = ArrivalModel.fit(orders, query.asked)
    found = model.forecast_many([query])[0]
    if found is None:
        assert query.stated is None
        assert query.lead_days is None
    else:
        assert query.asked <= found.p10 <= found.p50 <= found.p90
        assert found.orders >= 0
        assert found.words.endswith(".")


@given(histories, queries, st.integers(1, 200))
def test_waiting_longer_never_brings_the_arrival_forward(
    orders: list[PastOrder], query: Query, more: int
) -> None:
    model = ArrivalModel.fit(orders, after(400))
    later = query.asked + timedelta(days=more)
    sooner = model.forecast(query.supplier, query.destination, query.ordered, query.asked, query.stated)
    after_more = model.forecast(query.supplier, query.destination, query.ordered, later, query.stated)
    if sooner and after_more:
        assert sooner.p50 <= after_more.p50
        assert sooner.p90 <= after_more.p90


@given(histories, histories, queries)
def test_the_future_changes_nothing(
    past_orders: list[PastOrder], future: list[PastOrder], query: Query
) -> None:
    asof = after(150)
    known = [order for order in past_orders if order.ordered < asof]
    hidden = [
        PastOrder(order.supplier, order.destination, order.ordered, order.stated, None)
        if order.arrived and order.arrived >= asof
        else order
        for order in known
    ]
    then = [order for order in future if order.ordered >= asof]
    assert ArrivalModel.fit(known + then, asof).forecast_many([query]) == ArrivalModel.fit(
        hidden, asof
    ).forecast_many([query])


@settings(max_examples=30)
@given(histories, st.lists(queries, max_size=6))
def test_together_is_the_same_as_alone_in_any_order(orders: list[PastOrder], asked: list[Query]) -> None:
    together = ArrivalModel.fit(orders, after(350)).forecast_many(asked)
    alone = [ArrivalModel.fit(orders[::-1], after(350)).forecast_many([query])[0] for query in asked]
    assert together == alone


@given(st.lists(st.integers(1, 60), min_size=5, max_size=30), st.integers(2, 4))
def test_slower_orders_give_later_forecasts(leads: list[int], times: int) -> None:
    asof = after(1000)
    as_is = ArrivalModel.fit([past(lead) for lead in leads], asof)
    slower = ArrivalModel.fit([past(lead * times) for lead in leads], asof)
    first, second = (model.forecast("Acme", "Oslo", asof, asof) for model in (as_is, slower))
    assert first is not None
    assert second is not None
    assert first.p50 <= second.p50
    assert first.p90 <= second.p90


def test_orders_on_the_way_count_only_as_open() -> None:
    arrived = [past(10, placed=day) for day in range(30)]
    late = [past(None, placed=day) for day in range(30)]
    alone = ArrivalModel.fit(arrived, after(100)).forecast("Acme", "Oslo", after(100), after(100))
    with_open = ArrivalModel.fit(arrived + late, after(100)).forecast("Acme", "Oslo", after(100), after(100))
    assert alone is not None
    assert with_open is not None
    assert alone.p90 == after(110)
    assert with_open.p90 > after(150)


def test_a_supplier_with_little_history_leans_on_everyone() -> None:
    others = [past(40, placed=day, supplier="Bolt") for day in range(60)]
    one = [past(10, placed=50)]
    found = ArrivalModel.fit(others + one, after(120)).forecast("Acme", "Oslo", after(120), after(120))
    assert found is not None
    assert found.p90 >= after(160)
    assert "1 past order from Acme to Oslo, 1 from it in all, 61 from everyone" in found.words


def test_a_recent_change_is_followed() -> None:
    before = [past(10, placed=day) for day in range(200)]
    since = [past(30, placed=200 + day) for day in range(60)]
    quick = Parameters(half_life=20)
    found = ArrivalModel.fit(before + since, after(300), quick).forecast(
        "Acme", "Oslo", after(300), after(300)
    )
    assert found is not None
    assert found.p50 == after(330)


@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_stated_days_are_corrected_by_how_they_were_kept(ratio: float) -> None:
    orders = random_history(3, middle=30, stated=ratio)
    model = ArrivalModel.fit(orders, after(500))
    found = model.forecast("s0", "d0", after(500), after(500), stated=after(600))
    assert found is not None
    assert found.basis == "stated_history"
    assert (found.p50 - after(500)).days == pytest.approx(100 * ratio, rel=0.25)
    assert "states 2026-08-24" in found.words


def test_without_history_the_supplier_s_word_stands_and_says_so() -> None:
    model = ArrivalModel.fit([], DAY)
    stated = model.forecast("Acme", "Oslo", DAY, DAY, stated=after(20), lead_days=5)
    lead = model.forecast("Acme", "Oslo", DAY, DAY, lead_days=14)
    assert stated is not None
    assert (stated.p10, stated.p50, stated.p90, stated.basis) == (after(20), after(20), after(20), "stated")
    assert lead is not None
    assert (lead.p50, lead.p90, lead.basis, lead.orders) == (after(14), after(14), "lead_days", 0)
    for found in (stated, lead):
        assert "the supplier's word, not a forecast" in found.words
    assert model.forecast("Acme", "Oslo", DAY, DAY) is None


def test_without_history_an_overdue_order_moves_on() -> None:
    model = ArrivalModel.fit([], DAY)
    found = model.forecast("Acme", "Oslo", DAY, after(24), lead_days=20)
    assert found is not None
    assert after(24) < found.p50 < found.p90 < after(50)
    assert "4 days ago" in found.words


def test_a_stated_day_without_a_record_is_the_middle_of_the_usual_spread() -> None:
    orders = random_history(4)
    model = ArrivalModel.fit(orders, after(500))
    stated = model.forecast("s1", "d0", after(500), after(500), stated=after(600))
    assert stated is not None
    assert stated.basis == "stated_spread"
    assert abs((stated.p50 - after(600)).days) <= 1
    assert stated.p90 > after(620)
    stranger = model.forecast("new", "d0", after(500), after(500), lead_days=7)
    assert stranger is not None
    assert stranger.basis == "lead_days_spread"
    assert abs((stranger.p50 - after(507)).days) <= 1
    assert "hardly any past orders" in stranger.words


def test_distrusted_stated_days_are_left_out() -> None:
    orders = random_history(5, stated=1.0)
    model = ArrivalModel.fit(orders, after(500), Parameters(trust_stated=False))
    found = model.forecast("s1", "d0", after(500), after(500), stated=after(900))
    assert found is not None
    assert found.basis == "history"


@pytest.mark.parametrize("wrong", [{"k": -1}, {"half_life": 0}, {"level": 1.0}])
def test_parameters_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Parameters(**wrong)  # type: ignore[arg-type]
