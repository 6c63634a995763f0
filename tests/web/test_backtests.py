"""Forecasts of arrivals, demand and stock, played on what is on record over HTTP as the commands do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from backorder.forecasting.backtest import run_backtest as replay
from backorder.forecasting.demand.backtest import run_backtest
from backorder.forecasting.demand.lead_times import fixed
from backorder.forecasting.demand.periods import PERIODS
from backorder.forecasting.demand.sale import Sale
from backorder.forecasting.demand.sales import Sales
from backorder.forecasting.demand.stock import LEAD_LEVELS
from backorder.forecasting.demand.stock_backtest import run_stock_backtest
from backorder.forecasting.history import PastOrder
from backorder.forecasting.report import score
from backorder.queries.recorded_sales import recorded_sales
from backorder.queries.views import as_json
from backorder.services import backtest_forecasts
from backorder.storage.engine import reading
from tests.support.sales import thrown, week
from tests.support.shop import Shop
from tests.support.slow_bodies import SlowBody
from tests.support.waiting import holds
from tests.support.web import WebServer
from web.plan_queue import MOST_WAITING

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is answered differs by no database."""
ARRIVALS, DEMAND, STOCK = "/v1/forecast/backtest", "/v1/plan/demand/backtest", "/v1/plan/stock/backtest"
WEEK, REMARK = (
    PERIODS["week"],
    "of 6 products no stock is on record; all of their days count as days with stock",
)


@pytest.fixture
def sold(stock: Shop) -> Sales:
    """A year of five products that are not on record, and of one that is."""
    names, units = ("LAMP", "A", "B", "C", "D", "E"), thrown(6, 52)
    rows = (
        Sale(sku=sku, day=week(number), quantity=int(units[item, number]))
        for item, sku in enumerate(names)
        for number in range(52)
        if units[item, number]
    )
    stock.services.sales.keep(rows, stock.now)
    with reading(stock.services.engine) as connection:
        return recorded_sales(connection, stock.services.calendar)


def got(web: WebServer, path: str, **query: Any) -> dict[str, Any]:
    said = web.as_("supply").get(path, params=query)
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


def faults(web: WebServer, path: str, **query: Any) -> dict[str, str]:
    said: httpx.Response = web.as_("supply").get(path, params=query)
    assert said.status_code == 422, said.text
    return {each["field"]: each["detail"] for each in said.json()["errors"]}


def test_forecasts_of_demand_are_judged_as_the_command_does(web: WebServer, sold: Sales) -> None:
    found = got(web, DEMAND)
    horizons = [run_backtest(sold, WEEK, each) for each in WEEK.horizons]
    assert found["horizons"] == [
        as_json(backtest_forecasts.horizon_scores(each)) for each in horizons if each
    ]
    assert (found["period"], found["remarks"]) == ("week", [REMARK])
    whole = found["horizons"][0]
    parts = [
        got(web, DEMAND, periods=4, sku=skus)["horizons"] for skus in (["LAMP", "A"], ["B", "C", "D", "E"])
    ]
    assert [[each["products"] for each in part] for part in parts] == [[2], [4]]
    lost = [each["methods"][0]["loss"] * each["units"] for [each] in parts]
    assert sum(lost) == pytest.approx(whole["methods"][0]["loss"] * whole["units"], rel=1e-3)
    assert faults(web, DEMAND, sku="RUG").keys() == {"sku"}
    assert "too short" in faults(web, DEMAND, periods=50)["periods"]
    first = web.as_("supply").get(DEMAND)
    known = {"if-none-match": first.headers["etag"]}
    assert web.as_("supply").get(DEMAND, headers=known).status_code == 304


def test_reorder_points_are_judged_as_the_command_does(web: WebServer, sold: Sales) -> None:
    usual = {"review_days": 7, "service": 0.9}
    done = run_stock_backtest(sold, WEEK, fixed([14.0] * len(LEAD_LEVELS)), review_days=7, service=0.9)
    assert done is not None
    found = got(web, STOCK, lead_days=14, **usual)
    assert found == as_json(asdict(done)) | {"period": "week", "review_days": 7, "remarks": [REMARK]}
    alone = got(web, STOCK, lead_days=14, sku=["A", "B"], **usual)
    assert (alone["items"], alone["origins"]) == (2, found["origins"])
    recorded = got(web, STOCK, period="month")
    assert (recorded["items"], recorded["held_back"], recorded["ours"]["asked"]) == (1, 0, 0.95)
    assert "5 SKUs are no product on record and left out" in recorded["remarks"][-1]
    assert faults(web, STOCK, sku="A").keys() == {"sku"}
    assert "too short" in faults(web, STOCK, lead_days=3000)["period"]


