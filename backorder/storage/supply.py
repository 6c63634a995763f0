"""The supply side: products, suppliers, purchase orders, stated dates, receipts, stock.

Each call is one transaction that writes the fact, allocates what it can and marks the SKUs to be pegged anew.
Whoever calls wakes those named in `After` once it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, select, update

from backorder.domain.calendar import Calendar
from backorder.domain.keys import joined
from backorder.errors import ConflictError, RefusedError
from backorder.intake import (
    Adjustment,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    StockCount,
    Supplier,
)
from backorder.ports import After
from backorder.storage import counting, replanning, tasks, units
from backorder.storage.codec import dump_json
from backorder.storage.dates import OWN, SupplierDates, own_word
from backorder.storage.engine import add, reading, writing
from backorder.storage.expecting import (
    Expecting,
    find_line,
    is_line,
    is_open,
    last_word,
    look_again,
    outstanding,
)
from backorder.storage.tables import (
    products,
    purchase_order_lines,
    purchase_orders,
    receipts,
    stock,
    stock_movements,
    suppliers,
)


class SupplyBook:
    """Writes facts of supply."""

    def __init__(
        self, engine: Engine, calendar: Calendar, expecting: Expecting, dates: SupplierDates
    ) -> None:
        self._engine = engine
        self._calendar = calendar
        self._expecting = expecting
        self._dates = dates

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
            add(connection, stock, {"sku": product.sku})
        return After()

    def put_purchase_order(self, order: PurchaseOrder, at: datetime) -> After:
        """Keep a purchase order; its lines replace those before, never below what was received.

        A date that it moves far waits for the buyer, as a supplier's own word does.
        Raises RefusedError with every fault.
        """
        self._expecting.prepare(at)
        with writing(self._engine) as connection:
            _lock_order(connection, order.id, (line.sku for line in order.lines))
            return self._place(connection, order, at)

    def _place(self, connection: Connection, order: PurchaseOrder, at: datetime) -> After:
        if faults := self._order_faults(connection, order):
            raise RefusedError(faults)
        values = {
            "id": order.id,
            "supplier": order.supplier,
            "ordered_at": order.ordered_at,
            "ordered_on": self._calendar.day(order.ordered_at),
            "updated_at": at,
        }
        _put(connection, purchase_orders, purchase_orders.c.id, order.id, values)
        touched = self._put_lines(connection, order, at)
        return self._dirty(connection, touched, "purchase_order", at, order=order.id)

    def dropped_by(self, order: PurchaseOrder) -> list[str]:
        """What keeping an order would cancel, in words: open lines on record that it does not name."""
        named = {line.line for line in order.lines}
        wanted = purchase_order_lines.c.purchase_order == order.id
        with reading(self._engine) as connection:
            rows = connection.execute(select(purchase_order_lines).where(wanted)).all()
        return [
            f"{order.id} line {row.line}: is not named here, which cancels the {row.quantity - row.received} "
            f"{row.sku} that are outstanding"
            for row in rows
            if is_open(row) and row.line not in named
        ]

    def cancel_purchase_order(self, order: str, line: str | None, at: datetime) -> After:
        """Cancel what has not arrived of a purchase order, or of one line.

        Nobody is woken if that is nothing. Raises RefusedError.
        """
        self._expecting.prepare(at)
        with writing(self._engine) as connection:
            wanted = purchase_order_lines.c.purchase_order == order
            if line is not None:
                wanted = and_(wanted, purchase_order_lines.c.line == line)
            _lock_order(connection, order)
            rows = connection.execute(select(purchase_order_lines).where(wanted)).all()
            if not rows:
                raise RefusedError(
                    [f"there is no purchase order {order}" + (f" with a line {line}" if line else "")]
                )
            rows = [row for row in rows if is_open(row)]
            if not rows:
                return After()
            for row in rows:
                self._cancel_line(connection, row, at)
            skus = [row.sku for row in rows]
            return self._dirty(connection, skus, "purchase_order_cancelled", at, order=order)

    def replace_line(self, order: str, line: str, supplier: str, new_order: str, at: datetime) -> After:
        """Order what is outstanding of a line from another supplier, under a new order, in one transaction.

        Raises RefusedError with every fault.
        """
        self._expecting.prepare(at)
        with writing(self._engine) as connection:
            before = find_line(connection, order, line)
            if before is not None:
                units.lock(connection, before.sku)
                before = find_line(connection, order, line)
            if before is None or not is_open(before):
                raise RefusedError([f"line {line} of {order} is not open"])
            if _exists(connection, purchase_orders.c.id, new_order):
                raise RefusedError([f"there is a purchase order {new_order} already"])
            fresh = PurchaseOrder(
                id=new_order,
                supplier=supplier,
                ordered_at=at,
                lines=(
                    PurchaseOrderLine(
                        line=line,
                        sku=before.sku,
                        quantity=before.quantity - before.received,
                        destination=before.destination,
                    ),
                ),
            )
            self._cancel_line(connection, before, at)
            gone = self._dirty(connection, [before.sku], "reassigned", at, order=order)
            return self._place(connection, fresh, at).and_also(gone)

    def receive(self, receipt: Receipt, at: datetime) -> After:
        """Book goods in and set them aside in the order of the queue, in one transaction.

        The same receipt again changes nothing. Raises ConflictError for the same ID with other content,
        RefusedError for an unknown line.
        """
        self._expecting.prepare(at)
        with writing(self._engine) as connection:
            line = find_line(connection, receipt.purchase_order, receipt.line)
            if line is None:
                raise RefusedError([f"purchase order {receipt.purchase_order} has no line {receipt.line}"])
            units.lock(connection, line.sku)
            if self._received_before(connection, receipt):
                return After()
            counted = counting.includes(connection, line.sku, receipt.received_at)
            self._book(connection, receipt, line, at)
            if counted:
                counting.take_out(connection, line.sku, receipt.quantity, receipt.receipt_id, at)
            cause, day = f"receipt {receipt.receipt_id}", self._calendar.day(at)
            units.hand_out(connection, line.sku, cause=cause, at=at, day=day)
            return self._dirty(connection, [line.sku], "receipt", at, order=receipt.purchase_order)

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
            change = {
                "kind": "adjustment",
                "reference": adjustment.adjustment_id,
                "reason": adjustment.reason,
            }
            return self._change(connection, shelf, adjustment.quantity, change, at)

    def count(self, count: StockCount, at: datetime) -> After:
        """Set what is on hand to what was counted, and what moved since. The queue follows as it must.

        The same count again changes nothing. Raises RefusedError for an unknown SKU, for a count that is to
        come, older than another one, or too low for what left since; ConflictError for another level at the
        same instant.
        """
        with writing(self._engine) as connection:
            shelf = units.lock(connection, count.sku)
            if shelf is None:
                raise RefusedError([f'sku: "{count.sku}" is no known product'])
            wrong_by = counting.difference(connection, count, shelf.on_hand, at)
            if not wrong_by:
                return After()
            change = {"kind": "count", "reference": f"{count.as_of:%Y-%m-%dT%H:%M:%S.%f%z}", "reason": ""}
            return self._change(connection, shelf, wrong_by, change, at)

    # --- inside

    def _change(
        self, connection: Connection, shelf: Any, quantity: int, why: Mapping[str, str], at: datetime
    ) -> After:
        """Change what is on hand: what is missing is taken back, what is free handed out."""
        missing = shelf.allocated - (shelf.on_hand + quantity)
        if missing > 0:
            # They look again once they are pegged anew: an apology names the new date.
            units.take_back(connection, shelf.sku, missing, at=at)
        units.move(connection, shelf.sku, quantity, at=at, **why)
        units.hand_out(connection, shelf.sku, cause=why["kind"], at=at, day=self._calendar.day(at))
        return self._dirty(connection, [shelf.sku], why["kind"], at)

    def _order_faults(self, connection: Connection, order: PurchaseOrder) -> list[str]:
        faults = []
        if not _exists(connection, suppliers.c.id, order.supplier):
            faults.append(f'supplier: "{order.supplier}" is unknown')
        known = {line.line: find_line(connection, order.id, line.line) for line in order.lines}
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
        for row in before.values():
            if row.line not in named:
                self._cancel_line(connection, row, at)
        for line in order.lines:
            self._put_line(connection, order.id, line, before.get(line.line), at)
        return sorted(skus)

    def _put_line(
        self, connection: Connection, order: str, line: PurchaseOrderLine, before: Any, at: datetime
    ) -> None:
        said = own_word(connection, order, line.line)
        # The same order again changes nothing of what the supplier has said since.
        moved = line.stated_date is not None and line.stated_date != said
        values: dict[str, Any] = {"quantity": line.quantity, "destination": line.destination}
        if before is None or moved or line.quantity != before.quantity or not _given_up(connection, before):
            values["cancelled_at"] = None
        if before is None:
            key = {"purchase_order": order, "line": line.line, "sku": line.sku, "received": 0}
            connection.execute(insert(purchase_order_lines), key | values)
        else:
            wanted = is_line(order, line.line)
            connection.execute(update(purchase_order_lines).where(wanted).values(values))
        row = find_line(connection, order, line.line)
        if row is None:
            return
        if line.stated_date is not None and is_open(row) and (moved or self._grew(connection, row, said)):
            was_open = before is not None and is_open(before)
            self._dates.put(connection, row, line.stated_date, at, moved=moved and was_open)
        self._expecting.expect(connection, row, at)

    def _grew(self, connection: Connection, row: Any, said: date | None) -> bool:
        """Whether the day that stands in the order counts, but not yet for all that is outstanding."""
        latest = last_word(connection, row)
        counts = {(each.source, each.day) for each in latest} == {(OWN, said)}
        return counts and any(day is None for _, day, _ in outstanding(row, latest))

    def _cancel_line(self, connection: Connection, line: Any, at: datetime) -> None:
        """Cancel what is outstanding; a line that came in whole stays what it is."""
        if is_open(line):
            wanted = is_line(line.purchase_order, line.line)
            connection.execute(update(purchase_order_lines).where(wanted).values(cancelled_at=at))
            self._expecting.expect(connection, line, at)

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
        wanted = is_line(receipt.purchase_order, receipt.line)
        more = purchase_order_lines.c.received + receipt.quantity
        connection.execute(update(purchase_order_lines).where(wanted).values(received=more))
        units.move(
            connection, line.sku, receipt.quantity, kind="receipt", reference=receipt.receipt_id, at=at
        )
        self._expecting.expect(connection, line, at)
        self._flag_excess(connection, receipt, at)

    def _flag_excess(self, connection: Connection, receipt: Receipt, at: datetime) -> None:
        """What nobody ordered, or nobody wants any more, is taken in all the same; the buyer has to know."""
        line = find_line(connection, receipt.purchase_order, receipt.line)
        if line is not None and (line.received > line.quantity or line.cancelled_at is not None):
            name = joined(line.purchase_order, line.line)
            detail = {"ordered": line.quantity, "received": line.received, "receipt": receipt.receipt_id}
            detail |= {"cancelled": line.cancelled_at is not None}
            key = f"excess/{receipt.receipt_id}"
            tasks.add(connection, key=key, kind="over_received", subject=name, detail=detail, at=at)

    def _dirty(
        self, connection: Connection, skus: Iterable[str], cause: str, at: datetime, *, order: str = ""
    ) -> After:
        named = tuple(sorted(set(skus)))
        for sku in named:
            replanning.mark(connection, sku, cause, at)
        if order:
            look_again(connection, order, at)
        return After(skus=named, orders=(order,) if order else ())


def _put(connection: Connection, table: Any, key: Any, value: str, values: dict[str, Any]) -> None:
    if not add(connection, table, values):
        connection.execute(update(table).where(key == value).values(values))


def _lock_order(connection: Connection, order: str, more: Iterable[str] = ()) -> None:
    """Lock the units of every SKU on a purchase order; what is read from then on stays true."""
    of_order = purchase_order_lines.c.purchase_order == order
    skus = connection.execute(select(purchase_order_lines.c.sku).where(of_order)).scalars()
    units.lock_all(connection, (*skus, *more))


def _exists(connection: Connection, column: Any, value: str) -> bool:
    return connection.execute(select(column).where(column == value)).first() is not None


def _given_up(connection: Connection, line: Any) -> bool:
    """Whether a line was cancelled because the supplier cannot supply it."""
    said = last_word(connection, line)
    return line.cancelled_at is not None and bool(said) and not any(each.quantity for each in said)


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


def on_hand(connection: Connection, sku: str) -> int:
    """Units on hand; 0 for an unknown SKU."""
    found = connection.execute(select(func.coalesce(stock.c.on_hand, 0)).where(stock.c.sku == sku))
    return int(found.scalar_one_or_none() or 0)
