"""What buyers want to see: kept promises, lead times, reliability, what is late, what is short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Row, and_, exists, func, or_, select

from backorder.domain.calendar import Calendar
from backorder.domain.supply.approval import FROM_ORDER
from backorder.domain.supply.purchase_order_follow_up import FollowUpRules
from backorder.forecasting.reliability import (
    DueDelivery,
    Kept,
    LeadTimeQuantiles,
    Reliability,
    dues,
    kept_promises,
    lead_times,
    reliabilities,
)
from backorder.queries.past_orders import past_orders, usual_lead_days
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import known, line, sound
from backorder.storage.purchase_order_lines import OPEN
from backorder.storage.stated_dates import of_this_supplier
from backorder.storage.stock_units import DELIVERED
from backorder.storage.tables import (
    backorders,
    demands,
    expected_receipts,
    messages,
    products,
    promises,
    purchase_order_lines,
    purchase_orders,
    stated_dates,
    stock,
)

if TYPE_CHECKING:
    from backorder.forecasting.arrival import ArrivalModel


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenOrder:
    """A purchase-order line that needs an eye.

    outstanding: units that have not come. due: the day that counts. by: when it is forecast (P90).
    """

    purchase_order: str
    line: str
    supplier: str
    sku: str
    outstanding: int
    due: date | None
    by: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Short:
    """A SKU whose queue exceeds its supply. missing: units that nothing covers."""

    sku: str
    name: str
    waiting: int
    free: int
    coming: int

    @property
    def missing(self) -> int:
        """Units that nothing covers."""
        return self.waiting - self.free - self.coming


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplyReport:
    """first, last: promises kept by supplier and month, judged by the first and by the last promise told."""

    asof: date
    first: list[Kept]
    last: list[Kept]
    lead_times: list[LeadTimeQuantiles]
    reliability: list[Reliability]
    late: list[OpenOrder]
    unconfirmed: list[OpenOrder]
    short: list[Short]


def supply_report(database: Database, model: ArrivalModel, rules: FollowUpRules) -> SupplyReport:
    """The report as of the day on which the model was learnt."""
    today, calendar = model.asof, database.policies.calendar
    with reading(database.engine) as connection:
        promised = dues(past_orders(connection), usual_lead_days(connection))
        first, last = _promised(connection, calendar)
        orders = open_orders(connection)
        return SupplyReport(
            asof=today,
            first=kept_promises(first, today),
            last=kept_promises(last, today),
            lead_times=lead_times(model),
            reliability=sorted(
                reliabilities(promised, today).values(), key=lambda each: (-each.rate, each.supplier)
            ),
            late=[order for order in orders if order.due and order.due < today],
            unconfirmed=[
                order for order in orders if _unconfirmed(connection, order, today, rules, calendar)
            ],
            short=_short(connection),
        )


def _unconfirmed(
    connection: Connection, order: OpenOrder, today: date, rules: FollowUpRules, calendar: Calendar
) -> bool:
    """Due soon, and the supplier has not spoken since it was time to ask."""
    ask = timedelta(days=rules.confirm_before)
    if order.due is None or not order.due - ask <= today <= order.due:
        return False
    confirmed = and_(
        stated_dates.c.purchase_order == order.purchase_order,
        stated_dates.c.line == order.line,
        stated_dates.c.source != FROM_ORDER,
        of_this_supplier(),
    )
    last = known(connection.execute(select(func.max(stated_dates.c.at)).where(confirmed)).scalar_one())
    return last is None or calendar.day(last) < order.due - ask


_restored = promises.alias()
_came_back = exists().where(
    _restored.c.backorder == promises.c.backorder, _restored.c.takes_back == promises.c.revision
)
"""The condition that the books say of a promise that it did not arrive after all."""
_GONE = ("failed", "withdrawn")
"""States of a message that is not told, or no longer: no row says so of a promise that was not the newest."""
_PROMISED = (
    select(
        promises.c.by,
        backorders.c.id,
        backorders.c.supplier,
        backorders.c.phase,
        backorders.c.closed_at,
        demands.c.open,
        demands.c.allocated,
        demands.c.allocated_on,
    )
    .join(backorders, backorders.c.id == promises.c.backorder)
    .join(demands, demands.c.backorder == promises.c.backorder)
    .outerjoin(messages, messages.c.id == promises.c.message)
    .where(promises.c.takes_back.is_(None), ~_came_back)
    .where(or_(messages.c.state.is_(None), messages.c.state.not_in(_GONE)))
    .order_by(promises.c.backorder, promises.c.revision)
)
"""What every line was told and did not come back; what stands again was counted when it was told."""


class _PromisedRow(Protocol):
    allocated_on: date | None
    open: int
    allocated: int
    closed_at: datetime | None
    phase: str
    id: str
    supplier: str
    by: date


def _promised(connection: Connection, calendar: Calendar) -> tuple[list[DueDelivery], list[DueDelivery]]:
    """First and last promise of each line, with the day on which all of it had arrived.

    Of a line that was cancelled or substituted before the promised day nobody knows.
    """

    def told(row: _PromisedRow) -> tuple[str, DueDelivery | None]:
        closed = calendar.day(row.closed_at) if row.closed_at else None
        given_up = row.phase in ("closing", "cancelled", "substituted")
        arrived = row.allocated_on if given_up else _arrived(row, closed)
        if given_up and (closed is None or closed <= row.by):
            return row.id, None
        return row.id, DueDelivery(row.supplier, row.by, arrived)

    rows = connection.execute(_PROMISED)
    promised, _ = sound((row for row in rows if row.by is not None), told, lambda row: line(row.id))
    first: dict[str, DueDelivery | None] = {}
    for id, due in promised:
        first.setdefault(id, due)
    return _known(first), _known(dict(promised))


def _known(dues_: dict[str, DueDelivery | None]) -> list[DueDelivery]:
    return [due for due in dues_.values() if due is not None]


def _arrived(row: _PromisedRow, closed: date | None) -> date | None:
    if row.open > row.allocated:
        return None
    day: date | None = row.allocated_on
    return day or closed


def open_orders(connection: Connection) -> list[OpenOrder]:
    """Every purchase-order line with units outstanding, by order and line."""
    line = purchase_order_lines.c
    latest = (
        select(func.max(expected_receipts.c.by))
        .where(
            expected_receipts.c.purchase_order == line.purchase_order, expected_receipts.c.line == line.line
        )
        .scalar_subquery()
    )
    query = (
        select(
            line.purchase_order,
            line.line,
            line.sku,
            (line.quantity - line.received).label("outstanding"),
            purchase_orders.c.supplier,
            line.due,
            latest.label("by"),
        )
        .join(purchase_orders, purchase_orders.c.id == line.purchase_order)
        .where(OPEN)
        .order_by(line.purchase_order, line.line)
    )
    found, _ = sound(
        connection.execute(query),
        lambda row: OpenOrder(**row._mapping),
        lambda row: (f"purchase-order/{row.purchase_order}", ""),
    )
    return found


def _short(connection: Connection) -> list[Short]:
    need = (
        select(demands.c.sku, func.sum(demands.c.open - demands.c.allocated).label("waiting"))
        .where(demands.c.open > 0, DELIVERED)
        .group_by(demands.c.sku)
        .subquery()
    )
    coming = (
        select(expected_receipts.c.sku, func.sum(expected_receipts.c.quantity).label("coming"))
        .group_by(expected_receipts.c.sku)
        .subquery()
    )
    free = stock.c.on_hand - stock.c.allocated
    query = (
        select(need.c.sku, products.c.name, need.c.waiting, free, func.coalesce(coming.c.coming, 0))
        .join(stock, stock.c.sku == need.c.sku)
        .join(products, products.c.sku == need.c.sku)
        .outerjoin(coming, coming.c.sku == need.c.sku)
        .where(need.c.waiting > free + func.coalesce(coming.c.coming, 0))
        .order_by(need.c.sku)
    )
    found, _ = sound(connection.execute(query), _missing, lambda row: (f"sku/{row.sku}", ""))
    return found


def _missing(row: Row[str, str, int, int, int]) -> Short:
    sku, name, waiting, free, coming = row
    return Short(sku=sku, name=name, waiting=int(waiting), free=int(free), coming=int(coming))
