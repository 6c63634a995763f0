"""What only a record knows to be wrong with a fact of stock; see `record_faults`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from backorder.domain.calendar import Calendar
from backorder.domain.keys import joined
from backorder.domain.supply.on_hand import StockFact
from backorder.domain.texts import how_many
from backorder.services.booked_before import is_adjusted, is_returned, left_of, receipt_of
from backorder.services.order_days import before_its_order
from backorder.services.record_faults import is_ordered, of_order_line
from backorder.services.stock_remarks import not_there
from backorder.storage import movements
from backorder.storage.near_skus import no_product
from backorder.storage.purchase_order_lines import find_line
from backorder.storage.stock_counts import is_counted, utc
from backorder.storage.tables import stock

if TYPE_CHECKING:
    from backorder.schemas import Adjustment, Receipt, StockCount, SupplyReturn
    from backorder.storage.rows import ReceiptRow, StockRow


def of_receipt(connection: Connection, receipt: Receipt) -> list[str]:
    """Goods of no line, or that came before they were ordered."""
    order, at = receipt.purchase_order, receipt.received_at
    faults = of_order_line(connection, order, receipt.line)
    if order and at and is_ordered(connection, order):
        fault = before_its_order(connection, order, at)
        faults += [f"received_at: {fault}"] if fault else []
    return faults


def of_return(connection: Connection, sent: SupplyReturn, calendar: Calendar, at: datetime) -> list[str]:
    """Goods that went back of no receipt, before they came, or more than came or are there.

    at: the business instant of now.
    """
    if faults := of_order_line(connection, sent.purchase_order, sent.line):
        return faults
    if not (sent.purchase_order and sent.receipt_id and sent.line) or is_returned(connection, sent):
        return []
    row = receipt_of(connection, sent.receipt_id, sent.purchase_order, sent.line)
    if row is None:
        where = f"line {sent.line} of {sent.purchase_order}"
        first = "book it first, with backorder supply receipt"
        return [f"receipt_id: there is no receipt {sent.receipt_id} of {where}; {first}"]
    if sent.returned_at is not None and calendar.day(sent.returned_at) < row.received_on:
        came = f"receipt {sent.receipt_id} came at {utc(row.received_at)}"
        faults.append(f"returned_at: {came}, so that nothing of it can have gone back before")
    return [*faults, *_of_returned_units(connection, sent, row, at)]


def _of_returned_units(
    connection: Connection, sent: SupplyReturn, row: ReceiptRow, at: datetime
) -> list[str]:
    if not sent.quantity:
        return []
    left = left_of(connection, sent)
    if sent.quantity > left:
        units = how_many(left, "unit")
        return [f"quantity: only {units} of receipt {sent.receipt_id} can still go back"]
    line = find_line(connection, sent.purchase_order, sent.line)
    if line is None or "returned_at" in sent.faulty:
        return []
    name = joined(sent.return_id or "", sent.purchase_order, sent.line)
    gone_at = min(max(sent.returned_at or at, row.received_at), at)
    return _of_fact(connection, line.sku, movements.movement("return", name, gone_at, -sent.quantity))


def of_adjustment(connection: Connection, adjustment: Adjustment, at: datetime) -> list[str]:
    """A change of no product, or of more units than are there. at: the business instant of now."""
    if not adjustment.sku or _row(connection, adjustment.sku) is None:
        return _of_sku(connection, adjustment.sku)
    if not adjustment.quantity or "at" in adjustment.faulty or is_adjusted(connection, adjustment):
        return []
    happened_at, name = min(adjustment.at or at, at), adjustment.adjustment_id or ""
    fact = movements.movement("adjustment", name, happened_at, adjustment.quantity)
    return _of_fact(connection, adjustment.sku, fact)


def of_count(connection: Connection, count: StockCount, at: datetime) -> list[str]:
    """A count of no product, or too low for what left since. at: the business instant of now."""
    as_of: datetime | None = count.as_of
    on_hand: int | None = count.on_hand
    if not count.sku or _row(connection, count.sku) is None:
        return _of_sku(connection, count.sku)
    if on_hand is None or as_of is None or is_counted(connection, count):
        return []
    return _of_fact(connection, count.sku, movements.count(as_of, min(as_of, at), on_hand))


def _of_sku(connection: Connection, sku: str | None) -> list[str]:
    return [f"sku: {no_product(connection, sku)}"] if sku else []


def _of_fact(connection: Connection, sku: str, fact: StockFact) -> list[str]:
    """Units that cannot have been where a fact says."""
    stocked = _row(connection, sku)
    if stocked is None:
        return []
    happened = movements.since(connection, stocked, fact.at)
    entry = happened.enter(fact)
    return [not_there(fact, happened, entry)] if entry.short > 0 else []


def _row(connection: Connection, sku: str) -> StockRow | None:
    return connection.execute(select(stock).where(stock.c.sku == sku)).one_or_none()
