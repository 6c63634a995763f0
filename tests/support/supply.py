"""What a shop's supply looks like."""

from __future__ import annotations

from tests.support.shop import Shop


def expected(shop: Shop) -> list[tuple[int, str | None]]:
    """What is on its way: units and the stated day."""
    rows = shop.rows("SELECT * FROM expected_receipts ORDER BY purchase_order, line, split")
    return [(row["quantity"], row["stated"] and str(row["stated"])) for row in rows]
