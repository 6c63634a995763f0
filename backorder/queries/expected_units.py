"""What is still to come of a purchase-order line, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from backorder.queries.supply_lists import SupplyLine
from backorder.storage.tables import expected_receipts


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedUnits:
    """Some units of a purchase-order line that are still to come, and their days; None for no date.

    stated: what the supplier says. likely, by: our forecast, P50 and P90.
    """

    quantity: int
    stated: date | None
    likely: date | None
    by: date | None


def expected_units(connection: Connection, line: SupplyLine) -> list[ExpectedUnits]:
    """What is still to come of a purchase-order line, in the parts that the supplier stated."""
    part = expected_receipts.c
    mine = part.purchase_order == line.purchase_order, part.line == line.line, part.quantity > 0
    query = select(part.quantity, part.stated, part.likely, part.by).where(*mine).order_by(part.split)
    return [
        ExpectedUnits(quantity=row.quantity, stated=row.stated, likely=row.likely, by=row.by)
        for row in connection.execute(query)
    ]
