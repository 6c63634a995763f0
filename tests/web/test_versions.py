"""What is replaced has a version: a read of it and an answer to a PUT give the one that If-Match goes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.documented_calls import never
from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT, earlier, order
from tests.support.web import WebServer
from tests.support.web_lines import order_line
from web.app import create_app
from web.calls import SHAPES

PUTS: Mapping[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "change_customer": ("customers/C-7", {"name": "Ann Low"}, {"name": "Ann Law"}),
    "put_product": ("products/LAMP", PRODUCT, PRODUCT | {"name": "Elm"}),
    "put_supplier": (
        "suppliers/acme",
        {"name": "Acme", "lead_days": 9},
        {"name": "Acme & Sons", "lead_days": 9},
    ),
    "put_supplier_price": (
        "suppliers/acme/prices/LAMP",
        {"price": "4.00", "currency": "EUR"},
        {"price": "5.00", "currency": "EUR"},
    ),
    "put_purchase_order": ("purchase-orders/PO-1", order(), order(ordered_at=earlier(days=3))),
    "count_stock": (
        "stock/LAMP",
        {"on_hand": 3, "as_of": earlier(hours=2)},
        {"on_hand": 4, "as_of": earlier(hours=1)},
    ),
    "put_policy": (
        "policies/spring",
        {"text": 'name = "spring"'},
        {"text": 'name = "spring"\npartial = "ship"'},
    ),
    "put_receiver": (
        "receivers/shop",
        {"url": "https://1.1.1.1/a", "types": ["backorder.promised"]},
        {"url": "https://1.1.1.1/b", "types": ["backorder.promised"]},
    ),
}
"""By call: its path, a body, and one that says something else."""
READ_IN_LISTS = {"put_receiver", "put_policy"}
"""What is read with others alone: the answers to its own PUTs have its version."""


def test_every_call_that_replaces_is_one_of_them() -> None:
    create_app(never)  # all calls are registered with it
    replacing = {name for name, shape in SHAPES.items() if 412 in shape.problems and shape.body is not None}
    assert replacing == PUTS.keys() | {"decide_dates"}, "a decision is about what was read"


@pytest.mark.parametrize("name", sorted(PUTS))
def test_the_answer_to_a_put_gives_the_version_for_the_next(web: WebServer, stock: Shop, name: str) -> None:
    web.as_("orders").post("/v1/backorders", json=order_line()).raise_for_status()
    path, first, second = PUTS[name]
    admin, path = web.as_("admin"), f"/v1/{path}"
    put = admin.put(path, json=first)
    assert put.is_success, put.text
    tag = put.headers["etag"]
    if name not in READ_IN_LISTS:
        read = admin.get(path).headers["etag"]
        assert read.strip('"').partition(".")[0] == tag.strip('"').partition(".")[0]
    changed = admin.put(path, json=second, headers={"if-match": tag})
    assert changed.is_success, changed.text
    assert admin.put(path, json=first, headers={"if-match": tag}).status_code == 412


@pytest.mark.parametrize("name", sorted(PUTS.keys() - READ_IN_LISTS))
def test_a_read_gives_the_version_for_a_put(web: WebServer, stock: Shop, name: str) -> None:
    web.as_("orders").post("/v1/backorders", json=order_line()).raise_for_status()
    path, first, second = PUTS[name]
    admin, path = web.as_("admin"), f"/v1/{path}"
    assert admin.put(path, json=first).is_success
    read = admin.get(path)
    changed = admin.put(path, json=second, headers={"if-match": read.headers["etag"]})
    assert changed.is_success, changed.text
    late = admin.put(path, json=first, headers={"if-match": read.headers["etag"]})
    assert late.status_code == 412
    assert admin.get(path, headers={"if-none-match": read.headers["etag"]}).status_code == 200


def test_stock_that_is_unknown_is_not_there(web: WebServer, stock: Shop) -> None:
    assert web.as_("supply").get("/v1/stock/OAK").status_code == 404
    found = web.as_("agent").get("/v1/stock/LAMP")
    assert (found.status_code, found.json()["sku"]) == (200, "LAMP")


def test_a_version_that_a_proxy_weakened_is_known(web: WebServer, stock: Shop) -> None:
    """A proxy that compresses an answer marks its tag as weak; the row's version in it is the same."""
    supply = web.as_("supply")
    tag = supply.get("/v1/products/LAMP").headers["etag"]
    for name, known, status in (("Elm", f"W/{tag}", 200), ("Oak", f"W/{tag}", 412)):
        said = supply.put("/v1/products/LAMP", json=PRODUCT | {"name": name}, headers={"if-match": known})
        assert said.status_code == status


def test_headers_on_several_lines_count_as_one_list_or_are_refused(web: WebServer) -> None:
    admin, place = web.as_("admin"), "/v1/suppliers/oak"
    supply, oak = web.as_("supply"), {"name": "Oak", "lead_days": 3}
    tag = supply.put(place, json=oak).headers["etag"]
    changed = supply.put(place, json=oak | {"lead_days": 4}, headers=[("If-Match", '"a"'), ("If-Match", tag)])
    assert changed.status_code == 200, changed.text
    known = [("If-None-Match", '"a"'), ("If-None-Match", supply.get(place).headers["etag"])]
    assert supply.get(place, headers=known).status_code == 304
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    refused = admin.post("/v1/receivers/shop/rotate", headers=twice)
    assert (refused.status_code, "several lines" in refused.text) == (400, True)
    key = ("Authorization", supply.headers["authorization"])
    assert supply.get(place, headers=[key, ("Authorization", "Bearer bad")]).status_code == 401
