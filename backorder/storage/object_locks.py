"""What is changed of one object is changed by one at a time, also while there is no row of it to be locked.

The rows of an object are locked in the order in which everybody locks them, units before the purchase order
that they come with; what stands later in that order is left to whoever changes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import Column, Connection, bindparam, select, text

from backorder.domain.keys import parts
from backorder.storage import tables as t
from backorder.storage.receivers import put_alone
from backorder.storage.stock_units import lock_all, lock_of_order

_LOCK_SPACE = 0x6F626A65
_HOLD = text(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, :number)").bindparams(bindparam("number"))
_ROWS: dict[str, Column[str]] = {
    "customer": t.customers.c.id,
    "policy": t.current_policies.c.name,
    "product": t.products.c.sku,
    "receiver": t.receivers.c.id,
    "supplier": t.suppliers.c.id,
}
"""Kinds with a row that calls replace, and the column that names it."""


def hold(connection: Connection, kind: str, id: str) -> None:
    """Wait for whoever else changes an object, until the transaction ends. kind: as the audit names it.

    Before all other locks, and one object a transaction, so that nobody waits in a circle: a second one only
    where it is not there yet, so that nobody who has it wants the first. On SQLite one writes at a time
    anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"number": crc32(f"{kind}/{id}".encode()) - 2**31})


def lock(connection: Connection, kind: str, id: str, *, skus: Iterable[str] = (), removes: bool) -> None:
    """Lock what is on record of an object, so that what is read of it stays true until it is changed.

    skus: products whose units are needed besides those of a purchase order on record. removes: nobody may
    refer to it meanwhile.
    """
    if kind == "stock":
        lock_all(connection, [id])
    elif kind == "purchase_order":
        lock_of_order(connection, id, skus)
    elif kind == "supplier_price":
        supplier, sku = parts(id)
        price = t.supplier_prices.c
        mine = select(price.sku).where(price.supplier == supplier, price.sku == sku)
        connection.execute(mine.with_for_update(key_share=True)).all()
    elif kind in _ROWS:
        if kind == "receiver":
            put_alone(connection)
        column = _ROWS[kind]
        # As its own changes lock it: who wants more of a row later than at first may wait in a circle.
        shares = not removes and kind != "receiver"
        connection.execute(select(column).where(column == id).with_for_update(key_share=shares)).all()
