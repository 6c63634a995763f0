"""Every call with a body: what is wrong with a field and what only a record knows, named in one answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.documented_calls import never
from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT, earlier, later, order
from tests.support.web import WebServer
from tests.support.web_lines import order_line
from web.app import create_app
from web.calls import SHAPES

ROOT = Path(__file__).resolve().parents[2]
LINE, ORDER = "/v1/backorders/A-1/1", "/v1/purchase-orders/PO-1"
SPLITS = [{"quantity": 3, "date": later(9)}]
OF_RECORD: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "start_backorder": (
        "POST /v1/backorders",
        order_line(sku="OAK", policy="slow", quantity=0, currency="EUR", unit_price="1.001")
        | {"line_paid": "0.001", "shipping_paid": "0.001"},
        {"sku", "policy", "quantity", "unit_price", "line_paid", "shipping_paid"},
    ),
    "report_refund": (
        f"POST {LINE}/refunds",
        {"refund_id": "R", "amount": "1.001", "sent_at": "soon"},
        {"amount", "sent_at"},
    ),
    "hold_messages": (f"POST {LINE}/hold", {"until": earlier(days=1), "reason": ""}, {"until", "reason"}),
    "move_policy": (f"POST {LINE}/policy", {"value": "slow", "reason": ""}, {"value", "reason"}),
    "pause_channel": (
        "POST /v1/channels/sms/pause",
        {"until": earlier(days=1), "reason": ""},
        {"until", "reason"},
    ),
    "put_receiver": (
        "PUT /v1/receivers/shop",
        {"url": "https://127.0.0.1/", "types": ["none"]},
        {"url", "types"},
    ),
    "put_product": (
        "PUT /v1/products/ELM",
        PRODUCT | {"supplier": "nobody", "price": "0.001"},
        {"supplier", "price"},
    ),
    "put_purchase_order": (
        "PUT /v1/purchase-orders/PO-2",
        order(
            supplier="nobody",
            lines=[
                {"line": "1", "sku": "OAK", "quantity": 0, "stated_date": later(30)},
                {"line": "1", "sku": "LAMP", "quantity": 1, "stated_date": later(30)},
            ],
        ),
        {"supplier", "lines.0.sku", "lines.0.quantity", "lines"},
    ),
    "put_supplier_price": (
        "PUT /v1/suppliers/nobody/prices/OAK",
        {"price": "9.00", "pack_size": 0},
        {"supplier", "sku", "price", "currency", "pack_size"},
    ),
    "adjust_stock": (
        "POST /v1/stock/LAMP/adjustments",
        {"adjustment_id": "A-9", "quantity": -99, "reason": ""},
        {"quantity", "reason"},
    ),
    "count_stock": (
        "PUT /v1/stock/LAMP",
        {"on_hand": 1, "as_of": earlier(hours=30), "colour": "red"},
        {"on_hand", "colour"},
    ),
    "cancel_backorders": (
        "POST /v1/backorders/cancel",
        {"ids": ["A-1/1", "OAK/1"], "reason": ""},
        {"ids", "reason"},
    ),
    "state_dates": (
        f"POST {ORDER}/dates",
        {"line": "1", "splits": SPLITS, "source": ""},
        {"splits", "source"},
    ),
    "decide_dates": (
        f"POST {ORDER}/decisions",
        {"line": "9", "decision": "perhaps"},
        {"purchase_order", "line", "decision"},
    ),
    "reassign_line": (
        f"POST {ORDER}/reassign",
        {"line": "9", "supplier": "nobody", "new_order": ""},
        {"purchase_order", "line", "supplier", "new_order"},
    ),
    "cancel_purchase_order": (
        f"POST {ORDER}/cancel",
        {"line": "9", "reason": ""},
        {"purchase_order", "line", "reason"},
    ),
    "book_receipt": (
        f"POST {ORDER}/receipts",
        {"receipt_id": "G", "line": "1", "quantity": 0, "received_at": earlier(days=900)},
        {"quantity", "received_at"},
    ),
    "return_goods": (
        f"POST {ORDER}/returns",
        {"return_id": "", "receipt_id": "OAK", "line": "1", "quantity": 1},
        {"return_id", "receipt_id"},
    ),
    "what_if_date": (
        "POST /v1/what-if/date",
        {"purchase_order": "PO-9", "line": "1", "splits": [{"quantity": 0, "date": None}]},
        {"purchase_order", "line", "splits.0.quantity"},
    ),
    "what_if_receipt": (
        "POST /v1/what-if/receipt",
        {"purchase_order": "PO-9", "line": "1", "quantity": 0},
        {"purchase_order", "line", "quantity"},
    ),
    "what_if_supplier": (
        "POST /v1/what-if/supplier",
        {"supplier": "nobody", "days": 9999},
        {"supplier", "days"},
    ),
    "change_customer": ("PUT /v1/customers/C-7", {"id": "C-8", "email": "no"}, {"id", "email"}),
}
"""By call: a body with faults of a field and of the record, and the fields that are named."""
LINES: list[Any] = [
    {"line": "1", "sku": "LAMP", "quantity": 1, "stated_date": later(30)},
    {"line": "2", "sku": "LAMP", "quantity": 0, "stated_date": later(-300)},
    {"line": "3", "quantity": 1},
    "rubbish",
    {"line": "5", "sku": "OAK", "quantity": 5},
]
MORE: tuple[tuple[str, dict[str, Any], set[str]], ...] = (
    (
        f"PUT {ORDER}",
        order(supplier="nobody", ordered_at="rubbish", lines=LINES),
        {"supplier", "ordered_at", "lines.0.quantity", "lines.1.quantity", "lines.1.stated_date"}
        | {"lines.2.sku", "lines.3", "lines.4.sku"},
    ),
    (
        f"PUT {ORDER}",
        order(ordered_at="rubbish", lines=[{"line": "1", "sku": "DESK", "quantity": 3}]),
        {"ordered_at", "lines.0.sku", "lines.0.quantity"},
    ),
    (
        f"PUT {ORDER}",
        order(supplier="nobody", lines=[LINES[0] | {"sku": "DESK"}, LINES[4]]),
        {"supplier", "lines.0.sku", "lines.0.quantity", "lines.1.sku"},
    ),
    (
        f"PUT {ORDER}",
        order(ordered_at="rubbish", lines=[{"line": "1", "sku": "DESK", "quantity": 0}]),
        {"ordered_at", "lines.0.sku", "lines.0.quantity"},
    ),
    (f"POST {LINE}/hold", {"until": f"{later(40)}T10:00:00Z", "reason": ""}, {"until", "reason"}),
    (
        f"POST {ORDER}/dates",
        {"line": "1", "splits": [{"quantity": 0, "date": later(-300)}, {"quantity": 1, "date": None}]},
        {"splits", "splits.0.quantity", "source"},
    ),
    (
        f"POST {ORDER}/dates",
        {"line": "9", "splits": [{"quantity": 1, "date": later(-300)}], "source": "mail"},
        {"purchase_order", "line", "splits"},
    ),
    (
        f"POST {ORDER}/reassign",
        {"line": "9", "supplier": "nobody", "new_order": "PO-9"},
        {"purchase_order", "line", "supplier"},
    ),
    (
        f"POST {ORDER}/receipts",
        {"receipt_id": "G", "line": "9", "quantity": 1, "received_at": earlier(days=900)},
        {"purchase_order", "line", "received_at"},
    ),
    (
        f"POST {ORDER}/returns",
        {"return_id": "", "receipt_id": "G-1", "line": "1", "quantity": 6},
        {"return_id", "quantity"},
    ),
    (
        f"POST {ORDER}/returns",
        {"return_id": "", "receipt_id": "G-1", "line": "1", "quantity": 4},
        {"return_id", "quantity"},
    ),
    (
        f"POST {ORDER}/returns",
        {"return_id": "B", "receipt_id": "G-1", "line": "1", "quantity": 4, "returned_at": earlier(days=9)},
        {"returned_at", "quantity"},
    ),
    (
        f"POST {ORDER}/returns",
        {"return_id": "B-1", "receipt_id": "G-1", "line": "1", "quantity": 1, "replacement": "perhaps"},
        {"replacement"},
    ),
    (
        "POST /v1/what-if/receipt",
        {"purchase_order": "PO-1", "line": "9", "quantity": 1, "received_at": earlier(days=900)},
        {"purchase_order", "line", "received_at"},
    ),
    (
        "POST /v1/stock/LAMP/adjustments",
        {"adjustment_id": "A-1", "quantity": -99, "reason": ""},
        {"reason"},
    ),
    (
        "POST /v1/stock/LAMP/adjustments",
        {"adjustment_id": "A-9", "quantity": -99, "reason": "lost", "at": "rubbish"},
        {"at"},
    ),
    ("PUT /v1/suppliers/nobody/prices/OAK", {"currency": "EUR", "price": "9.00"}, {"supplier", "sku"}),
    (
        "PUT /v1/products/LAMP",
        PRODUCT | {"supplier": "nobody", "alternatives": ["LAMP", "ELM"]},
        {"supplier", "alternatives"},
    ),
    ("PUT /v1/products/LAMP", PRODUCT | {"alternatives": ["ELM", "ELM"]}, {"alternatives"}),
    ("PUT /v1/suppliers/acme", {"name": "", "lead_days": 1, "backups": ["acme"]}, {"name", "backups"}),
    ("PUT /v1/suppliers/acme", {"name": "A", "lead_days": 1, "backups": ["b", "b"]}, {"backups"}),
    (f"POST {LINE}/payment", {"state": "captured", "expires_at": f"{later(3)}T10:00:00Z"}, {"expires_at"}),
    (f"POST {LINE}/payment", {"state": "unpaid", "expires_at": f"{later(3)}T10:00:00Z"}, {"expires_at"}),
    ("PUT /v1/customers/C-7", {"phone": "12", "name": ""}, {"phone", "name"}),
)
"""Further bodies of such calls; what is on record already under its ID is no fault of the body."""
BY_ITSELF = {
    "backtest_policies",
    "cancel_backorder",
    "cancel_message",
    "claim_coupon",
    "close_complaint",
    "complain",
    "create_key",
    "decide_force_majeure",
    "end_task",
    "leave_note",
    "leave_task_note",
    "lift_suppression",
    "make_promise",
    "plan_policy",
    "prioritise",
    "put_policy",
    "put_supplier",
    "record_answer",
    "record_notice",
    "refuse_delivery",
    "report_payment",
    "report_shipment",
    "resend_message",
    "rule_on_swap",
    "send_now",
    "suppress_address",
    "take_back_cancellation",
}
"""Calls of whose bodies no field is refused by what is on record; what stands in their paths is 404."""


REFUSALS = {
    "api_keys::asked_for": "told beside the other faults by itself, before the record is asked",
    "api_keys::create": "told by itself beside the other faults of the key",
    "api_keys::revoke": "the one argument of a command",
    "availability::_policy": "no field: the shop lacks a policy",
    "backtest_forecasts::_asked": "a query, not a body",
    "backtest_forecasts::backtest_arrivals": "a query, not a body",
    "backtest_forecasts::backtest_demand": "a query, not a body",
    "backtest_forecasts::backtest_stock": "a query, not a body",
    "backtest_forecasts::judged": "a query, not a body",
    "backtest_forecasts::step": "no field: it would take too long",
    "backtest_policies::backtest": "no field: there are too many lives to play",
    "backtest_policies::step": "no field: it would take too long",
    "cancel_lines::_by_ids": "cancel_backorders",
    "cancel_lines::_by_sku": "cancel_backorders",
    "change_customer::_corrected": "change_customer",
    "keep_supplier_price::keep_supplier_price": "put_supplier_price",
    "lead_history::lead_history": "no field: there are no sales",
    "load_policy::_sound": "the text alone, of which all faults are named at once",
    "load_policy::policies_of": "the texts alone, of which all faults are named at once",
    "load_policy::policy_of": "the text alone, of which all faults are named at once",
    "message_previews::rendered_example": "no field: the shop's own templates",
    "move_line::_newest": "move_policy",
    "open_line::_open_all": "start_backorder",
    "open_line::check": "start_backorder",
    "pause_channel::pause": "pause_channel",
    "pause_channel::resume": "the one argument of a command; in a path it is 404",
    "receivers::_check": "put_receiver",
    "receivers::put": "put_receiver",
    "record_request::record_within": "report_refund",
    "record_stock::_check_return": "return_goods",
    "record_stock::_locked": "adjust_stock",
    "record_stock::_move": "count_stock",
    "record_stock::receive": "book_receipt",
    "record_stock::send_back": "return_goods",
    "record_supply::_place": "put_purchase_order",
    "record_supply::cancel_purchase_order": "cancel_purchase_order",
    "record_supply::place_new": "no field that somebody says: orders that were planned",
    "record_supply::put_product": "put_product",
    "record_supply::replace_line": "reassign_line",
    "supplier_dates::_checked": "state_dates",
    "supplier_dates::_locked": "decide_dates",
    "what_if::_owed": "what_if_supplier",
    "what_if::receive": "what_if_receipt",
}
"""Where services refuse what comes in, and the call that names it beside other faults; or why none has to."""


def test_every_refusal_of_the_record_is_named_at_once_by_a_call() -> None:
    found = {place for file in sorted((ROOT / "backorder/services").glob("*.py")) for place in refusing(file)}
    assert found == REFUSALS.keys(), "let `known_faults` name a new one, with a body for it here"
    calls = {each for each in REFUSALS.values() if " " not in each}
    assert calls <= OF_RECORD.keys()


def refusing(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(map(refuses, own(function))):
            yield f"{file.stem}::{function.name}"


def own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions within it."""
    for each in ast.iter_child_nodes(function):
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield each
            yield from own(each)


