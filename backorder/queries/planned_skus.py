"""Of which products a plan is asked, and beside which others their demand is forecast."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Select, func, select

from backorder.domain.texts import how_many, shown
from backorder.storage.cursors import cursor_of, read_cursor
from backorder.storage.isolation import sound
from backorder.storage.tables import backorders, products, sales, supplier_prices, suppliers

BESIDE = 2000
"""Products beside which those of a page are forecast: as much as a shop's common level, and what followed
like items, need."""
_NAMED = 5
"""SKUs that a remark names."""
_OF_PRODUCTS: Select[str] = select(products.c.sku)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSkus:
    """skus: those asked for, in the order of their names. beside: with those that their demand is forecast
    beside; None for all that there are. next: the cursor of the page behind. remarks: what that leaves out.
    """

    skus: Sequence[str]
    beside: Sequence[str] | None
    next: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which products. skus: these alone, if any. supplier: products that are bought of them; any: or could
    be, as a backup or for a price on record. sold: also what was sold and is no product on record.
    """

    skus: Sequence[str] = ()
    supplier: str = ""
    any: bool = False
    sold: bool = False

    @property
    def is_all(self) -> bool:
        """Whether no product is left out."""
        return not self.skus and not self.supplier


def planned_skus(
    connection: Connection, wanted: Wanted, *, of: str, cursor: str | None = None, limit: int | None = None
) -> PlannedSkus:
    """The products of a page. of: the plan, which a cursor of another one does not fit. limit: None for all.

    Raises RefusedError for a cursor that is none.
    """
    all_ = _all(connection, sold=wanted.sold)
    found, asked = all_, set(wanted.skus)
    if wanted.is_all and not cursor and not wanted.sold:
        asked = _sold(connection)
    if wanted.supplier:
        bought = _bought(connection, wanted.supplier, any_=wanted.any)
        found = [sku for sku in found if sku in bought]
    if wanted.skus:
        named = set(wanted.skus)
        found = [sku for sku in found if sku in named]
    if cursor:
        found = found[bisect_right(found, read_place(cursor, of)) :]
    page = found if limit is None else found[:limit]
    beside = _beside(all_, page)
    return PlannedSkus(
        skus=page,
        beside=beside,
        next=cursor_of(of, page[-1]) if page and len(page) < len(found) else None,
        remarks=(*(_words(len(all_)) if beside else ()), *_unknown(sorted(asked.difference(all_)))),
    )


def read_place(cursor: str, of: str) -> str:
    """Behind which SKU a page of a plan begins. Raises RefusedError for a cursor of another one."""
    return read_cursor(cursor, of, 1)[0]


def not_planned(connection: Connection, sold: Iterable[str]) -> tuple[str, ...]:
    """Remarks on what was sold and is no product on record, of which nobody can say who delivers it."""
    known = set(connection.execute(_OF_PRODUCTS).scalars())
    return _unknown(sorted(set(sold) - known))


def _unknown(skus: Sequence[str]) -> tuple[str, ...]:
    if not skus:
        return ()
    named = ", ".join([*map(shown, skus[:_NAMED]), *(["…"] if len(skus) > _NAMED else [])])
    many = f"{how_many(len(skus), 'SKU')} {'is' if len(skus) == 1 else 'are'} no product on record"
    words = "nobody says who delivers it and how long that takes; `backorder supply product` does"
    return (f"{many} and left out, since {words}: {named}",)


def _words(all_: int) -> tuple[str, ...]:
    return (f"forecast beside {BESIDE:,} of the shop's {all_:,} products, evenly spread by SKU",)


def _beside(all_: Sequence[str], page: Sequence[str]) -> Sequence[str] | None:
    if len(all_) <= BESIDE:
        return None
    found = sorted({*page, *(all_[place * len(all_) // BESIDE] for place in range(BESIDE))})
    return found if len(found) < len(all_) else None


def _all(connection: Connection, *, sold: bool) -> list[str]:
    """Every SKU, in the order of their characters' numbers."""
    found = set(connection.execute(_OF_PRODUCTS).scalars())
    return sorted(found | _sold(connection) if sold else found)


def _sold(connection: Connection) -> set[str]:
    """Every SKU of which something was sold."""
    columns = (sales.c.sku, backorders.c.sku)
    return {sku for column in columns for sku in connection.execute(_each_once(column)).scalars()}


def _each_once(column: Column[str]) -> Select[str]:
    """The values of an indexed column, found from one to the next: there are many rows of each."""
    known = select(func.min(column).label("sku")).cte("each_sku", recursive=True)
    behind = select(func.min(column)).where(column > known.c.sku).correlate(known).scalar_subquery()
    all_ = known.union_all(select(behind).select_from(known).where(known.c.sku.is_not(None)))
    return select(all_.c.sku).where(all_.c.sku.is_not(None))


def _bought(connection: Connection, supplier: str, *, any_: bool) -> set[str]:
    """The products that are bought of a supplier."""
    of = [supplier]
    if not any_:
        return set(connection.execute(_OF_PRODUCTS.where(products.c.supplier.in_(of))).scalars())
    rows = connection.execute(select(suppliers.c.id, suppliers.c.backups))
    backed, _ = sound(
        rows, lambda row: (row.id, json.loads(row.backups)), lambda row: (f"supplier/{row.id}", "")
    )
    of += [id for id, backups in backed if supplier in backups]
    priced = select(supplier_prices.c.sku).where(supplier_prices.c.supplier == supplier)
    found = set(connection.execute(_OF_PRODUCTS.where(products.c.supplier.in_(of))).scalars())
    return found | set(connection.execute(priced).scalars())
