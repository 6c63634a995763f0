"""The book of a SKU's stock: its movements, which add up to what is on hand at every instant.

Facts stand as they were told. Beside them stand two kinds of rows that make the sums right: `outside`, for
units that left and never were in stock, and `count`, for what a count corrected. A fact that is told late
adds such rows at the instants that it changes; nothing that was written changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, literal, null, select, union_all, update

from backorder.domain.supply.on_hand import StockChange, StockFact, StockStep, enter, fold
from backorder.storage.isolation import sound
from backorder.storage.tables import stock, stock_counts, stock_movements

if TYPE_CHECKING:
    from backorder.storage.rows import StockRow


_COUNTED = "counted"
"""Stands for the kind of what comes from the table of counts."""
_SINCE = union_all(
    select(
        stock_movements.c.id,
        stock_movements.c.kind,
        stock_movements.c.reference,
        stock_movements.c.quantity,
        stock_movements.c.spared,
        stock_movements.c.happened_at,
        stock_movements.c.at,
    ).where(
        stock_movements.c.sku == bindparam("sku"),
        stock_movements.c.happened_at >= bindparam("since", type_=stock_movements.c.happened_at.type),
    ),
    select(
        null(),
        literal(_COUNTED),
        literal(""),
        stock_counts.c.on_hand,
        null(),
        stock_counts.c.as_of,
        stock_counts.c.at,
    ).where(
        stock_counts.c.sku == bindparam("sku"),
        stock_counts.c.as_of >= bindparam("since", type_=stock_counts.c.as_of.type),
        stock_counts.c.at >= bindparam("since", type_=stock_counts.c.at.type),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """What happened to a SKU's stock no earlier than an instant, and how many units were there before.

    rows: the facts' rows in the book, by the facts' IDs.
    """

    on_hand: int
    facts: tuple[StockFact, ...]
    rows: Mapping[str, int]

    def counted_at(self) -> datetime | None:
        """The instant of the newest count, which holds whatever happened before it."""
        return max((fact.at for fact in self.facts if fact.kind == "count"), default=None)

    def there(self, at: datetime) -> int:
        """Units that were there at that instant, before anybody counted them then."""
        steps = fold(self.on_hand, (fact for fact in self.facts if fact.at <= at and fact.kind != "count"))
        return steps[-1].on_hand if steps else self.on_hand

    def enter(self, fact: StockFact) -> StockChange:
        """What one more fact changes."""
        return enter(self.on_hand, self.facts, fact)


def since(connection: Connection, stocked: StockRow, at: datetime) -> Since:
    """What happened no earlier than an instant, mostly nothing. stocked: the SKU's row, which is locked.

    A row that cannot be read is logged and left out.
    """
    on_hand, facts, rows = stocked.on_hand, [], {}
    found = connection.execute(_SINCE, {"sku": stocked.sku, "since": at})
    whole, _ = sound(found, lambda row: row, lambda row: (f"sku/{stocked.sku}", ""))
    for row in whole:
        if row.kind == _COUNTED:
            facts.append(count(row.happened_at, min(row.happened_at, row.at), row.quantity))
            continue
        on_hand -= row.quantity
        if row.kind not in ("count", "outside"):
            fact = StockFact(
                id=_name(row.kind, row.reference),
                kind=row.kind,
                at=row.happened_at,
                units=row.quantity,
                spared=row.spared or 0,
            )
            facts.append(fact)
            rows[fact.id] = row.id
    return Since(on_hand=max(0, on_hand), facts=tuple(facts), rows=rows)


def movement(kind: str, reference: str, at: datetime, units: int, *, spared: int = 0) -> StockFact:
    """A fact other than a count. reference: what it is called among those of its kind."""
    return StockFact(id=_name(kind, reference), kind=kind, at=at, units=units, spared=spared)


def count(as_of: datetime, at: datetime, units: int) -> StockFact:
    """A count. at: when it was taken, which is not after it was told."""
    return StockFact(id=_name("count", f"{as_of:%Y-%m-%dT%H:%M:%S.%f%z}"), kind="count", at=at, units=units)


def write(
    connection: Connection,
    stocked: StockRow,
    known: Since,
    fact: StockFact,
    entry: StockChange,
    *,
    at: datetime,
    reason: str,
) -> None:
    """Add a fact to the book, with what it changes of others, and to what is on hand."""
    rows = [_row(stocked, fact.kind, _reference(fact), fact.units, fact.at, reason, fact.spared or None)]
    if fact.kind == "count":
        rows = []
    for step in entry.steps:
        rows += _balance(stocked, known, fact, step)
    if rows:
        connection.execute(insert(stock_movements), [row | {"at": at} for row in rows])
    if entry.change:
        more = stock.c.on_hand + entry.change
        connection.execute(update(stock).where(stock.c.sku == stocked.sku).values(on_hand=more))


def _balance(stocked: StockRow, known: Since, fact: StockFact, step: StockStep) -> list[dict[str, object]]:
    """The rows that make the sums right where a fact changes what another, or itself, comes to."""
    own = step.fact.id == fact.id
    if step.corrected:
        reference = _reference(fact) if own else fact.id
        why = "" if own else "this was in a count already"
        return [_row(stocked, "count", reference, step.corrected, step.fact.at, why)]
    reference = fact.id if own else f"{fact.id} on {known.rows[step.fact.id]}"
    why = "more left than was there" if own else "another number was there than was known"
    return [_row(stocked, "outside", reference, step.outside, step.fact.at, why)]


def _row(
    stocked: StockRow,
    kind: str,
    reference: str,
    quantity: int,
    happened_at: datetime,
    reason: str,
    spared: int | None = None,
) -> dict[str, object]:
    row = {"sku": stocked.sku, "kind": kind, "reference": reference, "quantity": quantity}
    return row | {"happened_at": happened_at, "reason": reason, "spared": spared}


def _name(kind: str, reference: str) -> str:
    return f"{kind} {reference}"


def _reference(fact: StockFact) -> str:
    return fact.id.partition(" ")[2]
