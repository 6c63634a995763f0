"""What is wrong with fields together is said beside what is wrong with single ones."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from backorder import schemas
from backorder.errors import RefusedError
from backorder.schemas import Incoming, parse

LINE = {"line": "1", "sku": "LAMP", "quantity": 1}
CASES: dict[str, tuple[type[Incoming], Mapping[str, object], tuple[str, ...]]] = {
    "fields that are missing, and no way to write": (
        schemas.Customer,
        {"id": "C"},
        ("name", "region", "email"),
    ),
    "a way to write that is none is not said to be missing": (
        schemas.Customer,
        {"id": "C", "name": "Ann", "region": "DE", "email": "nope"},
        ("email",),
    ),
    "two rules, and a field within another one": (
        schemas.OrderLine,
        {
            "order_id": "O",
            "line_id": "1",
            "sku": "LAMP",
            "quantity": 0,
            "customer": {"id": "C", "name": "Ann", "region": "DE", "shoe_size": 4},
            "currency": "EUR",
            "unit_price": "1",
            "ordered_at": "2026-01-01T00:00:00Z",
            "payment": "captured",
            "pack": "none",
            "consent": {"state": "given"},
        },
        ("quantity", "customer.shoe_size", "customer.email", "pack_reason", "consent.until"),
    ),
    "each day that is too early, and a line that is named twice": (
        schemas.PurchaseOrder,
        {
            "id": "PO",
            "ordered_at": "2026-05-01T00:00:00Z",
            "lines": [LINE | {"stated_date": "2026-01-01"}, LINE | {"stated_date": "2026-01-02"}],
        },
        ("supplier", "lines", "lines.0.stated_date", "lines.1.stated_date"),
    ),
    "what is wrong with the sound lines, where another one is not sound": (
        schemas.PurchaseOrder,
        {
            "id": "PO",
            "supplier": "ACME",
            "ordered_at": "2026-05-01T00:00:00Z",
            "lines": [LINE | {"quantity": 0}, LINE, LINE | {"stated_date": "2026-01-02"}, "2"],
        },
        ("lines.0.quantity", "lines.3", "lines", "lines.2.stated_date"),
    ),
    "no line is sound": (
        schemas.PurchaseOrder,
        {"id": "PO", "supplier": "ACME", "ordered_at": "2026-05-01T00:00:00Z", "lines": [1]},
        ("lines.0",),
    ),
    "a rule over a field that is faulty is not asked": (
        schemas.PurchaseOrder,
        {
            "id": "PO",
            "supplier": "ACME",
            "ordered_at": "soon",
            "lines": [LINE | {"stated_date": "2026-01-01"}],
        },
        ("ordered_at",),
    ),
    "everything that does not go together": (
        schemas.Answer,
        {
            "choice": "keep",
            "sku": "SOFA",
            "price": "3",
            "rest": "cancel",
            "indefinite": True,
            "until": "2027-01-01",
        },
        ("request_id", "sku", "price", "until, indefinite", "rest"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_said_at_once(name: str) -> None:
    model, raw, fields = CASES[name]
    with pytest.raises(RefusedError) as refused:
        parse(model, raw)
    assert tuple(fault.partition(": ")[0] for fault in refused.value.faults) == fields


@pytest.mark.parametrize(
    ("model", "raw", "fault"),
    [
        (
            schemas.RefundReport,
            {"refund_id": "F", "amount": "0.00"},
            "amount: must be more than 0",
        ),
        (
            schemas.RefundReport,
            {"refund_id": "F", "amount": "1", "sent_at": 46143.4375},
            "sent_at: must be an instant as text, like 2026-05-31T10:00:00Z, not 46143.4375, which is a "
            "spreadsheet's serial number, perhaps of 2026-05-01: format the column as a date",
        ),
        (
            schemas.RefundReport,
            {"refund_id": "F", "amount": "1", "sent_at": 0},
            "sent_at: must be an instant as text, like 2026-05-31T10:00:00Z, not 0, which is a number, "
            "no date of ISO 8601",
        ),
        (
            schemas.Answer,
            {"request_id": "A", "choice": "alternative"},
            "sku: is missing: say which alternative they take",
        ),
    ],
)
def test_a_fault_is_said_in_our_own_words(
    model: type[Incoming], raw: Mapping[str, object], fault: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        parse(model, raw)
    assert refused.value.faults == (fault,)
