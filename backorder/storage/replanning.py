"""Pegging a SKU anew: which supply serves which line, written down where it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from backorder.domain.allocation import Open
from backorder.domain.messages import Kind, Why
from backorder.domain.pegging import Peg, Pegged, Supply, Waiting, peg
from backorder.domain.policy import Policy
from backorder.ports import Replanned
from backorder.storage import units
from backorder.storage.codec import dump_json
from backorder.storage.engine import reading, writing
from backorder.storage.policies import PolicyShelf
from backorder.storage.tables import (
    backorders,
    demands,
    incoming,
    peggings,
    promises,
    replans,
    stock,
)

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
_CALLED = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"), demands.c.called < bindparam("_version"))
    .values(called=bindparam("_version"))
)
NO_DATE, LATER, EARLIER = "no date", "a slip worth telling", "good news"


def mark(connection: Connection, sku: str, cause: str, at: datetime, *, drift: bool = False) -> None:
    """A SKU has to be pegged anew; the row stays until that is done, whatever crashes in between."""
    connection.execute(insert(replans), {"sku": sku, "cause": cause, "drift": drift, "at": at})


def waiting_skus(engine: Engine) -> list[str]:
    """SKUs that have to be pegged anew."""
    with reading(engine) as connection:
        return list(connection.execute(select(replans.c.sku).distinct()).scalars())


def replan(engine: Engine, shelf: PolicyShelf, sku: str, *, at: datetime, day: date) -> Replanned:
    """Peg a SKU's queue to its supply, in one transaction; only lines whose supply changed are marked.

    Repeated, it finds nothing to peg, and lines of which nobody knows yet that they were called.
    """
    with writing(engine) as connection:
        stock_row = units.lock(connection, sku)
        # One statement: what is marked from now on stays for the next replanning.
        marks = delete(replans).where(replans.c.sku == sku).returning(replans.c.drift, replans.c.at)
        rows = connection.execute(marks).all()
        if stock_row is None or not rows:
            return Replanned(lines=0, changed=0, uncalled=bool(_uncalled(connection, sku, "", 1)))
        drift = all(row.drift for row in rows)
        since = max((row.at for row in rows if not row.drift), default=at)
        waiting = connection.execute(units.QUEUE, {"sku": sku}).all()
        pegged = peg([_waiting(row) for row in waiting], supplies(connection, stock_row), day)
        notable = _Notable(connection, shelf, sku) if drift else None
        changed = _write(connection, waiting, pegged, since=since, notable=notable)
        uncalled = bool(_uncalled(connection, sku, "", 1))
        return Replanned(lines=len(waiting), changed=changed, uncalled=uncalled)


def _write(
    connection: Connection,
    rows: Sequence[Any],
    pegged: Sequence[Pegged],
    *,
    since: datetime,
    notable: _Notable | None,
) -> int:
    """Write down the lines that moved. Returns how many have to look."""
    before = {row.backorder: row for row in rows}
    moved: list[dict[str, Any]] = []
    queued: list[dict[str, Any]] = []
    texts: dict[tuple[Peg, ...], str] = {}
    for each in pegged:
        row = before[each.id]
        arrivals, why = texts.get(each.pegs) or arrivals_of(each), why_dateless(each)
        texts[each.pegs] = arrivals  # most of a long queue's are equal
        if (arrivals, why) != (row.arrivals, row.why):
            new = {"_id": each.id, "arrivals": arrivals, "why": why, "position": each.position}
            looks = notable is None or notable.differs(row, each)
            # A fact that the line has not looked at yet stays one, whatever time adds to it.
            crept = notable is not None and (row.drift or row.version <= row.seen)
            when = since if crept or notable is None else row.since
            moved.append(new | {"since": when, "drift": crept, "bump": int(looks)})
        elif each.position != row.position:
            queued.append({"_id": each.id, "position": each.position})
    if moved:
        connection.execute(_MOVED, moved)
        kept = [
            {"backorder": each["_id"], "at": since, "arrivals": each["arrivals"], "why": each["why"]}
            for each in moved
            if each["bump"]
        ]
        if kept:
            connection.execute(insert(peggings), kept)
    if queued:
        connection.execute(_QUEUED, queued)
    return sum(each["bump"] for each in moved)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line's standing depends on, besides its supply."""

    promised: date | None
    first: date | None
    policy: Policy


class _Notable:
    """Tells a drift of the forecast that a line has to look at from one that changes nothing for it.

    A line looks again when it comes to stand elsewhere: no date, a slip, a slip worth telling, as promised,
    good news, a delay that a stage of its policy waits for. In between its own timer is set for the day on
    which that matters.
    """

    def __init__(self, connection: Connection, shelf: PolicyShelf, sku: str) -> None:
        query = select(
            backorders.c.id,
            backorders.c.promised_by,
            backorders.c.first_by,
            backorders.c.policy,
            backorders.c.policy_version,
        ).where(backorders.c.sku == sku, backorders.c.phase == "open")
        self._lines = {
            row.id: _Line(
                row.promised_by, row.first_by, shelf.get(connection, row.policy, row.policy_version)
            )
            for row in connection.execute(query)
        }

    def differs(self, row: Any, pegged: Pegged) -> bool:
        """Whether the line stands elsewhere than before."""
        known = self._lines.get(pegged.id)
        if known is None:
            return True
        days = [by for _, _, by, _ in arrivals_in_words(row.arrivals)]
        before = None if row.why or not days or None in days else max(day for day in days if day)
        return _standing(known, before) != _standing(known, pegged.by)


