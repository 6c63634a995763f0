"""When the outstanding units of a purchase-order line are expected at the dock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from backorder.domain.calendar import Calendar
from backorder.forecasting.arrival import ArrivalForecast
from backorder.forecasting.query import Query
from backorder.storage.outlook import Outlook
from backorder.storage.tables import (
    incoming,
    products,
    purchase_order_lines,
    purchase_orders,
    stated_dates,
    suppliers,
)

Piece = tuple[int, date | None, bool]
"""Outstanding units, the day stated for them, and whether the supplier cannot say."""
UNSURE = "the supplier cannot say when"
COLUMNS = ("split", "quantity", "stated", "likely", "by", "basis", "words")


class Expecting:
    """Keeps `incoming` true: one row for each part of a line that is still to come."""

    def __init__(self, outlook: Outlook, calendar: Calendar) -> None:
        self._outlook = outlook
        self._calendar = calendar

    def prepare(self, at: datetime) -> None:
        """Learn the day's model, before the transaction that will ask it."""
        self._outlook.prepare(self._calendar.day(at))

    def expect(self, connection: Connection, line: Any, at: datetime) -> bool:
        """Work out anew when the outstanding units of a line arrive. Returns whether anything changed."""
        row = find_line(connection, line.purchase_order, line.line)
        wanted = and_(incoming.c.purchase_order == line.purchase_order, incoming.c.line == line.line)
        columns = [incoming.c[name] for name in COLUMNS]
        kept = select(*columns).where(wanted).order_by(incoming.c.split)
        before = [tuple(each) for each in connection.execute(kept)]
        found = self.outlook(connection, row, at) if row is not None else []
        after = [tuple(each[name] for name in COLUMNS) for each in found]
        if after == before:
            return False
        connection.execute(delete(incoming).where(wanted))
        if row is not None and found:
            key = {"purchase_order": row.purchase_order, "line": row.line, "sku": row.sku}
            connection.execute(insert(incoming), [key | each for each in found])
        return [each[1:5] for each in after] != [each[1:5] for each in before]

    def outlook(
        self, connection: Connection, row: Any, at: datetime, pieces: Sequence[Piece] | None = None
    ) -> list[dict[str, Any]]:
        """What is to come of a line, part by part; in `pieces`, if not as the supplier said last."""
        if not is_open(row):
            return []
        order = connection.execute(
            select(purchase_orders.c.ordered_on, purchase_orders.c.supplier).where(
                purchase_orders.c.id == row.purchase_order
            )
        ).one()
        parts = pieces if pieces is not None else outstanding(row, last_word(connection, row))
        lead_days = stated_lead_days(connection, row.sku, order.supplier)
        today = self._calendar.day(at)
        queries = [
            Query(
                supplier=order.supplier,
                destination=row.destination,
                ordered=min(order.ordered_on, today),
                asked=today,
                stated=stated if stated and stated >= order.ordered_on else None,
                lead_days=lead_days,
            )
            for _, stated, _ in parts
        ]
        forecasts = self._outlook.forecast(queries)
        return [
            {"split": split, "quantity": units, "stated": stated} | _columns(forecast, unsure=unsure)
            for split, ((units, stated, unsure), forecast) in enumerate(zip(parts, forecasts, strict=True))
        ]


def look_again(connection: Connection, order: str, at: datetime | None) -> None:
    """Note when the workflow of a purchase order has to look at it, so that a sweep finds one that did not.

    None: never, unless something new is known.
    """
    wanted = purchase_orders.c.id == order
    connection.execute(update(purchase_orders).where(wanted).values(look_at=at))


def find_line(connection: Connection, order: str, line: str) -> Any:
    """A purchase-order line; None if there is none."""
    return connection.execute(select(purchase_order_lines).where(is_line(order, line))).one_or_none()


def is_open(line: Any) -> bool:
    """Whether units of a purchase-order line are still to come."""
    return line.cancelled_at is None and line.received < line.quantity


def is_line(order: str, line: str) -> Any:
    """The condition that picks a purchase-order line."""
    return and_(purchase_order_lines.c.purchase_order == order, purchase_order_lines.c.line == line)


def last_word(connection: Connection, line: Any) -> list[Any]:
    """What the supplier said last about a line, as far as it counts."""
    query = select(stated_dates).where(
        stated_dates.c.purchase_order == line.purchase_order,
        stated_dates.c.line == line.line,
        stated_dates.c.revision == line.revision,
    )
    return list(connection.execute(query.order_by(stated_dates.c.split)))


def outstanding(line: Any, said: Sequence[Any]) -> list[Piece]:
    """The outstanding units of a line, the earliest first.

    What was received since the supplier's last word counts against its earliest days.
    """
    missing = line.quantity - line.received
    arrived = arrived_since(line, said)
    pieces: list[Piece] = []
    for row in _by_day(said):
        gone = min(arrived, row.quantity)
        arrived -= gone
        if row.quantity > gone:
            pieces.append((row.quantity - gone, row.day, row.day is None))
    unsaid = missing - sum(units for units, _, _ in pieces)
    if unsaid > 0:
        pieces.append((unsaid, None, False))
    return pieces


def arrived_since(line: Any, said: Sequence[Any]) -> int:
    """Units that came in since the supplier's last word; all there ever were, if nothing was said."""
    if not said:
        return int(line.received)
    stated: int = sum(row.quantity for row in said)
    return max(0, stated - int(line.quantity - line.received))


def is_cut(line: Any, said: Sequence[Any]) -> bool:
    """Whether fewer units came in than were stated for a day: nothing was said about when the rest comes."""
    arrived = arrived_since(line, said)
    for row in _by_day(said):
        if arrived < row.quantity:
            break
        arrived -= row.quantity
    return arrived > 0


def _by_day(said: Sequence[Any]) -> list[Any]:
    stated = [row for row in said if row.quantity]
    return sorted(stated, key=lambda row: (row.day is None, row.day or date.max, row.split))


def stated_lead_days(connection: Connection, sku: str, supplier: str) -> int:
    """The supplier's stated lead time for a product in days: the product's own, or else the usual one."""
    own = select(products.c.lead_days).where(products.c.sku == sku, products.c.supplier == supplier)
    usual = select(suppliers.c.lead_days).where(suppliers.c.id == supplier)
    found = connection.execute(own).scalar_one_or_none()
    return found if found is not None else int(connection.execute(usual).scalar_one())


def _columns(forecast: ArrivalForecast | None, *, unsure: bool) -> dict[str, Any]:
    if unsure:
        return {"likely": None, "by": None, "basis": "none", "words": UNSURE}
    if forecast is None:
        return {"likely": None, "by": None, "basis": "none", "words": "nothing is known about this supplier"}
    return {
        "likely": forecast.p50,
        "by": forecast.p90,
        "basis": forecast.basis,
        "words": forecast.words,
    }
