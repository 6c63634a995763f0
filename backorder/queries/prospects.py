"""What a new line finds at a SKU: the queue, what is free, what is on its way; and the version of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select, text

from backorder.domain.availability import Prospect, SaleTerms
from backorder.domain.supply.allocation import Open
from backorder.domain.supply.pegging import Supply
from backorder.storage import stock_units
from backorder.storage.arrivals import coming
from backorder.storage.compiled import fetch
from backorder.storage.isolation import known, readable, sound
from backorder.storage.plain_rows import rows_of
from backorder.storage.tables import current_policies, demands, expected_receipts, products, stock
from backorder.storage.types import among

R = TypeVar("R", bound="_OfSkuRow")

T = TypeVar("T")
_SKUS: BindParameter[str] = bindparam("skus", expanding=True)
_SKU_VERSION = (
    select(
        stock.c.sku,
        stock.c.version,
        products.c.backorder_limit,
        products.c.sell_without_date,
        select(current_policies.c.version)
        .where(current_policies.c.name == bindparam("policy"))
        .scalar_subquery()
        .label("policy"),
    )
    .join(products, products.c.sku == stock.c.sku)
    .where(among(stock.c.sku, "skus"))
)
_STOCK = select(stock).where(stock.c.sku.in_(_SKUS))
_EXPECTED = select(expected_receipts).where(
    expected_receipts.c.sku.in_(_SKUS), expected_receipts.c.quantity > 0
)
# The first part is the partial index's own condition, which a parameter would not match.
_QUEUED = and_(text("demands.open > 0"), demands.c.sku.in_(_SKUS), stock_units.WAITS)
_QUEUE = select(demands).where(_QUEUED)
_NEED = demands.c.open - demands.c.allocated
_HEADS = demands.c.claim | ((demands.c.partial == "hold") & (demands.c.allocated > 0))
_LATER = (demands.c.priority == 0) & (demands.c.ordered_at > bindparam("at"))
_AHEAD = _HEADS | (demands.c.priority > 0) | ((demands.c.priority == 0) & ~_LATER)
_SUMS = (
    select(
        demands.c.sku,
        func.sum(_NEED).label("waiting"),
        func.coalesce(func.sum(_NEED).filter(_AHEAD), 0).label("ahead"),
        func.min(demands.c.ordered_at).filter(_LATER).label("until"),
    )
    .where(_QUEUED)
    .group_by(demands.c.sku)
)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class SkuVersion:
    """How a SKU stands: its version, the terms on which it is sold, the version of the policy for new lines.

    policy: None where there is none of that name.
    """

    version: int
    terms: SaleTerms
    policy: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownProspect:
    """A prospect with the version that it belongs to. It holds from `since` on and before `until`, business
    instants; until None: as long as the version stays.
    """

    version: int
    prospect: Prospect
    since: datetime
    until: datetime | None

    def holds(self, version: int, at: datetime) -> bool:
        """Whether it is that of a version, at an instant."""
        return self.version == version and self.since <= at and (self.until is None or at < self.until)


def sku_versions(connection: Connection, skus: Iterable[str], policy: str) -> dict[str, SkuVersion]:
    """How SKUs stand, in one read by key; unknown ones are left out. policy: for new lines."""
    rows = rows_of(connection, _SKU_VERSION, {"skus": sorted(set(skus)), "policy": policy})
    return {
        sku: SkuVersion(
            version=version,
            terms=SaleTerms(limit=known(limit), without_date=bool(without_date)),
            policy=current,
        )
        for sku, version, limit, without_date, current, *_ in rows
    }


def prospects(connection: Connection, skus: Sequence[str], at: datetime) -> dict[str, KnownProspect]:
    """What new lines find at SKUs at a business instant, from one snapshot; unknown ones are left out.

    Raises UnreadableError for a stock that cannot be read.
    """
    named = {"skus": list(skus)}
    stocks = [readable(row) for row in fetch(connection, _STOCK, named)]
    supplies = _by_sku(fetch(connection, _EXPECTED, named), coming, _supply_name)
    sums = {row.sku: row for row in fetch(connection, _SUMS, named | {"at": at})}
    some = [row.sku for row in stocks if row.on_hand > row.allocated]
    queues = _queues(connection, some)
    return {row.sku: _seen(row, sums.get(row.sku), supplies, queues, at) for row in stocks}


class _OfSkuRow(Protocol):
    sku: str


class _SumsRow(Protocol):
    waiting: int
    ahead: int
    until: datetime | None


class _StockRow(Protocol):
    on_hand: int
    allocated: int
    version: int
    sku: str


def _seen(
    row: _StockRow,
    sums: _SumsRow | None,
    supplies: Mapping[str, tuple[Supply, ...]],
    queues: Mapping[str, tuple[Open, ...]],
    at: datetime,
) -> KnownProspect:
    free = row.on_hand - row.allocated
    prospect = Prospect(
        free=free,
        queue=queues.get(row.sku, ()) if free else _block(int(sums.ahead) if sums else 0),
        waiting=int(sums.waiting) if sums else 0,
        incoming=supplies.get(row.sku, ()),
    )
    until = known(sums.until) if sums and not free else None
    return KnownProspect(version=row.version, prospect=prospect, since=at, until=until)


def _block(units: int) -> tuple[Open, ...]:
    """Those that stand before a new line are one claim on so many units: none of them gets any now."""
    if not units:
        return ()
    return (Open(id="", priority=0, ordered_at=_LONG_AGO, open=units, allocated=0, partial="ship"),)


def _queues(connection: Connection, skus: Sequence[str]) -> dict[str, tuple[Open, ...]]:
    if not skus:
        return {}
    rows = fetch(connection, _QUEUE, {"skus": list(skus)})
    return _by_sku(rows, stock_units.open_line, stock_units.line_of)


def _by_sku(
    rows: Iterable[R], read: Callable[[R], T], name: Callable[[R], tuple[str, str]]
) -> dict[str, tuple[T, ...]]:
    """What can be read of some rows, for each SKU."""
    found: dict[str, list[T]] = {}
    for sku, each in sound(rows, lambda row: (row.sku, read(row)), name)[0]:
        found.setdefault(sku, []).append(each)
    return {sku: tuple(each) for sku, each in found.items()}


class _ExpectedRow(Protocol):
    purchase_order: str


def _supply_name(row: _ExpectedRow) -> tuple[str, str]:
    return f"purchase-order/{row.purchase_order}", ""
