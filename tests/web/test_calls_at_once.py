"""Two calls about one object at the same moment, and the order in which a call locks what it changes.

On SQLite one writes at a time; on PostgreSQL the one is held where the other meets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import ORDERED_AT

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
LAMP = {"name": "Lamp", "category": "light", "price": "10.00", "currency": "EUR", "supplier": "acme"}


@contextmanager
def held(web: WebServer, statement: str) -> Iterator[Connection]:
    """A transaction that holds what a statement locks."""
    with web.services.engine.connect() as connection:
        connection.execute(text(statement))
        yield connection
        connection.rollback()


def waits(web: WebServer, *calls: Future[httpx.Response]) -> None:
    """Until all of them wait for a lock."""
    with web.services.engine.connect() as connection:
        while connection.execute(WAITING).scalar_one() < len(calls):
            connection.rollback()
            assert not any(each.done() for each in calls), "none of them may be done by now"


def together(
    web: WebServer, statement: str, calls: Sequence[tuple[str, dict[str, Any], dict[str, str]]]
) -> list[httpx.Response]:
    """PUT one after the other, each as soon as the one before waits for what a statement locks."""
    supply, done = web.as_("supply"), list[Future[httpx.Response]]()
    with ThreadPoolExecutor(len(calls)) as pool:
        with held(web, statement):
            for path, body, headers in calls:
                done.append(pool.submit(supply.put, path, json=body, headers=headers))
                waits(web, *done)
        return [each.result() for each in done]


def test_of_two_that_make_the_same_product_one_is_refused(web: WebServer, stock: Shop) -> None:
    if web.services.engine.dialect.name == "sqlite":
        return
    new = {"if-none-match": "*"}
    calls = [("/v1/products/ELM", LAMP | {"name": name}, new) for name in ("Elm", "Oak")]
    found = together(web, "LOCK TABLE stock IN SHARE ROW EXCLUSIVE MODE", calls)
    assert [each.status_code for each in found] == [201, 412]
    assert web.as_("supply").get("/v1/products/ELM").json()["name"] == "Elm"


@pytest.mark.parametrize("after", ["Desk", "Lamp"])
def test_what_undoes_a_change_of_the_same_moment_is_in_the_audit(
    web: WebServer, stock: Shop, after: str
) -> None:
    if web.services.engine.dialect.name == "sqlite":
        return
    web.as_("supply").put("/v1/products/ELM", json=LAMP).raise_for_status()
    calls: list[Any] = [("/v1/products/ELM", LAMP | {"name": name}, {}) for name in ("Oak", after)]
    found = together(web, "LOCK TABLE stock IN SHARE ROW EXCLUSIVE MODE", calls)
    assert [each.status_code for each in found] == [200, 200]
    entries = web.as_("admin").get("/v1/audit?object=product/ELM").json()["items"]
    names = [((each["before"] or {}).get("name"), each["after"]["name"]) for each in entries]
    assert names == [(None, "Lamp"), ("Lamp", "Oak"), ("Oak", after)]


def test_units_that_came_while_a_call_waits_are_not_in_its_entry(web: WebServer, stock: Shop) -> None:
    """A worker, or a command, that has the units first."""
    if web.services.engine.dialect.name == "sqlite":
        return
    supply = web.as_("supply")
    with ThreadPoolExecutor(1) as pool, web.services.engine.connect() as first:
        first.execute(text("UPDATE stock SET on_hand = on_hand + 5 WHERE sku = 'LAMP'"))
        body = {"adjustment_id": "A-1", "quantity": -5, "reason": "broken"}
        done = pool.submit(supply.post, "/v1/stock/LAMP/adjustments", json=body)
        waits(web, done)
        first.commit()
        assert done.result().status_code == 201
    [entry] = web.as_("admin").get("/v1/audit?object=stock/LAMP").json()["items"]
    assert (entry["before"]["on_hand"], entry["after"]["on_hand"]) == (5, 0)


@pytest.mark.parametrize("skus", [("LAMP", "DESK"), ("DESK", "LAMP")])
def test_who_waits_for_units_holds_no_purchase_order(
    web: WebServer, stock: Shop, skus: Sequence[str]
) -> None:
    """Whoever books goods in has the units first, and then the order; units by their SKU."""
    if web.services.engine.dialect.name == "sqlite":
        return
    stock.product("DESK")
    supply = web.as_("supply")
    before, besides = skus
    order: dict[str, Any] = {
        "supplier": "acme",
        "ordered_at": ORDERED_AT,
        "lines": [{"line": "1", "sku": before, "quantity": 5}],
    }
    made = supply.put("/v1/purchase-orders/PO-9", json=order)
    assert made.status_code == 201, made.text
    order["lines"] = [
        *made.json()["lines"][:0],
        *order["lines"],
        {"line": "2", "sku": besides, "quantity": 3},
    ]
    with (
        ThreadPoolExecutor(1) as pool,
        held(web, "SELECT sku FROM stock WHERE sku = 'DESK' FOR NO KEY UPDATE") as first,
    ):
        headers = {"if-match": made.headers["etag"]}
        done = pool.submit(supply.put, "/v1/purchase-orders/PO-9", json=order, headers=headers)
        waits(web, done)
        first.execute(text("SET LOCAL lock_timeout = '2s'"))
        first.execute(text("SELECT sku FROM stock WHERE sku = 'LAMP' FOR NO KEY UPDATE"))
        first.execute(text("UPDATE purchase_orders SET updated_at = updated_at WHERE id = 'PO-9'"))
        first.rollback()
        assert done.result().status_code == 200


def test_who_waits_for_a_line_holds_no_message(web: WebServer, stock: Shop) -> None:
    """Whatever a call says about versions: lines come before messages."""
    if web.services.engine.dialect.name == "sqlite":
        return
    stock.start("O-1")
    agent = web.as_("agent")
    [message] = agent.get("/v1/messages").json()["items"]
    path = f"/v1/messages/{message['id']}/cancel"
    with ThreadPoolExecutor(1) as pool, held(web, "SELECT id FROM backorders FOR NO KEY UPDATE") as first:
        done = pool.submit(agent.post, path, json={"reason": "told"}, headers={"if-match": "*"})
        waits(web, done)
        first.execute(text("SET LOCAL lock_timeout = '2s'"))
        first.execute(text("SELECT id FROM messages FOR NO KEY UPDATE"))
        first.rollback()
        assert done.result().status_code == 200
