"""The examples of what goes wrong: of every kind there is one, and it is as the server's answer is."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema_rs import validator_for
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backorder.errors import AwayError, BackorderError, NewerVersionError, SetupError
from backorder.problems import MEDIA_TYPE, PROBLEMS
from backorder.services import api_keys
from tests.support.documented_calls import described, never
from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT, order
from tests.support.web import WebServer
from tests.support.web_lines import order_line
from web.app import create_app
from web.bodies import LONGEST_WAIT_S, MOST
from web.failures import too_slow
from web.openapi import document

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is answered differs by no database."""
LINE = "/v1/backorders/{order}/{line}"
ORDER = "/v1/purchase-orders/{id}"
FEW = order()["lines"][0] | {"quantity": 4}
ASKED: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
    (401, "GET /v1/backorders", "", {"headers": {"authorization": ""}}),
    (403, "GET /v1/backorders", "", {"role": "storefront"}),
    (404, f"GET {LINE}", "/v1/backorders/A-9/1", {}),
    (404, "POST /v1/messages/{id}/cancel", "/v1/messages/zz/cancel", {}),
    (404, "GET /v1/customers/{id}", "/v1/customers/C-9", {}),
    (404, "GET /v1/products/{sku}", "/v1/products/OAK", {}),
    (409, "POST /v1/backorders", "", {"json": order_line(quantity=3)}),
    (409, "POST /v1/tasks/{id}/done", "/v1/tasks/A-1%2F1%23engine_error/done", {"json": {"note": "done"}}),
    (409, "DELETE /v1/customers/{id}", "/v1/customers/C-7", {}),
    (409, f"PUT {ORDER}", "/v1/purchase-orders/PO-1", {"json": order(lines=[FEW])}),
    (412, "PUT /v1/products/{sku}", "/v1/products/LAMP", {"json": PRODUCT, "headers": {"if-match": '"1.a"'}}),
    (422, "POST /v1/backorders", "", {"json": order_line("A-2", quantity=0)}),
    (
        422,
        f"POST {LINE}/notes",
        "/v1/backorders/A-1/1/notes",
        {"json": {"text": "b"}, "headers": {"idempotency-key": "k"}},
    ),
    (400, "POST /v1/backorders", "", {"content": "{", "headers": {"content-type": "application/json"}}),
    (413, "POST /v1/backorders", "", {"content": "{" + " " * MOST}),
    (415, "POST /v1/backorders", "", {"content": "{}", "headers": {"content-type": "text/plain"}}),
    (429, "GET /v1/backorders", "", {}),
)
"""The status, the call as it is documented, where its path has other IDs than that, and how it is asked."""
RAISED: tuple[tuple[int, Exception], ...] = (
    (400, BackorderError()),
    (408, too_slow(LONGEST_WAIT_S)),
    (500, ValueError("of the program's insides")),
    (503, AwayError("Temporal does not answer")),
    (503, NewerVersionError("a newer version of the program wrote this; ask one of those")),
    (503, OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))),
    (503, SetupError("BACKORDER_SECRET is not set")),
)
"""What no call can be made to answer here, and the error that is behind it."""


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The documentation."""
    found: dict[str, Any] = dict(document(create_app(never)))
    return found


def _examples(whole: dict[str, Any]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """The examples by call and status."""
    return {
        (f"{method.upper()} {path}", int(status)): [
            whole["components"]["examples"][each["$ref"].rpartition("/")[2]]["value"]
            for each in answer["content"][MEDIA_TYPE].get("examples", {}).values()
        ]
        for method, path, operation in described(whole)
        for status, answer in operation["responses"].items()
        if MEDIA_TYPE in answer.get("content", {})
    }


def test_every_error_of_every_call_has_an_example(whole: dict[str, Any]) -> None:
    fits = validator_for(whole["components"]["schemas"]["Problem"]).is_valid
    found = _examples(whole)
    assert [call for call, examples in found.items() if not examples] == []
    for call, examples in found.items():
        assert all(each["status"] == call[1] and fits(each) for each in examples), (call, examples)
    shown = {(each["type"], each["title"]) for examples in found.values() for each in examples}
    assert {(f"urn:backorder:{name}", title) for _, name, title, _ in PROBLEMS} <= shown


def _alike(one: object, other: object) -> bool:
    """Whether two values have the same fields, within lists too."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return _alike(one[0], other[0])
    return type(one) is type(other)


def _is_shown(said: httpx.Response, examples: list[dict[str, Any]]) -> bool:
    """Whether an answer is as one of the examples is."""
    found = said.json()
    assert said.headers["content-type"] == MEDIA_TYPE
    known = [each for each in examples if (each["type"], each["title"]) == (found["type"], found["title"])]
    return len(known) == 1 and known[0]["status"] == said.status_code and _alike(known[0], found)


@on_one_database
def test_what_the_server_answers_is_as_its_example_is(
    web: WebServer, stock: Shop, whole: dict[str, Any]
) -> None:
    found, admin = _examples(whole), web.as_("admin")
    assert admin.post("/v1/backorders", json=order_line()).is_success
    assert admin.put("/v1/purchase-orders/PO-1", json=order()).is_success
    note: dict[str, Any] = {"json": {"text": "a"}, "headers": {"idempotency-key": "k"}}
    assert admin.post("/v1/backorders/A-1/1/notes", **note).is_success
    seen = set()
    for status, call, place, sent in ASKED:
        if status == 429:
            mine = next(each.id for each in api_keys.listed(web.services.engine) if each.name == "admin")
            web.desk.limits._left[mine] = (0.0, 10.0**9)
        method, _, path = call.partition(" ")
        client = web.as_(sent.get("role", "admin"))
        how = {key: each for key, each in sent.items() if key != "role"}
        said = client.request(method, place or path, **how)
        assert said.status_code == status, (call, said.text)
        assert _is_shown(said, found[call, status]), (call, said.text, found[call, status])
        seen.add((status, said.json()["type"]))
    raised = {status for status, _ in RAISED}
    assert {status for _, status in found} == {status for status, _ in seen} | raised


def test_what_no_call_answers_here_is_as_its_example_is(whole: dict[str, Any]) -> None:
    """Each error, raised within the application."""
    found = _examples(whole)
    app = create_app(never)
    for number, (_, error) in enumerate(RAISED):
        app.router.routes.append(Route(f"/raised/{number}", _raising(error)))
    for number, (status, error) in enumerate(RAISED):
        said = asyncio.run(_get(app, f"/raised/{number}"))
        assert said.status_code == status, (error, said.text)
        assert "insides" not in said.text
        shown = found["POST /v1/backorders", status]
        assert json.loads(said.text) in shown, (said.text, shown)


async def _get(app: FastAPI, path: str) -> httpx.Response:
    inside = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=inside, base_url="http://shop.example") as client:
        return await client.get(path)


def _raising(error: Exception) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        raise error

    return answer
