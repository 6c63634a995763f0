"""What could be sent instead, from stock, right now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.alternatives import ranked
from backorder.domain.line.state import State
from backorder.domain.money import Money, rounded
from backorder.domain.notifications import Alternative
from backorder.domain.policy.policy import Policy
from backorder.storage.compiled import fetch, first
from backorder.storage.isolation import Apart, Failure, sound
from backorder.storage.tables import products, stock
from backorder.storage.types import among

_OWN = select(products.c.alternatives, products.c.category).where(products.c.sku == bindparam("sku"))
_FREE = (
    select(products.c.sku, products.c.name, products.c.price, products.c.currency)
    .join(stock, stock.c.sku == products.c.sku)
    .where(stock.c.on_hand - stock.c.allocated >= bindparam("units"))
)
_LISTED = _FREE.where(among(products.c.sku, "listed"))
_ALIKE = _FREE.where(products.c.category == bindparam("category"), products.c.sku != bindparam("sku"))


class OwnRow(Protocol):
    """What a product says of others that could be sent instead of it."""

    alternatives: str
    category: str


def in_stock(connection: Connection, policy: Policy, state: State) -> tuple[Alternative, ...]:
    """Products that could be sent instead of a line's, the best first: see `ranked`."""
    own: OwnRow | None = first(connection, _OWN, {"sku": state.sku})
    return () if own is None else instead_of(connection, policy, state, own)


def instead_of(connection: Connection, policy: Policy, state: State, own: OwnRow) -> tuple[Alternative, ...]:
    """The same. own: of the line's product."""
    listed = [sku for sku in named(own.alternatives, f"product/{state.sku}") if sku != state.sku]
    units = {"units": state.quantity.open}
    found = _priced(fetch(connection, _LISTED, units | {"listed": listed})) if listed else []
    priced = {each.sku: each for each in found}
    alike = (
        _priced(fetch(connection, _ALIKE, units | {"category": own.category, "sku": state.sku}))
        if own.category
        else []
    )
    return ranked(policy, state, [priced[sku] for sku in listed if sku in priced], alike)


def _priced(rows: Iterable[_ProductRow]) -> list[Alternative]:
    found, _ = sound(rows, _alternative, lambda row: (f"product/{row.sku}", ""))
    return found


class _ProductRow(Protocol):
    sku: str
    name: str
    currency: str
    price: Decimal


def _alternative(row: _ProductRow) -> Alternative:
    return Alternative(
        sku=row.sku, name=row.name, price=Money(rounded(row.price, row.currency), row.currency)
    )


def named(text: str, subject: str) -> list[str]:
    """The IDs that a product or a supplier lists; none where the list cannot be read."""
    failures: list[Failure] = []
    found: list[str] = []
    with Apart(failures, subject):
        found += [str(each) for each in json.loads(text)]
    return found
