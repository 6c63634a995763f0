"""Past purchase orders from before this database, put on record."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from datetime import date
from hashlib import blake2b

from sqlalchemy import Connection, Engine, insert, select, text, tuple_, update

from backorder.forecasting.history import PastOrder
from backorder.queries.past_orders import past_order
from backorder.storage.asked_of_lines import note_stated
from backorder.storage.engine import writing
from backorder.storage.isolation import sound
from backorder.storage.tables import history

NEW, ARRIVED, THERE = "new", "arrived", "already there"
"""What became of an order: it is new on record; it was open there and has arrived; it was there."""
_KEY = (history.c.ordered, history.c.supplier, history.c.destination)
_ROWS_A_QUERY = 500
_ONE_AT_A_TIME = text(f"SELECT pg_advisory_xact_lock({0x68697374})")


class HistoryImport:
    """One file or body of past orders, which may come in parts.

    Orders that are equal are as many on record as one import has of them, whoever imports them besides.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._id = secrets.token_hex(8)
        self._seen: Counter[bytes] = Counter()

    def keep(self, orders: Sequence[PastOrder]) -> Sequence[str]:
        """Put orders on record, in one transaction. Returns what became of each, see `NEW`.

        An order that is open on record and has arrived since is brought up to date.
        """
        if not orders:
            return ()
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_ONE_AT_A_TIME)
            found = _Kept(connection, orders, self._seen)
            verdicts = [found.verdict_on(order) for order in orders]
            found.write()
            if counts := Counter(each for each in verdicts if each != THERE):
                note_stated(connection, "forecast", "history", self._id, "import", counts)
        self._seen.update(found.more)
        return verdicts


class _Kept:
    """What is on record by now of the orders of one transaction.

    seen: how many of each this import had before it, by their digests; more: how many in it.
    """

    def __init__(self, connection: Connection, orders: Sequence[PastOrder], seen: Counter[bytes]) -> None:
        self._connection = connection
        self._seen = seen
        self.more: Counter[bytes] = Counter()
        self._new: list[dict[str, object]] = []
        self._numbers: dict[PastOrder, list[int | None]] = {}
        keys = sorted({(order.ordered, order.supplier, order.destination) for order in orders})
        for first in range(0, len(keys), _ROWS_A_QUERY):
            self._read(keys[first : first + _ROWS_A_QUERY])

    def _read(self, keys: Sequence[tuple[date, str, str]]) -> None:
        mine = select(history).where(tuple_(*_KEY).in_(keys)).order_by(history.c.number)
        rows, _ = sound(
            self._connection.execute(mine),
            lambda row: (past_order(row), row.number),
            lambda row: (f"history/{row.number}", ""),
        )
        for order, number in rows:
            self._numbers.setdefault(order, []).append(number)

    def _had(self, order: PastOrder) -> int:
        """How many equal ones this import has had so far."""
        digest = _digest(order)
        return self._seen[digest] + self.more[digest]

    def verdict_on(self, order: PastOrder) -> str:
        self.more[_digest(order)] += 1
        mine = self._numbers.setdefault(order, [])
        if self._had(order) <= len(mine):
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
        if order.arrived is None or len(numbers) <= self._had(before):
            return None
        return numbers.pop()

    def write(self) -> None:
        if self._new:
            self._connection.execute(insert(history), self._new)


def _digest(order: PastOrder) -> bytes:
    """What stands for an order in memory, where a body may have millions."""
    return blake2b(repr(astuple(order)).encode(), digest_size=16).digest()
