"""The positions of the audit's entries: given to those that are committed, in order, before they are read."""

from __future__ import annotations

from sqlalchemy import Engine, bindparam, select, text, update

from backorder.storage.engine import reading, writing
from backorder.storage.last_positions import last_of
from backorder.storage.tables import audit

ENTRIES_A_BATCH = 1000
# Word for word the partial index's condition.
_UNPLACED = (
    select(audit.c.number)
    .where(text("audit.position IS NULL"))
    .order_by(audit.c.number)
    .limit(ENTRIES_A_BATCH)
)
_LAST = last_of("audit")
_PLACE = update(audit).where(audit.c.number == bindparam("_number")).values(position=bindparam("place"))
# SQLite has one writer anyway.
_ONE_AT_A_TIME = text(f"SELECT pg_advisory_xact_lock({0x61756469})")


def place_audit(engine: Engine) -> None:
    """Give every committed entry its position; one at a time does. What is not seen yet gets a later one."""
    with reading(engine) as connection:
        if connection.execute(_UNPLACED.limit(1)).first() is None:
            return
    count = ENTRIES_A_BATCH
    while count == ENTRIES_A_BATCH:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_ONE_AT_A_TIME)
            last = max(*connection.execute(_LAST).one())
            found = list(connection.execute(_UNPLACED).scalars())
            placed = [{"_number": number, "place": place} for place, number in enumerate(found, last + 1)]
            if placed:
                connection.execute(_PLACE, placed)
            count = len(placed)
