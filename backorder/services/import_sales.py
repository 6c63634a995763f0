"""Sales from before this database or beside it, put on record."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Boolean, String, bindparam, select, tuple_, update

from backorder.storage.asked_of_lines import note_stated
from backorder.storage.engine import add_all, writing
from backorder.storage.tables import sales
from backorder.storage.types import Count, Day, Instant

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from backorder.forecasting.demand.sale import Sale

BATCH = 1000
"""Rows that are written in one transaction."""
NEW, UPDATED, THERE, OVERTAKEN = "new", "updated", "already there", "overtaken"
"""What became of a row: its SKU, day and order are new on record; what was said of them there is replaced, or
added to by the same import; it is as before; an import that began later has said what counts.
"""
_KEY = (sales.c.sku, sales.c.day, sales.c.order_id)
_KNOWN = select(
    *_KEY, sales.c.quantity, sales.c.returned, sales.c.in_stock, sales.c.import_id, sales.c.imported_at
)
_CORRECTED = (
    update(sales)
    .where(
        sales.c.sku == bindparam("of_sku", type_=String()),
        sales.c.day == bindparam("of_day", type_=Day()),
        sales.c.order_id == bindparam("of_order", type_=String()),
    )
    .values(
        quantity=bindparam("units", type_=Count()),
        returned=bindparam("back", type_=Count()),
        in_stock=bindparam("there", type_=Boolean()),
        import_id=bindparam("mine", type_=String()),
        imported_at=bindparam("at", type_=Instant()),
    )
)
_Key = tuple[str, "date", str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSales:
    """What an import led to. rows: taken in. new: of a SKU, day and order that were not on record before.

    without_order: rows that sold something and name no order. overtaken: rows that are not taken in, since an
    import that began later has said what counts.
    """

    rows: int
    products: int
    new: int
    without_order: int
    overtaken: int = 0


class SalesImport:
    """Keeps what was sold, by SKU, day and order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(
        self,
        found: Iterable[Sale],
        at: datetime,
        within: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> ImportedSales:
        """Put sales on record, batch by batch. Rows of one SKU, day and order are added up.

        at: business time, from which on they are kept for so long. within: what each batch is written within:
        an entry of the audit is of one transaction.

        What an earlier import said of the same SKU, day and order is forgotten: the same file again changes
        nothing, and neither does one that was broken off, as soon as it is whole.
        """
        rows, one = iter(found), self.begin(at)
        counts: Counter[str] = Counter()
        unnamed, skus = 0, set[str]()
        while batch := list(islice(rows, BATCH)):
            with within():
                verdicts = one.keep(batch)
            counts.update(verdicts)
            kept = [each for each, verdict in zip(batch, verdicts, strict=True) if verdict != OVERTAKEN]
            unnamed += sum(each.quantity > 0 and not each.order for each in kept)
            skus.update(each.sku for each in kept)
        return ImportedSales(
            rows=counts.total() - counts[OVERTAKEN],
            products=len(skus),
            new=one.new,
            without_order=unnamed,
            overtaken=counts[OVERTAKEN],
        )

    def begin(self, at: datetime) -> OneImport:
        """One file or body of sales, which may come in parts. at: business time, as `keep` has it."""
        return OneImport(self._engine, at)


class OneImport:
    """Sales that belong together: what they say of one SKU, day and order is added up.

    new: SKUs, days and orders that were not on record before.
    """

    def __init__(self, engine: Engine, at: datetime) -> None:
        self._engine = engine
        self._mine = secrets.token_hex(8)
        self._at = at
        self.new = 0

    def keep(self, batch: Sequence[Sale]) -> Sequence[str]:
        """Put sales on record, in one transaction. Returns what became of each row, see `NEW`."""
        units = _added_up(batch)
        with writing(self._engine) as connection:
            found = self._put(connection, units)
            if counts := Counter(each for each in found.values() if each in (NEW, UPDATED)):
                note_stated(connection, "forecast", "sales", self._mine, "import", counts)
        self.new += sum(each == NEW for each in found.values())
        return [found[each.sku, each.day, each.order] for each in batch]

    def _put(self, connection: Connection, units: Mapping[_Key, _Units]) -> Mapping[_Key, str]:
        common = {"import_id": self._mine, "imported_at": self._at}
        rows = [
            {"sku": sku, "day": day, "order_id": order, **each.columns, **common}
            for (sku, day, order), each in sorted(units.items())
        ]
        new = {tuple(key) for key in add_all(connection, sales, rows)}
        found = {key: NEW if key in new else OVERTAKEN for key in units}
        known = sorted(units.keys() - new)
        query = _KNOWN.where(tuple_(*_KEY).in_(known)).order_by(*_KEY).with_for_update()
        changed = []
        for row in connection.execute(query).all() if known else ():
            key = (row.sku, row.day, row.order_id)
            before = _Units(row.quantity, row.returned, row.in_stock)
            mine = row.import_id == self._mine
            if not mine and row.imported_at is not None and row.imported_at > self._at:
                continue
            after = before.plus(units[key]) if mine else units[key]
            found[key] = THERE if after == before else UPDATED
            changed.append(
                dict(zip(("of_sku", "of_day", "of_order"), key, strict=True))
                | dict(zip(("units", "back", "there"), after, strict=True))
                | {"mine": self._mine, "at": self._at}
            )
        if changed:
            connection.execute(_CORRECTED, changed)
        return found


class _Units(NamedTuple):
    """quantity: sold less what came back. returned: the latter. in_stock: on all rows."""

    quantity: int
    returned: int
    in_stock: bool

    def plus(self, other: _Units) -> _Units:
        return _Units(
            self.quantity + other.quantity, self.returned + other.returned, self.in_stock and other.in_stock
        )

    @property
    def columns(self) -> Mapping[str, object]:
        return self._asdict()


def _added_up(batch: Sequence[Sale]) -> Mapping[_Key, _Units]:
    units: dict[_Key, _Units] = {}
    for each in batch:
        key = (each.sku, each.day, each.order)
        before = units.get(key, _Units(0, 0, True))
        units[key] = before.plus(_Units(each.quantity, -min(each.quantity, 0), each.in_stock))
    return units
