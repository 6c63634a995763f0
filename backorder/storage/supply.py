"""The supply side: products, suppliers, purchase orders, stated dates, receipts, stock.

Each call is one transaction that writes the fact, allocates what it can and marks the SKUs to be pegged anew.
Whoever calls wakes those named in `After` once it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from backorder.domain.calendar import Calendar
from backorder.errors import ConflictError, RefusedError
from backorder.intake import (
    Adjustment,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    StatedDates,
    Supplier,
)
from backorder.ports import After
from backorder.storage import replanning, units
from backorder.storage.codec import dump_json
from backorder.storage.engine import writing
from backorder.storage.tables import (
    incoming,
    products,
    purchase_order_lines,
    purchase_orders,
    receipts,
    stated_dates,
    stock,
    stock_movements,
    suppliers,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """When units are expected at the dock. basis: stated, lead_days, history, none; words: the evidence."""

    likely: date | None
    by: date | None
    basis: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a forecast is asked: an order line, on the morning of a day."""

    supplier: str
    destination: str
    ordered: date
    asked: date
    stated: date | None
    lead_days: int


Forecaster = Callable[[Connection, Sequence[Question]], list[Expected]]


class SupplyBook:
    """Writes facts of supply."""

    def __init__(self, engine: Engine, calendar: Calendar, forecaster: Forecaster) -> None:
        self._engine = engine
        self._calendar = calendar
        self._forecast = forecaster

    def put_supplier(self, supplier: Supplier, at: datetime) -> After:
        """Keep a supplier."""
        values = {
            "id": supplier.id,
            "name": supplier.name,
            "email": supplier.email,
            "lead_days": supplier.lead_days,
            "backups": dump_json(list(supplier.backups)),
            "updated_at": at,
        }
        with writing(self._engine) as connection:
            _put(connection, suppliers, suppliers.c.id, supplier.id, values)
        return After()

    def put_product(self, product: Product, at: datetime) -> After:
        """Keep a product. Raises RefusedError for an unknown supplier."""
        values = product.model_dump(mode="python") | {"updated_at": at}
        values["alternatives"] = dump_json(list(product.alternatives))
        with writing(self._engine) as connection:
            if not _exists(connection, suppliers.c.id, product.supplier):
                raise RefusedError([f'supplier: "{product.supplier}" is unknown'])
            _put(connection, products, products.c.sku, product.sku, values)
            if not _exists(connection, stock.c.sku, product.sku):
                connection.execute(insert(stock), {"sku": product.sku})
        return After()

    def put_purchase_order(self, order: PurchaseOrder, at: datetime) -> After:
        """Keep a purchase order; its lines replace those before, never below what was received.

        Raises RefusedError with every fault.
        """
        with writing(self._engine) as connection:
            if faults := self._order_faults(connection, order):
                raise RefusedError(faults)
            ordered_on = self._calendar.day(order.ordered_at)
            values = {
                "id": order.id,
                "supplier": order.supplier,
                "ordered_at": order.ordered_at,
                "ordered_on": ordered_on,
                "updated_at": at,
            }
            _put(connection, purchase_orders, purchase_orders.c.id, order.id, values)
            touched = self._put_lines(connection, order, at)
            return self._dirty(connection, touched, "purchase_order", at)

    def state_dates(self, stated: StatedDates, at: datetime) -> After:
        """Write down what a supplier says; what was said before stays on record.

        Raises RefusedError.
        """
        with writing(self._engine) as connection:
            line = _line(connection, stated.purchase_order, stated.line)
            if line is None:
                raise RefusedError([f"purchase order {stated.purchase_order} has no line {stated.line}"])
            if line.cancelled_at is not None:
                raise RefusedError([f"line {stated.line} of {stated.purchase_order} was cancelled"])
            units.lock(connection, line.sku)
            open_units = max(0, line.quantity - line.received)
            said = sum(split.quantity for split in stated.splits)
            if stated.splits and said != open_units:
                raise RefusedError([f"the splits add up to {said}, but {open_units} units are outstanding"])
            splits = [(split.quantity, split.date) for split in stated.splits]
            self._state(connection, line, splits, source=stated.source, note=stated.note, at=at)
            if stated.cannot_supply:
                _cancel_line(connection, line, at)
            self._expect(connection, line, at)
            return self._dirty(connection, [line.sku], "stated_date", at)

    def cancel_purchase_order(self, order: str, line: str | None, at: datetime) -> After:
        """Cancel what has not arrived of a purchase order, or of one line. Raises RefusedError."""
        with writing(self._engine) as connection:
            wanted = purchase_order_lines.c.purchase_order == order
            if line is not None:
                wanted = and_(wanted, purchase_order_lines.c.line == line)
            rows = connection.execute(select(purchase_order_lines).where(wanted)).all()
            if not rows:
                raise RefusedError(
                    [f"there is no purchase order {order}" + (f" with a line {line}" if line else "")]
                )
            for row in rows:
                _cancel_line(connection, row, at)
                self._expect(connection, row, at)
            return self._dirty(connection, [row.sku for row in rows], "purchase_order_cancelled", at)

    def receive(self, receipt: Receipt, at: datetime) -> After:
        """Book goods in and set them aside in the order of the queue, in one transaction.

        The same receipt again changes nothing. Raises ConflictError for the same ID with other content,
        RefusedError for an unknown line.
        """
        with writing(self._engine) as connection:
            line = _line(connection, receipt.purchase_order, receipt.line)
            if line is None:
                raise RefusedError([f"purchase order {receipt.purchase_order} has no line {receipt.line}"])
            units.lock(connection, line.sku)
            if self._received_before(connection, receipt):
                return After()
            self._book(connection, receipt, line, at)
            grants = units.hand_out(
                connection, line.sku, cause=f"receipt {receipt.receipt_id}", at=at, day=self._calendar.day(at)
            )
            after = self._dirty(connection, [line.sku], "receipt", at)
            return After(backorders=tuple(grant.id for grant in grants), skus=after.skus)

    def adjust(self, adjustment: Adjustment, at: datetime) -> After:
        """Change what is on hand. Units that are gone are taken back from the queue's tail.

        The same adjustment again changes nothing. Raises RefusedError for an unknown SKU or a stock below
        zero, ConflictError for the same ID with another quantity.
        """
        with writing(self._engine) as connection:
            shelf = units.lock(connection, adjustment.sku)
            if shelf is None:
                raise RefusedError([f'sku: "{adjustment.sku}" is no known product'])
            if _adjusted_before(connection, adjustment):
                return After()
            if shelf.on_hand + adjustment.quantity < 0:
                raise RefusedError([f"quantity: only {shelf.on_hand} units are on hand"])
            missing = shelf.allocated - (shelf.on_hand + adjustment.quantity)
            hit = units.take_back(connection, adjustment.sku, missing, at=at) if missing > 0 else []
            units.move(
                connection,
                adjustment.sku,
                adjustment.quantity,
                kind="adjustment",
                reference=adjustment.adjustment_id,
                at=at,
                reason=adjustment.reason,
            )
            day = self._calendar.day(at)
            given = units.hand_out(connection, adjustment.sku, cause="adjustment", at=at, day=day)
            after = self._dirty(connection, [adjustment.sku], "adjustment", at)
            lines = {grant.id for grant in (*hit, *given)}
            return After(backorders=tuple(sorted(lines)), skus=after.skus)

    # --- inside

    def _order_faults(self, connection: Connection, order: PurchaseOrder) -> list[str]:
        faults = []
        if not _exists(connection, suppliers.c.id, order.supplier):
            faults.append(f'supplier: "{order.supplier}" is unknown')
        known = {line.line: _line(connection, order.id, line.line) for line in order.lines}
        for index, line in enumerate(order.lines):
            before = known[line.line]
            if not _exists(connection, stock.c.sku, line.sku):
                faults.append(f'lines.{index}.sku: "{line.sku}" is no known product')
            elif before is not None and before.sku != line.sku:
                faults.append(f"lines.{index}.sku: the line is for {before.sku}; another SKU is a new line")
            if before is not None and line.quantity < before.received:
                faults.append(f"lines.{index}.quantity: {before.received} units were received already")
        return faults

    def _put_lines(self, connection: Connection, order: PurchaseOrder, at: datetime) -> list[str]:
        wanted = purchase_order_lines.c.purchase_order == order.id
        before = {row.line: row for row in connection.execute(select(purchase_order_lines).where(wanted))}
        named = {line.line for line in order.lines}
        skus = {line.sku for line in order.lines} | {row.sku for row in before.values()}
        for sku in sorted(skus):
            units.lock(connection, sku)
        for row in before.values():
            if row.line not in named and row.cancelled_at is None:
                _cancel_line(connection, row, at)
                self._expect(connection, row, at)
        for line in order.lines:
            self._put_line(connection, order.id, line, before.get(line.line), at)
        return sorted(skus)

    def _put_line(
        self, connection: Connection, order: str, line: PurchaseOrderLine, before: Any, at: datetime
    ) -> None:
        values = {"quantity": line.quantity, "destination": line.destination, "cancelled_at": None}
        if before is None:
            key = {"purchase_order": order, "line": line.line, "sku": line.sku, "received": 0}
            connection.execute(insert(purchase_order_lines), key | values)
        else:
            wanted = _is_line(order, line.line)
            connection.execute(update(purchase_order_lines).where(wanted).values(values))
        row = _line(connection, order, line.line)
        if row is None:
            return
        stated = _stated(connection, row)
        if line.stated_date is not None and [each.day for each in stated] != [line.stated_date]:
            splits = [(line.quantity - row.received, line.stated_date)]
            self._state(connection, row, splits, source="purchase order", note="", at=at)
        self._expect(connection, row, at)

    def _state(
        self,
        connection: Connection,
        line: Any,
        splits: Sequence[tuple[int, date | None]],
        *,
        source: str,
        note: str,
        at: datetime,
    ) -> None:
        revision = line.revision + 1
        wanted = _is_line(line.purchase_order, line.line)
        connection.execute(update(purchase_order_lines).where(wanted).values(revision=revision))
        key = {"purchase_order": line.purchase_order, "line": line.line, "revision": revision}
        key |= {"source": source, "note": note, "at": at}
        for split, (quantity, day) in enumerate(splits or [(0, None)]):
            connection.execute(insert(stated_dates), key | {"split": split, "quantity": quantity, "day": day})

    def _expect(self, connection: Connection, line: Any, at: datetime) -> None:
        """Work out anew when the outstanding units of a line arrive."""
        row = _line(connection, line.purchase_order, line.line)
        wanted = and_(incoming.c.purchase_order == line.purchase_order, incoming.c.line == line.line)
        connection.execute(delete(incoming).where(wanted))
        if row is None or row.cancelled_at is not None or row.received >= row.quantity:
            return
        order = connection.execute(
            select(purchase_orders.c.ordered_on, purchase_orders.c.supplier).where(
                purchase_orders.c.id == line.purchase_order
            )
        ).one()
        pieces = _pieces(row, _stated(connection, row))
        lead_days = _lead_days(connection, row.sku, order.supplier)
        today = self._calendar.day(at)
        questions = [
            Question(
                supplier=order.supplier,
                destination=row.destination,
                ordered=order.ordered_on,
                asked=today,
                stated=day,
                lead_days=lead_days,
            )
            for _, day, _ in pieces
        ]
        expected = self._forecast(connection, questions)
        key = {"purchase_order": row.purchase_order, "line": row.line, "sku": row.sku}
        connection.execute(
            insert(incoming),
            [
                key | {"split": split, "quantity": quantity, "stated": day} | _columns(each, unsure=unsure)
                for split, ((quantity, day, unsure), each) in enumerate(zip(pieces, expected, strict=True))
            ],
        )

    def _received_before(self, connection: Connection, receipt: Receipt) -> bool:
        row = connection.execute(select(receipts).where(receipts.c.id == receipt.receipt_id)).one_or_none()
        if row is None:
            return False
        known = (row.purchase_order, row.line, row.quantity)
        if known != (receipt.purchase_order, receipt.line, receipt.quantity):
            raise ConflictError(f"receipt {receipt.receipt_id} was booked before, with other content")
        return True

    def _book(self, connection: Connection, receipt: Receipt, line: Any, at: datetime) -> None:
        row = {
            "id": receipt.receipt_id,
            "purchase_order": receipt.purchase_order,
            "line": receipt.line,
            "quantity": receipt.quantity,
            "received_at": receipt.received_at,
            "received_on": self._calendar.day(receipt.received_at),
        }
        connection.execute(insert(receipts), row)
        wanted = _is_line(receipt.purchase_order, receipt.line)
        more = purchase_order_lines.c.received + receipt.quantity
        connection.execute(update(purchase_order_lines).where(wanted).values(received=more))
        units.move(
            connection, line.sku, receipt.quantity, kind="receipt", reference=receipt.receipt_id, at=at
        )
        self._expect(connection, line, at)

    def _dirty(self, connection: Connection, skus: Iterable[str], cause: str, at: datetime) -> After:
        named = tuple(sorted(set(skus)))
        for sku in named:
            replanning.mark(connection, sku, cause, at)
        return After(skus=named)


