"""The suppression list, page by page, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Tuple, and_, or_, select, tuple_

from backorder.domain.erasure import HASHED
from backorder.domain.policy.policy import CHANNELS
from backorder.domain.suppression import SUPPRESSIONS
from backorder.domain.texts import shown
from backorder.errors import RefusedError
from backorder.queries.supply_lists import LIMIT, MOST, SupplyPage
from backorder.queries.views import SuppressionView
from backorder.storage.compiled import fetch
from backorder.storage.cursors import cursor_of, faults_of_cursor, instant_in, read_cursor
from backorder.storage.isolation import known, sound
from backorder.storage.statements import one_of
from backorder.storage.suppressions import written_as
from backorder.storage.tables import suppressions
from backorder.storage.types import among

_OF = "suppressions"
_KEY = (suppressions.c.at, suppressions.c.channel, suppressions.c.address, suppressions.c.cause)
_AT = (
    select(suppressions)
    .where(
        or_(
            *(and_(suppressions.c.channel == each, among(suppressions.c.address, each)) for each in CHANNELS)
        ),
        suppressions.c.lifted_at.is_(None),
    )
    .order_by(suppressions.c.channel, suppressions.c.cause)
)


def suppression_list(
    connection: Connection,
    *,
    channel: str = "",
    address: str = "",
    lifted: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> SupplyPage[SuppressionView]:
    """A page of the list. address: in any form. lifted: those that are off it again, too.

    Raises RefusedError for a filter or a cursor that means nothing.
    """
    query = select(suppressions).order_by(*(column.desc() for column in _KEY)).limit(limit + 1)
    wrong = faults_of_cursor(_before, cursor)
    for condition in _conditions(connection, channel, address, limit, wrong, lifted=lifted):
        query = query.where(condition)
    if cursor:
        query = query.where(tuple_(*_KEY) < _before(cursor))
    rows = connection.execute(query).all()
    found, _ = sound(rows[:limit], view_of, lambda row: (f"suppression/{row.channel}", ""))
    last = rows[limit - 1] if len(rows) > limit else None
    return SupplyPage(rows=found, next=_cursor(last) if last is not None else None)


class SuppressionRow(Protocol):
    cause: str
    channel: str
    at: datetime
    by: str
    evidence: str
    note: str
    lifted_by: str | None
    address: str
    lifted_at: datetime | None


def view_of(row: SuppressionRow) -> SuppressionView:
    """A row, as people and programs read it."""
    meaning = SUPPRESSIONS.get(row.cause)
    return SuppressionView(
        channel=row.channel,
        address="" if row.address.startswith(HASHED) else row.address,
        cause=row.cause,
        why=meaning.label if meaning else str(row.cause).replace("_", " "),
        covers=meaning.covers if meaning else "all",
        at=row.at,
        by=row.by,
        evidence=row.evidence,
        note=row.note,
        lifted_at=known(row.lifted_at),
        lifted_by=row.lifted_by,
    )


def suppressions_of(connection: Connection, ways: Collection[tuple[str, str]]) -> list[SuppressionView]:
    """What is on the list of some addresses and numbers, each with its channel."""
    return suppressions_at(connection, written_as(connection, ways))


def suppressions_at(connection: Connection, places: Sequence[tuple[str, str]]) -> list[SuppressionView]:
    """The same. places: as they may stand on the list (`backorder.storage.suppressions.written_with`)."""
    if not places:
        return []
    named = {name: [address for channel, address in places if channel == name] for name in CHANNELS}
    return sound(fetch(connection, _AT, named), view_of, lambda row: (f"suppression/{row.channel}", ""))[0]


def _conditions(
    connection: Connection, channel: str, address: str, limit: int, wrong: Sequence[str], *, lifted: bool
) -> list[ColumnElement[bool]]:
    """wrong: what is wrong besides."""
    faults = []
    if channel and channel not in CHANNELS:
        faults.append(f"channel: {shown(channel)} is none; there are {' and '.join(CHANNELS)}")
    if not 1 <= limit <= MOST:
        faults.append(f"limit: must be from 1 to {MOST}")
    if faults := [*faults, *wrong]:
        raise RefusedError(faults)
    conditions: list[ColumnElement[bool]] = [] if lifted else [suppressions.c.lifted_at.is_(None)]
    if channel:
        conditions.append(suppressions.c.channel == channel)
    if address:
        forms = written_as(connection, [(name, address) for name in CHANNELS])
        conditions.append(one_of(forms, suppressions.c.channel, suppressions.c.address))
    return conditions


def read_place(cursor: str) -> tuple[datetime, str, str, str]:
    """Behind which entry a page begins. Raises RefusedError for a cursor of another list."""
    at, channel, address, cause = read_cursor(cursor, _OF, 4)
    return instant_in(at), channel, address, cause


def _before(cursor: str) -> Tuple:
    return tuple_(*read_place(cursor), types=[column.type for column in _KEY])


def _cursor(row: SuppressionRow) -> str:
    return cursor_of(_OF, row.at.isoformat(), row.channel, row.address, row.cause)