def _standing(line: _Line, arrival: date | None) -> tuple[str, int]:
    """How a line's forecast compares with what was told, and how many delays of its policy it reaches."""
    if arrival is None:
        return NO_DATE, 0
    leaves = line.policy.calendar.add_working_days(arrival, line.policy.promise.handling)
    delay = (leaves - line.first).days if line.first else 0
    stages = sum(stage.measure == "delay" and stage.days <= delay for stage in line.policy.stages)
    return _news(line, leaves), stages


def _news(line: _Line, by: date) -> str:
    if line.promised is None:
        return "a date"
    slip, rules = (by - line.promised).days, line.policy.promise
    if slip > 0:
        return LATER if slip >= rules.min_slip else "a slip"
    return EARLIER if -slip >= rules.good_news else "as promised"


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a change of supply would do to a line. before, after: the day its last unit arrives (P90).

    customer: whom it concerns. promised: what the customer was last told, by: what would be said now, both
    the last day on which the goods leave; None: no date. hears: the kind of message that the customer would
    get, "" for none. days: by how much the arrival moves, None where either day is missing.
    """

    backorder: str
    position: int
    before: date | None
    after: date | None
    customer: str = ""
    promised: date | None = None
    by: date | None = None
    hears: str = ""

    @property
    def days(self) -> int | None:
        """Days later; below zero for earlier."""
        return (self.after - self.before).days if self.before and self.after else None


def effects(
    connection: Connection,
    shelf: PolicyShelf,
    sku: str,
    key: Mapping[str, str],
    parts: Sequence[Mapping[str, Any]],
    day: date,
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
    moved = [each for each in peg(queue, [*others, *then], day) if each.by != before[each.id]]
    lines = _told(connection, shelf, sku) if moved else {}
    return tuple(_effect(lines[each.id], each, before[each.id]) for each in moved)


def _told(connection: Connection, shelf: PolicyShelf, sku: str) -> dict[str, tuple[_Line, str, bool]]:
    """Each waiting line of a SKU: what it was told, its customer, and whether it was told anything."""
    told = select(promises.c.backorder).where(promises.c.backorder == backorders.c.id).exists()
    query = (
        select(backorders, told.label("told"))
        .join(demands, demands.c.backorder == backorders.c.id)
        .where(demands.c.sku == sku, demands.c.open > demands.c.allocated)
    )
    return {
        row.id: (
            _Line(row.promised_by, row.first_by, shelf.get(connection, row.policy, row.policy_version)),
            row.customer,
            row.told,
        )
        for row in connection.execute(query)
    }


def _effect(known: tuple[_Line, str, bool], pegged: Pegged, before: date | None) -> Effect:
    line, customer, told = known
    rules, leaves = line.policy.promise, line.policy.calendar.add_working_days
    by = leaves(pegged.by, rules.handling) if pegged.by else None
    return Effect(
        backorder=pegged.id,
        position=pegged.position,
        before=before,
        after=pegged.by,
        customer=customer,
        promised=line.promised,
        by=by,
        hears=_hears(line, by, told=told),
    )


def _hears(line: _Line, by: date | None, *, told: bool) -> str:
    """The message that a new date leads to, once it has settled."""
    if not told:
        return Kind.CONFIRMED.value
    if line.promised is None:
        return Kind.EARLIER.value if by else ""
    news = _news(line, by) if by else NO_DATE
    return {LATER: Kind.DELAYED.value, NO_DATE: Kind.DELAYED.value, EARLIER: Kind.EARLIER.value}.get(news, "")


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
    mine = units.queued(sku) & (demands.c.backorder != line.id)
    need = demands.c.open - demands.c.allocated
    ahead, count, total = connection.execute(
        select(
            func.coalesce(func.sum(need).filter(before), 0),
            func.count().filter(before),
            func.count(),
        ).where(mine)
    ).one()
    return int(ahead), int(count), int(total) - int(count)


def uncalled(engine: Engine, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
    """Lines that have to look and were not called to do so, with the version; in the order of their IDs."""
    with reading(engine) as connection:
        return _uncalled(connection, sku, after, limit)


def _uncalled(connection: Connection, sku: str, after: str, limit: int) -> list[tuple[str, int]]:
    query = (
        select(demands.c.backorder, demands.c.version)
        .where(
            demands.c.sku == sku,
            demands.c.version > demands.c.seen,
            demands.c.version > demands.c.called,
            demands.c.backorder > after,
        )
        .order_by(demands.c.backorder)
        .limit(limit)
    )
    return [(row.backorder, row.version) for row in connection.execute(query)]


def called(engine: Engine, sku: str, lines: Sequence[tuple[str, int]]) -> None:
    """The workflows of these lines know that they have to look, at these versions."""
    with writing(engine) as connection:
        # Whoever writes to several lines of a queue holds its units' lock, so that they do not cross.
        units.lock(connection, sku)
        connection.execute(_CALLED, [{"_id": id, "_version": version} for id, version in lines])


def position_of(connection: Connection, backorder: str) -> int | None:
    """A line's place in its queue, from 1; None once nothing of it waits."""
    row = connection.execute(select(demands).where(demands.c.backorder == backorder)).one_or_none()
    return row.position if row is not None and row.open > row.allocated else None


def arrivals_in_words(text: str) -> Iterable[tuple[int, date | None, date | None, str]]:
    """The arrivals of a line: units, likely, by, supply."""
    for units_, likely, by, supply in json.loads(text):
        yield units_, likely and date.fromisoformat(likely), by and date.fromisoformat(by), supply
