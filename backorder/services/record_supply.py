"""The supply side: products, suppliers, purchase orders.

Each call is one transaction that writes the fact and marks the SKUs to be pegged anew.
Whoever calls wakes those named in `Notify` once it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Engine, and_, insert, select, update

from backorder.domain.supply.approval import FROM_ORDER
from backorder.domain.supply.expected_receipts import Tranche, expect_receipts, fewer, more
from backorder.errors import ConflictError, RefusedError, RejectedError, WouldDropError
from backorder.ports import Notify
from backorder.services import record_faults
from backorder.services.dropped_supply import dropped, who_loses
from backorder.services.expected_receipts import ExpectedReceipts
from backorder.services.order_days import long_overdue
from backorder.services.supplier_dates import SupplierDates, drop_pointless, forget_stated
from backorder.services.supply_effects import QueueEffects
from backorder.storage import stock_units
from backorder.storage.codec import dump_json
from backorder.storage.engine import add, writing
from backorder.storage.keep_terms import keep_product
from backorder.storage.object_locks import hold
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import (
    dump_tranches,
    find_line,
    follow_up_again,
    is_line,
    is_open,
    known_line,
    last_stated,
    ordered_line,
    tranches_of,
)
from backorder.storage.replans import mark_for_replanning
from backorder.storage.stated_dates import own_stated_date
from backorder.storage.tables import (
    products,
    purchase_order_lines,
    purchase_orders,
    stock,
    suppliers,
)
from backorder.storage.transactions import OwnTransaction

if TYPE_CHECKING:
    from backorder.schemas import Product, PurchaseOrder, PurchaseOrderLine, Supplier
    from backorder.storage.rows import OrderedLineRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """What keeping a purchase order led to. dropped: not ordered any more; remarks: likely slips."""

    after: Notify
    dropped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class SupplyRecorder:
    """Writes facts of supply."""

    def __init__(
        self,
        engine: Engine,
        policies: PolicyRepository,
        expected_receipts: ExpectedReceipts,
        dates: SupplierDates[OwnTransaction],
    ) -> None:
        self._engine = engine
        self._policies = policies
        self._calendar = policies.calendar
        self._expected_receipts = expected_receipts
        self._dates = dates

    def put_supplier(self, supplier: Supplier, at: datetime) -> Notify:
        """Keep a supplier."""
        values = {
            "id": supplier.id,
            "name": supplier.name,
            "email": supplier.email,
            "lead_days": supplier.lead_days,
            "backups": dump_json(list(supplier.backups)),
            "locale": supplier.locale,
            "updated_at": at,
        }
        with writing(self._engine) as connection:
            hold(connection, "supplier", supplier.id)
            _put(connection, suppliers.c.id, supplier.id, values)
        return Notify()

    def put_product(self, product: Product, at: datetime) -> Notify:
        """Keep a product. Raises RefusedError for an unknown supplier."""
        values = product.model_dump(mode="python") | {"updated_at": at}
        values["alternatives"] = dump_json(list(product.alternatives))
        with writing(self._engine) as connection:
            hold(connection, "product", product.sku)
            if faults := record_faults.of_product(connection, product):
                raise RefusedError(faults)
            _put(connection, products.c.sku, product.sku, values)
            keep_product(connection, product.sku, product.name)
            add(connection, stock, {"sku": product.sku})
        return Notify()

    def put_purchase_order(self, order: PurchaseOrder, at: datetime, *, drop: bool = False) -> Placed:
        """Keep a purchase order; its lines replace those before, never below what was received.

        A date that it moves far waits for the buyer, as a supplier's own word does. What is on record and
        would not be ordered any more is given up only with `drop`. Raises RefusedError with every fault,
        WouldDropError with everything that would be given up and whom that concerns.
        """
        self._expected_receipts.prepare(at)
        with writing(self._engine) as connection:
            hold(connection, "purchase_order", order.id)
            stock_units.lock_of_order(connection, order.id, (line.sku for line in order.lines))
            lost = dropped(connection, order)
            before = [QueueEffects(connection, self._policies, sku, at) for sku in lost]
            after = self._place(connection, order, at)
            words = [*(each for found in lost.values() for each in found)]
            words += [remark for each in before for remark in who_loses(each.sku, each.effects(connection))]
            if words and not drop:
                raise WouldDropError(words)
            overdue = long_overdue(connection, order.id, self._calendar.day(at))
            return Placed(after=after, dropped=tuple(words), remarks=tuple(overdue))

    def place_new(self, order: PurchaseOrder, at: datetime) -> Notify:
        """Keep a purchase order that is not on record. Raises RefusedError with every fault."""
        self._expected_receipts.prepare(at)
        with writing(self._engine) as connection:
            hold(connection, "purchase_order", order.id)
            stock_units.lock_of_order(connection, order.id, (line.sku for line in order.lines))
            if _exists(connection, purchase_orders.c.id, order.id):
                raise RefusedError([f"id: there is a purchase order {order.id} already"])
            return self._place(connection, order, at)

    def _place(self, connection: Connection, order: PurchaseOrder, at: datetime) -> Notify:
        if faults := record_faults.of_purchase_order(connection, order, self._calendar):
            raise RefusedError(faults)
        ordered_at = record_faults.when_ordered(connection, order) or order.ordered_at
        ordered_on = self._calendar.day(ordered_at)
        values = {"id": order.id, "supplier": order.supplier, "updated_at": at}
        values |= {"ordered_at": ordered_at, "ordered_on": ordered_on}
        known = select(purchase_orders).where(purchase_orders.c.id == order.id)
        before = connection.execute(known).one_or_none()
        since = self._calendar.day(at)
        if before is not None and before.supplier != order.supplier:
            # An order that only says again when it was placed was placed with the supplier of before.
            since = ordered_on if ordered_on > before.ordered_on else since
            instead = f"ordered from {order.supplier} instead of {before.supplier}"
            self._of_another_supplier(connection, order.id, instead, since, at)
        fresh = not _put(connection, purchase_orders.c.id, order.id, values)
        touched = self._put_lines(connection, order, fresh=fresh, since=since, at=at)
        return self._dirty(connection, touched, "purchase_order", at, order=order.id)

    def cancel_purchase_order(
        self, order: str, line: str | None, at: datetime, *, reason: str | None = None
    ) -> Notify:
        """Cancel what has not arrived of a purchase order, or of one line. reason: kept with each line.

        Nobody is woken if that is nothing. Raises RefusedError.
        """
        self._expected_receipts.prepare(at)
        with writing(self._engine) as connection:
            wanted = purchase_order_lines.c.purchase_order == order
            if line is not None:
                wanted = and_(wanted, purchase_order_lines.c.line == line)
            stock_units.lock_of_order(connection, order)
            if faults := record_faults.of_cancelled_order(connection, order, line):
                raise RefusedError(faults)
            rows = connection.execute(select(purchase_order_lines).where(wanted)).all()
            rows = [row for row in rows if is_open(row)]
            if not rows:
                return Notify()
            for row in rows:
                self._cancel_line(connection, row, at, reason)
            skus = [row.sku for row in rows]
            return self._dirty(connection, skus, "purchase_order_cancelled", at, order=order)

    def replace_line(self, order: str, line: str, supplier: str, new_order: str, at: datetime) -> Notify:
        """Order what is outstanding of a line from another supplier, under a new order, in one transaction.

        Nobody is woken where that was done before. Raises RefusedError with every fault, ConflictError for
        an order on record that is another, RejectedError for a line of which nothing is outstanding.
        """
        self._expected_receipts.prepare(at)
        instead = f"ordered from {supplier} instead, as {new_order}"
        with writing(self._engine) as connection:
            # Looked at before it is held: two that name each other's order would wait in a circle.
            if _was_replaced(connection, order, line, supplier, new_order, instead):
                return Notify()
            hold(connection, "purchase_order", new_order)
            before = find_line(connection, order, line)
            if before is not None:
                stock_units.lock(connection, before.sku)
                before = find_line(connection, order, line)
            faults = record_faults.of_reassignment(connection, order, line, supplier)
            if before is None or faults:
                raise RefusedError(faults)
            if _was_replaced(connection, order, line, supplier, new_order, instead):
                return Notify()
            if not is_open(before):
                raise RejectedError(f"line {line} of {order} is not open")
            self._cancel_line(connection, before, at, instead)
            gone = self._dirty(connection, [before.sku], "reassigned", at, order=order)
            fresh = _outstanding_of(before, supplier, new_order, at)
            return self._place(connection, fresh, at).and_also(gone)

    # --- inside

    def _put_lines(
        self, connection: Connection, order: PurchaseOrder, *, fresh: bool, since: date, at: datetime
    ) -> list[str]:
        """fresh: the order is new; else what is ordered besides is so since a day."""
        wanted = purchase_order_lines.c.purchase_order == order.id
        before = {row.line: row for row in connection.execute(select(purchase_order_lines).where(wanted))}
        named = {line.line for line in order.lines}
        skus = {line.sku for line in order.lines} | {row.sku for row in before.values()}
        for row in before.values():
            if row.line not in named:
                self._cancel_line(connection, row, at, "the order was said again without it")
        for line in order.lines:
            known = before.get(line.line)
            self._put_line(connection, order.id, line, known, fresh=fresh, since=since, at=at)
        return sorted(skus)

    def _put_line(
        self,
        connection: Connection,
        order: str,
        line: PurchaseOrderLine,
        before: OrderedLineRow | None,
        *,
        fresh: bool,
        since: date,
        at: datetime,
    ) -> None:
        stated = own_stated_date(connection, order, line.line)
        # The same order again changes nothing of what the supplier has said since.
        moved = line.stated_date is not None and line.stated_date != stated
        again = before is not None and before.cancelled_at is not None
        if before is not None and again:
            if not moved and line.quantity == before.quantity and _given_up(connection, before):
                again = False
            else:
                before = self._order_again(connection, before, since)
        if before is None:
            self._add_line(connection, order, line, None if fresh else since)
        else:
            self._change_line(connection, before, line, since)
        row = known_line(connection, order, line.line)
        day = line.stated_date if is_open(row) else None
        if day is not None and (moved or again or self._grew(connection, row, stated)):
            was_open = before is not None and is_open(before) and not again
            self._dates.put(connection, row, day, at, moved=moved and was_open)
        self._expected_receipts.expect(connection, row, at)

    def _add_line(
        self, connection: Connection, order: str, line: PurchaseOrderLine, since: date | None
    ) -> None:
        """A line that joins an order counts from its own day; None: from that of the order, which is new."""
        joined = [Tranche(units=line.quantity, ordered_on=since)] if since is not None else []
        values = {
            "purchase_order": order,
            "line": line.line,
            "sku": line.sku,
            "quantity": line.quantity,
            "received": 0,
            "destination": line.destination,
            "tranches": dump_tranches(joined) if joined else None,
        }
        connection.execute(insert(purchase_order_lines), values)

    def _change_line(
        self, connection: Connection, before: OrderedLineRow, line: PurchaseOrderLine, since: date
    ) -> None:
        """What is ordered besides counts from its own day; what is ordered no more was to come last."""
        values: dict[str, object] = {"quantity": line.quantity, "destination": line.destination}
        besides = line.quantity - before.quantity
        if besides:
            known = tranches_of(connection, before)
            day = max(since, known[-1].ordered_on)
            now = more(known, besides, day) if besides > 0 else fewer(known, -besides)
            values["tranches"] = dump_tranches(now)
        _write_line(connection, before, values)

    def _of_another_supplier(
        self, connection: Connection, order: str, note: str, since: date, at: datetime
    ) -> None:
        """Another supplier owes what is outstanding, since a day; none of what was stated is its word.

        What has come is no delivery of its, of a line that came in whole either. Nor is it its word that the
        one of before could not supply a line, should the order say that again.
        """
        wanted = purchase_order_lines.c.purchase_order == order
        for row in connection.execute(select(purchase_order_lines).where(wanted)).all():
            forget_stated(connection, row, note, at)
            if is_open(row):
                self._order_again(connection, row, since)
            else:
                # What came counts from the day of its own order, whatever day that of the other has.
                _write_line(connection, row, {"tranches": dump_tranches(tranches_of(connection, row))})

    def _order_again(self, connection: Connection, before: OrderedLineRow, since: date) -> OrderedLineRow:
        """What is outstanding or was cancelled of a line is ordered anew, and nothing is stated about it."""
        missing = max(0, before.quantity - before.received)
        known = fewer(tranches_of(connection, before), missing)
        values = {
            "cancelled_at": None,
            "cancel_reason": None,
            "revision": 0,
            "tranches": dump_tranches(more(known, missing, since)),
        }
        _write_line(connection, before, values)
        return known_line(connection, before.purchase_order, before.line)

    def _grew(self, connection: Connection, row: OrderedLineRow, stated: date | None) -> bool:
        """Whether the day that stands in the order counts, but not yet for all that is outstanding."""
        counts = {(each.source, each.day) for each in last_stated(connection, row)} == {(FROM_ORDER, stated)}
        return counts and not all(part.is_stated for part in expect_receipts(ordered_line(connection, row)))

    def _cancel_line(
        self, connection: Connection, line: OrderedLineRow, at: datetime, reason: str | None
    ) -> None:
        """Cancel what is outstanding; a line that came in whole stays what it is."""
        if is_open(line):
            _write_line(connection, line, {"cancelled_at": at, "cancel_reason": reason})
            drop_pointless(connection, line.purchase_order, line.line, at)
            self._expected_receipts.expect(connection, line, at)

    def _dirty(
        self, connection: Connection, skus: Iterable[str], cause: str, at: datetime, *, order: str = ""
    ) -> Notify:
        named = tuple(sorted(set(skus)))
        for sku in named:
            mark_for_replanning(connection, sku, cause, at)
        if order:
            follow_up_again(connection, order, at)
        return Notify(skus=named, orders=(order,) if order else ())


def _write_line(connection: Connection, line: OrderedLineRow, values: Mapping[str, object]) -> None:
    wanted = is_line(line.purchase_order, line.line)
    connection.execute(update(purchase_order_lines).where(wanted).values(values))


def _put(connection: Connection, key: Column[str], value: str, values: Mapping[str, object]) -> bool:
    """Write a row, or over the one that is there. Returns whether there was one."""
    if add(connection, key.table, values):
        return False
    connection.execute(update(key.table).where(key == value).values(values))
    return True


def _exists(connection: Connection, column: Column[str], value: str) -> bool:
    return connection.execute(select(column).where(column == value)).first() is not None


def _outstanding_of(line: OrderedLineRow, supplier: str, new_order: str, at: datetime) -> PurchaseOrder:
    """An order for what is outstanding of a line."""
    from backorder.schemas import PurchaseOrder, PurchaseOrderLine

    left = line.quantity - line.received
    fresh = PurchaseOrderLine(line=line.line, sku=line.sku, quantity=left, destination=line.destination)
    return PurchaseOrder(id=new_order, supplier=supplier, ordered_at=at, lines=(fresh,))


def _was_replaced(
    connection: Connection, order: str, line: str, supplier: str, new_order: str, instead: str
) -> bool:
    """Whether just that was ordered instead of a line before. instead: why the line was cancelled then.

    Raises ConflictError where the new order is on record for anything else.
    """
    kept = select(purchase_orders.c.supplier).where(purchase_orders.c.id == new_order)
    known = connection.execute(kept).one_or_none()
    if known is None:
        return False
    before = find_line(connection, order, line)
    if before is None or (known.supplier, before.cancel_reason) != (supplier, instead):
        words = f"there is a purchase order {new_order} already"
        raise ConflictError(words, [("new_order", "is not what was ordered instead of this line")])
    return True


def _given_up(connection: Connection, line: OrderedLineRow) -> bool:
    """Whether a line was cancelled because the supplier cannot supply it."""
    last = last_stated(connection, line)
    return line.cancelled_at is not None and bool(last) and not any(each.quantity for each in last)
