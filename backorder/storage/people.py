"""The rows of customers, locked as whoever writes to them locks them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from backorder.storage.compiled import fetch
from backorder.storage.tables import customers

# Rows that refer to a customer may still be written meanwhile.
_LOCK = (
    select(customers.c.id)
    .where(customers.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(customers.c.id)
    .with_for_update(key_share=True)
)


def lock_people(connection: Connection, ids: Iterable[str]) -> None:
    """Lock customers until the transaction ends: before their lines, and in one order."""
    if wanted := sorted(ids):
        fetch(connection, _LOCK, {"ids": wanted})
