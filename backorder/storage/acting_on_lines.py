"""What is written beside a change of many lines, in its own transaction: who asked, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select

from backorder.storage import asked_of_lines
from backorder.storage import tables as t
from backorder.storage.acting import LINE_COLUMNS, Snapshot, entry
from backorder.storage.counting_once import Once


@dataclass(kw_only=True)
class ActOnLines:
    """A call that changes many lines; see `backorder.storage.acting.Act`.

    In one transaction, or in several where what fails in one is tried by parts: each leaves the entries of
    what it changed.
    """

    actor: str
    call: str
    backorders: Sequence[str]
    request_id: str
    at: datetime
    once: Once | None = None
    _claimed: bool = field(default=False, init=False)
    _before: Mapping[str, Snapshot] = field(default_factory=dict, init=False)

    def before(self, connection: Connection) -> None:
        """Look at the lines as they are. Raises DoneBeforeError, RepeatedKeyError."""
        if self.once is not None and not self._claimed:
            self.once.claim(connection, self.at)
        self._before = _lines(connection, self.backorders)
        asked_of_lines.begin(connection)

    def after(self, connection: Connection) -> None:
        """Write down what changed of each."""
        asked = asked_of_lines.since(connection)
        rows = []
        for id, after in sorted(_lines(connection, self.backorders).items()):
            found = entry("backorder", id, self._before.get(id), after, asked.get(("backorder", id), ()))
            if found is not None:
                rows.append(found)
        common = {"at": self.at, "actor": self.actor, "call": self.call, "request_id": self.request_id}
        if rows:
            connection.execute(insert(t.audit), [row | common for row in rows])

    @property
    def done(self) -> bool:
        """Never: it goes with each transaction of its call."""
        return False

    def committed(self) -> None:
        """The key under which it counts once is taken."""
        self._claimed = True


def _lines(connection: Connection, ids: Sequence[str]) -> dict[str, Snapshot]:
    query = (
        select(t.backorders.c.id, *LINE_COLUMNS)
        .join(t.demands, t.demands.c.backorder == t.backorders.c.id)
        .where(t.backorders.c.id.in_(ids))
    )
    rows = {row.id: dict(row._mapping) for row in connection.execute(query)}
    found: dict[str, Snapshot] = {}
    counted = {table.name: _counted(connection, table.c.backorder, ids) for table in (t.requests, t.notes)}
    for id, row in rows.items():
        del row["id"]
        found[id] = row | {name: counts.get(id, 0) for name, counts in counted.items()}
    return found


def _counted(connection: Connection, column: ColumnElement[str], ids: Sequence[str]) -> dict[str, int]:
    query = select(column, func.count()).where(column.in_(ids)).group_by(column)
    return {row[0]: row[1] for row in connection.execute(query)}
