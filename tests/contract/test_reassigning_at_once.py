"""Two who order something from another supplier at once: under one new order, or each under the other's."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text

from backorder.errors import ConflictError
from backorder.ports import Notify
from tests.support.shop import Shop

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
LINES = text("SELECT line FROM purchase_order_lines FOR UPDATE")


@pytest.fixture
def orders(shop: Shop) -> Shop:
    """10 lamps of one order, 10 desks of another, and a supplier who has both."""
    shop.supplier("bolt")
    shop.product("DESK")
    shop.purchase("PO-1")
    shop.purchase("PO-2", {"sku": "DESK"})
    return shop


def reassign(shop: Shop, order: str, new: str) -> Notify:
    return shop.services.purchasing.reassign(order, "1", "bolt", new, shop.now)


def open_units(shop: Shop) -> dict[str, int]:
    """What is on its way of each SKU."""
    rows = shop.rows("SELECT sku, SUM(quantity) AS units FROM expected_receipts GROUP BY sku")
    return {row["sku"]: int(row["units"]) for row in rows}


def at_once(shop: Shop, *pairs: tuple[str, str]) -> list[Future[Notify]]:
    """All of them have begun before the first goes on."""
    with ThreadPoolExecutor(len(pairs)) as pool, shop.services.engine.connect() as holding:
        holding.execute(LINES)
        done = [pool.submit(reassign, shop, *each) for each in pairs]
        with shop.services.engine.connect() as looking:
            while looking.execute(WAITING).scalar_one() + sum(each.done() for each in done) < len(pairs):
                looking.rollback()
        holding.rollback()
    return done


def test_one_new_order_takes_over_one_line_alone(orders: Shop) -> None:
    if orders.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    done = at_once(orders, ("PO-1", "PO-3"), ("PO-2", "PO-3"))
    faults = [each.exception() for each in done]
    assert [type(each) for each in faults if each] == [ConflictError]
    assert open_units(orders) == {"LAMP": 10, "DESK": 10}


def test_the_same_from_two_at_once_is_done_once(orders: Shop) -> None:
    if orders.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    done = at_once(orders, ("PO-1", "PO-3"), ("PO-1", "PO-3"))
    assert sorted(bool(each.result()) for each in done) == [False, True]
    assert open_units(orders) == {"LAMP": 10, "DESK": 10}


def test_who_names_the_others_order_is_refused_at_once(orders: Shop) -> None:
    if orders.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    done = at_once(orders, ("PO-1", "PO-2"), ("PO-2", "PO-1"))
    assert [type(each.exception()) for each in done] == [ConflictError, ConflictError]


def test_an_order_that_is_placed_meanwhile_is_not_written_over(orders: Shop) -> None:
    if orders.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    with ThreadPoolExecutor(2) as pool, orders.services.engine.connect() as holding:
        holding.execute(text("SELECT sku FROM stock WHERE sku = 'DESK' FOR UPDATE"))
        placed = pool.submit(orders.purchase, "PO-3", {"sku": "DESK"})
        with orders.services.engine.connect() as looking:
            while not looking.execute(WAITING).scalar_one():
                looking.rollback()
            done = pool.submit(reassign, orders, "PO-1", "PO-3")
            while looking.execute(WAITING).scalar_one() < 2 and not done.done():
                looking.rollback()
        holding.rollback()
        placed.result()
        assert isinstance(done.exception(), ConflictError)
    assert open_units(orders) == {"LAMP": 10, "DESK": 20}
