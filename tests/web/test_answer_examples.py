"""The examples of answers: each fits its schema, and has the shape of what the server really answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from jsonschema_rs import validator_for

from backorder.storage import tasks
from backorder.storage.engine import writing
from tests.support.documented_calls import described, never
from tests.support.event_sending import EventDesk
from tests.support.shop import Shop
from tests.support.supply_calls import earlier, later
from tests.support.web import WebServer, serving
from tests.support.web_lines import ORDERED_AT, order_line
from web.app import create_app
from web.openapi import document

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is answered differs by no database."""

PLACES = {
    "order": "A-1",
    "line": "1",
    "sku": "LAMP",
    "ticket": "complaint-1",
    "name": "email",
    "suppliers": "acme",
    "purchase-orders": "PO-1",
    "kind": "delayed",
    "customers": "C-7",
    "requests": "cancel-1",
    "receivers": "erp",
}
"""By the name of a part of a path, or of what stands before an ID, what is there."""
ORDERED: dict[str, Any] = {
    "supplier": "acme",
    "ordered_at": ORDERED_AT,
    "lines": [
        {"line": line, "sku": sku, "quantity": 60, "stated_date": later(10)}
        for line, sku in (("1", "DESK"), ("2", "LAMP"), ("3", "LAMP"))
    ],
}
FAR = [{"quantity": 60, "date": later(300)}]
"""So much later that it waits for the buyer."""
NAMED = {"sku": "LAMP", "supplier": "acme", "purchase_order": "PO-2", "line": "1"}
"""What examples name otherwise, and what of it is on record."""
JSON, JSON_LINES = "application/json", "application/x-ndjson"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a call is asked that its example alone does not make succeed. body: fields besides those of the
    example, places: see PLACES.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


ALWAYS = {
    "read_availability": Asked(query={"sku": "LAMP"}),
    "prioritise": Asked(query={"preview": "true"}),
    "move_policy": Asked(body={"value": "standard"}),
    "put_purchase_order": Asked(body=ORDERED),
    "read_policy": Asked(places={"name": "standard"}),
    "state_dates": Asked(body={"splits": FAR}),
    "reassign_line": Asked(body={"line": "2", "supplier": "oakley"}),
    "cancel_purchase_order": Asked(body={"line": "3"}),
    "book_receipt": Asked(body={"received_at": earlier(minutes=5)}),
    "put_policy": Asked(places={"name": "spring"}),
    "what_if_date": Asked(body={"line": "2", "splits": FAR}),
    "what_if_receipt": Asked(body={"line": "2"}),
}


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The documentation."""
    found: dict[str, Any] = dict(document(create_app(never)))
    return found


def _place(path: str, places: Mapping[str, str]) -> str:
    """A path with the IDs of what is there."""
    known, parts = {**PLACES, **places}, path.split("/")
    for number, part in enumerate(parts):
        if part.startswith("{"):
            parts[number] = known[parts[number - 1] if part == "{id}" else part.strip("{}")]
    return "/".join(parts)


def _answers(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The contents of answers to what succeeds, by status and media type."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from ((status, kind, content) for kind, content in answer.get("content", {}).items())


def _differ(whole: dict[str, Any], schema: dict[str, Any], one: object, other: object, at: str) -> list[str]:
    """Where two values differ in their fields; objects of a class have all of them."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if one is None or other is None:
        return []
    if "anyOf" in schema:
        arms = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return min((_differ(whole, each, one, other, at) for each in arms), key=len)
    if isinstance(one, dict) and isinstance(other, dict) and "properties" in schema:
        fields: dict[str, dict[str, Any]] = schema["properties"]
        if not fields.keys() == one.keys() == other.keys():
            return [f"{at}: {sorted(fields.keys() ^ one.keys() | fields.keys() ^ other.keys())}"]
        inner = [_differ(whole, each, one[key], other[key], f"{at}.{key}") for key, each in fields.items()]
        return [each for found in inner for each in found]
    if isinstance(one, list) and isinstance(other, list) and one and other and "items" in schema:
        return _differ(whole, schema["items"], one[0], other[0], f"{at}.0")
    return [] if type(one) is type(other) or {type(one), type(other)} == {int, float} else [f"{at}: a type"]


def test_every_answer_has_an_example_that_fits_it(whole: dict[str, Any]) -> None:
    components = {"components": whole["components"]}
    wrong, seen = [], 0
    for method, path, operation in described(whole):
        for status, kind, content in _answers(operation):
            seen += 1
            fits = "example" in content and validator_for(content["schema"] | components).is_valid(
                content["example"]
            )
            if not fits or content["example"] in ({}, "", None):
                wrong.append(f"{method} {path} {status} {kind}")
    assert seen > 90
    assert wrong == []


