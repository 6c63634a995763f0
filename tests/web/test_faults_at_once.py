"""Every call with a body: what is wrong with a field and what only a record knows, named in one answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT, earlier, later, order
from tests.support.web import WebServer
from tests.support.web_lines import order_line
from web.app import create_app
from web.calls import SHAPES

LINE, ORDER = "/v1/backorders/A-1/1", "/v1/purchase-orders/PO-1"
SPLITS = [{"quantity": 3, "date": later(9)}]
OF_RECORD: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "start_backorder": (
        "POST /v1/backorders",
        order_line(sku="NONE", policy="none", quantity=0, currency="EUR", unit_price="1.001")
        | {"line_paid": "0.001", "shipping_paid": "0.001"},
        {"sku", "policy", "quantity", "unit_price", "line_paid", "shipping_paid"},
    ),
    "report_refund": (
        f"POST {LINE}/refunds",
        {"refund_id": "R", "amount": "1.001", "sent_at": "soon"},
        {"amount", "sent_at"},
    ),
    "hold_messages": (f"POST {LINE}/hold", {"until": earlier(days=1), "reason": ""}, {"until", "reason"}),
    "move_policy": (f"POST {LINE}/policy", {"value": "none", "reason": ""}, {"value", "reason"}),
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
                {"line": "1", "sku": "NONE", "quantity": 0, "stated_date": later(30)},
                {"line": "1", "sku": "LAMP", "quantity": 1, "stated_date": later(30)},
            ],
        ),
        {"supplier", "lines.0.sku", "lines.0.quantity", "lines"},
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
        {"return_id": "", "receipt_id": "NONE", "line": "1", "quantity": 1},
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
BY_ITSELF = {
    "adjust_stock",
    "cancel_backorder",
    "cancel_backorders",
    "cancel_message",
    "claim_coupon",
    "close_complaint",
    "complain",
    "count_stock",
    "decide_force_majeure",
    "end_task",
    "leave_note",
    "make_promise",
    "prioritise",
    "put_supplier",
    "put_supplier_price",
    "record_answer",
    "record_notice",
    "refuse_delivery",
    "report_payment",
    "report_shipment",
    "resend_message",
    "rule_on_swap",
    "send_now",
    "take_back_cancellation",
}
"""Calls of whose bodies no field is refused by what is on record; what stands in their paths is 404."""


def test_every_call_with_a_body_is_one_or_the_other() -> None:
    assert create_app.__name__, "all calls are registered with it"
    with_body = {name for name, shape in SHAPES.items() if shape.body is not None}
    assert with_body == OF_RECORD.keys() | BY_ITSELF
    assert not OF_RECORD.keys() & BY_ITSELF


@pytest.mark.parametrize("name", sorted(OF_RECORD))
def test_what_a_record_knows_is_named_beside_what_is_wrong_by_itself(
    web: WebServer, stock: Shop, name: str
) -> None:
    web.as_("orders").post("/v1/backorders", json=order_line())
    assert web.as_("supply").put(ORDER, json=order()).status_code == 201
    call, body, fields = OF_RECORD[name]
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
