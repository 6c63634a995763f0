"""Pegging a SKU anew: which supply serves which line, written down where it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from backorder.domain.allocation import Open
from backorder.domain.messages import Why
from backorder.domain.pegging import Pegged, Supply, Waiting, peg
from backorder.storage import units
from backorder.storage.codec import dump_json
from backorder.storage.engine import reading, writing
from backorder.storage.tables import demands, incoming, replans

_INCOMING = select(incoming).where(incoming.c.sku == bindparam("sku"), incoming.c.quantity > 0)
_MOVED = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values(
        arrivals=bindparam("arrivals"),
        why=bindparam("why"),
        since=bindparam("since"),
        drift=bindparam("drift"),
        position=bindparam("position"),
        version=demands.c.version + 1,
    )
)
_QUEUED = (
    update(demands).where(demands.c.backorder == bindparam("_id")).values(position=bindparam("position"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanned:
    """lines: how many wait. changed: how many of them have another supply now."""

    lines: int
    changed: int


def mark(connection: Connection, sku: str, cause: str, at: datetime, *, drift: bool = False) -> None:
    """A SKU has to be pegged anew; the row stays until that is done, whatever crashes in between."""
    connection.execute(insert(replans), {"sku": sku, "cause": cause, "drift": drift, "at": at})


def waiting_skus(engine: Engine) -> list[str]:
    """SKUs that have to be pegged anew."""
    with reading(engine) as connection:
        return list(connection.execute(select(replans.c.sku).distinct()).scalars())


def replan(engine: Engine, sku: str, *, at: datetime, day: date) -> Replanned:
    """Peg a SKU's queue to its supply, in one transaction; only lines whose supply changed are marked."""
    with writing(engine) as connection:
        shelf = units.lock(connection, sku)
        rows = connection.execute(select(replans).where(replans.c.sku == sku)).all()
        if shelf is None or not rows:
            return Replanned(lines=0, changed=0)
        connection.execute(delete(replans).where(replans.c.number.in_([row.number for row in rows])))
        drift = all(row.drift for row in rows)
        since = max((row.at for row in rows if not row.drift), default=at)
        waiting = connection.execute(units.QUEUE, {"sku": sku}).all()
        return _repeg(connection, shelf, waiting, since=since, day=day, drift=drift)


def _repeg(
    connection: Connection, shelf: Any, rows: Sequence[Any], *, since: datetime, day: date, drift: bool
) -> Replanned:
    before = {row.backorder: row for row in rows}
    moved, queued = [], []
    for pegged in peg([_waiting(row) for row in rows], supplies(connection, shelf), day):
        row = before[pegged.id]
        arrivals, why = arrivals_of(pegged), why_dateless(pegged)
        if (arrivals, why) != (row.arrivals, row.why):
            new = {"_id": pegged.id, "arrivals": arrivals, "why": why, "position": pegged.position}
            moved.append(new | {"since": since, "drift": drift})
        elif pegged.position != row.position:
            queued.append({"_id": pegged.id, "position": pegged.position})
    if moved:
        connection.execute(_MOVED, moved)
    if queued:
        connection.execute(_QUEUED, queued)
    return Replanned(lines=len(rows), changed=len(moved))


def _waiting(row: Any) -> Waiting:
    line = Open(
        id=row.backorder,
        priority=row.priority,
        ordered_at=row.ordered_at,
        open=row.open,
        allocated=row.allocated,
        partial=row.partial,
        claim=row.claim,
    )
    return Waiting(
        id=line.id, priority=line.priority, ordered_at=line.ordered_at, units=line.need, claim=line.heads
    )


def supplies(connection: Connection, shelf: Any) -> list[Supply]:
    """What there is for a SKU: free units on hand and everything on its way."""
    found = [
        Supply(id=supply_id(row), units=row.quantity, likely=row.likely, by=row.by)
        for row in connection.execute(_INCOMING, {"sku": shelf.sku})
    ]
    if shelf.on_hand > shelf.allocated:
        found.append(Supply(id="on hand", units=shelf.on_hand - shelf.allocated, on_hand=True))
    return found


def supply_id(row: Any) -> str:
    """The name of a purchase-order line's part: order/line, and the part where there are several."""
    name = f"{row.purchase_order}/{row.line}"
    return f"{name}#{row.split}" if row.split else name


def arrivals_of(pegged: Pegged) -> str:
    """The arrivals of a line as they are kept: rows of units, likely, by, supply."""
    return dump_json([[each.units, _iso(each.likely), _iso(each.by), each.supply] for each in pegged.pegs])


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def why_dateless(pegged: Pegged) -> str | None:
    """Why a line has no date: nothing covers it, or the supplier cannot say. None for one with a date."""
    if pegged.by is not None:
        return None
    return (Why.NO_SUPPLY if pegged.uncovered else Why.SUPPLIER_UNSURE).value


def peg_newcomer(
    connection: Connection, shelf: Any, line: Waiting, *, day: date
) -> tuple[str, str | None, int, bool]:
    """Peg one new line without touching those before it.

    Returns its arrivals, why it has no date, its position, and whether lines behind it have to be pegged
    anew.
    """
    ahead, count, behind = _around(connection, shelf.sku, line)
    queue = [line]
    if ahead:
        queue.append(
            Waiting(id="", priority=line.priority, ordered_at=line.ordered_at, units=ahead, claim=True)
        )
    pegged = next(each for each in peg(queue, supplies(connection, shelf), day) if each.id == line.id)
    return arrivals_of(pegged), why_dateless(pegged), count + 1, behind > 0


def _around(connection: Connection, sku: str, line: Waiting) -> tuple[int, int, int]:
    """Units and lines before a line, and lines behind it."""
    before = (
        demands.c.claim
        | ((demands.c.partial == "hold") & (demands.c.allocated > 0))
        | (demands.c.priority > line.priority)
        | (
            (demands.c.priority == line.priority)
            & (
                (demands.c.ordered_at < line.ordered_at)
                | ((demands.c.ordered_at == line.ordered_at) & (demands.c.backorder < line.id))
            )
        )
    )
    mine = (demands.c.sku == sku) & (demands.c.open > demands.c.allocated) & (demands.c.backorder != line.id)
    need = demands.c.open - demands.c.allocated
    query = select(func.coalesce(func.sum(need), 0), func.count()).where(mine)
    ahead, count = connection.execute(query.where(before)).one()
    total = connection.execute(query).one()[1]
    return int(ahead), int(count), int(total) - int(count)


def unseen(engine: Engine, sku: str, *, after: str, limit: int) -> list[str]:
    """Lines of a SKU whose supply changed since their last review, in the order of their IDs."""
    query = (
        select(demands.c.backorder)
        .where(demands.c.sku == sku, demands.c.version > demands.c.seen, demands.c.backorder > after)
        .order_by(demands.c.backorder)
        .limit(limit)
    )
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def position_of(connection: Connection, backorder: str) -> int | None:
    """A line's place in its queue, from 1; None once nothing of it waits."""
    row = connection.execute(select(demands).where(demands.c.backorder == backorder)).one_or_none()
    return row.position if row is not None and row.open > row.allocated else None


def arrivals_in_words(text: str) -> Iterable[tuple[int, date | None, date | None, str]]:
    """The arrivals of a line: units, likely, by, supply."""
    for units_, likely, by, supply in json.loads(text):
        yield units_, likely and date.fromisoformat(likely), by and date.fromisoformat(by), supply
