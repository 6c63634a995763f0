"""Days of a purchase order that are likely a slip of the hand: a mistyped year above all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, select

from backorder.domain.iso import CLOCK_ERROR
from backorder.storage.purchase_order_lines import is_open, last_stated, stated_lead_days, tranches_of
from backorder.storage.tables import purchase_order_lines, purchase_orders

OVERDUE_TIMES, OVERDUE_DAYS = 3, 90
"""So many lead times, and days, after its day an order is said to be long overdue."""


def before_its_order(connection: Connection, order: str, at: datetime) -> str | None:
    """What is wrong with an instant at which something of an order is said to have come."""
    mine = purchase_orders.c.id == order
    ordered_at = connection.execute(select(purchase_orders.c.ordered_at).where(mine)).scalar_one()
    if at >= ordered_at - CLOCK_ERROR:
        return None
    return f"{at:%Y-%m-%d} is before {order} was ordered, {ordered_at:%Y-%m-%d}; is the year right?"


def long_overdue(connection: Connection, order: str, today: date) -> Iterator[str]:
    """What is outstanding of an order and was due so long ago that a date may be mistyped, in words."""
    mine = purchase_orders.c.id == order
    supplier, ordered_on = connection.execute(
        select(purchase_orders.c.supplier, purchase_orders.c.ordered_on).where(mine)
    ).one()
    lines = purchase_order_lines.c
    for line in connection.execute(
        select(purchase_order_lines).where(lines.purchase_order == order).order_by(lines.line)
    ):
        if not is_open(line):
            continue
        since = max(each.ordered_on for each in tranches_of(connection, line))
        lead = stated_lead_days(connection, line.sku, supplier)
        stated = [each.day for each in last_stated(connection, line) if each.day]
        due = max(stated) if stated else date.fromordinal(since.toordinal() + lead)
        overdue = (today - due).days
        if overdue > max(OVERDUE_DAYS, OVERDUE_TIMES * (due - since).days):
            yield (
                f"line {line.line} was ordered on {ordered_on} and due on {due}, {overdue} days ago: "
                "is the year right?"
            )
