"""In which order transactions lock rows: another connection looks, after each statement, which are not free.

The order is decision 21.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text

ORDER = {
    "customers": "id",
    "backorders": "id",
    "stock": "sku",
    "messages": "id",
    "demands": "backorder",
    "channels": "name",
    "message_rates": "channel || '/' || shard",
    "dispatchers": "shard::text",
}
"""The tables in the order of all locks, each with what orders its rows."""
_RANKS = {table: rank for rank, table in enumerate(ORDER)}
_FREE = ", ".join(
    f"{table}_free AS MATERIALIZED (SELECT {key} AS key FROM {table} FOR NO KEY UPDATE SKIP LOCKED)"
    for table, key in ORDER.items()
)
_HELD = " UNION ALL ".join(
    f"SELECT '{table}', {key} FROM {table} WHERE {key} NOT IN (SELECT key FROM {table}_free)"
    for table, key in ORDER.items()
)
_LOOK = text(f"WITH {_FREE} {_HELD}")

Lock = tuple[int, str]
"""The rank of a table, and which row."""


@dataclass
class _Transaction:
    """What it holds, and the statement whose locks are not known yet."""

    held: set[Lock] = field(default_factory=set)
    last: str = ""


class _Watch:
    """Looks on while one transaction at a time is open. Rows that it has inserted are seen by nobody yet."""

    def __init__(self, beside: Connection) -> None:
        self.breaches: list[str] = []
        self._beside = beside
        self._open: dict[Connection, _Transaction] = {}

    def before(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        transaction = self._open.setdefault(connection, _Transaction())
        self._settle(transaction)
        transaction.last = statement

    def over(self, connection: Connection) -> None:
        if transaction := self._open.pop(connection, None):
            self._settle(transaction)

    def _settle(self, transaction: _Transaction) -> None:
        locks = "FOR " in transaction.last or not transaction.last.startswith("SELECT")
        if not transaction.last or not locks:
            return
        rows = self._beside.execute(_LOOK).all()
        self._beside.rollback()
        new = sorted({(_RANKS[table], key) for table, key in rows} - transaction.held)
        # Who waits for nobody crosses nobody.
        if new and "SKIP LOCKED" not in transaction.last:
            self._check(transaction, new)
        transaction.held |= set(new)

    def _check(self, transaction: _Transaction, new: list[Lock]) -> None:
        before = transaction.held
        if any(rank == _RANKS["stock"] for rank, _ in before | set(new)):
            # Demands are written in any order by who holds the units of their SKU.
            before = {each for each in before if each[0] != _RANKS["demands"]}
            ordered = [each for each in new if each[0] != _RANKS["demands"]]
        else:
            ordered = new
        tables = [rank for rank, _ in ordered]
        if before and new[0] < max(before):
            self._note(transaction, f"{_name(new[0])} is locked after {_name(max(before))}")
        if len(set(tables)) < len(tables) and "ORDER BY" not in transaction.last:
            self._note(transaction, f"{', '.join(map(_name, ordered))} are locked in no order")

    def _note(self, transaction: _Transaction, what: str) -> None:
        self.breaches.append(f"{what}: {' '.join(transaction.last.split())[:200]}")


def _name(lock: Lock) -> str:
    return f"{[*ORDER][lock[0]]} {lock[1]}"


@contextmanager
def watched(engine: Engine) -> Iterator[list[str]]:
    """What transactions on a PostgreSQL lock meanwhile against the order of all locks, each in words."""
    beside = create_engine(engine.url, poolclass=NullPool)
    with beside.connect() as connection:
        watch = _Watch(connection)
        heard: dict[str, Any] = {
            "before_cursor_execute": watch.before,
            "commit": watch.over,
            "rollback": watch.over,
        }
        for name, hears in heard.items():
            event.listen(engine, name, hears)
        try:
            yield watch.breaches
        finally:
            for name, hears in heard.items():
                event.remove(engine, name, hears)