def refuses(node: ast.AST) -> bool:
    made = node.exc if isinstance(node, ast.Raise) else None
    return isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id == "RefusedError"


def test_every_body_is_read_where_the_record_is_asked() -> None:
    calls = [
        file for file in (ROOT / "web").glob("*.py") if file.name not in ("record_faults.py", "calls.py")
    ]
    assert [file.name for file in calls if ".body(" in file.read_text(encoding="utf-8")] == []


def test_every_call_with_a_body_is_one_or_the_other() -> None:
    create_app(never)  # all calls are registered with it
    with_body = {name for name, shape in SHAPES.items() if shape.body is not None}
    assert with_body == OF_RECORD.keys() | BY_ITSELF
    assert not OF_RECORD.keys() & BY_ITSELF


@pytest.fixture
def seller(web: WebServer, stock: Shop) -> WebServer:
    """A shop with a line and an order: 5 of its 10 units came two days ago, and 1 and then 3 are gone."""
    web.as_("orders").post("/v1/backorders", json=order_line())
    supply = web.as_("supply")
    supplied = order(ordered_at=earlier(days=5))
    assert supply.put(ORDER, json=supplied).status_code == 201
    assert supply.put("/v1/products/DESK", json=PRODUCT).status_code == 201
    came = {"receipt_id": "G-1", "line": "1", "quantity": 5, "received_at": earlier(days=2)}
    assert supply.post(f"{ORDER}/receipts", json=came).status_code == 201
    back = {"return_id": "B-1", "receipt_id": "G-1", "line": "1", "quantity": 1}
    assert supply.post(f"{ORDER}/returns", json=back | {"returned_at": earlier(days=1)}).status_code == 201
    gone = {"adjustment_id": "A-1", "quantity": -3, "reason": "broken", "at": earlier(hours=10)}
    assert supply.post("/v1/stock/LAMP/adjustments", json=gone).status_code == 201
    return web


