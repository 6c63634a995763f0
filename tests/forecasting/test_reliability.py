import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.forecasting.arrival import ArrivalModel
from backorder.forecasting.reliability import (
    DueDelivery,
    dues,
    kept_promises,
    lead_times,
    rank_backups,
    reliabilities,
)
from tests.support.past_orders import after, past, random_history


def due(day: int, late: int | None, supplier: str = "Acme") -> DueDelivery:
    return DueDelivery(supplier, after(day), None if late is None else after(day + late))


def test_the_rate_by_hand() -> None:
    # Due 60 days before: half weight each. Acme 1 of 2, Bolt 2 of 2: overall (1.5 + 1) / (2 + 2) = 0.625.
    found = reliabilities(
        [due(0, 0), due(0, 3), due(0, -1, "Bolt"), due(0, 0, "Bolt")], after(60), pseudo_orders=30
    )
    assert found["Acme"].rate == pytest.approx((0.5 + 30 * 0.625) / (1 + 30))
    assert found["Acme"].raw == 0.5
    assert found["Bolt"].rate == pytest.approx((1 + 30 * 0.625) / (1 + 30))


def test_an_outcome_counts_on_its_due_day_not_when_it_arrives() -> None:
    early = DueDelivery("Acme", after(10), after(2))
    assert reliabilities([early], after(10), ["Acme"])["Acme"].due == 0
    assert reliabilities([early], after(11))["Acme"].on_time == 1
    still_open = DueDelivery("Acme", after(10), None)
    assert reliabilities([still_open], after(11))["Acme"].on_time == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(-5, 5))), max_size=30))
def test_rates_lie_strictly_between_zero_and_one(outcomes: list[tuple[int, int | None]]) -> None:
    found = reliabilities([due(day, late) for day, late in outcomes], after(60), ["Acme", "new"])
    assert all(0 < each.rate < 1 for each in found.values())
    assert "no due orders" in found["new"].words


def test_one_lucky_order_does_not_beat_a_long_record() -> None:
    record = [due(day, 0 if day % 10 else 2, "steady") for day in range(100)]
    found = reliabilities([*record, due(99, 0, "lucky")], after(100))
    assert found["lucky"].raw == 1
    assert found["steady"].rate > 0.85
    assert found["lucky"].rate - found["steady"].rate < 0.05


def test_what_was_due() -> None:
    orders = [past(9, stated=7), past(9, supplier="Bolt"), past(9, supplier="Coil")]
    assert dues(orders, {"Bolt": 5}) == [
        DueDelivery("Acme", after(7), after(9)),
        DueDelivery("Bolt", after(5), after(9)),
    ]


def test_backups_are_ranked_by_the_day_to_expect() -> None:
    orders = [past(10, placed=day, supplier="quick", stated=10) for day in range(60)]
    orders += [past(30, placed=day, supplier="slow", stated=30) for day in range(60)]
    model = ArrivalModel.fit(orders, after(120))
    found = rank_backups(["slow", "new", "quick", "slow"], "Oslo", model, dues(orders))
    assert found[0].supplier == "quick"
    assert len(found) == 3
    assert all(each.forecast and each.expected for each in found)
    nothing = ArrivalModel.fit([], after(0))
    assert [each.expected for each in rank_backups(["b", "a"], "Oslo", nothing, [])] == [None, None]
    assert [each.supplier for each in rank_backups(["b", "a"], "Oslo", nothing, [])] == ["a", "b"]


def test_lead_times_of_each_supplier() -> None:
    found = lead_times(ArrivalModel.fit(random_history(1), after(500)))
    assert [each.supplier for each in found] == [f"s{who}" for who in range(8)]
    assert all(each.p10 <= each.p50 <= each.p90 for each in found)
    assert found[0].p50 < found[7].p50
    assert all(each.arrived <= each.orders for each in found)


def test_kept_promises_by_supplier_and_month() -> None:
    found = kept_promises([due(0, 0), due(1, 5), due(40, None), due(70, 0), due(3, 0, "Bolt")], after(60))
    assert [(each.supplier, each.month, each.kept, each.due, each.rate) for each in found] == [
        ("Acme", "2025-01", 1, 2, 0.5),
        ("Acme", "2025-02", 0, 1, 0.0),
        ("Bolt", "2025-01", 1, 1, 1.0),
    ]
