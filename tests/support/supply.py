"""What a shop's supply looks like."""

from __future__ import annotations

from backorder.storage import tasks
from backorder.storage.engine import writing
from tests.support.shop import Shop


def expected(shop: Shop) -> list[tuple[int, str | None]]:
    """What is on its way: units and the stated day."""
    rows = shop.rows("SELECT * FROM expected_receipts ORDER BY purchase_order, line, split")
    return [(row["quantity"], row["stated"] and str(row["stated"])) for row in rows]


def supplier_unreachable(shop: Shop) -> None:
    """A person's task: the supplier of a purchase order has no address to ask at."""
    detail = {"supplier": "acme", "why": "no address", "outstanding": 10}
    with writing(shop.services.engine) as connection:
        tasks.add(
            connection, key="k", kind="supplier_unreachable", subject="PO-1/1", at=shop.now, detail=detail
        )
