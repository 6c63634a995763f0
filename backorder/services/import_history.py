"""Past purchase orders from before this database, put on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import Connection, Engine, insert, select, text, update

from backorder.forecasting.history import PastOrder
from backorder.queries.past_orders import past_order
from backorder.storage.engine import writing
from backorder.storage.isolation import sound
from backorder.storage.tables import history

NEW, ARRIVED, THERE = "new", "arrived", "already there"
"""What became of an order: it is new on record; it was open there and has arrived; it was there."""
_ONE_AT_A_TIME = text(f"SELECT pg_advisory_xact_lock({0x68697374})")


class HistoryImport:
    """One file or body of past orders, which may come in parts.

    Orders that are equal are as many on record as one import has of them, whoever imports them besides.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: Counter[PastOrder] = Counter()

    def keep(self, orders: Sequence[PastOrder]) -> Sequence[str]:
        """Put orders on record, in one transaction. Returns what became of each, see `NEW`.

        An order that is open on record and has arrived since is brought up to date.
        """
        if not orders:
            return ()
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_ONE_AT_A_TIME)
            seen = self._seen.copy()
            found = _Kept(connection, orders, seen)
            verdicts = [found.verdict_on(order) for order in orders]
            found.write()
        self._seen = seen
        return verdicts


class _Kept:
    """What is on record by now of the orders of one transaction. seen: of this import so far, counted on."""

    def __init__(self, connection: Connection, orders: Sequence[PastOrder], seen: Counter[PastOrder]) -> None:
        self._connection = connection
        self._seen = seen
        self._new: list[dict[str, object]] = []
        self._numbers: dict[PastOrder, list[int | None]] = {}
        days = [order.ordered for order in orders]
        near = select(history).where(history.c.ordered.between(min(days), max(days)))
        rows, _ = sound(
            connection.execute(near.order_by(history.c.number)),
            lambda row: (past_order(row), row.number),
            lambda row: (f"history/{row.number}", ""),
        )
        for order, number in rows:
            self._numbers.setdefault(order, []).append(number)

    def verdict_on(self, order: PastOrder) -> str:
        self._seen[order] += 1
        mine = self._numbers.setdefault(order, [])
        if self._seen[order] <= len(mine):
            return THERE
        number = self._open(order)
        mine.append(number)
        if number is None:
            self._new.append(asdict(order))
            return NEW
        arrived = update(history).where(history.c.number == number).values(arrived=order.arrived)
        self._connection.execute(arrived)
        return ARRIVED

    def _open(self, order: PastOrder) -> int | None:
        """The number of the same order, open on record, where this import does not have that one too."""
        before = replace(order, arrived=None)
        numbers = self._numbers.get(before, [])
        if order.arrived is None or len(numbers) <= self._seen[before]:
            return None
        return numbers.pop()

    def write(self) -> None:
        if self._new:
            self._connection.execute(insert(history), self._new)
