"""A product that is short is a task of the buyer, once a day, until enough of it is there or on its way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import sweeps
from activities.sweeps import Sweep, Sweeps
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock
from backorder.forecasting.demand.sale import Sale
from backorder.forecasting.demand.sales import Sales
from backorder.queries.stock_positions import Positions
from backorder.services import remind_of_shortages
from backorder.services.plan_orders import OrderPlanning, Shortages
from backorder.storage import tasks
from backorder.storage.engine import reading
from backorder.storage.isolation import all_notes
from starter.cli.buyers import in_words
from tests.support.days import at, day
from tests.support.nobody import Nobody
from tests.support.routine import Routine
from tests.support.shop import Shop


def sold(shop: Shop, *skus: str) -> None:
    """Five a week for 30 weeks, put on record."""
    weeks = [day(0) - timedelta(weeks=number) for number in range(1, 31)]
    rows = (Sale(sku=sku, day=each, quantity=5) for sku in skus for each in weeks)
    shop.services.sales.keep(rows, shop.now)


def remind(shop: Shop, when: float = 0) -> int:
    shop.now = at(when)
    return shop.services.reconciler.remind_of_shortages(shop.now)


def asked(shop: Shop) -> Mapping[str, tasks.Task]:
    """The open tasks, by SKU."""
    return {each.subject: each for each in tasks.waiting(shop.services.engine)}


def test_a_short_product_is_asked_for_once_a_day_until_it_is_ordered(shop: Shop) -> None:
    shop.product("OAK/DESK")
    sold(shop, "LAMP")
    assert remind(shop) == 2
    [task] = asked(shop).values()
    assert (task.kind, task.subject, task.at) == ("product_short", "LAMP", at(0))
    what, command = in_words(task)
    assert f"{task.detail['quantity']} units of acme should be ordered" in what
    assert "expected until the next order arrives" in what
    assert command == "backorder plan orders --write"
    assert remind(shop, 0.2) == 0, "the look of the day is over"
    tasks.done(shop.services.engine, task.id, note="the maker is closed", by="Eva", at=shop.now)
    remind(shop, 0.3)
    assert asked(shop) == {}
    assert remind(shop, 1) == 2
    assert asked(shop)["LAMP"].at == at(1), "it is short the next day too"
    Routine(shop).open("O-1", sku="OAK/DESK", quantity=3)
    remind(shop, 2)
    assert asked(shop).keys() == {"LAMP", "OAK%2FDESK"}
    assert "3 wait" in str(asked(shop)["OAK%2FDESK"].detail["why"])
    shop.purchase("PO-1", {"quantity": 200}, {"sku": "OAK/DESK", "quantity": 100})
    remind(shop, 2.1)
    assert asked(shop) == {}, "what is on order is no longer short"
    assert len(shop.rows("SELECT * FROM tasks")) == 2


def test_a_large_shop_is_looked_at_in_batches_over_several_sweeps(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remind_of_shortages, "BATCH", 2)
    for number in range(3):
        shop.product(f"DESK-{number}")
    sold(shop, "DESK-0", "DESK-2", "LAMP")
    assert [remind(shop), len(asked(shop)), remind(shop, 0.5), len(asked(shop))] == [2, 1, 2, 3]
    assert [remind(shop, 0.6), remind(shop, 1)] == [0, 2]
    assert remind(shop, 2) == 2, "what began the day before is finished first"
    assert [remind(shop, when) for when in (2.1, 2.2, 2.3)] == [2, 2, 0]


def test_a_shop_without_sales_is_asked_for_what_waits(shop: Shop) -> None:
    Routine(shop).open("O-1", sku="LAMP", quantity=2)
    remind(shop)
    why = str(asked(shop)["LAMP"].detail["why"])
    assert why.endswith("no sales before this week: only what waits is counted")


def test_where_demand_cannot_be_forecast_what_waits_counts_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.product("DESK")
    sold(shop, "LAMP", "DESK")
    Routine(shop).open("O-1", sku="LAMP", quantity=2)
    plan = OrderPlanning.short

    def broken(self: OrderPlanning, sales: object, *rest: object) -> object:
        if len(sales.item):  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return plan(self, sales, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(OrderPlanning, "short", broken)
    remind(shop)
    assert {sku: each.detail["quantity"] for sku, each in asked(shop).items()} == {"LAMP": 2}


def test_one_bad_product_is_seen_and_stops_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    skus = ["DESK", "LAMP", "RUG", "SOFA", "VASE"]
    for sku in skus:
        shop.product(sku)
    sold(shop, *skus)
    Routine(shop).open("O-1", sku="RUG", quantity=2)
    plan = OrderPlanning.short

    def broken(self: OrderPlanning, sales: Sales, positions: Positions, *rest: Any) -> Shortages:
        if any(each.sku == "VASE" for each in positions.sound):
            raise TypeError("no product")
        if "RUG" in sales.skus and len(sales.item):
            raise ZeroDivisionError
        return plan(self, sales, positions, *rest)

    def noted() -> dict[str, str]:
        with reading(shop.services.engine) as connection:
            return {each.subject: each.error for each in all_notes(connection)}

    with monkeypatch.context() as patch:
        patch.setattr(OrderPlanning, "short", broken)
        assert [remind(shop), remind(shop, 0.1)] == [5, 0], "the look goes on behind them"
        assert asked(shop).keys() == {"DESK", "LAMP", "RUG", "SOFA"}
        assert asked(shop)["RUG"].detail["quantity"] == 2, "of one that cannot be forecast what waits counts"
        assert noted() == {"shortage/RUG": "ZeroDivisionError", "shortage/VASE": "TypeError"}
    shop.run("UPDATE tasks SET detail = '{}' WHERE subject = 'DESK'")
    shop.purchase("PO-1", {"quantity": 900})
    remind(shop, 0.2)
    assert asked(shop).keys() == {"DESK", "RUG", "SOFA"}, "and a task that cannot be read ends no other's"
    assert remind(shop, 1) == 5
    assert (set(asked(shop)), noted()) == ({"DESK", "RUG", "SOFA", "VASE"}, {})
    assert int(str(asked(shop)["RUG"].detail["quantity"])) > 2


def test_the_task_of_a_product_that_cannot_be_planned_stays_as_it_is(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    sold(shop, "LAMP")
    remind(shop)
    before = asked(shop)["LAMP"]
    shop.run("UPDATE suppliers SET backups = '{'")
    assert remind(shop, 1) == 1
    assert asked(shop) == {"LAMP": before}
    assert "sku/LAMP cannot be read and is left out" in caplog.text
    shop.run("UPDATE suppliers SET backups = '[]'")
    remind(shop, 2)
    assert asked(shop)["LAMP"].at == at(2), "and is asked for anew once it can be"


def test_a_look_for_shortages_that_fails_stops_no_sweep(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sweeps, "COMPARED", 1)
    shop.start()
    sold(shop, "LAMP")
    remind(shop)
    shop.run("ALTER TABLE shortage_looks RENAME TO lost")
    with ThreadPoolExecutor(1) as pool:
        threads, nobody = Threads(pool), Nobody()
        swept = Sweeps(shop.services.reconciler, nobody, nobody, threads, Timing(Clock))
        params = Sweep(before=shop.now, long_before=at(-1))
        found = asyncio.run(ActivityEnvironment().run(swept.sweep, params))
    assert found.after == "O-1/1", "the next sweep goes on behind it"
    said = [each for each in caplog.records if "products that are short failed" in each.message]
    assert [each.levelno for each in said] == [logging.ERROR]
