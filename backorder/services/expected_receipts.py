"""When the outstanding units of a purchase-order line are expected at the dock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from backorder.domain.calendar import Calendar
from backorder.domain.supply.expected_receipts import (
    Expected,
    OrderedLine,
    Stated,
    Tranche,
    expected_receipts,
)
from backorder.errors import UnreadableError
from backorder.failures import in_words
from backorder.forecasting.query import Query
from backorder.services.forecasts import ForecastService
from backorder.storage.codec import dump_json, load_json
from backorder.storage.tables import (
    incoming,
    products,
    purchase_order_lines,
    purchase_orders,
    stated_dates,
    suppliers,
)

if TYPE_CHECKING:
    from backorder.forecasting.arrival import ArrivalForecast

UNSURE = "the supplier cannot say when"
COLUMNS = ("split", "quantity", "ordered_on", "stated", "likely", "by", "basis", "words")
# Words of the partial index: a database only uses it if the query repeats its condition as it stands.
OPEN = and_(
    purchase_order_lines.c.cancelled_at.is_(None),
    purchase_order_lines.c.received < purchase_order_lines.c.quantity,
)
"""The condition that picks purchase-order lines of which units are still to come."""
_MOVES = ("quantity", "stated", "likely", "by")
"""The columns that make a difference to those who wait."""


class ExpectedReceipts:
    """Keeps `incoming` true: one row for each part of a line that is still to come."""

    def __init__(self, outlook: ForecastService, calendar: Calendar) -> None:
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
        before = [dict(each) for each in connection.execute(kept).mappings()]
        after = self.outlook(connection, row, at) if row is not None else []
        if row is not None:
            self._note_due(connection, row, after)
        if after == before:
            return False
        connection.execute(delete(incoming).where(wanted))
        if row is not None and after:
            key = {"purchase_order": row.purchase_order, "line": row.line, "sku": row.sku}
            connection.execute(insert(incoming), [key | each for each in after])
        return [[each[name] for name in _MOVES] for each in after] != [
            [each[name] for name in _MOVES] for each in before
        ]

    def _note_due(self, connection: Connection, row: Any, parts: Sequence[Mapping[str, Any]]) -> None:
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

    def outlook(
        self, connection: Connection, row: Any, at: datetime, said: Sequence[Stated] | None = None
    ) -> list[dict[str, Any]]:
        """What is to come of a line, part by part; as in `said`, if not as the supplier said last."""
        if not is_open(row):
            return []
        order = connection.execute(
            select(purchase_orders.c.ordered_on, purchase_orders.c.supplier).where(
                purchase_orders.c.id == row.purchase_order
            )
        ).one()
        parts = expected_receipts(ordered_line(connection, row, said))
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
        forecasts = self._outlook.forecast(queries)
        found = [
            {"split": split, "quantity": part.units, "ordered_on": part.ordered_on, "stated": part.stated}
            | _columns(forecast, unsure=part.unsure)
            for split, (part, forecast) in enumerate(zip(parts, forecasts, strict=True))
        ]
        return [
            _in_turn(part, each, found[:split])
            for split, (part, each) in enumerate(zip(parts, found, strict=True))
        ]


def _in_turn(part: Expected, found: dict[str, Any], before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Units of which nothing was said come no sooner than those of the line that were ordered before them."""
    stated = [each for each in before if each["stated"] or each["words"] == UNSURE]
    if part.said or not stated:
        return found
    if any(each["by"] is None for each in stated):
        return found | {"likely": None, "by": None, "basis": "none", "words": UNSURE}
    if found["by"] is None:
        return found
    latest = {name: max(found[name], *(each[name] for each in stated)) for name in ("likely", "by")}
    if all(latest[name] == found[name] for name in latest):
        return found
    return found | latest | {"words": f"not before what was ordered earlier; {found['words']}"}


def look_again(connection: Connection, order: str, at: datetime | None) -> None:
    """Note when the workflow of a purchase order has to look at it, so that a sweep finds one that did not.

    None: never, unless something new is known.
    """
    wanted = purchase_orders.c.id == order
    connection.execute(update(purchase_orders).where(wanted).values(look_at=at))


def find_line(connection: Connection, order: str, line: str) -> Any:
    """A purchase-order line; None if there is none."""
    return connection.execute(select(purchase_order_lines).where(is_line(order, line))).one_or_none()


def no_line(order: str, line: str) -> str:
    """The fault of a purchase-order line that is not on record."""
    return f"purchase_order, line: purchase order {order} has no line {line}"


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


def ordered_line(connection: Connection, line: Any, said: Sequence[Stated] | None = None) -> OrderedLine:
    """A line as the rules see it; with `said` as if the supplier said that now."""
    tranches = tranches_of(connection, line)
    ever = received_ever(line, tranches)
    if said is not None:
        return OrderedLine(tranches=tranches, received=ever, said=tuple(said), said_after=ever)
    word = last_word(connection, line)
    return OrderedLine(
        tranches=tranches,
        received=ever,
        said=tuple(Stated(units=each.quantity, day=each.day) for each in word),
        said_after=word[0].received if word else None,
    )


def tranches_of(connection: Connection, line: Any) -> tuple[Tranche, ...]:
    """Since when a line's units are ordered, the oldest first."""
    if line.tranches is not None:
        return load_tranches(line.tranches)
    mine = purchase_orders.c.id == line.purchase_order
    day: date = connection.execute(select(purchase_orders.c.ordered_on).where(mine)).scalar_one()
    return (Tranche(units=line.quantity, ordered_on=day),)


def load_tranches(text: str) -> tuple[Tranche, ...]:
    """Tranches as they are kept. Raises UnreadableError."""
    what = "since when units are ordered"
    kept = load_json(text, what)
    try:
        found = tuple(Tranche(units=int(units), ordered_on=date.fromisoformat(day)) for units, day in kept)
    except (ValueError, TypeError) as error:
        raise UnreadableError(f"{what} cannot be read: {in_words(error)}") from error
    if not found:
        raise UnreadableError(f"{what} is not there")
    return found


def dump_tranches(tranches: Sequence[Tranche]) -> str:
    """Tranches as they are kept."""
    return dump_json([[each.units, each.ordered_on.isoformat()] for each in tranches])


def received_ever(line: Any, tranches: Sequence[Tranche]) -> int:
    """All units of a line that ever came; those that went back for others are ordered once more."""
    again: int = sum(each.units for each in tranches) - line.quantity
    return int(line.received) + max(0, again)


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
