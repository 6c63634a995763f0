"""Examples of what goes into the calls about supply."""

from __future__ import annotations

from collections.abc import Mapping

PRODUCT: Mapping[str, object] = {
    "name": "Walnut desk",
    "category": "desks",
    "price": "420.00",
    "currency": "EUR",
    "supplier": "birch",
    "alternatives": ["OAK-DESK"],
    "backorder_limit": 100,
    "pack_size": 6,
    "minimum_order": 12,
}
SUPPLIER: Mapping[str, object] = {
    "name": "Birch & Sons",
    "email": "orders@birch.example",
    "locale": "en_GB",
    "lead_days": 21,
}
SUPPLIER_PRICE: Mapping[str, object] = {"price": "240.00", "currency": "EUR", "pack_size": 4}
PURCHASE_ORDER: Mapping[str, object] = {
    "supplier": "birch",
    "ordered_at": "2026-05-01T10:00:00Z",
    "lines": [{"line": "1", "sku": "DESK", "quantity": 60, "stated_date": "2026-06-10"}],
}
DATES: Mapping[str, object] = {
    "line": "1",
    "splits": [{"quantity": 40, "date": "2026-06-12"}, {"quantity": 20, "date": None}],
    "source": "mail",
    "note": "the rest as soon as the mill delivers",
}
RECEIPT: Mapping[str, object] = {
    "receipt_id": "GR-55",
    "line": "1",
    "quantity": 40,
    "received_at": "2026-06-12T08:00:00Z",
}
RETURN: Mapping[str, object] = {
    "return_id": "RT-3",
    "receipt_id": "GR-55",
    "line": "1",
    "quantity": 2,
    "replacement": True,
}
ADJUSTMENT: Mapping[str, object] = {
    "adjustment_id": "ADJ-9",
    "quantity": -1,
    "reason": "broken in the warehouse",
}
COUNT: Mapping[str, object] = {"on_hand": 12, "as_of": "2026-06-12T08:00:00Z"}
DECISION: Mapping[str, object] = {"line": "1", "decision": "approve", "revision": 2}
REASSIGNMENT: Mapping[str, object] = {"line": "1", "supplier": "oakley", "new_order": "PO-882"}
CANCELLATION: Mapping[str, object] = {"line": "1", "reason": "the maker stopped making it"}
IMAGINED_DATES: Mapping[str, object] = {
    "purchase_order": "PO-881",
    "line": "1",
    "splits": [{"quantity": 60, "date": "2026-06-24"}],
}
IMAGINED_RECEIPT: Mapping[str, object] = {"purchase_order": "PO-881", "line": "1", "quantity": 40}
SUPPLIER_MOVE: Mapping[str, object] = {"supplier": "birch", "days": 14}