def _put(connection: Connection, table: Any, key: Any, value: str, values: dict[str, Any]) -> None:
    if _exists(connection, key, value):
        connection.execute(update(table).where(key == value).values(values))
    else:
        connection.execute(insert(table), values)


def _exists(connection: Connection, column: Any, value: str) -> bool:
    return connection.execute(select(column).where(column == value)).first() is not None


def _is_line(order: str, line: str) -> Any:
    return and_(purchase_order_lines.c.purchase_order == order, purchase_order_lines.c.line == line)


def _line(connection: Connection, order: str, line: str) -> Any:
    return connection.execute(select(purchase_order_lines).where(_is_line(order, line))).one_or_none()


def _cancel_line(connection: Connection, line: Any, at: datetime) -> None:
    wanted = _is_line(line.purchase_order, line.line)
    connection.execute(update(purchase_order_lines).where(wanted).values(cancelled_at=at))


def _stated(connection: Connection, line: Any) -> list[Any]:
    """The supplier's last word on a line."""
    query = select(stated_dates).where(
        stated_dates.c.purchase_order == line.purchase_order,
        stated_dates.c.line == line.line,
        stated_dates.c.revision == line.revision,
    )
    return list(connection.execute(query.order_by(stated_dates.c.split)))


def _pieces(line: Any, stated: list[Any]) -> list[tuple[int, date | None, bool]]:
    """The outstanding units of a line with the day stated for them, and whether the supplier is unsure.

    What was received since the last word counts against its earliest days.
    """
    outstanding = line.quantity - line.received
    said = [row for row in stated if row.quantity]
    if not said:
        return [(outstanding, None, False)]
    arrived = max(0, sum(row.quantity for row in said) - outstanding)
    pieces: list[tuple[int, date | None, bool]] = []
    for row in sorted(said, key=lambda row: (row.day is None, row.day or date.max, row.split)):
        gone = min(arrived, row.quantity)
        arrived -= gone
        if row.quantity > gone:
            pieces.append((row.quantity - gone, row.day, row.day is None))
    missing = outstanding - sum(piece[0] for piece in pieces)
    if missing > 0:
        pieces.append((missing, None, False))
    return pieces


