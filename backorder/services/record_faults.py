"""What only a record knows to be wrong with what comes in.

Services refuse it by this, and a body that has other faults is told of it in the same answer: then fields
that are faulty themselves are None, and what depends on them is left out.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from backorder.domain.calendar import Calendar
from backorder.domain.money import fault_of_amount
from backorder.domain.texts import how_many, shown
from backorder.services.booked_before import left_of, receipt_of
from backorder.services.order_days import before_its_order
from backorder.storage.codec import load_state
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import find_line, no_line
from backorder.storage.stock_counts import utc
from backorder.storage.tables import backorders, purchase_orders, suppliers

if TYPE_CHECKING:
    from backorder.schemas import Receipt, StatedDates, SupplyReturn
    from backorder.storage.rows import OrderedLineRow


def of_policy(connection: Connection, policies: PolicyRepository, name: str | None) -> list[str]:
    """A name that no policy has."""
    if not name or policies.newest(connection, name) is not None:
        return []
    known = ", ".join(policies.names(connection)) or "none"
    return [f"value: no policy is called {shown(name)}; there are: {known}"]


def of_hold(until: datetime | None, now: datetime) -> list[str]:
    """A hold that is over before it begins. now: business time."""
    return ["until: a hold must end in the future"] if until is not None and until <= now else []


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
    query = select(suppliers.c.id).where(suppliers.c.id == supplier)
    if not supplier or connection.execute(query).first() is not None:
        return []
    return [f"supplier: there is no supplier {supplier}"]


def of_order_line(connection: Connection, order: str | None, line: str | None) -> list[str]:
    """A line that a purchase order does not have."""
    if not order or not line or find_line(connection, order, line) is not None:
        return []
    return [no_line(order, line)]


def of_receipt(connection: Connection, receipt: Receipt) -> list[str]:
    """Goods of no line, or that came before they were ordered."""
    order, at = receipt.purchase_order, receipt.received_at
    if faults := of_order_line(connection, order, receipt.line):
        return faults
    if not order or not at or not _is_on_record(connection, order):
        return []
    fault = before_its_order(connection, order, at)
    return [f"received_at: {fault}"] if fault else []


def of_return(connection: Connection, sent: SupplyReturn, calendar: Calendar) -> list[str]:
    """Goods that went back of no receipt, before they came, or more than came."""
    if faults := of_order_line(connection, sent.purchase_order, sent.line):
        return faults
    if not sent.receipt_id or not sent.line:
        return []
    row = receipt_of(connection, sent.receipt_id, sent.purchase_order, sent.line)
    if row is None:
        where = f"line {sent.line} of {sent.purchase_order}"
        first = "book it first, with backorder supply receipt"
        return [f"receipt_id: there is no receipt {sent.receipt_id} of {where}; {first}"]
    faults = []
    if sent.returned_at is not None and calendar.day(sent.returned_at) < row.received_on:
        came = f"receipt {sent.receipt_id} came at {utc(row.received_at)}"
        faults.append(f"returned_at: {came}, so that nothing of it can have gone back before")
    left = left_of(connection, sent)
    if sent.quantity and sent.quantity > left:
        units = how_many(left, "unit")
        faults.append(f"quantity: only {units} of receipt {sent.receipt_id} can still go back")
    return faults


def of_dates(connection: Connection, stated: StatedDates) -> list[str]:
    """Dates of no line that is outstanding, before its order, or for more or fewer units than are."""
    order, name = stated.purchase_order, stated.line
    if not order or not name:
        return []
    line = find_line(connection, order, name)
    if line is None:
        return [no_line(order, name)]
    where = "purchase_order, line"
    if line.cancelled_at is not None:
        return [f"{where}: line {name} of {order} was cancelled"]
    if line.quantity <= line.received:
        return [f"{where}: nothing of line {name} of {order} is outstanding"]
    return [*_of_splits(connection, line, stated)] if stated.splits else []


def _of_splits(connection: Connection, line: OrderedLineRow, stated: StatedDates) -> list[str]:
    mine = purchase_orders.c.id == line.purchase_order
    ordered_on = connection.execute(select(purchase_orders.c.ordered_on).where(mine)).scalar_one()
    early = sorted({split.date for split in stated.splits if split.date and split.date < ordered_on})
    faults = [f"splits: {each} is before the day of the order, {ordered_on}" for each in early]
    missing, total = line.quantity - line.received, sum(split.quantity for split in stated.splits)
    if total != missing:
        units = how_many(missing, "unit is", "units are")
        faults.append(f"splits: the splits add up to {total}, but {units} outstanding")
    return faults


def _is_on_record(connection: Connection, order: str) -> bool:
    query = select(purchase_orders.c.id).where(purchase_orders.c.id == order)
    return connection.execute(query).first() is not None
