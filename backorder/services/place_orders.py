"""Planned orders, put on record: what was written is on order, and so no longer short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from backorder.errors import BackorderError
from backorder.ports import Notify

if TYPE_CHECKING:
    from backorder.schemas import PurchaseOrder
    from backorder.services.plan_orders import PlannedOrder
    from backorder.services.record_supply import SupplyRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """A purchase order that was put on record. fault: why it was not, "" where it was."""

    id: str
    supplier: str
    lines: int
    units: int
    fault: str = ""
    after: Notify = field(default_factory=Notify)


def place_orders(
    supply: SupplyRecorder, planned: Sequence[PlannedOrder], at: datetime
) -> Sequence[PlacedOrder]:
    """Put each purchase order on record, in a transaction of its own; one that is refused stops no other.

    One that somebody has put on record since it was planned is refused: nothing is ordered twice.
    """
    placed = []
    for id in dict.fromkeys(each.purchase_order for each in planned):
        lines = [each for each in planned if each.purchase_order == id]
        fault, after = "", Notify()
        try:
            after = supply.place_new(_order(id, lines, at), at)
        except BackorderError as error:
            fault = str(error)
        units = sum(each.quantity for each in lines)
        placed.append(
            PlacedOrder(
                id=id, supplier=lines[0].supplier, lines=len(lines), units=units, fault=fault, after=after
            )
        )
    return placed


def _order(id: str, lines: Sequence[PlannedOrder], at: datetime) -> PurchaseOrder:
    from backorder.schemas import PurchaseOrder, PurchaseOrderLine

    return PurchaseOrder(
        id=id,
        supplier=lines[0].supplier,
        ordered_at=at,
        lines=tuple(
            PurchaseOrderLine(line=each.line, sku=each.sku, quantity=each.quantity)
            for each in sorted(lines, key=lambda each: int(each.line))
        ),
    )
