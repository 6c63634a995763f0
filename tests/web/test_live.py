"""A line's life over HTTP, on a real Temporal with a worker."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from tests.support.live_shop import LiveShop
from tests.support.waiting import until
from tests.support.web import serving
from tests.support.web_lines import order_line


async def test_a_line_from_order_to_door(shop: LiveShop) -> None:
    sku = await shop.furnish(price="10.00")
    address = shop.client.service_client.config.target_host
    with serving(shop.services, temporal=address, task_queue=shop.queue) as web:

        async def ask(role: str, method: str, path: str, **body: Any) -> httpx.Response:
            return await asyncio.to_thread(web.as_(role).request, method, path, json=body or None)

        async with shop.working():
            line = order_line(shop.name("o"), sku=sku, customer={"id": shop.name("ann")})
            started = await ask("orders", "POST", "/v1/backorders", **line)
            assert (started.status_code, started.json()["running"]) == (201, True)
            place = started.headers["location"]
            assert (await ask("orders", "POST", "/v1/backorders", **line)).status_code == 200
            await until("it was told", lambda: shop.told(started.json()["id"]) == ["confirmed"])
            status = (await ask("admin", "GET", "/v1/status")).json()
            assert (status["lines"]["waiting"], status["temporal"]["away"]) == (1, "")
            assert all(each["workers"] for each in status["temporal"]["queues"])
            assert [each["workers"] for each in status["temporal"]["versions"]] == [1]
            held = await ask(
                "agent", "POST", f"{place}/hold", until=(shop.day(5).isoformat()), reason="on holiday"
            )
            assert (held.status_code, held.json()["verdict"]) == (200, "accepted")
            some = await ask("orders", "POST", f"{place}/cancel", reason="one is enough", quantity=1)
            assert (some.status_code, some.json()["effect"]) == (200, True)
            outcome = await ask("orders", "GET", some.headers["location"])
            assert outcome.json()["verdict"] == "accepted"
            more = await ask("orders", "POST", f"{place}/cancel", reason="all", quantity=9)
            assert (more.status_code, more.json()["type"]) == (409, "urn:backorder:rejected")
            change = {"adjustment_id": shop.name("found"), "quantity": 3, "reason": "found"}
            await ask("supply", "POST", f"/v1/stock/{sku}/adjustments", **change)
            await until("it has its unit", lambda: "allocated" in shop.events(started.json()["id"]))
            gone = await ask(
                "orders", "POST", f"{place}/shipments", shipment_id="S-1", quantity=1, carrier="DHL"
            )
            assert gone.json()["verdict"] == "accepted"
            await ask("orders", "POST", f"{place}/refunds", refund_id="R-1", amount="10.00")
            await until("it has ended", lambda: shop.phase(started.json()["id"]) == "fulfilled")
            case = (await ask("agent", "GET", place)).json()
            assert case["quantity"] == {
                "ordered": 2,
                "waiting": 0,
                "allocated": 0,
                "shipped": 1,
                "cancelled": 1,
                "substituted": 0,
            }


async def test_what_is_put_on_record_while_temporal_is_away_is_taken_up_later(shop: LiveShop) -> None:
    sku = await shop.furnish(price="10.00")
    with serving(shop.services, task_queue=shop.queue) as web:

        def put_on_record() -> list[str]:
            lines = [order_line(shop.name(f"o{number}"), sku=sku) for number in range(3)]
            place = web.as_("orders").post("/v1/backorders", json=lines[0]).headers["location"]
            body = b"".join(json.dumps(each).encode() + b"\n" for each in lines[1:])
            kind = {"content-type": "application/x-ndjson"}
            web.as_("orders").post("/v1/backorders/import", content=body, headers=kind)
            some = web.as_("orders").post(f"{place}/cancel", json={"reason": "one is enough", "quantity": 1})
            every = {"sku": sku, "reason": "the maker stopped making it"}
            all_of_them = web.as_("agent").post("/v1/backorders/cancel", json=every)
            assert (some.status_code, all_of_them.status_code) == (202, 202)
            return [some.headers["location"], *(each["url"] for each in all_of_them.json()["items"])]

        places = await asyncio.to_thread(put_on_record)
        assert len(places) == 4

        async def ruled() -> bool:
            said = await asyncio.to_thread(lambda: [web.as_("orders").get(each).json() for each in places])
            return all(each["verdict"] in ("accepted", "ignored") for each in said)

        async with shop.working():
            await shop.sweep()
            await until("all are ruled on", ruled)
    phases = shop.rows("SELECT phase FROM backorders")
    assert {row.phase for row in phases} <= {"closing", "cancelled"}