@pytest.mark.parametrize("name", sorted(OF_RECORD))
def test_what_a_record_knows_is_named_beside_what_is_wrong_by_itself(seller: WebServer, name: str) -> None:
    refused(seller, *OF_RECORD[name])


@pytest.mark.parametrize("number", range(len(MORE)))
def test_all_that_a_record_knows_is_named_at_once(seller: WebServer, number: int) -> None:
    refused(seller, *MORE[number])


def refused(web: WebServer, call: str, body: dict[str, Any], fields: set[str]) -> None:
    method, path = call.split()
    said = web.as_("admin").request(method, path, json=body)
    assert said.status_code == 422, said.text
    assert {each["field"] for each in said.json()["errors"]} == fields, said.text


ANSWERS: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"choice": "alternative", "price": "no"}, {"sku", "price"}),
    ({"choice": "keep", "sku": "DESK", "price": "no", "until": "no"}, {"sku", "price", "until"}),
    ({"choice": "cancel", "until": "no", "indefinite": True}, {"until", "indefinite"}),
    ({"choice": "cancel", "rest": "cancel", "quantity": 0}, {"rest", "quantity"}),
)
"""Answers, and the fields that are named."""


@pytest.mark.parametrize(("body", "fields"), ANSWERS)
def test_what_does_not_go_with_a_choice_is_named_beside_other_faults(
    web: WebServer, stock: Shop, body: dict[str, Any], fields: set[str]
) -> None:
    said = web.as_("agent").post(f"{LINE}/answers", json=body)
    assert {each["field"] for each in said.json()["errors"]} == fields, said.text
