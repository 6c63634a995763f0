"""What a purchase order gives up when it is said again with less, and whom that concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from backorder.services.supply_effects import Effect
from backorder.storage.purchase_order_lines import is_open
from backorder.storage.tables import purchase_order_lines

if TYPE_CHECKING:
    from backorder.schemas import PurchaseOrder

NAMED = 5
"""Lines that are named; the others are counted."""


def dropped(connection: Connection, order: PurchaseOrder) -> dict[str, list[str]]:
    """What is on record, outstanding, and not said in an order: in words, by SKU, in the order of the lines.

    Units of a line that is not named, or is named with fewer. The SKUs' units are locked already.
    """
    named = {line.line: line.quantity for line in order.lines}
    wanted = purchase_order_lines.c.purchase_order == order.id
    query = select(purchase_order_lines).where(wanted).order_by(purchase_order_lines.c.line)
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        if not is_open(row):
            continue
        outstanding, quantity = row.quantity - row.received, named.get(row.line)
        if quantity is None:
            words = f"is not named here, which cancels the {outstanding} {row.sku} that are outstanding"
        elif quantity < row.quantity:
            fewer = row.quantity - quantity
            words = f"{quantity} instead of {row.quantity} cancels {fewer} {row.sku} of {outstanding} "
            words += "that are outstanding"
        else:
            continue
        found.setdefault(row.sku, []).append(f"{order.id} line {row.line}: {words}")
    return found


def who_loses(sku: str, effects: Sequence[Effect]) -> Iterator[str]:
    """Which customers' lines of a SKU lose what they count on, in words."""
    gone = [each.backorder for each in effects if each.before and not each.after]
    later = [each.backorder for each in effects if each.days is not None and each.days > 0]
    if gone:
        loses = "loses its" if len(gone) == 1 else "lose their"
        yield f"{sku}: {_lines(gone)} {loses} supply: {_named(gone)}"
    if later:
        yield f"{sku}: {_lines(later)} {'gets' if len(later) == 1 else 'get'} a later date: {_named(later)}"
    if not gone and not later:
        yield f"{sku}: no customer's line loses its supply"


def _lines(lines: Sequence[str]) -> str:
    return "1 customer's line" if len(lines) == 1 else f"{len(lines)} customers' lines"


def _named(lines: Sequence[str]) -> str:
    more = f" and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return ", ".join(lines[:NAMED]) + more
