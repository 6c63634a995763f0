"""What buyers' programs send: a product, a purchase order, and days around the shop's now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

PRODUCT = {"name": "Desk", "price": "100.00", "currency": "EUR", "supplier": "acme"}


def earlier(**length: float) -> str:
    return (datetime.now(UTC) - timedelta(**length)).isoformat(timespec="seconds")


def later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def order(**more: Any) -> dict[str, Any]:
    line = {"line": "1", "sku": "LAMP", "quantity": 10, "stated_date": later(30)}
    return {"supplier": "acme", "ordered_at": earlier(days=2), "lines": [line]} | more
