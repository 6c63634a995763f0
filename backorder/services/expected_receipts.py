"""When the outstanding units of a purchase-order line are expected at the dock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, TypedDict

from sqlalchemy import Connection, and_, delete, insert, select, update

from backorder.domain.calendar import Calendar
from backorder.domain.iso import in_5_years
from backorder.domain.supply.expected_receipts import UNSURE, Expected, Stated, expect_receipts
from backorder.forecasting.query import Query
from backorder.services.forecasts import ForecastService
from backorder.storage.purchase_order_lines import find_line, is_line, is_open, ordered_line, stated_lead_days
from backorder.storage.tables import expected_receipts, purchase_order_lines, purchase_orders

if TYPE_CHECKING:
    from backorder.forecasting.arrival import ArrivalForecast
    from backorder.storage.rows import OrderedLineRow

COLUMNS = ("split", "quantity", "ordered_on", "stated", "likely", "by", "basis", "words")
_MOVES = ("quantity", "stated", "likely", "by")
"""The columns that make a difference to those who wait."""


class Foreseen(TypedDict):
    """A forecast as the row of a part holds it."""

    likely: date | None
    by: date | None
    basis: str
    words: str


class ReceiptPart(Foreseen):
    """A part of a line that is to come, as its row holds it."""

    split: int
    quantity: int
    ordered_on: date
    stated: date | None


class ExpectedReceipts:
    """Keeps the table `expected_receipts` true: one row for each part of a line that is still to come."""

    def __init__(self, forecasts: ForecastService, calendar: Calendar) -> None:
        self._forecasts = forecasts
        self._calendar = calendar

    def prepare(self, at: datetime) -> None:
        """Learn the day's model, before the transaction that will ask it."""
        self._forecasts.prepare(self._calendar.day(at))

    def expect(self, connection: Connection, line: OrderedLineRow, at: datetime) -> bool:
        """Work out anew when the outstanding units of a line arrive. Returns whether anything changed."""
        row = find_line(connection, line.purchase_order, line.line)
        part = expected_receipts.c
        wanted = and_(part.purchase_order == line.purchase_order, part.line == line.line)
        columns = [part[name] for name in COLUMNS]
        kept = select(*columns).where(wanted).order_by(part.split)
        before = [dict(each) for each in connection.execute(kept).mappings()]
        after = self.expected(connection, row, at) if row is not None else []
        if row is not None:
            self._note_due(connection, row, after)
        if after == before:
            return False
        connection.execute(delete(expected_receipts).where(wanted))
        if row is not None and after:
            key = {"purchase_order": row.purchase_order, "line": row.line, "sku": row.sku}
            connection.execute(insert(expected_receipts), [key | each for each in after])
        return [itemgetter(*_MOVES)(each) for each in after] != [itemgetter(*_MOVES)(each) for each in before]

    def _note_due(self, connection: Connection, row: OrderedLineRow, parts: Sequence[ReceiptPart]) -> None:
        """The day that counts: the earliest one stated, else that of the usual lead time."""
        day = min((part["stated"] for part in parts if part["stated"]), default=None)
        if day is None and parts and not any(part["words"] == UNSURE for part in parts):
            mine = purchase_orders.c.id == row.purchase_order
            supplier = connection.execute(select(purchase_orders.c.supplier).where(mine)).scalar_one()
            usual = timedelta(days=stated_lead_days(connection, row.sku, supplier))
            day = min(part["ordered_on"] for part in parts) + usual
        if day != row.due:
            wanted = is_line(row.purchase_order, row.line)
            connection.execute(update(purchase_order_lines).where(wanted).values(due=day))

    def expected(
        self, connection: Connection, row: OrderedLineRow, at: datetime, told: Sequence[Stated] | None = None
    ) -> list[ReceiptPart]:
        """What is to come of a line, part by part; as in `told`, if not as the supplier said last."""
        if not is_open(row):
            return []
        mine = purchase_orders.c.id == row.purchase_order
        query = select(purchase_orders.c.ordered_on, purchase_orders.c.supplier).where(mine)
        order = connection.execute(query).one()
        parts = expect_receipts(ordered_line(connection, row, told))
        lead_days = stated_lead_days(connection, row.sku, order.supplier)
        today = self._calendar.day(at)
        queries = [
            Query(
                supplier=order.supplier,
                destination=row.destination,
                ordered=min(part.ordered_on, part.stated or today, today),
                asked=today,
                stated=part.stated if part.stated and part.stated >= order.ordered_on else None,
                lead_days=lead_days,
            )
            for part in parts
        ]
        forecasts = self._forecasts.forecast(queries)
        found: list[ReceiptPart] = [
            {
                "split": split,
                "quantity": part.units,
                "ordered_on": part.ordered_on,
                "stated": part.stated,
                **_columns(forecast, in_5_years(today), unsure=part.unsure),
            }
            for split, (part, forecast) in enumerate(zip(parts, forecasts, strict=True))
        ]
        return [
            _in_turn(part, each, found[:n]) for n, (part, each) in enumerate(zip(parts, found, strict=True))
        ]


def _in_turn(part: Expected, found: ReceiptPart, before: Sequence[ReceiptPart]) -> ReceiptPart:
    """Units of which nothing was said come no sooner than those of the line that were ordered before them."""
    stated = [each for each in before if each["stated"] or each["words"] == UNSURE]
    if part.is_stated or not stated:
        return found
    if any(each["by"] is None for each in stated):
        return {**found, "likely": None, "by": None, "basis": "none", "words": UNSURE}
    if found["by"] is None:
        return found
    likely = _latest([found["likely"], *(each["likely"] for each in stated)])
    by = _latest([found["by"], *(each["by"] for each in stated)])
    if (likely, by) == (found["likely"], found["by"]):
        return found
    words = f"not before what was ordered earlier; {found['words']}"
    return {**found, "likely": likely, "by": by, "words": words}


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _columns(forecast: ArrivalForecast | None, farthest: date, *, unsure: bool) -> Foreseen:
    """A forecast as the row of a part holds it; none beyond the farthest day, which is no date to promise."""
    if unsure:
        return {"likely": None, "by": None, "basis": "none", "words": UNSURE}
    if forecast is None:
        return {"likely": None, "by": None, "basis": "none", "words": "nothing is known about this supplier"}
    if forecast.p90 > farthest:
        words = f"overdue so long that no date can be said; is its order day right? {forecast.words}"
        return {"likely": None, "by": None, "basis": "none", "words": words}
    return {
        "likely": forecast.p50,
        "by": forecast.p90,
        "basis": forecast.basis,
        "words": forecast.words,
    }
