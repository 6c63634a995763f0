"""Order lines as an order system posts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

ORDERED_AT = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
"""The same for all lines of a run: a line that is said again is the same."""


def order_line(order: str = "A-1", line: str = "1", sku: str = "LAMP", **more: Any) -> dict[str, Any]:
    """A line that was ordered an hour ago. `customer` replaces fields of the customer's."""
    customer = {"id": "C-7", "name": "Ann Lee", "email": "ann@example.com", "region": "DE"}
    return {
        "order_id": order,
        "line_id": line,
        "sku": sku,
        "quantity": 2,
        "unit_price": "10.00",
        "currency": "EUR",
        "ordered_at": ORDERED_AT,
        "payment": "captured",
        **{name: value for name, value in more.items() if name != "customer"},
        "customer": customer | more.get("customer", {}),
    }
