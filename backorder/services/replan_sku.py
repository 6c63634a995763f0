"""Pegging a SKU anew: which supply serves which line, written down where it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, bindparam, delete, exists, insert, select, text, update

from backorder.domain.keys import reading_order
from backorder.domain.supply.pegging import Peg, Pegged, WaitingLine, peg
from backorder.domain.supply.shares import Share, shares
from backorder.ports import Replanned
from backorder.services.promise_impact import PromiseImpact
from backorder.storage import queues, stock_units
from backorder.storage.arrivals import arrivals_of, why_dateless
from backorder.storage.compiled import change
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import clear, known
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import (
    backorders,
    demands,
    peggings,
    replans,
)

if TYPE_CHECKING:
    from backorder.storage.rows import DemandRow


_MOVED = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values(
        arrivals=bindparam("arrivals"),
        why=bindparam("why"),
        since=bindparam("since"),
        moved_by_time_alone=bindparam("moved_by_time_alone"),
        position=bindparam("position"),
        supply_units=bindparam("supply_units"),
        units_ahead=bindparam("units_ahead"),
        supply_version=demands.c.supply_version + bindparam("bump"),
    )
)
_KEEP = insert(peggings)
_NOTIFIED = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"), demands.c.notified < bindparam("_version"))
    .values(notified=bindparam("_version"))
)


def replan(engine: Engine, policies: PolicyRepository, sku: str, *, at: datetime, day: date) -> Replanned:
    """Peg a SKU's queue to its supply, in one transaction; only lines whose supply changed are marked.

    Repeated, it finds nothing to peg, and lines of which nobody knows yet that they were called.
    """
    with writing(engine) as connection:
        stock_row = stock_units.lock(connection, sku)
        # One statement: what is marked from now on stays for the next replanning.
        marked = (
            delete(replans).where(replans.c.sku == sku).returning(replans.c.moved_by_time_alone, replans.c.at)
        )
        rows = connection.execute(marked).all()
        if stock_row is None or not rows:
            return Replanned(lines=0, changed=0, **_left(connection, sku))
        moved_by_time_alone = all(row.moved_by_time_alone for row in rows)
        since = max((row.at for row in rows if not row.moved_by_time_alone and known(row.at)), default=at)
        waiting, queue = queues.read_queue(connection, sku)
        clear(connection, f"sku/{sku}")
        there = queues.supplies(connection, stock_row)
        pegged = peg(queue, there, day)
        impact = PromiseImpact(connection, policies, sku) if moved_by_time_alone else None
        placed = list(zip(pegged, shares(pegged, there), strict=True))
        changed = _write(connection, waiting, placed, since=since, impact=impact)
        return Replanned(lines=len(waiting), changed=changed, **_left(connection, sku))


def _left(connection: Connection, sku: str) -> dict[str, bool]:
    """What the replanning has still to see to."""
    # The first part is the partial index's own condition, which a parameter would not match.
    untold = select(exists().where(text("backorders.untold_since IS NOT NULL"), backorders.c.sku == sku))
    return {
        "unnotified": bool(_uncalled(connection, sku, "", 1)),
        "untold": connection.execute(untold).scalar_one(),
    }


def _write(
    connection: Connection,
    rows: Sequence[DemandRow],
    placed: Sequence[tuple[Pegged, Share | None]],
    *,
    since: datetime,
    impact: PromiseImpact | None,
) -> int:
    """Write down the lines that moved. placed: each with its share. Returns how many have to look."""
    before = {row.backorder: row for row in rows}
    moved: list[dict[str, object]] = []
    queued: list[tuple[str, dict[str, object]]] = []
    texts: dict[tuple[Peg, ...], str] = {}
    for each, share in placed:
        row = before[each.id]
        arrivals, why = texts.get(each.pegs) or arrivals_of(each), why_dateless(each)
        texts[each.pegs] = arrivals  # most of a long queue's are equal
        place = queues.place_of(each, share)
        if (arrivals, why) != (row.arrivals, row.why):
            new = place | {"_id": each.id, "arrivals": arrivals, "why": why}
            reviews = impact is None or impact.differs(row, each)
            # A fact that the line has not looked at yet stays one, whatever time adds to it.
            moved_alone = impact is not None and (
                row.moved_by_time_alone or row.supply_version <= row.acknowledged
            )
            when = since if moved_alone or impact is None else row.since
            moved.append(new | {"since": when, "moved_by_time_alone": moved_alone, "bump": int(reviews)})
        elif queues.differs(row, place):
            queued.append((each.id, place))
    if moved:
        change(connection, _MOVED, moved)
        _keep(connection, [each for each in moved if each["bump"]], since)
    queues.place(connection, queued)
    return sum(bool(each["bump"]) for each in moved)


def _keep(connection: Connection, moved: Sequence[Mapping[str, object]], since: datetime) -> None:
    """What lines that have to look are pegged to from now on."""
    kept = [
        {"backorder": each["_id"], "at": since, "arrivals": each["arrivals"], "why": each["why"]}
        for each in moved
    ]
    if kept:
        change(connection, _KEEP, kept)


QUEUE_ORDER = (demands.c.priority.desc(), demands.c.ordered_at, demands.c.id_order.collate("C"))
"""The order of those who hold nothing and have no claim."""


STANDS_BEFORE = (
    demands.c.claim
    | ((demands.c.partial == "hold") & (demands.c.allocated > 0))
    | (demands.c.priority > bindparam("_priority"))
    | (
        (demands.c.priority == bindparam("_priority"))
        & (
            (demands.c.ordered_at < bindparam("_ordered_at"))
            | (
                (demands.c.ordered_at == bindparam("_ordered_at"))
                & (demands.c.id_order.collate("C") < bindparam("_id_order"))
            )
        )
    )
)
"""The condition that picks the lines of a queue that stand before a place in it; see `place_of`."""


def place_of(line: WaitingLine) -> dict[str, object]:
    """Where a line stands that holds nothing yet."""
    return {
        "_priority": line.priority,
        "_ordered_at": line.ordered_at,
        "_id_order": reading_order(line.id),
    }


def unnotified(engine: Engine, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
    """Lines that have to be reviewed and were not notified, with the version; in the order of their IDs."""
    with reading(engine) as connection:
        return _uncalled(connection, sku, after, limit)


def _uncalled(connection: Connection, sku: str, after: str, limit: int) -> list[tuple[str, int]]:
    query = (
        select(demands.c.backorder, demands.c.supply_version)
        .where(
            demands.c.sku == sku,
            demands.c.open > 0,
            demands.c.supply_version > demands.c.acknowledged,
            demands.c.supply_version > demands.c.notified,
            demands.c.backorder > after,
        )
        .order_by(demands.c.backorder)
        .limit(limit)
    )
    return [(row.backorder, row.supply_version) for row in connection.execute(query)]


def notified(engine: Engine, sku: str, lines: Sequence[tuple[str, int]]) -> None:
    """The workflows of these lines know that they have to look, at these versions."""
    with writing(engine) as connection:
        # Whoever writes to several lines of a queue holds its units' lock, so that they do not cross.
        stock_units.lock(connection, sku)
        connection.execute(_NOTIFIED, [{"_id": id, "_version": version} for id, version in lines])