@pytest.fixture
def web(stock: Shop) -> Iterator[WebServer]:
    """A server that says where its pages are."""
    with serving(stock.services, public_url="https://shop.example") as found:
        yield found


@pytest.fixture
def asked(web: WebServer, stock: Shop) -> dict[str, Asked]:
    """A shop in which something of everything is there, and how calls are asked about it, by operation."""
    admin = web.as_("admin")
    stock.supplier("oakley")
    stock.product("DESK")
    assert admin.post("/v1/backorders", json=order_line()).is_success
    assert admin.put("/v1/purchase-orders/PO-1", json=ORDERED).is_success
    assert admin.put("/v1/purchase-orders/PO-2", json=ORDERED | {"lines": ORDERED["lines"][1:]}).is_success
    desk = EventDesk(stock, datetime.now(UTC))
    desk.put("erp", "http://127.0.0.1:9/")
    for order, customer in (("O-1", "eve"), ("O-3", "max")):
        reached = {"id": customer, "email": f"{customer}@example.com"}
        stock.start(order, sku="DESK", customer=reached, payment="unpaid")
        stock.cancel(order)
    stock.now += timedelta(hours=1)
    for customer in ("eve", "max"):
        stock.dispatch(f"customer/{customer}")
    gone = stock.rows("SELECT id FROM messages WHERE person = 'customer/eve' AND state = 'sent'")[0]["id"]
    desk.batch()
    delivery = stock.rows("SELECT event FROM deliveries")[0]["event"]
    stock.start("O-2", sku="DESK")
    waits = stock.rows("SELECT id FROM messages WHERE state = 'planned'")[0]["id"]
    with writing(stock.services.engine) as connection:
        tasks.add(connection, key="k", kind="over_received", subject="PO-9/1", detail={}, at=stock.now)
    (task,) = tasks.waiting(stock.services.engine)
    return {
        **ALWAYS,
        "show_message": Asked(places={"messages": gone}),
        "cancel_message": Asked(places={"messages": waits}),
        "resend_message": Asked(places={"messages": gone, "order": "O-1"}),
        "end_task": Asked(places={"tasks": task.id}),
        "leave_task_note": Asked(places={"tasks": task.id}),
        "resend_delivery": Asked(places={"event": delivery}),
        "revoke_key": Asked(places={"keys": web.key("agent").split("_")[2]}),
        "erase_customer": Asked(places={"customers": "max"}),
    }


def _said(web: WebServer, method: str, path: str, operation: dict[str, Any], how: Asked) -> httpx.Response:
    bodies = operation.get("requestBody", {}).get("content", {})
    sent: dict[str, Any] = {}
    if JSON in bodies:
        body = {key: NAMED.get(key, each) for key, each in bodies[JSON].get("example", {}).items()}
        sent = {"json": {**body, **how.body}}
    elif JSON_LINES in bodies:
        ours = path.startswith("/v1/backorders")
        line = json.dumps(order_line("A-2")) if ours else bodies[JSON_LINES]["example"]
        sent = {"content": line, "headers": {"content-type": JSON_LINES}}
    admin = web.as_("admin")
    return admin.request(method.upper(), _place(path, how.places), params=dict(how.query), **sent)


@on_one_database
def test_what_the_server_answers_has_the_shape_of_its_example(
    web: WebServer, whole: dict[str, Any], asked: dict[str, Asked]
) -> None:
    """Each call succeeds, and its answer is as the example of it is."""
    # What a call names is there before it is read; what removes comes last.
    order = {"put": 0, "post": 1, "get": 2, "delete": 3}
    wrong, calls = [], sorted(described(whole), key=lambda call: order[call[0]])
    for method, path, operation in calls:
        said = _said(web, method, path, operation, asked.get(operation["operationId"], Asked()))
        kind, status = said.headers.get("content-type", ""), str(said.status_code)
        contents = {(each, of): content for each, of, content in _answers(operation)}
        if not said.is_success or status not in operation["responses"]:
            wrong.append(f"{method} {path}: {status} {said.text}")
        elif said.content:
            content = contents[status, kind]
            found = json.loads(said.text.partition("\n")[0] if kind == JSON_LINES else said.text)
            wrong += _differ(whole, content["schema"], found, content["example"], f"{method} {path}")
        elif any(each == status for each, _ in contents):
            wrong.append(f"{method} {path}: says nothing")
    assert not wrong, "\n".join(wrong)
    assert len(calls) > 70
