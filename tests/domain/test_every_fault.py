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
