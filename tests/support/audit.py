"""Checks that nobody is oversold or passed over, worked out without the code that hands units out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from backorder.domain.supply.allocation import Grant
from backorder.storage import stock_units
from backorder.storage.codec import load_state
from backorder.storage.engine import reading
from backorder.storage.tables import (
    allocations,
    backorders,
    demands,
    receipts,
    reservations,
    stock,
    stock_counts,
    stock_movements,
    supply_returns,
)

_hand_out, _take_back = stock_units.hand_out, stock_units.take_back


class PassedOverError(Exception):
    """Somebody was given units, or lost them, out of turn."""


def watch_every_turn() -> None:
    """From now on this process checks each handing out and taking back, inside its transaction."""
    stock_units.hand_out = _watched_hand_out
    stock_units.take_back = _watched_take_back


def _watched_hand_out(connection: Connection, sku: str, **kwargs: Any) -> list[Grant]:
    stocked = stock_units.lock_known(connection, sku)
    before = _lines(connection, sku)
    grants = _hand_out(connection, sku, **kwargs)
    _compare(connection, sku, before, served(before, stocked.on_hand - stocked.allocated))
    return grants


def _watched_take_back(connection: Connection, sku: str, missing: int, **kwargs: Any) -> list[Grant]:
    before = _lines(connection, sku)
    lost = _take_back(connection, sku, missing, **kwargs)
    _compare(connection, sku, before, losing(before, missing))
    return lost


def _lines(connection: Connection, sku: str) -> list[Any]:
    mine = select(demands).where(demands.c.sku == sku, demands.c.open > 0)
    return list(connection.execute(mine.where(demands.c.delivery_refused.is_(False))))


def _compare(connection: Connection, sku: str, before: list[Any], wanted: dict[str, int]) -> None:
    after = {row.backorder: row.allocated for row in _lines(connection, sku)}
    moved = {row.backorder: after[row.backorder] - row.allocated for row in before}
    moved = {id: count for id, count in moved.items() if count}
    if moved != wanted:
        raise PassedOverError(f"{sku}: {moved}, but by the queue it is {wanted}")


def served(lines: Sequence[Any], free: int) -> dict[str, int]:
    """Who gets how many of the free units, by the queue."""
    grants = {}
    for row in sorted(lines, key=lambda row: (not _heads(row), *_place(row))):
        need = row.open - row.allocated
        count = min(need, free) if row.partial != "skip" or need <= free else 0
        if count:
            grants[row.backorder] = count
            free -= count
    return grants


def losing(lines: Sequence[Any], missing: int) -> dict[str, int]:
    """Who loses how many units (below zero) when they are missing: the queue's tail."""
    losses = {}
    for row in sorted(lines, key=_place, reverse=True):
        if count := min(row.allocated, missing):
            losses[row.backorder] = -count
            missing -= count
    return losses


def _heads(row: Any) -> bool:
    return bool(row.claim or (row.partial == "hold" and 0 < row.allocated < row.open))


def _place(row: Any) -> tuple[Any, ...]:
    return -row.priority, row.ordered_at, row.backorder


def faults(engine: Engine, adjusted: int) -> list[str]:
    """What does not add up in a warehouse whose adjustments come to `adjusted` units. Empty if all does."""
    with reading(engine) as connection:
        return [*_totals(connection, adjusted), *_stocks(connection), *_cases(connection)]


def _totals(connection: Connection, adjusted: int) -> Iterator[str]:
    on_hand = _sum(connection, stock.c.on_hand)
    received = _sum(connection, receipts.c.quantity) - _sum(connection, supply_returns.c.quantity)
    moved = {
        kind: _sum(connection, stock_movements.c.quantity, stock_movements.c.kind == kind)
        for kind in ("shipment", "outside", "count")
    }
    if on_hand != received + adjusted + sum(moved.values()):
        yield f"{on_hand} on hand, but {received} received and kept, {adjusted} adjusted, {moved}"


def _stocks(connection: Connection) -> Iterator[str]:
    for stocked in connection.execute(select(stock)).all():
        mine = demands.c.sku == stocked.sku
        held = _sum(connection, demands.c.allocated, mine)
        held += _sum(connection, reservations.c.quantity, reservations.c.sku == stocked.sku)
        moved = _sum(connection, stock_movements.c.quantity, stock_movements.c.sku == stocked.sku)
        if min(stocked.on_hand, stocked.allocated, stocked.on_hand - stocked.allocated) < 0:
            yield f"{stocked.sku}: {stocked.allocated} of {stocked.on_hand} are allocated"
        if held != stocked.allocated:
            yield f"{stocked.sku}: the lines hold {held}, the shelf says {stocked.allocated}"
        if moved != stocked.on_hand:
            yield f"{stocked.sku}: the movements come to {moved}, the shelf holds {stocked.on_hand}"
        outside = _sum(connection, stock_movements.c.quantity, _of(stocked.sku, "outside"))
        if (told := _by_their_instants(connection, stocked.sku)) != (stocked.on_hand, outside):
            yield f"{stocked.sku}: {stocked.on_hand}, {outside} from outside; by their instants {told}"
        if passed_over := served(_lines(connection, stocked.sku), stocked.on_hand - stocked.allocated):
            yield f"{stocked.sku}: units lie there that are due to {passed_over}"


def _of(sku: str, kind: str) -> Any:
    return (stock_movements.c.sku == sku) & (stock_movements.c.kind == kind)


def _by_their_instants(connection: Connection, sku: str) -> tuple[int, int]:
    """What is on hand, and what left from outside, by the facts in the order of their instants."""
    facts: list[tuple[Any, ...]] = [
        (min(row.as_of, row.at), 4, "", row.on_hand, 0)
        for row in connection.execute(select(stock_counts).where(stock_counts.c.sku == sku))
    ]
    for row in connection.execute(select(stock_movements).where(stock_movements.c.sku == sku)):
        if row.kind not in ("outside", "count"):
            leaving = 3 if row.kind != "shipment" else 2 if row.spared else 1
            place = 0 if row.quantity > 0 else leaving
            facts.append((row.happened_at, place, row.reference, row.quantity, row.spared or 0))
    there = outside = 0
    for _, place, _, count, spared in sorted(facts):
        if place == 4:
            there = count
        elif place == 0:
            there += count
        else:
            taken = min(-count, max(0, there - spared))
            there, outside = there - taken, outside - count - taken
    return there, outside


def _cases(connection: Connection) -> Iterator[str]:
    kept = select(allocations.c.backorder, func.sum(allocations.c.quantity)).group_by(allocations.c.backorder)
    ledger: dict[str, int] = {row[0]: row[1] for row in connection.execute(kept)}
    query = select(backorders.c.id, backorders.c.state, demands.c.open, demands.c.allocated)
    for row in connection.execute(query.join(demands, demands.c.backorder == backorders.c.id)):
        quantity = load_state(row.state).quantity
        if quantity.open != row.open or not 0 <= row.allocated <= row.open:
            yield f"{row.id}: {quantity}, but the queue knows {row.allocated} of {row.open}"
        if ledger.get(row.id, 0) != row.allocated:
            yield f"{row.id}: the ledger comes to {ledger.get(row.id, 0)}, it holds {row.allocated}"


def _sum(connection: Connection, column: Any, *where: Any) -> int:
    return int(connection.execute(select(func.coalesce(func.sum(column), 0)).where(*where)).scalar_one())
