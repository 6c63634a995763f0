"""The queue of a SKU and what there is for it, as pegging sees them; moving up where somebody leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, exists, func, select, update

from backorder.domain.supply.pegging import ON_HAND, Pegged, Supply, WaitingLine, peg
from backorder.domain.supply.shares import Share, shares
from backorder.storage import stock_units
from backorder.storage.arrivals import arrivals_of, coming, share_columns, why_dateless
from backorder.storage.compiled import change, fetch, only
from backorder.storage.isolation import note, sound
from backorder.storage.tables import demands, expected_receipts, replans

if TYPE_CHECKING:
    from backorder.storage.rows import DemandRow, StockRow

SHORT = 40
"""Lines that move up in the transaction of who leaves their queue: more would keep others waiting."""
_EXPECTED = select(expected_receipts).where(
    expected_receipts.c.sku == bindparam("sku"), expected_receipts.c.quantity > 0
)
_PLACED = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values({name: bindparam(name) for name in ("position", *share_columns(None))})
)
_SOME = select(demands.c.backorder).where(stock_units.queued(bindparam("sku"))).limit(SHORT + 1).subquery()
_SIZE = select(
    select(func.count()).select_from(_SOME).scalar_subquery().label("lines"),
    exists().where(replans.c.sku == bindparam("sku")).label("marked"),
)


def read_queue(connection: Connection, sku: str) -> tuple[list[DemandRow], list[WaitingLine]]:
    """The lines that wait, and how pegging sees them; one that cannot be read is left out."""
    read, failures = sound(
        fetch(connection, stock_units.QUEUE, {"sku": sku}),
        lambda row: (row, waiting_of(row)),
        stock_units.line_of,
    )
    note(connection, failures)
    return [row for row, _ in read], [line for _, line in read]


def waiting_of(row: DemandRow) -> WaitingLine:
    """A line of the queue, as pegging sees it."""
    return stock_units.open_line(row).waiting


def supplies(connection: Connection, stocked: StockRow) -> list[Supply]:
    """What there is for a SKU: free units on hand and everything on its way."""
    rows = fetch(connection, _EXPECTED, {"sku": stocked.sku})
    found, _ = sound(rows, coming, lambda row: (f"purchase-order/{row.purchase_order}", ""))
    if stocked.on_hand > stocked.allocated:
        found.append(Supply(id=ON_HAND, units=stocked.on_hand - stocked.allocated, on_hand=True))
    return found


def place_of(each: Pegged, share: Share | None) -> dict[str, object]:
    """Where a line stands, as the row of its demand keeps it."""
    return {"position": each.position, **share_columns(share)}


def differs(row: DemandRow, place: dict[str, object]) -> bool:
    """Whether a line stands elsewhere than its row says."""
    return any(getattr(row, name) != value for name, value in place.items())


def place(connection: Connection, moved: Sequence[tuple[str, dict[str, object]]]) -> None:
    """Write down where lines stand whose supply is what it was."""
    if moved:
        change(connection, _PLACED, [{"_id": id} | place for id, place in moved])


def move_up(connection: Connection, sku: str, day: date) -> bool:
    """Let those behind move up, where somebody has left a short queue and nobody's supply is another by that.

    The SKU's units are locked, and who left is not in the queue any more. Returns whether that was all: else
    nothing is changed, and the SKU has to be pegged anew.
    """
    size = only(connection, _SIZE, {"sku": sku})
    if size.marked or size.lines > SHORT:
        return False
    if not size.lines:
        return True
    rows, queue = read_queue(connection, sku)
    if len(rows) != size.lines:
        return False
    there = supplies(connection, stock_units.lock_known(connection, sku))
    before, moved = {row.backorder: row for row in rows}, []
    pegged = peg(queue, there, day)
    for each, share in zip(pegged, shares(pegged, there), strict=True):
        row, found = before[each.id], place_of(each, share)
        if (arrivals_of(each), why_dateless(each)) != (row.arrivals, row.why):
            return False
        if differs(row, found):
            moved.append((each.id, found))
    place(connection, moved)
    return True
