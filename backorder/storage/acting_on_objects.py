"""What is written beside a command that changes several objects, in each of its transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert

from backorder.storage import asked_of_lines
from backorder.storage import tables as t
from backorder.storage.acting import Snapshot, entry, snapshot


@dataclass(kw_only=True)
class ActOnObjects:
    """A change of several objects, each with its kind; see `backorder.storage.acting.Act`.

    In one transaction or in several: each leaves the entries of what it changed. at: machine time.
    """

    actor: str
    call: str
    objects: Sequence[tuple[str, str]]
    request_id: str
    at: datetime
    _before: Sequence[Snapshot | None] = field(default=(), init=False)

    def before(self, connection: Connection) -> None:
        """Look at the objects as they are."""
        self._before = [snapshot(connection, *each) for each in self.objects]
        asked_of_lines.begin(connection)

    def after(self, connection: Connection) -> None:
        """Write down what changed of each."""
        common = {"at": self.at, "actor": self.actor, "call": self.call, "request_id": self.request_id}
        asked = asked_of_lines.since(connection)
        rows = []
        for each, before in zip(self.objects, self._before, strict=True):
            found = entry(*each, before, snapshot(connection, *each), asked.get(each, ()))
            if found is not None:
                rows.append(found | common)
        if rows:
            connection.execute(insert(t.audit), rows)

    @property
    def done(self) -> bool:
        """Never: it goes with each transaction of its command."""
        return False

    def committed(self) -> None:
        """There may be another."""
