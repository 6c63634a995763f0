"""The last position of each stream, which outlives what retention deletes: none is given twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import Connection, Select, Table, func, select

from backorder.storage.engine import insert_into
from backorder.storage.tables import audit, events, last_positions

Stream = Literal["events", "audit"]
STREAMS: Mapping[Stream, Table] = {"events": events, "audit": audit}


def last_of(stream: Stream) -> Select[tuple[int, int]]:
    """A query for the last position of what is on record, and of what was deleted; 0 for none."""
    kept = select(last_positions.c.position).where(last_positions.c.stream == stream).scalar_subquery()
    newest = func.max(STREAMS[stream].c.position)
    return select(func.coalesce(newest, 0).label("newest"), func.coalesce(kept, 0).label("kept"))


def keep(connection: Connection) -> None:
    """Before anything of a stream is deleted: remember how far its readers may have come."""
    for stream in STREAMS:
        last = max(*connection.execute(last_of(stream)).one())
        if last:
            statement = insert_into(connection, last_positions)
            further = last_positions.c.position < statement.excluded.position
            newer = statement.on_conflict_do_update(
                index_elements=["stream"],
                set_={"position": statement.excluded.position},
                where=further,
            )
            connection.execute(newer, {"stream": stream, "position": last})
