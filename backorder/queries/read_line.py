"""A line that is only looked at: with what lies around it in one read, and what else there is to read."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, exists, text

from backorder.domain.line.alternatives import may_be_asked
from backorder.domain.line.state import State
from backorder.domain.notifications import Alternative
from backorder.queries.case_parts import ContactRow
from backorder.queries.read_out import ReadOutRow
from backorder.storage import alternatives, isolation
from backorder.storage.address_keys import ADDRESS_KEY
from backorder.storage.line_case import CASE, LineCase
from backorder.storage.plain_rows import named_rows_of
from backorder.storage.policies import PolicyRepository
from backorder.storage.statements import AnyRow
from backorder.storage.tables import (
    backorders,
    customers,
    deliveries,
    demands,
    notes,
    products,
    requests,
    stock,
)

_another = backorders.alias()
# What few lines have is only read where the row says that it is there.
_THERE = {
    "asked": exists().where(requests.c.backorder == backorders.c.id, requests.c.verdict.is_(None)),
    "remarked": exists().where(notes.c.backorder == backorders.c.id),
    "among_others": exists().where(
        _another.c.customer == backorders.c.customer, _another.c.id != backorders.c.id
    ),
    "refused": exists().where(
        deliveries.c.backorder == backorders.c.id,
        # Word for word the partial index's condition.
        text("deliveries.state IN ('pending', 'dead') AND deliveries.attempts > 0"),
    ),
}
_KNOWN = {column.name for column in CASE.selected_columns}
_READ = (
    CASE.add_columns(
        *(column for column in customers.c if column.name not in _KNOWN and column.name != "updated_at"),
        *(column for column in demands.c if column.name not in _KNOWN),
        products.c.name.label("product"),
        products.c.alternatives,
        products.c.category,
        stock.c.on_hand,
        stock.c.allocated.label("taken"),
        isolation.noted(backorders).label("noted"),
        ADDRESS_KEY.label("address_key"),
        *(there.label(name) for name, there in _THERE.items()),
    )
    .join(demands, demands.c.backorder == backorders.c.id)
    .join(products, products.c.sku == backorders.c.sku)
    .join(stock, stock.c.sku == demands.c.sku)
)


class CaseRow(ReadOutRow, ContactRow, Protocol):
    """What is read of a case. See `ReadLine`."""

    position: int | None
    arrivals: str
    address_key: str
    erased_at: datetime | None
    closed_at: datetime | None
    remarked: bool
    among_others: bool
    refused: bool
    noted: str | None


class ReadLine(LineCase):
    """A line inside a transaction that only reads.

    row: the line with its customer (who has no ID there: it is the line's `customer`), what it demands and
    its product's name. remarked, among_others, refused, noted: whether it has notes, its customer other
    lines, a receiver refuses its events, it shows engine errors. address_key: by which addresses of erased
    customers are hashed.
    """

    def __init__(
        self, connection: Connection, policies: PolicyRepository, backorder: str, *, gone: frozenset[str]
    ) -> None:
        """gone: keys of its messages that went, or are about to."""
        self._keys = gone
        super().__init__(connection, policies, backorder)

    @property
    def row(self) -> CaseRow:
        """What was read of it."""
        return self._row

    def undecided(self) -> list[str]:
        """See `LineCase`."""
        return super().undecided() if self._row.asked else []

    def _fetch(self, lock: bool) -> AnyRow | None:
        return next(iter(named_rows_of(self._connection, _READ, {"id": self._id})), None)

    def _of_customer(self, name: str) -> object:
        return getattr(self._row, name)

    def _read_demand(self) -> AnyRow:
        return self._row

    def _gone(self) -> frozenset[str]:
        return self._keys

    def _alternatives(self, state: State) -> tuple[Alternative, ...]:
        # What waits for an outcome may move it to another policy.
        if self._row.asked or may_be_asked(self._policy, state):
            return alternatives.instead_of(self._connection, self._policy, state, self._row)
        return ()
