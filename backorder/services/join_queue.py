"""Joining a SKU's queue: lines that are new, given what is free and pegged behind those before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, Connection, bindparam, case, func, insert, or_, select, update

from backorder.domain.keys import reading_order
from backorder.domain.supply.pegging import Pegged, WaitingLine, in_order, peg
from backorder.domain.supply.shares import Share, shares
from backorder.services import replan_sku
from backorder.storage import queues, stock_units
from backorder.storage.arrivals import arrivals_of, share_columns, why_dateless
from backorder.storage.replans import mark_for_replanning
from backorder.storage.tables import demands

if TYPE_CHECKING:
    from backorder.storage.rows import StockRow


_PEG = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values({name: bindparam(name) for name in ("arrivals", "why", "position", *share_columns(None))})
)
_NEED = demands.c.open - demands.c.allocated
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_QUEUED = stock_units.queued(bindparam("sku"))
# Statements are put together once: that takes longer than to run one.
_AHEAD = select(
    func.coalesce(func.sum(_NEED).filter(replan_sku.STANDS_BEFORE), 0),
    func.count().filter(replan_sku.STANDS_BEFORE),
    func.count(),
).where(_QUEUED, demands.c.backorder.not_in(_IDS))
"""Units and lines before the first newcomer, and all lines."""
_NEW = demands.c.backorder.in_(_IDS)
_RANKED = (
    select(
        demands.c.backorder,
        func.sum(case((_NEW, 0), else_=_NEED)).over(order_by=replan_sku.QUEUE_ORDER).label("between"),
        func.sum(case((_NEW, 0), else_=1)).over(order_by=replan_sku.QUEUE_ORDER).label("lines"),
    )
    .where(_QUEUED, or_(_NEW, ~replan_sku.STANDS_BEFORE))
    .subquery()
)
_BETWEEN = select(_RANKED).where(_RANKED.c.backorder.in_(_IDS))
"""Units and lines between the first newcomer and each of them, in one look at the queue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomer:
    """A line that joins the queue of its SKU."""

    id: str
    sku: str
    priority: int
    ordered_at: datetime
    partial: str
    units: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """What came of it. whole: the lines that were given all their units; moved: SKUs to be pegged anew."""

    whole: frozenset[str]
    moved: frozenset[str]


def join(connection: Connection, newcomers: Sequence[Newcomer], at: datetime, day: date) -> Joined:
    """Let lines join their queues. SKUs are locked in their order; a queue is summed once for all of them."""
    by_sku: dict[str, list[Newcomer]] = {}
    for each in sorted(newcomers, key=lambda each: (each.sku, each.id)):
        by_sku.setdefault(each.sku, []).append(each)
    stocks = {sku: stock_units.lock_known(connection, sku) for sku in by_sku}
    connection.execute(insert(demands), [_row(each, at) for rows in by_sku.values() for each in rows])
    whole: set[str] = set()
    moved: set[str] = set()
    for sku, rows in by_sku.items():
        given = _given(connection, stocks[sku], at, day)
        whole |= {each.id for each in rows if given[each.id] == each.units}
        waiting = [each for each in rows if each.id not in whole]
        stocked = stock_units.lock_known(connection, sku) if given else stocks[sku]
        behind = _peg(connection, stocked, waiting, given, day)
        if behind or given.keys() - {each.id for each in rows}:
            mark_for_replanning(connection, sku, "newcomer", at)
            moved.add(sku)
    return Joined(whole=frozenset(whole), moved=frozenset(moved))


def _row(newcomer: Newcomer, at: datetime) -> dict[str, object]:
    return {
        "backorder": newcomer.id,
        "sku": newcomer.sku,
        "priority": newcomer.priority,
        "ordered_at": newcomer.ordered_at,
        "partial": newcomer.partial,
        "open": newcomer.units,
        "claim": False,
        "id_order": reading_order(newcomer.id),
        "since": at,
        "moved_by_time_alone": False,
    }


