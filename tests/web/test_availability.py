"""A date before the customer buys, as a shop's page asks for it with a public key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from backorder.errors import RefusedError
from backorder.services import api_keys
from backorder.services.services import machine_now
from tests.support.shop import Shop
from tests.support.web import WebServer

PATH = "/v1/availability"


def get(web: WebServer, *skus: str, **query: Any) -> httpx.Response:
    return web.as_("storefront").get(PATH, params={"sku": list(skus), **query})


def test_each_product_is_said_to_be_had_or_when(web: WebServer, stock: Shop) -> None:
    stock.product("DESK", backorder_limit=0)
    stock.adjust(2, sku="DESK")
    stock.purchase("PO-1", {"quantity": 4})
    said = get(web, "LAMP", "DESK", "SOFA", quantity=2, region="DE")
    assert said.status_code == 200
    lamp, desk, sofa = said.json()["items"]
    assert (lamp["sku"], lamp["status"], lamp["free"], lamp["reasons"]) == ("LAMP", "backorder", 0, [])
    assert lamp["window"]["likely"] <= lamp["window"]["by"] < lamp["window"]["deliver_by"]
    assert lamp["ship_by"] == lamp["window"]["by"], "what an order that was shown it sends back"
    assert (desk["status"], desk["free"]) == ("in_stock", 2)
    assert (sofa["status"], sofa["window"], sofa["version"]) == ("unknown", None, 0)
    (more,) = get(web, "DESK", quantity=3).json()["items"]
    assert (more["status"], more["free"], more["reasons"]) == ("not_sold", 2, ["backorder_limit"])
    (none,) = get(web, "LAMP", quantity=5).json()["items"]
    assert (none["status"], none["window"], none["reasons"]) == ("backorder_no_date", None, ["no_supply"])


def test_what_can_be_no_sku_takes_no_other_along(web: WebServer, stock: Shop) -> None:
    """A page asks for all its elements at once; one of a broken template must not empty the others."""
    stock.adjust(2)
    odd = ["NONE", "", "=1+1", "000", "x" * 600, "#REF!", "L\ufffdMP"]
    said = get(web, *odd, " LAMP ", quantity=2)
    assert said.status_code == 200, said.text
    *unknown, lamp = said.json()["items"]
    assert [(each["sku"], each["status"], each["version"]) for each in unknown] == [
        (sku, "unknown", 0) for sku in odd
    ]
    assert (lamp["sku"], lamp["status"]) == ("LAMP", "in_stock")


def test_what_the_page_has_already_is_not_sent_again(web: WebServer, stock: Shop) -> None:
    first = get(web, "LAMP")
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"if-none-match": first.headers["etag"]}
    again = web.as_("storefront").get(PATH, params={"sku": "LAMP"}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    stock.adjust(1)
    new = web.as_("storefront").get(PATH, params={"sku": "LAMP"}, headers=known)
    assert (new.status_code, new.json()["items"][0]["status"]) == (200, "in_stock")


UNASKABLE: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({}, {"sku"}),
    ({"sku": "LAMP", "quantity": "0", "colour": "red"}, {"quantity", "colour"}),
    ({"sku": "LAMP", "quantity": "2.5"}, {"quantity"}),
    ({"sku": "LAMP", "quantity": "0", "region": "Narnia"}, {"quantity", "region"}),
    ({"sku": [f"S-{number}" for number in range(101)]}, {"sku"}),
)
"""Queries, and their fields at fault."""


def test_what_cannot_be_asked_is_refused(web: WebServer) -> None:
    for query, fields in UNASKABLE:
        said = web.as_("storefront").get(PATH, params=query)
        assert said.status_code == 422
        assert {each["field"] for each in said.json()["errors"]} == fields
        assert said.headers["access-control-allow-origin"] == "*"


def test_a_public_key_opens_nothing_else(web: WebServer) -> None:
    assert web.as_("agent").get(PATH, params={"sku": "LAMP"}).status_code == 403
    assert web.as_("").get(PATH, params={"sku": "LAMP"}).status_code == 401
    paths = web.as_("").get("/openapi.json").json()["paths"]
    others = [
        (method, path, each)
        for path, calls in paths.items()
        for method, each in calls.items()
        if path != PATH and "x-roles" in each
    ]
    assert len(others) > 10
    for method, path, each in others:
        assert "storefront" not in each["x-roles"]
        said = web.as_("storefront").request(method.upper(), path.replace("{", "").replace("}", ""))
        assert said.status_code == 403, (method, path)


def test_pages_of_other_origins_may_make_this_call_alone(web: WebServer) -> None:
    asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
    asked |= {"access-control-request-headers": "authorization"}
    said = httpx.options(f"{web.url}{PATH}?sku=LAMP", headers=asked)
    assert said.status_code == 204
    assert said.headers["access-control-allow-origin"] == "*"
    assert "authorization" in said.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in said.headers
    for status, client in ((200, web.as_("storefront")), (403, web.as_("orders")), (401, web.as_(""))):
        found = client.get(PATH, params={"sku": "LAMP"})
        assert (found.status_code, found.headers["access-control-allow-origin"]) == (status, "*")
    other = httpx.options(f"{web.url}/v1/backorders", headers=asked)
    assert "access-control-allow-origin" not in other.headers
    assert "access-control-allow-origin" not in web.as_("agent").get("/v1/backorders").headers


def test_it_goes_on_while_others_order(web: WebServer, stock: Shop) -> None:
    """What a page says is what a line hears that comes in then."""
    soon, later = (machine_now().date() + timedelta(days=days) for days in (9, 30))
    stock.purchase("PO-1", {"quantity": 2, "stated_date": soon}, {"quantity": 9, "stated_date": later})
    before = get(web, "LAMP", quantity=2).json()["items"][0]
    stock.open("O-1", 2)
    after = get(web, "LAMP", quantity=2).json()["items"][0]
    assert after["version"] > before["version"]
    assert after["window"]["by"] > before["window"]["by"]


def test_a_public_key_is_counted_for_each_address_and_has_no_other_role(web: WebServer) -> None:
    """One shopper who asks too often does not close the shop for the others."""
    assert get(web, "LAMP").status_code == 200
    [key] = api_keys.listed(web.services.engine)
    counted = web.desk.limits._left
    counted[f"{key.id} 127.0.0.1"] = (0.0, 10.0**9)
    assert get(web, "LAMP").status_code == 429
    counted[f"{key.id} 192.0.2.1"] = counted.pop(f"{key.id} 127.0.0.1")
    assert get(web, "LAMP").status_code == 200
    with pytest.raises(RefusedError, match="storefront stands alone"):
        web.key("storefront", "orders")