def test_forecasts_of_arrivals_are_judged_as_the_command_does(web: WebServer, stock: Shop) -> None:
    none = web.as_("supply").get(ARRIVALS)
    assert (none.status_code, "no history to replay" in none.text) == (422, True), none.text
    begins = [date(2025, 1, 1) + timedelta(days=3 * number) for number in range(100)]
    orders = [PastOrder("acme", "", day, arrived=day + timedelta(days=10 + day.day)) for day in begins]
    stock.services.forecasts.import_history(orders)
    past, lead_days = stock.services.forecasts.past()
    done = replay(past, begins[50], begins[99], lead_days=lead_days)
    scores = as_json(score(done))
    found = got(web, ARRIVALS)
    assert {name: found[name] for name in scores if name != "parameters"} == {
        name: each for name, each in scores.items() if name != "parameters"
    }
    flat = [
        each["parameters"] | {"asof": each["asof"], "words": each["words"]} for each in found["parameters"]
    ]
    assert flat == scores["parameters"]
    short = got(web, ARRIVALS, start=str(begins[90]), end=str(begins[95]), waited=[0, 9])
    assert (short["asked"], short["waited"], short["start"]) == (12, [0, 9], str(begins[90]))
    assert faults(web, ARRIVALS, start="2025-05-02", end="2025-05-01").keys() == {"start", "end"}
    assert faults(web, ARRIVALS, start="2026-05-02").keys() == {"start"}
    assert faults(web, ARRIVALS, end="2024-05-02").keys() == {"end"}


def test_what_would_take_too_long_is_stopped_and_says_what_to_do(
    web: WebServer, sold: Sales, stock: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(9)]
    stock.services.forecasts.import_history([PastOrder("acme", "", day, arrived=days[8]) for day in days])
    monkeypatch.setattr(backtest_forecasts, "LONGEST_S", 0)
    words = faults(web, DEMAND)["period"]
    assert words.startswith("1 of 10 mornings were played in 0 s; name fewer products, or a longer period")
    assert faults(web, STOCK, lead_days=7)["period"].startswith("1 of ")
    assert "forecasts were played in 0 s; say days closer together" in faults(web, ARRIVALS)["start"]
    monkeypatch.setattr(backtest_forecasts, "MOST_PRODUCTS", 5)
    assert faults(web, DEMAND)["sku"].startswith("the shop has 6 products, and 5 are the most; name some")
    monkeypatch.setattr(backtest_forecasts, "LONGEST_S", 20)
    assert got(web, DEMAND, periods=4, sku="A")["horizons"][0]["products"] == 1


def test_only_so_many_wait_for_a_plan(web: WebServer, stock: Shop) -> None:
    """One more than may is told so at once, by a problem object, and those who wait have their answers."""
    may_end, headers = threading.Event(), {"authorization": f"Bearer {web.key('supply')}"}
    plans, many = web.desk.plans, 1 + MOST_WAITING
    holding = plans._pool.submit(may_end.wait, 30)
    with ThreadPoolExecutor(many + 1) as pool:
        try:
            asking = [
                pool.submit(httpx.get, f"{web.url}/v1/reports/supply", headers=headers, timeout=30)
                for _ in range(many + 1)
            ]
            refused = next(as_completed(asking)).result()
        finally:
            may_end.set()
        answers = [each.result().status_code for each in asking]
    assert sorted(answers) == [*[200] * many, 503]
    kind, again = refused.headers["content-type"], refused.headers["retry-after"]
    assert (refused.status_code, kind, again) == (503, "application/problem+json", "10")
    assert "are asked for already; again in 10 s" in refused.json()["detail"]
    assert (holding.result(), plans.asked) == (True, 0)


def test_nothing_is_worked_out_for_who_hung_up(web: WebServer, stock: Shop) -> None:
    may_end, plans = threading.Event(), web.desk.plans
    holding = plans._pool.submit(may_end.wait, 30)
    with ThreadPoolExecutor(1) as pool:
        try:
            first = pool.submit(web.as_("supply").get, "/v1/reports/supply")
            holds("the first is worked on", lambda: plans.asked == 1)
            gone = SlowBody(web, "/v1/forecast/tune", "supply", length=0)
            holds("the second waits", lambda: plans.asked == 2)
            gone.close()
            assert web.as_("admin").get("/v1/keys").status_code == 200
        finally:
            may_end.set()
        assert first.result().status_code == 200
    holds("nobody waits", lambda: plans.asked == 0)
    assert holding.result()
    assert stock.rows("SELECT number FROM parameters") == []
