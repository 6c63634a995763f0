"""Pegging a SKU anew: which supply serves which line, written down where it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from backorder.domain.allocation import Open
from backorder.domain.messages import Why
from backorder.domain.pegging import Pegged, Supply, Waiting, peg
from backorder.domain.policy import Policy
from backorder.storage import units
from backorder.storage.codec import dump_json
from backorder.storage.engine import reading, writing
from backorder.storage.policies import PolicyShelf
from backorder.storage.tables import backorders, demands, incoming, peggings, replans, stock

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
        version=demands.c.version + bindparam("bump"),
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


def replan(engine: Engine, shelf: PolicyShelf, sku: str, *, at: datetime, day: date) -> Replanned:
    """Peg a SKU's queue to its supply, in one transaction; only lines whose supply changed are marked."""
    with writing(engine) as connection:
        stock_row = units.lock(connection, sku)
        rows = connection.execute(select(replans).where(replans.c.sku == sku)).all()
        if stock_row is None or not rows:
            return Replanned(lines=0, changed=0)
        connection.execute(delete(replans).where(replans.c.number.in_([row.number for row in rows])))
        drift = all(row.drift for row in rows)
        since = max((row.at for row in rows if not row.drift), default=at)
        waiting = connection.execute(units.QUEUE, {"sku": sku}).all()
        pegged = peg([_waiting(row) for row in waiting], supplies(connection, stock_row), day)
        notable = _Notable(connection, shelf, sku) if drift else None
        return _write(connection, waiting, pegged, since=since, notable=notable)


def _write(
    connection: Connection,
    rows: Sequence[Any],
    pegged: Sequence[Pegged],
    *,
    since: datetime,
    notable: _Notable | None,
) -> Replanned:
    before = {row.backorder: row for row in rows}
    moved: list[dict[str, Any]] = []
    queued: list[dict[str, Any]] = []
    for each in pegged:
        row = before[each.id]
        arrivals, why = arrivals_of(each), why_dateless(each)
        if (arrivals, why) != (row.arrivals, row.why):
            new = {"_id": each.id, "arrivals": arrivals, "why": why, "position": each.position}
            looks = notable is None or notable.differs(row, each)
            moved.append(new | {"since": since, "drift": notable is not None, "bump": int(looks)})
        elif each.position != row.position:
            queued.append({"_id": each.id, "position": each.position})
    if moved:
        connection.execute(_MOVED, moved)
        kept = [
            {"backorder": each["_id"], "at": since, "arrivals": each["arrivals"], "why": each["why"]}
            for each in moved
        ]
        connection.execute(insert(peggings), kept)
    if queued:
        connection.execute(_QUEUED, queued)
    return Replanned(lines=len(rows), changed=sum(each["bump"] for each in moved))


class _Notable:
    """Tells a drift of the forecast that a line has to look at from one that changes nothing for it.

    A line looks again when it comes to stand elsewhere: no date, a slip, a slip worth telling, as promised,
    good news. In between its own timer is set for the day on which that matters.
    """

    def __init__(self, connection: Connection, shelf: PolicyShelf, sku: str) -> None:
        query = select(
            backorders.c.id, backorders.c.promised_by, backorders.c.policy, backorders.c.policy_version
        ).where(backorders.c.sku == sku, backorders.c.phase == "open")
        self._lines = {
            row.id: (row.promised_by, shelf.get(connection, row.policy, row.policy_version))
            for row in connection.execute(query)
        }

    def differs(self, row: Any, pegged: Pegged) -> bool:
        """Whether the line stands elsewhere than before."""
        known = self._lines.get(pegged.id)
        if known is None:
            return True
        promised, policy = known
        days = [by for _, _, by, _ in arrivals_in_words(row.arrivals)]
        before = None if row.why or not days or None in days else max(day for day in days if day)
        return _standing(policy, promised, before) != _standing(policy, promised, pegged.by)


def _standing(policy: Policy, promised: date | None, arrival: date | None) -> str:
    if arrival is None:
        return "no date"
    if promised is None:
        return "a date"
    slip = (policy.calendar.add_working_days(arrival, policy.promise.handling) - promised).days
    if slip > 0:
        return "a slip worth telling" if slip >= policy.promise.min_slip else "a slip"
    return "good news" if -slip >= policy.promise.good_news else "as promised"


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a change of supply would do to a line. before, after: the day its last unit arrives (P90).

    days: by how much that moves, None where either is missing.
    """

    backorder: str
    position: int
    before: date | None
    after: date | None

    @property
    def days(self) -> int | None:
        """Days later; below zero for earlier."""
        return (self.after - self.before).days if self.before and self.after else None


def effects(
    connection: Connection, sku: str, key: Mapping[str, str], parts: Sequence[Mapping[str, Any]], day: date
) -> tuple[Effect, ...]:
    """Which lines would have another date if a purchase-order line (`key`) came in these parts.

    Writes nothing.
    """
    stock_row = connection.execute(select(stock).where(stock.c.sku == sku)).one_or_none()
    if stock_row is None:
        return ()
    queue = [_waiting(row) for row in connection.execute(units.QUEUE, {"sku": sku})]
    now = supplies(connection, stock_row)
    name = f"{key['purchase_order']}/{key['line']}"
    others = [each for each in now if each.id.partition("#")[0] != name]
    then = [
        Supply(
            id=f"{name}#{part['split']}" if part["split"] else name,
            units=part["quantity"],
            likely=part["likely"],
            by=part["by"],
        )
        for part in parts
    ]
    before = {each.id: each.by for each in peg(queue, now, day)}
    return tuple(
        Effect(backorder=each.id, position=each.position, before=before[each.id], after=each.by)
        for each in peg(queue, [*others, *then], day)
        if each.by != before[each.id]
    )


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
                | ((demands.c.ordered_at == line.ordered_at) & (demands.c.backorder.collate("C") < line.id))
            )
        )
    )
    mine = (demands.c.sku == sku) & (demands.c.open > demands.c.allocated) & (demands.c.backorder != line.id)
    need = demands.c.open - demands.c.allocated
    ahead, count, total = connection.execute(
        select(
            func.coalesce(func.sum(need).filter(before), 0),
            func.count().filter(before),
            func.count(),
        ).where(mine)
    ).one()
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
