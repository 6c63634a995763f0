"""Idempotency keys: what a program asks for under one counts once, for a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from backorder.services.services import machine_now
from backorder.storage.counting_once import forget_old
from backorder.storage.engine import writing
from backorder.storage.tables import idempotency_keys
from tests.support.shop import Shop
from tests.support.web import TLS, WebServer
from tests.support.web_lines import order_line
from web.bodies import canonical


def post(web: WebServer, path: str, body: dict[str, Any], role: str = "orders", **headers: str) -> Any:
    return web.as_(role).post(path, json=body, headers=headers)


def test_an_idempotency_key_is_remembered_for_a_day(web: WebServer, stock: Shop) -> None:
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    once, engine = {"idempotency-key": "k-1"}, web.services.engine
    note = {"text": "phoned"}
    assert post(web, f"{place}/notes", note, role="agent", **once).status_code == 201
    assert post(web, f"{place}/notes", note | {"text": "wrote"}, role="agent", **once).status_code == 422
    web.services.reconciler.expire(stock.now)
    assert len(stock.rows("SELECT * FROM idempotency_keys")) == 1
    assert forget_old(engine, datetime.now(UTC) + timedelta(hours=25)) == 1
    assert stock.rows("SELECT * FROM idempotency_keys") == []


def test_a_key_whose_day_is_over_is_a_new_one(web: WebServer, stock: Shop) -> None:
    """It is of another claim, and so are the IDs that are made of it."""
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    job, note = {"idempotency-key": "job-1"}, {"text": "phoned"}

    def asked(path: str, body: dict[str, Any]) -> Any:
        return post(web, f"{place}/{path}", body, role="agent", **job)

    def a_day_later() -> None:
        with writing(web.services.engine) as connection:
            connection.execute(update(idempotency_keys).values(at=machine_now() - timedelta(hours=25)))

    hold = {"until": (machine_now() + timedelta(days=9)).isoformat(), "reason": "on holiday"}
    for path, body in (
        ("hold", hold),
        ("hold", hold | {"reason": "on a journey"}),
        ("cancel", {"reason": "found another"}),
        ("notes", note),
        ("notes", note),
    ):
        first, again = asked(path, body), asked(path, body)
        assert first.status_code == (201 if path == "notes" else 202), first.text
        assert again.json() == first.json()
        a_day_later()
    assert len(stock.rows("SELECT * FROM requests")) == 3
    assert len(stock.rows("SELECT * FROM notes")) == 2


def test_two_calls_under_one_key_at_once_are_one(web: WebServer, stock: Shop) -> None:
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    clients = [web.as_("agent"), httpx.Client(base_url=web.url, headers=web.as_("agent").headers, verify=TLS)]
    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            once = {"idempotency-key": f"k-{number}"}
            post_note = partial(httpx.Client.post, url=f"{place}/notes", json={"text": "hi"}, headers=once)
            first, second = pool.map(post_note, clients)
            assert first.json() == second.json()
    clients[1].close()
    assert len(stock.rows("SELECT * FROM notes")) == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_version_before_did_under_a_key_is_not_done_again(web: WebServer, stock: Shop) -> None:
    """Its IDs were made of the key alone, and its hash was of what was asked alone."""
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    web.as_("agent")
    [agent] = [row["id"] for row in stock.rows("SELECT id FROM api_keys WHERE name = 'agent'")]
    id = f"note-{sha256(f'{agent} k'.encode()).hexdigest()[:24]}"
    asked = f"POST {place}/notes?\n{canonical({'text': 'phoned'})}"
    kept = post(web, f"{place}/notes", {"text": "phoned", "request_id": id}, role="agent")
    row = {"api_key": agent, "key": "k", "fingerprint": sha256(asked.encode()).hexdigest()}
    with writing(web.services.engine) as connection:
        connection.execute(insert(idempotency_keys), row | {"at": machine_now()})
    again = post(web, f"{place}/notes", {"text": "phoned"}, role="agent", **{"idempotency-key": "k"})
    assert (again.status_code, again.json()) == (200, kept.json())
