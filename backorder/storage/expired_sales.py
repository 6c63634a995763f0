"""Deleting imported sales that nobody has said again for long."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update

from backorder.storage.tables import sales

_KEY = tuple_(sales.c.sku, sales.c.day, sales.c.order_id)


def is_due(connection: Connection, before: datetime) -> bool:
    """Whether there are sales that were last put on record before an instant, or that are not dated."""
    due = sales.c.imported_at.is_(None) | (sales.c.imported_at < before)
    return connection.execute(select(sales.c.sku).where(due).limit(1)).first() is not None


def date_sales(connection: Connection, at: datetime, limit: int) -> None:
    """Date some of the sales that a version wrote which did not: they count from now on."""
    undated = sales.c.imported_at.is_(None)
    connection.execute(update(sales).where(undated, _some(undated, limit)).values(imported_at=at))


def delete_sales(connection: Connection, before: datetime, limit: int) -> None:
    """Delete some of the sales that were last put on record before an instant."""
    # Said twice: one that is said again at this moment stays.
    old = sales.c.imported_at < before
    connection.execute(delete(sales).where(old, _some(old, limit)))


def _some(wanted: ColumnElement[bool], limit: int) -> ColumnElement[bool]:
    return _KEY.in_(select(sales.c.sku, sales.c.day, sales.c.order_id).where(wanted).limit(limit))
