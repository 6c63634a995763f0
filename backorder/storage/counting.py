"""The shelf as somebody counted it: what the system believes follows, and the queue with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select

from backorder.errors import ConflictError, RefusedError
from backorder.intake import StockCount
from backorder.storage import units
from backorder.storage.tables import receipts, stock_counts, stock_movements


def difference(connection: Connection, count: StockCount, believed: int, at: datetime) -> int:
    """Write a count down. Returns by how many units `believed`, what is on hand now, is wrong.

    What moved after `as_of` comes on top of what was counted. The same count again: 0. Raises RefusedError
    for a count that cannot be, ConflictError for another level at the same instant.
    """
    newest = connection.execute(
        select(stock_counts)
        .where(stock_counts.c.sku == count.sku)
        .order_by(stock_counts.c.as_of.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and newest.as_of == count.as_of:
        if newest.on_hand != count.on_hand:
            raise ConflictError(f"{count.sku} was counted at {_utc(count.as_of)} before, with another result")
        return 0
    moved = _moved_since(connection, count.sku, count.as_of)
    faults = []
    if count.as_of > at:
        faults.append(f"as_of: {_utc(count.as_of)} is still to come")
    if newest is not None and newest.as_of > count.as_of:
        faults.append(f"as_of: a newer count, of {_utc(newest.as_of)}, counts already")
    if count.on_hand + moved < 0:
        faults.append(f"on_hand: {-moved} units left since then, so that at least as many were there")
    if faults:
        raise RefusedError(faults)
    row = {"sku": count.sku, "as_of": count.as_of, "on_hand": count.on_hand, "at": at}
    connection.execute(insert(stock_counts), row)
    return count.on_hand + moved - believed


def includes(connection: Connection, sku: str, received_at: datetime) -> bool:
    """Whether goods that arrived then are in a count that was booked before them."""
    later = (stock_counts.c.sku == sku) & (stock_counts.c.as_of >= received_at)
    return connection.execute(select(stock_counts.c.sku).where(later).limit(1)).first() is not None


def take_out(connection: Connection, sku: str, quantity: int, receipt: str, at: datetime) -> None:
    """Goods of a receipt that were counted before they were booked are not there twice."""
    reason = "these goods were in a count already"
    units.move(connection, sku, -quantity, kind="count", reference=f"receipt {receipt}", at=at, reason=reason)


def _moved_since(connection: Connection, sku: str, as_of: datetime) -> int:
    """Units that came and went after an instant. Goods count from their arrival, not from its booking."""
    arrived = and_(stock_movements.c.kind == "receipt", receipts.c.id == stock_movements.c.reference)
    happened = func.coalesce(receipts.c.received_at, stock_movements.c.at)
    query = (
        select(func.coalesce(func.sum(stock_movements.c.quantity), 0))
        .select_from(stock_movements.outerjoin(receipts, arrived))
        .where(stock_movements.c.sku == sku, happened > as_of)
    )
    return int(connection.execute(query).scalar_one())


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"
