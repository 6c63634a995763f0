"""What is on record of something that is kept whole, by its fields' names: what was not said again stays.

Each takes the fields that were said, among them those that name it; nothing of what is not on record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Column, Connection, select

from backorder.domain.money import rounded
from backorder.storage import receivers
from backorder.storage.tables import products, supplier_prices, suppliers

_PRODUCT = (
    *("name", "category", "currency", "price", "supplier", "lead_days", "alternatives"),
    *("backorder_limit", "sell_without_date", "pack_size", "minimum_order"),
)
_SUPPLIER = ("name", "email", "locale", "lead_days", "backups")
_PRICE = ("currency", "price", "pack_size", "minimum_order")
_LISTS = ("alternatives", "backups")


def of_product(connection: Connection, said: Mapping[str, object]) -> dict[str, object]:
    """A product's fields."""
    return _row(connection, _PRODUCT, {products.c.sku: said.get("sku")})


def of_supplier(connection: Connection, said: Mapping[str, object]) -> dict[str, object]:
    """A supplier's fields."""
    return _row(connection, _SUPPLIER, {suppliers.c.id: said.get("id")})


def of_supplier_price(connection: Connection, said: Mapping[str, object]) -> dict[str, object]:
    """The fields of what a supplier asks for a product."""
    price = supplier_prices.c
    return _row(connection, _PRICE, {price.supplier: said.get("supplier"), price.sku: said.get("sku")})


def of_receiver(connection: Connection, said: Mapping[str, object]) -> dict[str, object]:
    """What a receiver gets, and whether it acknowledges."""
    found = receivers.find(connection, str(said.get("id", "")).strip())
    return {} if found is None else {"types": list(found.types), "acknowledges": found.acknowledges}


def _row(
    connection: Connection, names: tuple[str, ...], key: Mapping[Column[str], object]
) -> dict[str, object]:
    mine = [column == str(value or "").strip() for column, value in key.items()]
    table = next(iter(key)).table
    row = connection.execute(select(*(table.c[name] for name in names)).where(*mine)).one_or_none()
    if row is None:
        return {}
    found = dict(row._mapping)
    if found.get("price") is not None:
        found["price"] = rounded(found["price"], found["currency"])
    return found | {name: json.loads(found[name]) for name in _LISTS if name in found}
