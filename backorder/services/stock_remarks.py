"""What a person has to know of a fact of stock, in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from backorder.domain.supply.on_hand import LATELY, StockChange, StockFact
from backorder.domain.texts import how_many
from backorder.storage import stock_counts
from backorder.storage.movements import Since
from backorder.storage.tables import (
    allocations,
)

if TYPE_CHECKING:
    from backorder.schemas import Adjustment
    from backorder.storage.rows import StockRow


def not_there(fact: StockFact, known: Since, entry: StockChange) -> str:
    """Why units cannot have left, and what to do."""
    if fact.kind == "count":
        gone = f"{fact.units + entry.short} units left since then"
        return f"on_hand: {gone}, so that at least as many were there"
    there = -fact.units - entry.short
    late = any(each.at > fact.at for each in known.facts)
    when = (
        f"could be gone by {stock_counts.utc(fact.at)}: tell first what came before"
        if late
        else "are on hand"
    )
    count = f"{', or ' if late else '; '}count the shelf first, with backorder supply count"
    before = ", or say with returned_at when they went" if fact.kind == "return" and not late else ""
    return f"quantity: only {there} units {when}{count}{before}"


def remarks_of(stocked: StockRow, fact: StockFact, known: Since, entry: StockChange) -> list[str]:
    """What a person should know of a fact that is told after others that happened later."""
    found = []
    if fact.kind != "count" and (inside := known.counted_at()):
        stays = f"it happened before the count of {stock_counts.utc(inside)} and is in it: on hand stays"
        found.append(f"{stays} {stocked.on_hand}")
    outside = sum(step.outside for step in entry.steps)
    if outside < 0:
        were = "it was" if outside == -1 else "they were"
        units = how_many(-outside, "unit")
        found.append(f"{units} that left later had counted as from outside; {were} on the shelf")
    elif outside > 0:
        were, counts = ("was", "it counts") if outside == 1 else ("were", "they count")
        units = how_many(outside, "unit")
        found.append(f"{units} that left later {were} not on the shelf; {counts} as from outside")
    return found


def freed_lately(connection: Connection, adjustment: Adjustment, at: datetime) -> list[str]:
    """A cancellation gives its units back by itself; who also adds them makes units that are not there."""
    if adjustment.quantity < 0:
        return []
    freed = (allocations.c.sku == adjustment.sku) & (allocations.c.cause == "freed")
    since = allocations.c.at > at - LATELY
    found = connection.execute(
        select(func.sum(-allocations.c.quantity), func.max(allocations.c.backorder)).where(freed & since)
    ).one()
    if not found[0]:
        return []
    back = f"{int(found[0])} units came back by themselves when lines were cancelled ({found[1]} for one)"
    undo = f"if these are the same, take them out again with --quantity=-{adjustment.quantity}"
    return [f"{back}; {undo}"]
