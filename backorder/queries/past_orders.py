"""The purchase orders that a forecast learns from: imported ones and the shop's own."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import Connection, func, select

from backorder.forecasting.history import LONGEST_DAYS, PastOrder
from backorder.storage.isolation import sound
from backorder.storage.stated_dates import CHANGED_IN
from backorder.storage.tables import (
    history,
    purchase_order_lines,
    purchase_orders,
    receipts,
    stated_dates,
    suppliers,
)


def usual_lead_days(connection: Connection) -> dict[str, int]:
    """The suppliers' stated lead times in days."""
    query = select(suppliers.c.id, suppliers.c.lead_days)
    found, _ = sound(
        connection.execute(query), lambda row: (row.id, row.lead_days), lambda row: (f"supplier/{row.id}", "")
    )
    return dict(found)


def past_orders(connection: Connection) -> list[PastOrder]:
    """Every order that is known: the imported history and the shop's own purchase-order lines, in order.

    A line has arrived on the day its last unit came in. Its stated day is the first that the supplier named,
    since that is what a fresh order has to be judged by. Cancelled lines say nothing about arrivals, nor do
    units that had come when the line's order went to another supplier: neither of both delivered it alone.
    """
    imported, _ = sound(
        connection.execute(select(history).order_by(history.c.number)),
        past_order,
        lambda row: (f"history/{row.number}", ""),
    )
    return imported + _own_orders(connection)


class _SupplierRow(Protocol):
    supplier: str
    destination: str


class _OwnRow(_SupplierRow, Protocol):
    tranches: str | None
    purchase_order: str
    line: str
    ordered_on: date
    received: int
    quantity: int


_Name = tuple[str, str]
"""A purchase order and its line."""


def _own_orders(connection: Connection) -> list[PastOrder]:
    key = (receipts.c.purchase_order, receipts.c.line)
    latest = select(*key, func.max(receipts.c.received_on)).group_by(*key)
    last = {(row[0], row[1]): row[2] for row in connection.execute(latest)}
    line_key = (stated_dates.c.purchase_order, stated_dates.c.line)
    first = (
        select(*line_key, func.max(stated_dates.c.day))
        .where(stated_dates.c.revision == CHANGED_IN + 1)
        .group_by(*line_key)
    )
    stated = {(row[0], row[1]): row[2] for row in connection.execute(first)}
    before = _received_of_others(connection)
    lines = purchase_order_lines.c
    query = (
        select(purchase_order_lines, purchase_orders.c.supplier, purchase_orders.c.ordered_on)
        .join(purchase_orders, purchase_orders.c.id == lines.purchase_order)
        .where(lines.cancelled_at.is_(None))
        .order_by(lines.purchase_order, lines.line)
    )

    def own(row: _OwnRow) -> PastOrder | None:
        name = (row.purchase_order, row.line)
        if row.tranches is not None:
            return _first_tranche(connection, row, row.tranches, stated.get(name), before.get(name, 0))
        if before.get(name, 0) >= row.quantity > 0:
            return None
        whole = row.received >= row.quantity and row.received > 0
        return _order(row, row.ordered_on, stated.get(name), last.get(name) if whole else None)

    found, _ = sound(connection.execute(query), own, lambda row: (f"purchase-order/{row.purchase_order}", ""))
    return [each for each in found if each is not None]


def _received_of_others(connection: Connection) -> dict[_Name, int]:
    """The units that had ever come of a line when its order went to the supplier of now."""
    names = (stated_dates.c.purchase_order, stated_dates.c.line)
    query = select(*names, stated_dates.c.received).where(stated_dates.c.revision == CHANGED_IN)
    return {(row[0], row[1]): row[2] or 0 for row in connection.execute(query)}


def _first_tranche(
    connection: Connection, row: _OwnRow, tranches: str, stated: date | None, before: int
) -> PastOrder | None:
    """Of a line that was raised or joined an order later, what was ordered first is what is learnt from.

    before: units that came of others, which stand in front; where there are no more, there is nothing.
    """
    ordered, wanted = None, 0
    for units, day in json.loads(tranches):
        if wanted <= before:
            ordered, wanted = date.fromisoformat(day), wanted + units
    if ordered is None or wanted <= before:
        return None
    mine = (receipts.c.purchase_order == row.purchase_order) & (receipts.c.line == row.line)
    came = select(receipts.c.received_on, receipts.c.quantity).where(mine).order_by(receipts.c.received_on)
    arrived = None
    for received_on, units in connection.execute(came):
        wanted -= units
        if wanted <= 0:
            arrived = received_on
            break
    return _order(row, ordered, stated, arrived)


def _order(row: _SupplierRow, ordered: date, stated: date | None, arrived: date | None) -> PastOrder:
    """A receipt that was booked for a day before the order was placed counts from the day of the order.

    Days that are years away are typing errors, and nothing is learnt from them.
    """
    last = ordered + timedelta(days=min(LONGEST_DAYS, (date.max - ordered).days))
    return PastOrder(
        supplier=row.supplier,
        destination=row.destination,
        ordered=ordered,
        stated=stated if stated and ordered <= stated <= last else None,
        arrived=min(max(arrived, ordered), last) if arrived else None,
    )


class ImportedRow(Protocol):
    supplier: str
    destination: str
    ordered: date
    stated: date | None
    arrived: date | None


def past_order(row: ImportedRow) -> PastOrder:
    """An imported order as it is kept. Raises ValueError."""
    return PastOrder(row.supplier, row.destination, row.ordered, row.stated, row.arrived)
