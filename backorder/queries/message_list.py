"""Messages that have not gone, page by page: each page is found through an index, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, TextClause, Tuple, bindparam, select, text, tuple_

from backorder.domain.notifications import KINDS
from backorder.domain.policy.policy import CHANNELS
from backorder.domain.texts import shown
from backorder.errors import RefusedError
from backorder.queries.message_ways import WAITS, WaitingRow, Ways, next_try, trouble_of, ways_of
from backorder.queries.messages import clock_of
from backorder.queries.supply_lists import LIMIT, MOST, SupplyPage
from backorder.queries.views import WayView
from backorder.storage.cursors import cursor_of, faults_of_cursor, instant_in, number_in, read_cursor
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import sound
from backorder.storage.statements import AnySelect
from backorder.storage.tables import message_items, messages

STATES: Mapping[str, tuple[str, ...]] = {
    "failed": ("failed",),
    "waiting": ("claimed", "planned"),
    "unknown": ("unknown",),
    "planned": ("planned",),
    "claimed": ("claimed",),
}
"""What may be asked for, and the states of the messages that it means."""
_LIST = "messages"
_IN_ORDER = (messages.c.state, messages.c.not_before, messages.c.number)
# Word for word the partial index's condition, which a parameter would not match.
_NOT_GONE = text("messages.state IN ('planned', 'claimed', 'unknown', 'failed')")
_ITEMS = (
    select(message_items.c.message, message_items.c.backorder)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(message_items.c.backorder)
)
_USUAL = {
    "claimed": "is being sent",
    "unknown": "nobody knows yet whether it went",
    "failed": "no channel reached them",
}
"""Why a message has not gone, where its row says nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageFilter:
    """Which messages. states: of STATES; none of them: all that have not gone. channel, kind: "" for any."""

    states: tuple[str, ...] = ()
    channel: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenMessage:
    """A message that has not gone. state: failed, planned, claimed (it is being sent) or unknown.

    person: `customer/{id}` or `supplier/{id}`. lines: that it speaks for. channel: None where none is chosen
    yet. reason: in words. not_before: when it is due, business time. next_try: of the next try, or the next
    look-up at the provider, business time. waits_s: machine seconds for which it is due; 0 where it is not.
    ways: by which it can go, each with its own next try.
    """

    id: str
    kind: str
    state: str
    person: str
    lines: tuple[str, ...]
    channel: str | None
    reason: str
    not_before: datetime
    next_try: datetime | None
    waits_s: float
    attempts: int
    ways: tuple[WayView, ...] = ()


def message_list(
    database: Database,
    wanted: MessageFilter,
    at: datetime,
    *,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> SupplyPage[OpenMessage]:
    """A page of messages: those of a state together, those that wait longest first. at: business time.

    Raises RefusedError for a filter or a cursor that means nothing.
    """
    conditions = list(_conditions(wanted, limit, faults_of_cursor(read_place, cursor)))
    if cursor:
        conditions.append(tuple_(*_IN_ORDER) > read_place(cursor))
    with reading(database.engine) as connection:
        rows = connection.execute(_page(conditions).limit(limit + 1)).all()
        lines = _lines(connection, [row.id for row in rows[:limit]])
        ways = ways_of(
            connection, {row.id for row in rows[:limit] if row.state in WAITS}, clock_of(connection)
        )
        found, _ = sound(
            rows[:limit],
            lambda row: _row(row, tuple(lines.get(row.id, ())), at, ways),
            lambda row: (f"message/{row.id}", ""),
        )
    last = rows[limit - 1] if len(rows) > limit else None
    return SupplyPage(rows=found, next=_cursor(last) if last is not None else None)


def _conditions(
    wanted: MessageFilter, limit: int, wrong: Sequence[str]
) -> list[ColumnElement[bool] | TextClause]:
    """wrong: what is wrong besides."""
    faults = []
    if wanted.channel and wanted.channel not in CHANNELS:
        faults.append(f"channel: {shown(wanted.channel)} is none; there are {' and '.join(CHANNELS)}")
    if wanted.kind and wanted.kind not in KINDS:
        faults.append(f"kind: {shown(wanted.kind)} is none; there are {', '.join(KINDS)}")
    if not 1 <= limit <= MOST:
        faults.append(f"limit: must be from 1 to {MOST}")
    if faults := [*faults, *wrong]:
        raise RefusedError(faults)
    states = {state for name in wanted.states or STATES for state in STATES[name]}
    conditions: list[ColumnElement[bool] | TextClause] = [_NOT_GONE, messages.c.state.in_(sorted(states))]
    if wanted.channel:
        conditions.append(messages.c.channel == wanted.channel)
    if wanted.kind:
        conditions.append(messages.c.kind == wanted.kind)
    return conditions


def _page(conditions: Sequence[ColumnElement[bool] | TextClause]) -> AnySelect:
    return select(messages).where(*conditions).order_by(*_IN_ORDER)


def read_place(cursor: str) -> Tuple:
    """Behind which message a page begins. Raises RefusedError for a cursor of another list."""
    state, hour, number = read_cursor(cursor, _LIST, 3)
    key = (state, instant_in(hour), number_in(number))
    return tuple_(*key, types=[column.type for column in _IN_ORDER])


class _PlannedRow(WaitingRow, Protocol):
    state: str
    number: int
    not_before: datetime
    id: str
    kind: str
    person: str
    channel: str | None
    attempts: int
    awaits: str | None


def _cursor(row: _PlannedRow) -> str:
    return cursor_of(_LIST, row.state, row.not_before.isoformat(), str(row.number))


def _lines(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in connection.execute(_ITEMS, {"messages": list(ids)}):
        found.setdefault(item.message, []).append(item.backorder)
    return found


def _row(row: _PlannedRow, lines: tuple[str, ...], at: datetime, known_ways: Ways) -> OpenMessage:
    ways = known_ways.of(row)
    reason = trouble_of(row, ways)
    if reason is None:
        usual = "waits for its hour" if row.not_before > at else "is due"
        reason = _USUAL.get(row.state, usual)
    late = at - row.not_before if row.awaits is None else timedelta(0)
    ahead = row.not_before if row.state == "planned" and row.not_before > at else None
    return OpenMessage(
        id=row.id,
        kind=row.kind,
        state=row.state,
        person=row.person,
        lines=lines,
        channel=row.channel,
        reason=reason,
        not_before=row.not_before,
        next_try=max((each for each in (next_try(ways), ahead) if each is not None), default=None),
        waits_s=max(0.0, round(known_ways.runs.machine(late).total_seconds(), 1)),
        attempts=row.attempts,
        ways=ways,
    )
