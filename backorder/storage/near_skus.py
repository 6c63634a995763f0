"""What is meant by an SKU that no product has: the same in other letters, capital or small."""

from __future__ import annotations

from sqlalchemy import Connection, select

from backorder.domain.texts import shown
from backorder.storage.tables import stock


def no_product(connection: Connection, sku: str) -> str:
    """That no product has this SKU, in words; names one that differs by its letters alone."""
    spelt = dict.fromkeys((sku.upper(), sku.lower(), sku.capitalize(), sku.title()))
    found = select(stock.c.sku).where(stock.c.sku.in_([*spelt])).order_by(stock.c.sku).limit(1)
    near = connection.execute(found).scalar()
    return f"{shown(sku)} is no known product" + (f"; {shown(near)} is one" if near is not None else "")