def _lead_days(connection: Connection, sku: str, supplier: str) -> int:
    own = select(products.c.lead_days).where(products.c.sku == sku, products.c.supplier == supplier)
    usual = select(suppliers.c.lead_days).where(suppliers.c.id == supplier)
    found = connection.execute(own).scalar_one_or_none()
    return found if found is not None else int(connection.execute(usual).scalar_one())


def _columns(expected: Expected, *, unsure: bool) -> dict[str, Any]:
    if unsure:
        return {"likely": None, "by": None, "basis": "none", "words": "the supplier cannot say when"}
    return {
        "likely": expected.likely,
        "by": expected.by,
        "basis": expected.basis,
        "words": expected.words,
    }


def _adjusted_before(connection: Connection, adjustment: Adjustment) -> bool:
    row = connection.execute(
        select(stock_movements).where(
            stock_movements.c.sku == adjustment.sku,
            stock_movements.c.kind == "adjustment",
            stock_movements.c.reference == adjustment.adjustment_id,
        )
    ).one_or_none()
    if row is None:
        return False
    if row.quantity != adjustment.quantity:
        raise ConflictError(f"adjustment {adjustment.adjustment_id} was booked before, with other content")
    return True


def stated_lead_time(connection: Connection, questions: Sequence[Question]) -> list[Expected]:
    """The forecast of a shop without history: what the supplier states, taken at its word.

    A day that is over is no forecast any more.
    """
    return [_at_its_word(question) for question in questions]


def _at_its_word(question: Question) -> Expected:
    if question.stated is not None:
        day, basis, words = question.stated, "stated", "the supplier's stated date"
    else:
        day = question.ordered + timedelta(days=question.lead_days)
        basis, words = "lead_days", f"the stated lead time of {question.lead_days} days"
    if day < question.asked:
        return Expected(likely=None, by=None, basis=basis, words=f"{words} is over")
    return Expected(likely=day, by=day, basis=basis, words=f"{words}, without history to check it")


def on_hand(connection: Connection, sku: str) -> int:
    """Units on hand; 0 for an unknown SKU."""
    found = connection.execute(select(func.coalesce(stock.c.on_hand, 0)).where(stock.c.sku == sku))
    return int(found.scalar_one_or_none() or 0)
