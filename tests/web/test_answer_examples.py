"""The examples of answers: each fits its schema, and has the shape of what the server really answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema_rs import validator_for

from tests.support.documented_calls import described
from tests.support.web import WebServer
from tests.support.web_lines import ORDERED_AT, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is answered differs by no database."""

PLACES = {
    "order": "A-1",
    "line": "1",
    "sku": "LAMP",
    "ticket": "complaint-1",
    "name": "email",
    "event": "evt_none",
}
ORDERED = {
    "supplier": "acme",
    "ordered_at": ORDERED_AT,
    "lines": [{"line": "1", "sku": "LAMP", "quantity": 10}],
}
QUERIES = {"/v1/availability": {"sku": "LAMP"}}


@pytest.fixture
def whole(web: WebServer) -> dict[str, Any]:
    """The documentation."""
    found: dict[str, Any] = httpx.get(f"{web.url}/openapi.json").json()
    return found


def _place(path: str) -> str:
    """A path with the IDs of what is there."""
    ids = {"suppliers": "acme", "purchase-orders": "PO-1", "customers": "C-7", "requests": "cancel-1"}
    parts = path.split("/")
    for number, part in enumerate(parts):
        if part == "{id}":
            parts[number] = ids.get(parts[number - 1], "1")
        elif part.startswith("{"):
            parts[number] = PLACES[part.strip("{}")]
    return "/".join(parts)


def _answers(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The contents of answers to what succeeds, by status."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from ((status, content) for content in answer.get("content", {}).values())


def _differ(whole: dict[str, Any], schema: dict[str, Any], one: object, other: object, at: str) -> list[str]:
    """Where two values differ in their fields; objects of a class have all of them."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if one is None or other is None:
        return []
    if "anyOf" in schema:
        arms = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return _differ(whole, arms[0], one, other, at) if len(arms) == 1 else []
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
        for status, content in _answers(operation):
            seen += 1
            fits = "example" in content and validator_for(content["schema"] | components).is_valid(
                content["example"]
            )
            if not fits or content["example"] in ({}, "", None):
                wrong.append(f"{method} {path} {status}")
    assert seen > 90
    assert wrong == []


def _asked(web: WebServer, method: str, path: str, operation: dict[str, Any]) -> httpx.Response:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    named = {"sku": "LAMP", "supplier": "acme", "purchase_order": "PO-1", "line": "1"}
    if body is not None:
        body = {key: named.get(key, each) for key, each in body.items()}
        body.pop("alternatives", None)
    return web.as_("admin").request(method.upper(), _place(path), json=body, params=QUERIES.get(path))


def test_what_the_server_answers_has_the_shape_of_its_example(web: WebServer, whole: dict[str, Any]) -> None:
    """Each call on a shop in which something of everything is there: what succeeds is as the example is."""
    admin = web.as_("admin")
    assert admin.post("/v1/backorders", json=order_line()).is_success
    assert admin.put("/v1/purchase-orders/PO-1", json=ORDERED).is_success
    calls = list(described(whole))
    # What a call names is there before it is read; what removes comes last.
    order = {"put": 0, "post": 1, "get": 2, "delete": 3}
    wrong, seen = [], set()
    for method, path, operation in sorted(calls, key=lambda call: order[call[0]]):
        said = _asked(web, method, path, operation)
        assert said.status_code < 500, (method, path, said.text)
        assert not said.is_success or str(said.status_code) in operation["responses"], (method, path)
        contents = dict(_answers(operation)).get(str(said.status_code))
        if contents is None or not said.headers["content-type"].startswith("application/json"):
            continue
        seen.add((method, path))
        wrong += _differ(whole, contents["schema"], said.json(), contents["example"], f"{method} {path}")
    assert wrong == []
    reads = {(method, path) for method, path, _ in calls if method == "get"}
    assert not reads - seen
    assert len(seen) > 55
