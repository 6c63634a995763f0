"""Stock as somebody counted it.

What is on hand is what the newest count found and whatever moved after it, each in its own time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from backorder.storage.same_content import must_agree
from backorder.storage.tables import stock_counts

if TYPE_CHECKING:
    from backorder.schemas import StockCount


def counted_before(connection: Connection, count: StockCount) -> bool:
    """Whether this count is known. Raises ConflictError for another level at the same instant."""
    same = (stock_counts.c.sku == count.sku) & (stock_counts.c.as_of == count.as_of)
    known = connection.execute(select(stock_counts.c.on_hand).where(same)).scalar_one_or_none()
    if known is None:
        return False
    what = f"{count.sku} was counted at {utc(count.as_of)} before"
    must_agree(what, {"on_hand": known}, {"on_hand": count.on_hand})
    return True


def is_counted(connection: Connection, count: StockCount) -> bool:
    """Whether a count of this instant is on record, with whatever level."""
    same = (stock_counts.c.sku == count.sku) & (stock_counts.c.as_of == count.as_of)
    return connection.execute(select(stock_counts.c.on_hand).where(same)).first() is not None


def keep(connection: Connection, count: StockCount, at: datetime) -> None:
    """Write a count down."""
    row = {"sku": count.sku, "as_of": count.as_of, "on_hand": count.on_hand, "at": at}
    connection.execute(insert(stock_counts), row)


def utc(at: datetime) -> str:
    """An instant as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
