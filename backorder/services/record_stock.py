"""What is on hand: receipts, what goes back to the supplier, adjustments, counts.

Each call is one transaction that writes the fact, sets units aside or takes them back, and marks the SKU to
be pegged anew. Every fact has its instant: one that happened before a count is in it, whenever it is told.
With `preview` nothing is kept; the answer says what would be. With `effects` it names who stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Generic

from sqlalchemy import Connection, insert, update

from backorder.domain.keys import joined
from backorder.domain.supply.allocation import Grant
from backorder.domain.supply.expected_receipts import counted, more
from backorder.domain.supply.on_hand import StockFact
from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from backorder.ports import Notify
from backorder.services.booked_before import (
    adjusted_before,
    left_of,
    receipt_of,
    received_before,
    returned_before,
)
from backorder.services.expected_receipts import ExpectedReceipts
from backorder.services.stock_faults import of_receipt, of_return
from backorder.services.stock_remarks import freed_lately, not_there, remarks_of
from backorder.services.supplier_dates import drop_pointless
from backorder.services.supply_effects import Effect, QueueEffects
from backorder.storage import movements, stock_counts, stock_units, tasks
from backorder.storage.asked_of_lines import note_stated
from backorder.storage.movements import Since, movement
from backorder.storage.near_skus import no_product
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import (
    dump_tranches,
    find_line,
    follow_up_again,
    is_line,
    known_line,
    no_line,
    tranches_of,
)
from backorder.storage.replans import mark_for_replanning
from backorder.storage.tables import (
    purchase_order_lines,
    receipts,
    supply_returns,
)
from backorder.storage.transactions import TransactionsT

if TYPE_CHECKING:
    from backorder.schemas import Adjustment, Receipt, StockCount, SupplyReturn
    from backorder.storage.rows import OrderedLineRow, StockRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Booked:
    """What a fact of stock led to.

    on_hand, allocated: as they are then. new: it was not known before. change: by how many units what is on
    hand changed. lost, given: the lines that units were taken from or set aside for. effects: the lines that
    have other units or another date then, in queue order; only if asked for. remarks: what a person should
    know. after: whom to wake.
    """

    sku: str
    on_hand: int
    allocated: int
    new: bool = True
    change: int = 0
    lost: tuple[Grant, ...] = ()
    given: tuple[Grant, ...] = ()
    effects: tuple[Effect, ...] = ()
    remarks: tuple[str, ...] = ()
    after: Notify = field(default_factory=Notify)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Move:
    """A fact to be booked. order: the purchase order that it concerns."""

    fact: StockFact
    cause: str
    reason: str = ""
    order: str = ""


class StockRecorder(Generic[TransactionsT]):
    """Writes facts of stock, each in a transaction of its own or as a part of one, as its type says."""

    def __init__(
        self, transactions: TransactionsT, policies: PolicyRepository, expected_receipts: ExpectedReceipts
    ) -> None:
        self._transactions = transactions
        self._policies = policies
        self._calendar = policies.calendar
        self._expected_receipts = expected_receipts

    def receive(
        self, receipt: Receipt, at: datetime, *, preview: bool = False, effects: bool = False
    ) -> Booked:
        """Book goods in and set them aside in the order of the queue.

        A receipt is a line of a document: the same again changes nothing. More than was ordered is taken in
        and flagged. Raises ConflictError for the same one with other content, RefusedError for an unknown
        line.
        """
        self._expected_receipts.prepare(at)
        with self._transactions.trying(keep=not preview) as connection:
            line = find_line(connection, receipt.purchase_order, receipt.line)
            faults = of_receipt(connection, receipt)
            if line is None or faults:
                raise RefusedError(faults)
            stocked = stock_units.lock_known(connection, line.sku)
            if received_before(connection, receipt):
                return Booked(sku=line.sku, on_hand=stocked.on_hand, allocated=stocked.allocated, new=False)
            queue = QueueEffects(connection, self._policies, line.sku, at, off=not (preview or effects))
            happened_at = min(receipt.received_at, at)
            self._write_receipt(connection, receipt, happened_at)
            self._expected_receipts.expect(connection, line, at)
            drop_pointless(connection, line.purchase_order, line.line, at)
            remarks = _flag_excess(connection, receipt, at)
            name = joined(receipt.receipt_id, receipt.purchase_order, receipt.line)
            fact = movement("receipt", name, happened_at, receipt.quantity)
            known = movements.since(connection, stocked, fact.at)
            move = _Move(fact=fact, cause=f"receipt {receipt.receipt_id}", order=receipt.purchase_order)
            return self._move(connection, stocked, move, known, at, queue, remarks)

    def send_back(
        self, sent: SupplyReturn, at: datetime, *, preview: bool = False, effects: bool = False
    ) -> Booked:
        """Reverse a receipt, in full or in part: goods that went back to the supplier, or never came.

        Units are taken back from the queue's tail. Where a replacement is due the order line is open again,
        from today. The same return again changes nothing. Raises ConflictError for the same one with other
        content, RefusedError for what cannot be.
        """
        self._expected_receipts.prepare(at)
        with self._transactions.trying(keep=not preview) as connection:
            line = find_line(connection, sent.purchase_order, sent.line)
            if line is None:
                raise RefusedError([no_line(sent.purchase_order, sent.line)])
            stocked = stock_units.lock_known(connection, line.sku)
            line = known_line(connection, sent.purchase_order, sent.line)
            if returned_before(connection, sent):
                return Booked(sku=line.sku, on_hand=stocked.on_hand, allocated=stocked.allocated, new=False)
            came_at = self._check_return(connection, sent, at)
            queue = QueueEffects(connection, self._policies, line.sku, at, off=not (preview or effects))
            happened_at = min(sent.returned_at or at, at)
            self._write_return(connection, sent, line, happened_at, at)
            self._expected_receipts.expect(connection, line, at)
            _clear_excess(connection, sent, at)
            name = joined(sent.return_id, sent.purchase_order, sent.line)
            fact = movement("return", name, min(max(happened_at, came_at), at), -sent.quantity)
            known = movements.since(connection, stocked, fact.at)
            move = _Move(fact=fact, cause=f"return {sent.return_id}", order=sent.purchase_order)
            return self._move(connection, stocked, move, known, at, queue)

    def adjust(
        self, adjustment: Adjustment, at: datetime, *, preview: bool = False, effects: bool = False
    ) -> Booked:
        """Change what is on hand. Units that are gone are taken back from the queue's tail.

        The same adjustment again changes nothing. Raises RefusedError for an unknown SKU or a stock below
        zero, ConflictError for the same ID with other content.
        """
        self._expected_receipts.prepare(at)
        with self._transactions.trying(keep=not preview) as connection:
            stocked = _locked(connection, adjustment.sku)
            if adjusted_before(connection, adjustment):
                return Booked(
                    sku=stocked.sku, on_hand=stocked.on_hand, allocated=stocked.allocated, new=False
                )
            queue = QueueEffects(connection, self._policies, stocked.sku, at, off=not (preview or effects))
            happened_at = min(adjustment.at or at, at)
            said = {"quantity": adjustment.quantity, "reason": adjustment.reason, "at": happened_at}
            note_stated(connection, "stock", stocked.sku, adjustment.adjustment_id, "adjustment", said)
            fact = movement("adjustment", adjustment.adjustment_id, happened_at, adjustment.quantity)
            known = movements.since(connection, stocked, fact.at)
            move = _Move(fact=fact, cause="adjustment", reason=adjustment.reason)
            remarks = freed_lately(connection, adjustment, at)
            return self._move(connection, stocked, move, known, at, queue, remarks)

    def count(
        self, count: StockCount, at: datetime, *, preview: bool = False, effects: bool = False
    ) -> Booked:
        """Set what is on hand to what was counted, and what moved since. The queue follows as it must.

        The same count again changes nothing, nor does one that is older than another. Raises RefusedError
        for an unknown SKU or a count too low for what left since; ConflictError for another level at the same
        instant.
        """
        self._expected_receipts.prepare(at)
        with self._transactions.trying(keep=not preview) as connection:
            stocked = _locked(connection, count.sku)
            still = Booked(sku=stocked.sku, on_hand=stocked.on_hand, allocated=stocked.allocated)
            if stock_counts.counted_before(connection, count):
                return replace(still, new=False)
            queue = QueueEffects(connection, self._policies, stocked.sku, at, off=not (preview or effects))
            fact = movements.count(count.as_of, min(count.as_of, at), count.on_hand)
            known = movements.since(connection, stocked, fact.at)
            entry = known.enter(fact)
            stock_counts.keep(connection, count, at)
            if entry.change or entry.short > 0:
                return self._move(connection, stocked, _Move(fact=fact, cause="count"), known, at, queue)
            movements.write(connection, stocked, known, fact, entry, at=at, reason="")
            newer = known.counted_at()
            stays = (
                f"a newer count, of {stock_counts.utc(newer)}, counts already: on hand stays" if newer else ""
            )
            return replace(still, remarks=(f"{stays} {stocked.on_hand}",) if newer else ())

    # --- inside

    def _move(
        self,
        connection: Connection,
        stocked: StockRow,
        move: _Move,
        known: Since,
        at: datetime,
        queue: QueueEffects,
        remarks: Sequence[str] = (),
    ) -> Booked:
        """Book a fact: what is missing then is taken back, what is free handed out."""
        entry = known.enter(move.fact)
        if entry.short > 0:
            raise RefusedError([not_there(move.fact, known, entry)])
        turned = stock_units.book(
            connection,
            stocked,
            known,
            move.fact,
            at=at,
            day=self._calendar.day(at),
            cause=move.cause,
            reason=move.reason,
        )
        mark_for_replanning(connection, stocked.sku, move.fact.kind, at)
        if move.order:
            follow_up_again(connection, move.order, at)
        return Booked(
            sku=stocked.sku,
            on_hand=stocked.on_hand + turned.change,
            allocated=stock_units.lock_known(connection, stocked.sku).allocated,
            change=turned.change,
            lost=turned.lost,
            given=turned.given,
            effects=queue.effects(connection),
            remarks=(*remarks, *remarks_of(stocked, move.fact, known, entry)),
            after=Notify(skus=(stocked.sku,), orders=(move.order,) if move.order else ()),
        )

    def _check_return(self, connection: Connection, sent: SupplyReturn, at: datetime) -> datetime:
        """When the goods came. Raises RefusedError for a return that cannot be."""
        if faults := of_return(connection, sent, self._calendar, at):
            raise RefusedError(faults)
        row = receipt_of(connection, sent.receipt_id, sent.purchase_order, sent.line)
        if row is None:
            raise TypeError(f"receipt {sent.receipt_id} is gone while its line is locked")
        came_at: datetime = row.received_at
        return came_at

    def _write_receipt(self, connection: Connection, receipt: Receipt, happened_at: datetime) -> None:
        row = {
            "id": receipt.receipt_id,
            "purchase_order": receipt.purchase_order,
            "line": receipt.line,
            "quantity": receipt.quantity,
            "received_at": receipt.received_at,
            "received_on": self._calendar.day(happened_at),
        }
        connection.execute(insert(receipts), row)
        said = {name: row[name] for name in ("line", "quantity", "received_at")}
        order = receipt.purchase_order
        note_stated(connection, "purchase_order", order, receipt.receipt_id, "receipt", said)
        wanted = is_line(receipt.purchase_order, receipt.line)
        came = purchase_order_lines.c.received + receipt.quantity
        connection.execute(update(purchase_order_lines).where(wanted).values(received=came))

    def _write_return(
        self,
        connection: Connection,
        sent: SupplyReturn,
        line: OrderedLineRow,
        happened_at: datetime,
        at: datetime,
    ) -> None:
        row = {
            "id": sent.return_id,
            "purchase_order": sent.purchase_order,
            "line": sent.line,
            "receipt": sent.receipt_id,
            "quantity": sent.quantity,
            "replacement": sent.replacement,
            "returned_at": happened_at,
            "at": at,
        }
        connection.execute(insert(supply_returns), row)
        ordered = min(line.quantity, line.received) if line.cancelled_at is not None else line.quantity
        left = counted(ordered, line.received, sent.quantity, replaced=sent.replacement)
        values: dict[str, object] = {"received": left}
        if sent.replacement and left < ordered:
            # What was cancelled stays so; what went back is ordered once more, from today.
            owed = ordered - left - max(0, ordered - line.received)
            known = tranches_of(connection, line)
            again = more(known, owed, max(self._calendar.day(at), known[-1].ordered_on))
            values |= {"quantity": ordered, "cancelled_at": None, "tranches": dump_tranches(again)}
        wanted = is_line(sent.purchase_order, sent.line)
        connection.execute(update(purchase_order_lines).where(wanted).values(values))


def _locked(connection: Connection, sku: str) -> StockRow:
    stocked = stock_units.lock(connection, sku)
    if stocked is None:
        raise RefusedError([f"sku: {no_product(connection, sku)}"])
    return stocked


def _flag_excess(connection: Connection, receipt: Receipt, at: datetime) -> list[str]:
    """What nobody ordered, or nobody wants any more, is taken in all the same; the buyer has to know."""
    line = known_line(connection, receipt.purchase_order, receipt.line)
    cancelled = line.cancelled_at is not None
    if line.received <= line.quantity and not cancelled:
        return []
    detail = {"ordered": line.quantity, "received": line.received, "receipt": receipt.receipt_id}
    detail |= {"quantity": receipt.quantity, "cancelled": cancelled}
    tasks.add(
        connection,
        key=_excess(receipt.receipt_id, line),
        kind="over_received",
        subject=joined(line.purchase_order, line.line),
        detail=detail,
        at=at,
    )
    came = f"{how_many(line.received, 'unit')} of {line.purchase_order} line {line.line} came"
    ordered = f"{line.quantity} had been ordered{' and the line is cancelled' if cancelled else ''}"
    return [f"{came}, {ordered}; the buyer has a task"]


def _excess(document: str, line: OrderedLineRow) -> str:
    return f"excess/{joined(document, line.purchase_order, line.line)}"


def _clear_excess(connection: Connection, sent: SupplyReturn, at: datetime) -> None:
    """What came beyond the order has gone back: nobody has to see to it any more."""
    line = known_line(connection, sent.purchase_order, sent.line)
    if left_of(connection, sent) <= 0:
        tasks.finish(connection, _excess(sent.receipt_id, line), at)
    if line.received <= line.quantity and line.cancelled_at is None:
        tasks.finish_about(connection, joined(line.purchase_order, line.line), ("over_received",), at)
