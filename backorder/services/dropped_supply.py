"""What a purchase order gives up when it is said again with less, and whom that concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from backorder.domain.texts import shown
from backorder.services.supply_effects import Effect
from backorder.storage.purchase_order_lines import is_open, last_stated
from backorder.storage.stated_dates import waiting_date
from backorder.storage.tables import purchase_order_lines, purchase_orders

if TYPE_CHECKING:
    from backorder.schemas import PurchaseOrder, PurchaseOrderLine
    from backorder.storage.rows import OrderedLineRow

NAMED = 5
"""Lines that are named; the others are counted."""


def dropped(connection: Connection, order: PurchaseOrder) -> dict[str, list[str]]:
    """What is on record, outstanding, and not said in an order: in words, by SKU, in the order of the lines.

    Units of a line that is not named, or is named with fewer; where it goes; what another supplier stated of
    it. The SKUs' units are locked already.
    """
    named = {line.line: line for line in order.lines}
    kept = select(purchase_orders.c.supplier).where(purchase_orders.c.id == order.id)
    supplier = connection.execute(kept).scalar_one_or_none()
    wanted = purchase_order_lines.c.purchase_order == order.id
    query = select(purchase_order_lines).where(wanted).order_by(purchase_order_lines.c.line)
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        if not is_open(row):
            continue
        said = named.get(row.line)
        gone = [*_units(row, said), *_destination(row, said)]
        if said is not None and said.stated_date is None and supplier != order.supplier:
            gone += [
                f"{order.supplier} instead of {supplier} gives up {each}" for each in _stated(connection, row)
            ]
        if gone:
            found.setdefault(row.sku, []).extend(f"{order.id} line {row.line}: {words}" for words in gone)
    return found


def _units(row: OrderedLineRow, said: PurchaseOrderLine | None) -> Iterator[str]:
    outstanding = row.quantity - row.received
    if said is None:
        yield f"is not named here, which cancels the {outstanding} {row.sku} that are outstanding"
    elif said.quantity < row.quantity:
        fewer = row.quantity - said.quantity
        words = f"{said.quantity} instead of {row.quantity} cancels {fewer} {row.sku} of {outstanding}"
        yield f"{words} that are outstanding"


def _destination(row: OrderedLineRow, said: PurchaseOrderLine | None) -> Iterator[str]:
    """Where a line goes. One that is said to be empty is said."""
    if said is not None and row.destination and "destination" not in said.model_fields_set:
        yield f"no destination is named here, which gives up {shown(row.destination)}"


def _stated(connection: Connection, row: OrderedLineRow) -> Iterator[str]:
    """What the supplier stated of a line: what counts, and what waits for the buyer."""
    days = [each.day.isoformat() if each.day else "no date" for each in last_stated(connection, row)]
    if days:
        yield f"what that stated of it: {', '.join(days)}"
    if waiting_date(connection, row.purchase_order, row.line) is not None:
        yield "the date of that which waits for the buyer"


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
