"""Every call that reads: all that is wrong with its query, named in one answer."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.storage.cursors import cursor_of
from tests.support.documented_calls import described
from tests.support.shop import Shop
from tests.support.web import WebServer

QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("plan/orders", {"budget": "x", "service": 2, "cursor": "x", "limit": 0}),
    ("plan/orders", {"budget": "4.505 EUR", "day_worth": 101}),
    ("plan/demand", {"as_of": "0001-01-01", "periods": 0}),
    ("plan/stock", {"as_of": "9999-12-31", "review_days": 0, "colour": "red"}),
    ("forecast/backtest", {"start": "zz", "end": "0001-01-01", "waited": ["-"]}),
    ("forecast/backtest", {"start": "2026-05-02", "end": "2026-05-01", "limit": 1}),
    ("plan/demand/backtest", {"period": "year", "periods": 0, "sku": ["x"] * 101, "horizon": 4}),
    ("plan/stock/backtest", {"period": "x", "service": 2, "review_days": 0, "lead_days": -1}),
    ("reports/worth", {"since": "zz", "contact_share": "x", "contact_cost": "x", "contact_currency": "zz"}),
    ("reports/worth", {"since": "2026-05-01", "until": "2026-05-01", "redeemed": 101}),
    ("reports/worth", {"contact_currency": "zz", "redeemed": -1}),
    ("reports/worth", {"contact_cost": "", "contact_currency": "", "contact_share": 101}),
    ("audit", {"since": "", "limit": 0}),
    ("tasks", {"due": "", "limit": 0}),
    ("reports/demand", {"since": "2026-05-01", "until": "2026-04-01", "limit": 0}),
    ("backorders", {"status": "lost", "cursor": "x", "limit": 0, "late": "x"}),
    ("messages", {"state": "x", "channel": "x", "kind": "x", "cursor": "x"}),
    ("tasks", {"kind": "x", "due": "x", "cursor": "x", "limit": 0}),
    ("audit", {"since": "x", "cursor": "x", "limit": 0}),
    ("products", {"cursor": "x", "limit": 0}),
    ("suppliers", {"cursor": "W10", "limit": 0}),
    ("purchase-orders", {"late": "x", "cursor": "x", "limit": 0}),
    ("events", {"after": -1, "limit": 0, "type": ["x"]}),
)
"""Reads, and their parameters: each is faulty by itself, with what else is said, or as a page's cursor."""


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_every_fault_of_a_query_is_named_at_once(web: WebServer, stock: Shop, number: int) -> None:
    path, query = QUERIES[number]
    assert faulty(web, path, query) == query.keys()


def test_what_a_parameter_lacks_is_named_beside_what_is_wrong_with_others(web: WebServer) -> None:
    cost = {"redeemed": 101, "contact_cost": "4.50"}
    assert faulty(web, "reports/worth", cost) == {"redeemed", "contact_currency"}
    fine = {"until": "0001-01-01", "contact_cost": "4.505", "contact_currency": "EUR"}
    assert faulty(web, "reports/worth", fine) == {"until", "contact_cost"}
    assert faulty(web, "availability", {"quantity": 0, "region": "x"}) == {"sku", "quantity", "region"}


def test_a_cost_that_is_empty_is_a_fault_and_none(web: WebServer) -> None:
    assert faulty(web, "reports/worth", {"contact_cost": "", "contact_currency": "EUR"}) == {"contact_cost"}


def test_no_empty_parameter_is_a_defect_of_the_program(web: WebServer, stock: Shop) -> None:
    """Each text by itself: it says nothing, or is refused in words."""
    whole: dict[str, Any] = web.as_("").get("/openapi.json").json()
    seen, admin = set(), web.as_("admin")
    for method, path, operation in described(whole):
        texts = [each["name"] for each in operation.get("parameters", ()) if is_text_of_query(each)]
        for name in texts if method == "get" else ():
            said = admin.get(path.replace("{sku}", "LAMP"), params={"sku": "LAMP", name: ""})
            assert said.status_code in (200, 404, 422), (path, name, said.text)
            seen.add((path, name))
    assert {("/v1/reports/worth", "contact_cost"), ("/v1/plan/orders", "budget")} <= seen
    assert len(seen) > 25


STRANGE = cursor_of("another list", "x")
ORDERED: tuple[tuple[str, dict[str, Any], set[str]], ...] = (
    (
        "backorders",
        {"status": "lost", "late": True, "cursor": cursor_of("backorders", "A-1/1")},
        {"status", "cursor"},
    ),
    (
        "backorders",
        {"status": "lost", "late": "x", "cursor": cursor_of("backorders", "A-1/1")},
        {"status", "late"},
    ),
    (
        "purchase-orders",
        {"limit": 0, "cursor": cursor_of("late", "2026-05-01", "P", "1")},
        {"limit", "cursor"},
    ),
    ("purchase-orders", {"late": 1, "cursor": cursor_of("late", "someday", "P", "1")}, {"cursor"}),
    ("purchase-orders", {"late": "x", "cursor": cursor_of("late", "2026-05-01", "P", "1")}, {"late"}),
    (
        "messages",
        {"kind": "x", "cursor": cursor_of("messages", "planned", "2026-05-01T00:00:00", "1")},
        {"kind", "cursor"},
    ),
    ("messages", {"cursor": cursor_of("messages", "planned", "2026-05-01T00:00:00Z", "9" * 30)}, {"cursor"}),
    ("tasks", {"due": "x", "cursor": cursor_of("tasks", "2026-05-01T00:00:00", "1")}, {"due", "cursor"}),
    ("audit", {"since": "x", "cursor": cursor_of("audit", "²")}, {"since", "cursor"}),
    ("plan/orders", {"service": 2, "cursor": cursor_of("plan/orders", "-1", "LAMP")}, {"service", "cursor"}),
)
"""Reads, and cursors of their lists that fit another order of it, or that nobody was given."""


def test_a_cursor_of_another_list_is_named_beside_what_else_is_wrong(web: WebServer, stock: Shop) -> None:
    whole: dict[str, Any] = web.as_("").get("/openapi.json").json()
    paged = [path for method, path, each in described(whole) if method == "get" and has_pages(each)]
    assert len(paged) >= 10
    for path in paged:
        found = faulty(web, path.removeprefix("/v1/"), {"cursor": STRANGE, "limit": 0})
        assert found == {"cursor", "limit"}, path


def has_pages(operation: dict[str, Any]) -> bool:
    return "cursor" in {each["name"] for each in operation.get("parameters", ())}


def test_a_cursor_that_its_list_cannot_read_is_named_with_the_rest(web: WebServer, stock: Shop) -> None:
    for path, query, fields in ORDERED:
        assert faulty(web, path, query) == fields, (path, query)


def is_text_of_query(parameter: dict[str, Any]) -> bool:
    schema = parameter["schema"]
    kinds = {each.get("type") for each in (schema, *schema.get("anyOf", ()))}
    return parameter["in"] == "query" and "string" in kinds


def faulty(web: WebServer, path: str, query: dict[str, Any]) -> set[str]:
    said = web.as_("admin").get(f"/v1/{path}", params=query)
    assert said.status_code == 422, said.text
    return {field for each in said.json()["errors"] for field in each["field"].split(", ")}