def _given(connection: Connection, stocked: StockRow, at: datetime, day: date) -> Counter[str]:
    """What each line of the queue is given of the free units."""
    given: Counter[str] = Counter()
    if stocked.on_hand > stocked.allocated:
        for grant in stock_units.hand_out(connection, stocked.sku, cause="on_hand", at=at, day=day):
            given[grant.id] += grant.units
    return given


def _peg(
    connection: Connection, stocked: StockRow, rows: Sequence[Newcomer], given: Counter[str], day: date
) -> bool:
    """Peg the newcomers that wait. Returns whether lines behind one of them have to be pegged anew."""
    if not rows:
        return False
    waiting = [
        WaitingLine(
            id=each.id,
            priority=each.priority,
            ordered_at=each.ordered_at,
            units=each.units - given[each.id],
            claim=each.partial == "hold" and given[each.id] > 0,
        )
        for each in rows
    ]
    pegged, behind = peg_newcomers(connection, stocked, waiting, day=day)
    connection.execute(
        _PEG,
        [
            {
                "_id": each.id,
                "arrivals": arrivals_of(each),
                "why": why_dateless(each),
                "position": each.position,
                **share_columns(share),
            }
            for each, share in pegged
        ],
    )
    return behind


def peg_newcomers(
    connection: Connection, stocked: StockRow, lines: Sequence[WaitingLine], *, day: date
) -> tuple[list[tuple[Pegged, Share | None]], bool]:
    """Peg lines that are new in a queue without touching the others.

    Returns each with its place and its share, and whether lines behind the first of them have to be pegged
    anew.
    """
    if any(line.claim for line in lines):
        return _peg_all(connection, stocked, lines, day=day)
    new = in_order(lines)
    ahead, behind = _before(connection, stocked.sku, new)
    # Those before a newcomer are one claim on so many units; ranks keep the order that is known already.
    queue: list[WaitingLine] = []
    summed = 0
    for rank, line in enumerate(new):
        between = ahead[line.id][0] - summed
        summed += between
        if between:
            queue.append(replace(line, id=f"\0{rank}", units=between, priority=-2 * rank))
        queue.append(replace(line, priority=-2 * rank - 1))
    found = {each.id: (each, share) for each, share in _pegged(connection, stocked, queue, day)}
    placed = []
    for rank, line in enumerate(new):
        each, share = found[line.id]
        placed.append((replace(each, position=ahead[line.id][1] + rank + 1), share))
    return placed, behind


def _pegged(
    connection: Connection, stocked: StockRow, queue: Sequence[WaitingLine], day: date
) -> list[tuple[Pegged, Share | None]]:
    """A whole queue pegged, each line with its share."""
    there = queues.supplies(connection, stocked)
    pegged = peg(queue, there, day)
    return list(zip(pegged, shares(pegged, there), strict=True))


def _peg_all(
    connection: Connection, stocked: StockRow, lines: Sequence[WaitingLine], *, day: date
) -> tuple[list[tuple[Pegged, Share | None]], bool]:
    """The same where one of them holds units already: it stands among those at the head of the queue."""
    queue = queues.read_queue(connection, stocked.sku)[1]
    pegged = _pegged(connection, stocked, queue, day)
    new = {line.id for line in lines}
    found = [(each, share) for each, share in pegged if each.id in new]
    return found, len(pegged) - found[0][0].position >= len(found)


def _before(
    connection: Connection, sku: str, new: Sequence[WaitingLine]
) -> tuple[dict[str, tuple[int, int]], bool]:
    """Units and lines that stand before each newcomer and are none, and whether others stand behind one."""
    ids = [line.id for line in new]
    place = {"sku": sku, "ids": ids} | replan_sku.place_of(new[0])
    units_ahead, count, total = connection.execute(_AHEAD, place).one()
    ahead = {id: (int(units_ahead), int(count)) for id in ids}
    behind = total > count
    if behind and len(new) > 1:
        for row in connection.execute(_BETWEEN, place):
            ahead[row.backorder] = (int(units_ahead) + int(row.between), int(count) + int(row.lines))
    return ahead, behind
