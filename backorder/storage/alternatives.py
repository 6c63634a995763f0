"""What could be sent instead, from the shelf, right now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.ledger import worth
from backorder.domain.line.stage_actions import NEAR_PRICE, SHOWN, affordable
from backorder.domain.line.state import State
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative
from backorder.storage.isolation import Apart, Failure, sound
from backorder.storage.tables import products, stock

_OWN = select(products.c.alternatives, products.c.category).where(products.c.sku == bindparam("sku"))
_FREE = (
    select(products.c.sku, products.c.name, products.c.price, products.c.currency)
    .join(stock, stock.c.sku == products.c.sku)
    .where(stock.c.on_hand - stock.c.allocated >= bindparam("units"))
)
_LISTED = _FREE.where(products.c.sku.in_(bindparam("listed", expanding=True)))
_ALIKE = _FREE.where(products.c.category == bindparam("category"), products.c.sku != bindparam("sku"))


class InStock(Sequence[Alternative]):
    """What `in_stock` finds, looked up when somebody asks: most reviews never do."""

    def __init__(self, connection: Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    @cached_property
    def _found(self) -> tuple[Alternative, ...]:
        return in_stock(self._connection, self._state)

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Alternative: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Alternative]: ...

    def __getitem__(self, index: int | slice) -> Alternative | Sequence[Alternative]:
        return self._found[index]


def in_stock(connection: Connection, state: State) -> tuple[Alternative, ...]:
    """Products that cover all open units and cost no more than what was paid for them.

    The product's own list comes first, in its order, then the same category at a near price. Those that
    were offered before are named beyond the first few too, as long as they fit.
    """
    own = connection.execute(_OWN, {"sku": state.sku}).one_or_none()
    if own is None:
        return ()
    listed = [sku for sku in named(own.alternatives, f"product/{state.sku}") if sku != state.sku]
    units = {"units": state.quantity.open}
    found = {row.sku: row for row in _priced(connection.execute(_LISTED, units | {"listed": listed}))}
    rows = [found[sku] for sku in listed if sku in found]
    alike = (
        _priced(connection.execute(_ALIKE, units | {"category": own.category, "sku": state.sku}))
        if own.category
        else ()
    )
    paid = worth(state, state.quantity.open) / state.quantity.open if state.quantity.open else Decimal(0)
    near = [row for row in alike if row.sku not in found and row.price >= paid * NEAR_PRICE]
    rows += sorted(near, key=lambda row: (abs(row.price - paid), row.sku))
    every = (Alternative(sku=row.sku, name=row.name, price=Money(row.price, row.currency)) for row in rows)
    fitting = [each for each in every if affordable(state, each)]
    shown = {each.sku for offer in state.offers for each in offer.alternatives}
    return (*fitting[:SHOWN], *(each for each in fitting[SHOWN:] if each.sku in shown))


def _priced(rows: Iterable[Any]) -> list[Any]:
    found, _ = sound(rows, lambda row: row, lambda row: (f"product/{row.sku}", ""))
    return found


def named(text: str, subject: str) -> list[str]:
    """The IDs that a product or a supplier lists; none where the list cannot be read."""
    failures: list[Failure] = []
    found: list[str] = []
    with Apart(failures, subject):
        found += [str(each) for each in json.loads(text)]
    return found
