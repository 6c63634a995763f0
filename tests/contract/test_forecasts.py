"""What the shop's own past says about when orders arrive, as known each morning."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from backorder.forecasting.arrival import ArrivalForecast
from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT
from backorder.forecasting.query import Query
from backorder.queries.past_orders import past_orders
from backorder.services.forecasts import ForecastService, chosen_parameters
from backorder.services.import_history import HistoryImport
from backorder.services.services import Services
from tests.support.days import at, day
from tests.support.shop import Shop


def known(services: Services) -> list[PastOrder]:
    with services.engine.connect() as connection:
        return past_orders(connection)


def past(count: int, lead: int = 20, **fields: object) -> list[PastOrder]:
    order = PastOrder("acme", "", day(-200), arrived=day(-200 + lead))
    return [replace(order, **fields) for _ in range(count)]  # type: ignore[arg-type]


def arrival(forecasts: ForecastService, asked: date, **fields: object) -> ArrivalForecast:
    query = Query(supplier="acme", destination="", ordered=asked, asked=asked, lead_days=14)
    [found] = forecasts.forecast([replace(query, **fields)])  # type: ignore[arg-type]
    assert found is not None
    return found


def expected(shop: Shop) -> tuple[str, str, str, str]:
    [row] = shop.rows("SELECT likely, by, basis, words FROM expected_receipts")
    return str(row["likely"]), str(row["by"]), row["basis"], row["words"]


# --- the imported history


def test_the_same_history_again_adds_nothing(services: Services) -> None:
    orders = [*past(2), *past(1, destination="Oslo"), *past(1, stated=day(-180)), *past(1, arrived=None)]
    assert services.forecasts.import_history(orders) == 5
    assert services.forecasts.import_history(orders) == 0
    assert services.forecasts.import_history(orders[1:3]) == 0
    assert sorted(map(repr, known(services))) == sorted(map(repr, orders))


def test_equal_orders_are_as_many_as_the_file_says(services: Services) -> None:
    assert services.forecasts.import_history(past(2)) == 2
    assert services.forecasts.import_history(past(3)) == 1
    assert len(known(services)) == 3


def test_an_order_that_was_open_and_has_arrived_is_brought_up_to_date(services: Services) -> None:
    assert services.forecasts.import_history(past(2, arrived=None)) == 2
    assert services.forecasts.import_history([*past(1), *past(1, arrived=None)]) == 1
    assert sorted(order.arrived is None for order in known(services)) == [False, True]


def test_what_is_imported_counts_from_the_next_question_on(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    assert expected(shop)[2] == "lead_days"
    shop.services.forecasts.import_history(past(20, 30))
    shop.purchase("PO-1", {"quantity": 11})
    assert expected(shop)[2] == "history"
    assert expected(shop)[:2] == (str(day(30)), str(day(30)))


def test_whoever_asks_while_it_is_imported_still_gets_an_answer(shop: Shop) -> None:
    shop.services.forecasts.prepare(day(0))
    shop.services.forecasts.forget()
    assert arrival(shop.services.forecasts, day(0)).basis == "lead_days"


# --- the shop's own orders


def test_the_shops_own_orders_are_learnt_from(shop: Shop) -> None:
    shop.purchase("PO-1", {"destination": "Oslo", "stated_date": day(12)})
    assert known(shop.services) == [PastOrder("acme", "Oslo", day(0), stated=day(12))]
    shop.now = at(15)
    shop.receive(4)
    assert known(shop.services)[0].arrived is None  # it has arrived once all of it has
    shop.now = at(18)
    shop.receive(6, "R-2")
    assert known(shop.services) == [PastOrder("acme", "Oslo", day(0), stated=day(12), arrived=day(18))]


def test_an_order_is_judged_by_the_first_day_that_was_stated(shop: Shop) -> None:
    shop.purchase()
    shop.state_dates((4, day(30)), (6, day(35)))
    assert known(shop.services)[0].stated == day(20)


def test_what_was_cancelled_says_nothing(shop: Shop) -> None:
    shop.purchase("PO-1", {}, {})
    shop.services.supply.cancel_purchase_order("PO-1", "2", shop.now)
    assert len(known(shop.services)) == 1


def test_typing_errors_do_not_stop_the_learning(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": date(2199, 12, 31)}, ordered=0)
    assert [order.stated for order in known(shop.services)] == [None]
    shop.now = at(5000)
    shop.receive(10)
    assert day(3650) in [order.arrived for order in known(shop.services)]
    shop.now = at(5001)
    shop.purchase("PO-2", {"stated_date": day(5020)}, ordered=5001)


def test_own_orders_change_the_forecast_of_the_next_morning(shop: Shop) -> None:
    for number in range(20):
        shop.purchase(f"PO-{number}", {})
    shop.now = at(40)
    for number in range(20):
        shop.receive(10, f"R-{number}", order=f"PO-{number}")
    shop.purchase("PO-99", {}, ordered=40)
    assert expected(shop)[2] == "lead_days"
    shop.now = at(41)
    shop.services.purchasing.follow_up("PO-99", shop.now)
    assert expected(shop)[:3] == (str(day(80)), str(day(80)), "history")
    assert "From 20 past orders from acme" in expected(shop)[3]  # the open one is none


def test_an_order_of_a_year_mistyped_promises_no_day_beyond_all_use(shop: Shop) -> None:
    shop.purchase("PO-1", {"quantity": 5}, ordered=-2600)
    likely, by, basis, words = expected(shop)
    assert (likely, by, basis) == ("None", "None", "none")
    assert "is its order day right?" in words


# --- what a forecast rests on


def test_without_history_the_suppliers_word_stands_and_the_forecast_says_so(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    likely, by, basis, words = expected(shop)
    assert (likely, by, basis) == (str(day(14)), str(day(14)), "lead_days")
    assert words == (
        "acme states a lead time of 14 days; there are too few past orders to check that against, "
        "so this is the supplier's word, not a forecast."
    )


def test_a_products_own_lead_time_goes_before_the_usual_one(shop: Shop) -> None:
    shop.product(lead_days=30)
    shop.purchase("PO-1", {})
    assert expected(shop)[0] == str(day(30))


def test_a_stated_day_is_the_word_that_stands(shop: Shop) -> None:
    shop.purchase()
    assert expected(shop)[:3] == (str(day(20)), str(day(20)), "stated")
    shop.state_dates((10, None))
    assert expected(shop) == ("None", "None", "none", "the supplier cannot say when")


def test_how_stated_days_are_kept_is_learnt(shop: Shop) -> None:
    shop.services.forecasts.import_history(
        [*past(8, 20, stated=day(-180)), *past(8, 30, stated=day(-180)), *past(4, 40, stated=day(-180))]
    )
    shop.purchase("PO-1", {"stated_date": day(10)})
    likely, by, basis, _ = expected(shop)
    assert basis == "stated_history"
    assert str(day(10)) <= likely < by <= str(day(21))


# --- the parameters


def test_the_parameters_that_were_chosen_last_are_used(shop: Shop) -> None:
    forecasts = shop.services.forecasts
    forecasts.import_history([*past(15, 20), *past(15, 60)])
    forecasts.prepare(day(0))
    before = arrival(forecasts, day(0))
    for level in (0.6, 0.55):
        forecasts.choose(replace(DEFAULT, level=level), "for the test", at(0))
    forecasts.prepare(day(0))
    assert arrival(forecasts, day(0)).p90 <= before.p90
    with shop.services.engine.connect() as connection:
        assert chosen_parameters(connection).level == 0.55
    rows = shop.rows("SELECT words FROM parameters ORDER BY number")
    assert [row["words"] for row in rows] == ["for the test"] * 2


def test_defaults_stand_where_nothing_was_chosen(services: Services) -> None:
    with services.engine.connect() as connection:
        assert chosen_parameters(connection) == DEFAULT


def test_tuning_says_what_it_would_choose_and_writes_nothing(shop: Shop) -> None:
    forecasts = shop.services.forecasts
    assert "the defaults stand" in forecasts.tune(day(0)).words
    forecasts.import_history(
        [PastOrder("acme", "", day(-n), arrived=day(-n + 20 + n % 30)) for n in range(60, 400)]
    )
    steps: list[tuple[int, int]] = []
    tuning = forecasts.tune(day(0), lambda done, of: steps.append((done, of)))
    assert tuning.asof == day(0)
    assert 0.8 < (tuning.coverage or 0) <= 1
    assert steps[-1][0] == steps[-1][1]
    assert shop.rows("SELECT * FROM parameters") == []
    forecasts.choose(tuning.parameters, tuning.words, at(0))
    with shop.services.engine.connect() as connection:
        assert chosen_parameters(connection) == tuning.parameters


def test_the_engine_tunes_by_itself_once_a_month_and_keeps_what_changed(shop: Shop) -> None:
    forecasts, reconciler = shop.services.forecasts, shop.services.reconciler
    reconciler.retune(at(0))
    assert forecasts.choices() == []
    forecasts.import_history(
        [PastOrder("acme", "", day(-n), arrived=day(-n + 20 + n % 30)) for n in range(60, 400)]
    )
    reconciler.retune(at(0))
    reconciler.retune(at(29))
    [first] = forecasts.choices()
    assert (first.at, first.parameters) == (at(0), forecasts.parameters())
    assert "Changed: " in first.words
    reconciler.retune(at(30))
    assert [choice.at for choice in forecasts.choices()] == [at(30), at(0)]


def test_a_wrong_year_on_record_teaches_nothing(shop: Shop) -> None:
    forecasts = shop.services.forecasts
    forecasts.import_history(
        [PastOrder("acme", "", day(-n), arrived=day(-n + 20 + n % 30)) for n in range(60, 160)]
    )
    forecasts.prepare(day(0))
    before = arrival(forecasts, day(0))
    forecasts.import_history([PastOrder("acme", "", day(-3000), arrived=day(-20)) for _ in range(2)])
    forecasts.prepare(day(0))
    assert arrival(forecasts, day(0)) == before


# --- as known that morning


def test_a_morning_knows_nothing_of_what_comes_in_that_day(services: Services) -> None:
    orders = [PastOrder("acme", "", day(n), arrived=day(n + 10)) for n in range(30)]
    orders += [PastOrder("acme", "", day(n), arrived=day(40)) for n in range(10)]
    services.forecasts.import_history(orders)
    services.forecasts.prepare(day(40))
    that_morning = arrival(services.forecasts, day(40))
    again = ForecastService(services.engine)
    services.forecasts.import_history([PastOrder("acme", "", day(40), arrived=day(45))])
    again.prepare(day(40))
    assert arrival(again, day(40)) == that_morning
    again.prepare(day(41))
    assert arrival(again, day(41)).words != that_morning.words


def test_a_day_is_learnt_once(shop: Shop) -> None:
    forecasts = shop.services.forecasts
    model = forecasts.prepare(day(0))
    assert forecasts.prepare(day(0)) is model
    assert forecasts.prepare(day(1)) is not model


def test_a_line_is_learnt_from_its_own_day_and_what_was_ordered_first(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.now = at(30)
    shop.purchase("PO-1", {}, {"quantity": 3})
    shop.now = at(35)
    shop.purchase("PO-1", {}, {"quantity": 8})
    shop.receive(3, line="2", received_at=at(34))
    shop.now = at(60)
    shop.receive(5, "R-2", line="2")
    orders, _ = shop.services.forecasts.past()
    assert [(order.ordered, order.arrived) for order in orders] == [(day(0), None), (day(30), day(34))]


def test_two_imports_at_once_keep_an_order_once(services: Services) -> None:
    first, second = (HistoryImport(services.engine) for _ in range(2))
    [one], [other] = past(1), past(1, 30)
    assert first.keep([one, other]) == ["new", "new"]
    assert second.keep([one]) == ["already there"]
    assert first.keep([one]) == ["new"]  # there are as many as one of them has
    assert second.keep([other, one, one]) == ["already there", "already there", "new"]
    assert first.keep(()) == ()
