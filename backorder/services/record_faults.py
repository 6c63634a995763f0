"""What only a record knows to be wrong with what comes in.

Services refuse it by this, and a body that has other faults is told of it in the same answer: then fields
that are faulty themselves are None, and what depends on them is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, select

from backorder.domain.calendar import Calendar
from backorder.domain.line.requests import fault_of_hold
from backorder.domain.money import fault_of_amount
from backorder.domain.texts import how_many, shown
from backorder.storage.codec import load_state
from backorder.storage.isolation import known
from backorder.storage.near_skus import no_product
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import find_line, no_line
from backorder.storage.tables import backorders, purchase_orders, stock, suppliers

if TYPE_CHECKING:
    from backorder.schemas import Product, PurchaseOrder, PurchaseOrderLine, StatedDates, SupplierPrice
    from backorder.storage.rows import OrderedLineRow


def of_policy(connection: Connection, policies: PolicyRepository, name: str | None) -> list[str]:
    """A name that no policy has."""
    if not name or policies.newest(connection, name) is not None:
        return []
    known = ", ".join(policies.names(connection)) or "none"
    return [f"value: no policy is called {shown(name)}; there are: {known}"]


def of_hold(until: datetime | None, now: datetime) -> list[str]:
    """A hold that is over before it begins, or longer than one may be. now: business time."""
    fault = None if until is None else fault_of_hold(until, now)
    return [f"until: {fault}"] if fault else []


def of_pause(until: datetime | None, now: datetime) -> list[str]:
    """A pause that is over before it begins. Both are instants of the same time."""
    return ["until: a pause must end in the future"] if until is not None and until <= now else []


def of_refund(connection: Connection, backorder: str, amount: Decimal | None) -> list[str]:
    """An amount that the currency of a line does not have."""
    query = select(backorders.c.state).where(backorders.c.id == backorder)
    row = connection.execute(query).one_or_none()
    if row is None or amount is None:
        return []
    fault = fault_of_amount(amount, load_state(row.state).payment.currency)
    return [f"amount: {fault}"] if fault else []


def of_supplier(connection: Connection, supplier: str | None) -> list[str]:
    """A supplier that is not on record."""
    if not supplier or _exists(connection, suppliers.c.id, supplier):
        return []
    return [f"supplier: {shown(supplier)} is unknown"]


def of_product(connection: Connection, product: Product) -> list[str]:
    """A product of a supplier that is not on record."""
    return of_supplier(connection, product.supplier)


def of_sku(connection: Connection, sku: str | None) -> list[str]:
    """An SKU that no product has."""
    if not sku or _exists(connection, stock.c.sku, sku):
        return []
    return [f"sku: {no_product(connection, sku)}"]


def of_supplier_price(connection: Connection, price: SupplierPrice) -> list[str]:
    """A price of a supplier, or for a product, that is not on record."""
    faults = of_supplier(connection, price.supplier)
    return [*faults, *of_sku(connection, price.sku)]


def of_purchase_order(connection: Connection, order: PurchaseOrder, calendar: Calendar) -> list[str]:
    """A supplier or products of no record, and lines that do not agree with those that are on record."""
    faults = of_supplier(connection, order.supplier)
    ordered_at = when_ordered(connection, order)
    ordered_on = calendar.day(ordered_at) if ordered_at is not None else None
    for index, line in enumerate(order.lines or ()):
        found = _of_line(connection, order.id, line, ordered_on)
        faults += [f"lines.{index}.{fault}" for fault in found]
    return faults


def when_ordered(connection: Connection, order: PurchaseOrder) -> datetime | None:
    """When it was ordered: as it was said; else as it is on record, or at this moment.

    None where what was said is no instant, and nothing is on record.
    """
    said: datetime | None = order.ordered_at
    if "ordered_at" in order.model_fields_set and said is not None:
        return said
    kept = select(purchase_orders.c.ordered_at).where(purchase_orders.c.id == order.id)
    return known(connection.execute(kept).scalar_one_or_none()) or said


def _of_line(
    connection: Connection, order: str, line: PurchaseOrderLine, ordered_on: date | None
) -> list[str]:
    """ordered_on: None where nobody can say."""
    faults = []
    before = find_line(connection, order, line.line) if order and line.line else None
    if line.sku and not _exists(connection, stock.c.sku, line.sku):
        faults.append(f"sku: {no_product(connection, line.sku)}")
    elif line.sku and before is not None and before.sku != line.sku:
        faults.append(f"sku: the line is for {before.sku}; another SKU is a new line")
    if line.stated_date and ordered_on and line.stated_date < ordered_on:
        faults.append(f"stated_date: {line.stated_date} is before the order, {ordered_on}")
    # What came beyond the order is no reason to refuse the order as it is on record.
    if line.quantity and before is not None and line.quantity < min(before.received, before.quantity):
        came = how_many(before.received, "unit was", "units were")
        faults.append(f"quantity: {came} received already")
    return faults


def of_order_line(connection: Connection, order: str | None, line: str | None) -> list[str]:
    """A line that a purchase order does not have."""
    if not order or not line or find_line(connection, order, line) is not None:
        return []
    return [no_line(order, line)]


def of_cancelled_order(connection: Connection, order: str, line: str | None) -> list[str]:
    """A purchase order that is not on record, or has no such line. line: None for all."""
    if line is not None:
        return of_order_line(connection, order, line)
    there = is_ordered(connection, order)
    return [] if there else [f"purchase_order: there is no purchase order {order}"]


def of_reassignment(connection: Connection, order: str, line: str | None, supplier: str | None) -> list[str]:
    """A line that is not on record, or another supplier that is not."""
    return [*of_order_line(connection, order, line), *of_supplier(connection, supplier)]


def of_dates(connection: Connection, stated: StatedDates) -> list[str]:
    """Dates of no line that is outstanding, before its order, or for more or fewer units than are."""
    order, name = stated.purchase_order, stated.line
    if not order:
        return []
    early = _early(connection, stated)
    line = find_line(connection, order, name) if name else None
    if line is None:
        return [*of_order_line(connection, order, name), *early]
    where = "purchase_order, line"
    if line.cancelled_at is not None:
        return [f"{where}: line {name} of {order} was cancelled", *early]
    if line.quantity <= line.received:
        return [f"{where}: nothing of line {name} of {order} is outstanding", *early]
    return [*early, *_of_units(line, stated)]


def _early(connection: Connection, stated: StatedDates) -> list[str]:
    mine = purchase_orders.c.id == stated.purchase_order
    ordered_on = connection.execute(select(purchase_orders.c.ordered_on).where(mine)).scalar_one_or_none()
    days = {split.date for split in stated.splits or () if split.date}
    early = sorted(day for day in days if ordered_on is not None and day < ordered_on)
    return [f"splits: {each} is before the day of the order, {ordered_on}" for each in early]


def _of_units(line: OrderedLineRow, stated: StatedDates) -> list[str]:
    counts: Sequence[int | None] = [split.quantity for split in stated.splits or ()]
    units = [each for each in counts if each is not None]
    missing, total = line.quantity - line.received, sum(units)
    if not counts or len(units) < len(counts) or total == missing:
        return []
    outstanding = how_many(missing, "unit is", "units are")
    return [f"splits: the splits add up to {total}, but {outstanding} outstanding"]


def is_ordered(connection: Connection, order: str) -> bool:
    """Whether a purchase order is on record."""
    return _exists(connection, purchase_orders.c.id, order)


def _exists(connection: Connection, column: Column[str], value: str) -> bool:
    return connection.execute(select(column).where(column == value)).first() is not None
