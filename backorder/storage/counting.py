"""The shelf as somebody counted it: what the system believes follows, and the queue with it.

What is on hand is what the newest count found and whatever moved after it, each in its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select

from backorder.errors import RefusedError
from backorder.storage import isolation
from backorder.storage.identity import must_agree
from backorder.storage.tables import stock_counts, stock_movements

if TYPE_CHECKING:
    from backorder.intake import StockCount

LATELY = timedelta(days=7)
"""How far back a person is reminded of units that came free by themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a count found. wrong_by: units that are there beyond what was believed. new: it was not known."""

    wrong_by: int = 0
    new: bool = True
    remark: str = ""


def difference(connection: Connection, count: StockCount, believed: int, at: datetime) -> Found:
    """Write a count down. Returns by how many units `believed`, what is on hand now, is wrong.

    What moved after `as_of` comes on top of what was counted. Raises RefusedError for a count that cannot be,
    ConflictError for another level at the same instant.
    """
    same = (stock_counts.c.sku == count.sku) & (stock_counts.c.as_of == count.as_of)
    known = connection.execute(select(stock_counts.c.on_hand).where(same)).scalar_one_or_none()
    if known is not None:
        what = f"{count.sku} was counted at {utc(count.as_of)} before"
        must_agree(what, {"on_hand": known}, {"on_hand": count.on_hand})
        return Found(new=False)
    counted_at = min(count.as_of, at)
    newer = includes(connection, count.sku, counted_at)
    moved = 0 if newer else _moved_since(connection, count.sku, counted_at)
    if count.on_hand + moved < 0:
        raise RefusedError([f"on_hand: {-moved} units left since then, so that at least as many were there"])
    row = {"sku": count.sku, "as_of": count.as_of, "on_hand": count.on_hand, "at": at}
    connection.execute(insert(stock_counts), row)
    if newer:
        return Found(remark=f"a newer count, of {utc(newer)}, counts already: on hand stays {believed}")
    return Found(wrong_by=count.on_hand + moved - believed)


def includes(connection: Connection, sku: str, happened_at: datetime) -> datetime | None:
    """The instant of the newest count, if it is not before `happened_at`: what happened then is in it."""
    mine = (stock_counts.c.sku == sku) & (stock_counts.c.as_of >= happened_at)
    rows = connection.execute(select(stock_counts.c.as_of, stock_counts.c.at).where(mine)).all()
    whole = [row for row in rows if isolation.known(row.as_of) and isolation.known(row.at)]
    newest = max((min(row.as_of, row.at) for row in whole), default=None)
    return newest if newest is not None and newest >= happened_at else None


def _moved_since(connection: Connection, sku: str, as_of: datetime) -> int:
    """Units that came and went after an instant; what counts corrected is not among them."""
    happened = func.coalesce(stock_movements.c.happened_at, stock_movements.c.at)
    query = select(func.coalesce(func.sum(stock_movements.c.quantity), 0)).where(
        stock_movements.c.sku == sku, stock_movements.c.kind != "count", happened > as_of
    )
    return int(connection.execute(query).scalar_one())


def utc(at: datetime) -> str:
    """An instant as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
