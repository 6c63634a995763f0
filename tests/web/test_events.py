"""Events over HTTP: the feed, and the receivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from backorder.domain.line.published_events import PREFIX, PUBLISHED_EVENTS
from backorder.services.receivers import Receivers
from tests.support.event_sending import EventDesk, end
from tests.support.receivers import Receiver
from tests.support.shop import Shop
from tests.support.web import WebServer

URL = "https://shop.example/events"


@pytest.fixture
def desk(stock: Shop, web: WebServer) -> EventDesk:
    """Who sends events, where receivers on this machine are allowed."""
    web.services.receivers = Receivers(web.services.engine, private=True)
    return EventDesk(stock, datetime.now(UTC))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_the_feed_shows_what_receivers_get_and_goes_on_where_it_stopped(
    stock: Shop, web: WebServer, desk: EventDesk, receiver: Receiver
) -> None:
    admin, orders = web.as_("admin"), web.as_("orders")
    made = admin.put("/v1/receivers/shop", json={"url": receiver.url})
    assert made.status_code == 201, made.text
    end(stock, "O-1", "O-2")
    assert orders.get("/v1/events").json() == {"items": [], "after": 0, "more": False}
    desk.deliver()
    found: list[dict[str, Any]] = []
    after, more = 0, True
    while more:
        page = orders.get("/v1/events", params={"after": after, "limit": 3}).json()
        found += page["items"]
        after, more = page["after"], page["more"]
    assert [each["position"] for each in found] == [1, 2, 3, 4]
    sent = {call.id: json.loads(call.body) for call in receiver.calls}
    assert sent == {
        each["id"]: {name: each[name] for name in ("type", "timestamp", "data")} for each in found
    }
    for call in receiver.calls:
        Webhook(made.json()["secret"]).verify(call.body, dict(call.headers))
    assert orders.get("/v1/events", params={"after": after}).json() == {
        "items": [],
        "after": after,
        "more": False,
    }
    some = orders.get("/v1/events", params={"type": ["backorder.cancelled", "backorder.shipped"]}).json()
    assert {each["type"] for each in some["items"]} == {"backorder.cancelled"}
    wrong = orders.get("/v1/events", params={"type": "cancelled", "limit": 0, "after": -1})
    assert wrong.status_code == 422


def test_a_key_that_acknowledges_takes_over_what_it_reads_on_behind(
    stock: Shop, web: WebServer, desk: EventDesk
) -> None:
    mine = httpx.Client(base_url=web.url)
    mine.headers["authorization"] = f"Bearer {web.key('orders', acknowledges=True)}"
    end(stock, "O-1")
    desk.deliver()

    def read() -> int:
        row = stock.rows("SELECT acknowledged_position AS read FROM api_keys WHERE acknowledges")[0]
        return int(row["read"])

    with mine:
        last = mine.get("/v1/events").json()["after"]
        assert read() == 0, "it has only just got them"
        mine.get("/v1/events", params={"after": last})
        assert read() == last
        mine.get("/v1/events", params={"after": 1})
        mine.get("/v1/events", params={"after": last + 1000})
        assert read() == last


def test_a_new_receivers_secret_is_not_lost_with_an_answer(web: WebServer, desk: EventDesk) -> None:
    """The same idempotency key again has it; the key of a later change never does."""
    admin = web.as_("admin")

    def put(types: list[str], key: str) -> dict[str, Any]:
        headers = {"idempotency-key": key}
        said = admin.put("/v1/receivers/shop", json={"url": URL, "types": types}, headers=headers)
        return {"status": said.status_code, "secret": said.json()["secret"]}

    made = put([], "made")
    assert (made["status"], made["secret"][:6]) == (201, "whsec_")
    assert put([], "made") == made
    for _ in range(2):
        assert put(["backorder.cancelled"], "changed") == {"status": 200, "secret": None}
    assert put([], "made") == made


def test_a_receiver_is_put_changed_rotated_and_removed(web: WebServer, desk: EventDesk) -> None:
    admin = web.as_("admin")
    made = admin.put("/v1/receivers/shop%2F1", json={"url": URL, "types": ["backorder.cancelled"]})
    assert made.status_code == 201
    body = made.json()
    assert body["secret"].startswith("whsec_")
    assert (body["id"], body["url"], body["types"]) == ("shop/1", URL, ["backorder.cancelled"])
    known = {"if-match": made.headers["etag"]}
    same = admin.put("/v1/receivers/shop%2F1", json={"url": URL, "acknowledges": False}, headers=known)
    late = admin.put("/v1/receivers/shop%2F1", json={"url": URL}, headers=known)
    assert late.status_code == 412
    assert (same.status_code, same.json()["secret"], same.json()["types"]) == (200, None, [])
    listed = admin.get("/v1/receivers")
    [found] = listed.json()["items"]
    assert (found["id"], found["acknowledges"], found["deliveries"]) == ("shop/1", False, [])
    rotated = admin.post("/v1/receivers/shop%2F1/rotate")
    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in ("", body["secret"])
    for secret in (body["secret"], rotated.json()["secret"]):
        assert secret not in admin.get("/v1/receivers").text + admin.get("/v1/audit").text
    calls = [each["call"] for each in admin.get("/v1/audit").json()["items"]]
    assert calls == ["PUT /v1/receivers/{id}"] * 2 + ["POST /v1/receivers/{id}/rotate"]
    # Whose answer was lost asks once more: the secret that the receiver knows goes on to sign beside it.
    once = [admin.post("/v1/receivers/shop%2F1/rotate", headers={"idempotency-key": "k"}) for _ in range(2)]
    assert once[0].json() == once[1].json()
    [kept] = desk.shop.rows("SELECT old_secret FROM receivers")
    assert kept["old_secret"] == rotated.json()["secret"]
    put: dict[str, Any] = {
        "json": {"url": URL, "types": ["backorder.shipped"]},
        "headers": {"idempotency-key": "p"},
    }
    assert admin.put("/v1/receivers/shop%2F1", **put).json()["types"] == ["backorder.shipped"]
    admin.put("/v1/receivers/shop%2F1", json={"url": URL})
    assert admin.put("/v1/receivers/shop%2F1", **put).json()["types"] == []
    for _ in range(2):
        gone = admin.delete("/v1/receivers/shop%2F1", headers={"idempotency-key": "d"})
        assert gone.status_code == 204
    assert admin.delete("/v1/receivers/shop%2F1").status_code == 404
    assert admin.post("/v1/receivers/shop%2F1/rotate").status_code == 404
    assert admin.get("/v1/receivers").json()["items"] == []


def test_what_is_wrong_with_a_receiver_has_an_entry_each(web: WebServer) -> None:
    admin = web.as_("admin")
    wrong = admin.put("/v1/receivers/shop", json={"url": "shop.example", "types": ["cancelled"], "x": 1})
    assert wrong.status_code == 422
    assert {each["field"] for each in wrong.json()["errors"]} == {"url", "types", "x"}
    for url, words in (("", "is empty"), (f"https://{'a' * 2000}", "has more than 2,000 characters")):
        [fault] = admin.put("/v1/receivers/shop", json={"url": url}).json()["errors"]
        assert fault == {"field": "url", "detail": words}
    for url in ("http://127.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest"):
        private = admin.put("/v1/receivers/shop", json={"url": url})
        assert private.status_code == 422, url
        assert "private address" in private.json()["errors"][0]["detail"]
    for id in ("null", "%20", "a" * 65):
        called = admin.put(f"/v1/receivers/{id}", json={"url": URL})
        assert called.status_code == 422, id
        assert {each["field"] for each in called.json()["errors"]} == {"id"}
    assert admin.get("/v1/receivers").json()["items"] == []


def test_a_delivery_is_sent_again(stock: Shop, web: WebServer, desk: EventDesk, receiver: Receiver) -> None:
    admin = web.as_("admin")
    admin.put("/v1/receivers/shop", json={"url": receiver.url})
    end(stock, "O-1")
    receiver.usual = 500
    desk.deliver()
    [found] = admin.get("/v1/receivers").json()["items"]
    refused = found["deliveries"][0]
    assert (refused["state"], refused["attempts"], refused["reason"]) == ("pending", 1, "it answered 500")
    receiver.usual = 200
    again = admin.post(f"/v1/receivers/shop/deliveries/{refused['id']}/resend")
    assert (again.status_code, again.json()) == (200, {"receiver": "shop", "id": refused["id"]})
    desk.now = datetime.now(UTC)
    desk.deliver()
    [found] = admin.get("/v1/receivers").json()["items"]
    states = {each["id"]: each["state"] for each in found["deliveries"]}
    assert states[refused["id"]] == "delivered"
    assert admin.post("/v1/receivers/shop/deliveries/none/resend").status_code == 404
    assert admin.post(f"/v1/receivers/other/deliveries/{refused['id']}/resend").status_code == 404
    for role, status in (("admin", 404), ("orders", 403)):
        assert web.as_(role).post("/v1/receivers/other/resend").status_code == status
    keyed = {"idempotency-key": "none"}
    none = admin.post("/v1/receivers/shop/resend", headers=keyed)
    assert none.json() == {"receiver": "shop", "sent": 0, "left": 0}
    stock.run("UPDATE deliveries SET state = 'dead' WHERE event = :event", event=refused["id"])
    again = admin.post("/v1/receivers/shop/resend", headers=keyed)
    assert again.json() == {"receiver": "shop", "sent": 0, "left": 1}, (
        "what was given up since waits for a call"
    )
    sent = [admin.post("/v1/receivers/shop/resend", headers={"idempotency-key": "all"}) for _ in range(2)]
    assert [each.json() for each in sent] == [{"receiver": "shop", "sent": 1, "left": 0}] * 2
    told = admin.get("/v1/audit", params={"object": "receiver/shop"}).json()["items"]
    assert [each["fields"] for each in told[-1]["after"]["asked"]] == [{"sent": 1, "left": 0}]


def test_every_event_is_documented_as_it_is_sent(web: WebServer) -> None:
    document = web.as_("").get("/openapi.json").json()
    assert set(document["webhooks"]) == {PREFIX + name for name in PUBLISHED_EVENTS}
    for type, entry in document["webhooks"].items():
        content = entry["post"]["requestBody"]["content"]["application/json"]
        assert content["example"]["type"] == type == content["schema"]["properties"]["type"]["const"]
        data = content["schema"]["properties"]["data"]
        assert set(content["example"]["data"]) == set(data["required"]) == set(data["properties"])
