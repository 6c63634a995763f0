"""Lines by the instant at which they were opened, chunk by chunk: no more than one is held at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, select, tuple_

from backorder.domain.calendar import Calendar
from backorder.storage.statements import AnyRow
from backorder.storage.tables import backorders

CHUNK = 1000
"""Lines that are read at once."""
_OPENED, _ID = backorders.c.opened_at, backorders.c.id


def chunks_of_lines(
    connection: Connection,
    columns: Sequence[ColumnElement[object]],
    calendar: Calendar,
    since: date,
    until: date,
) -> Iterator[list[AnyRow]]:
    """The lines opened from one day until before another, in their order. columns: what is read beside
    `id` and `opened_at`.
    """
    query = (
        select(_ID, _OPENED, *columns)
        .where(
            bindparam("until", type_=_OPENED.type) > _OPENED,
            tuple_(_OPENED, _ID)
            > tuple_(bindparam("at", type_=_OPENED.type), bindparam("after", type_=_ID.type)),
        )
        .order_by(_OPENED, _ID)
        .limit(CHUNK)
    )
    begins, ends = (calendar.instant(day, datetime.min.time()) for day in (since, until))
    place: dict[str, object] = {"until": ends, "at": begins, "after": ""}
    while rows := list[AnyRow](connection.execute(query, place)):
        yield rows
        place |= {"at": rows[-1].opened_at, "after": rows[-1].id}
