"""What something would do that has not happened: who would hear what, and what becomes of the queues.

The facts are written as if they had happened, by the services that write them, in a transaction of which
nothing stays.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Engine, bindparam, func, select

from backorder.domain.supply.approval import Limits
from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from backorder.services.expected_receipts import ExpectedReceipts
from backorder.services.record_faults import of_supplier
from backorder.services.record_stock import StockRecorder
from backorder.services.stock_faults import of_receipt
from backorder.services.supplier_dates import SupplierDates
from backorder.services.supply_effects import Effect, Moved, QueueEffects, SkuQueue
from backorder.storage.engine import reading, rehearsing
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import OPEN, find_line
from backorder.storage.tables import expected_receipts, purchase_order_lines, purchase_orders
from backorder.storage.transactions import PartOfTransaction

if TYPE_CHECKING:
    from backorder.schemas import Receipt, StatedDates
    from backorder.schemas.what_if import SupplierMove
    from backorder.storage.rows import ExpectedReceiptRow, OrderedLineRow

T = TypeVar("T")
LINES_A_PART = 1000
"""Purchase-order lines that are tried at once, unless one product has more: while they are, other facts of
supply wait."""
SOURCE = "what if"
"""Of a date that nobody stated."""
_OWED = (
    select(purchase_order_lines)
    .join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
    .where(purchase_orders.c.supplier == bindparam("supplier"), OPEN)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitsForBuyer:
    """A date of which customers would not hear before the buyer agrees, or a day has passed, and why."""

    purchase_order: str
    line: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Consequences:
    """What would come of it. moved: SKU by SKU. remarks: what to know of how it was worked out."""

    moved: tuple[Moved, ...]
    waits_for_buyer: tuple[WaitsForBuyer, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The lines that would stand elsewhere, SKU by SKU, in queue order."""
        return tuple(effect for each in self.moved for effect in each.effects)

    @property
    def hears(self) -> Mapping[str, int]:
        """How many customers' lines would hear what, by kind of message."""
        return dict(sorted(Counter(each.hears for each in self.effects if each.hears).items()))


class WhatIfs:
    """Answers what would come of a date, a receipt, or a supplier who slips."""

    def __init__(
        self, engine: Engine, policies: PolicyRepository, expected_receipts: ExpectedReceipts, limits: Limits
    ) -> None:
        self._engine = engine
        self._policies = policies
        self._expected_receipts = expected_receipts
        self._limits = limits

    def date(self, stated: StatedDates, at: datetime) -> Consequences:
        """The supplier states this. Raises RefusedError as stating it would."""
        with self._trying(at) as trial:
            trial.state([stated])
        return self._told(trial)

    def receipt(self, receipt: Receipt, at: datetime) -> Consequences:
        """These goods arrive now. Raises RefusedError for an unknown line."""
        with self._trying(at) as trial:
            remarks = trial.receive(receipt)
        return replace(self._told(trial), remarks=remarks)

    def supplier(
        self, move: SupplierMove, at: datetime, progress: Callable[[int, int], None] | None = None
    ) -> Consequences:
        """All that a supplier owes comes later, earlier, without a date, or never.

        No product's supply touches another's: they are tried some at a time, so that nobody waits for long.
        progress: hears how many of how many steps are done. Raises RefusedError for an unknown supplier.
        """
        with reading(self._engine) as connection:
            owed = _owed(connection, move.supplier)
        if not owed:
            return Consequences(moved=(), remarks=(f"nothing of {move.supplier}'s is on its way",))
        parts = list(_some_at_a_time(owed))
        steps = _Steps(sum(owed.values()) + len(owed), progress)
        found = [self._some_of(move, skus, at, steps) for skus in parts]
        remarks = []
        if len(parts) > 1:
            lines = how_many(sum(owed.values()), "purchase-order line")
            tried = f"{lines} of {how_many(len(owed), 'product')} were tried in {len(parts)} parts"
            remarks = [f"{tried}: what happened meanwhile is in some of them and not in others"]
        return Consequences(
            moved=tuple(each for part in found for each in part.moved),
            waits_for_buyer=tuple(each for part in found for each in part.waits_for_buyer),
            remarks=tuple(remarks),
        )

    def _some_of(self, move: SupplierMove, skus: Sequence[str], at: datetime, steps: _Steps) -> Consequences:
        """What comes of it for some products."""
        today = self._policies.calendar.day(at)
        with self._trying(at) as trial:
            lines = _lines_of(trial.connection, move.supplier, skus)
            parts = _parts(trial.connection, skus)
            stated = [_moved(line, parts[line.purchase_order, line.line], move, today) for line in lines]
            trial.state(stated, steps)
        return self._told(trial, steps)

    def _told(self, trial: _Trial, steps: _Steps | None = None) -> Consequences:
        """Who would hear what; asked when a trial is taken back, so that nobody waits for it."""
        with reading(self._engine) as connection:
            moved = tuple(queue.compared(connection) for queue in (steps or _Steps()).of(trial.queues))
        return Consequences(moved=moved, waits_for_buyer=tuple(trial.waits))

    @contextmanager
    def _trying(self, at: datetime) -> Iterator[_Trial]:
        self._expected_receipts.prepare(at)
        with rehearsing(self._engine) as connection:
            yield _Trial(connection, self._policies, self._expected_receipts, self._limits, at)


class _Steps:
    """Counts what is done of so many steps."""

    def __init__(self, total: int = 0, progress: Callable[[int, int], None] | None = None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def of(self, all_: Iterable[T]) -> Iterator[T]:
        """Each of them, a step."""
        for each in all_:
            yield each
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)


class _Trial:
    """Facts that are tried within one transaction.

    queues: where the lines of each SKU stood before and after. waits: the dates that wait for the buyer.
    """

    def __init__(
        self,
        connection: Connection,
        policies: PolicyRepository,
        expected_receipts: ExpectedReceipts,
        limits: Limits,
        at: datetime,
    ) -> None:
        self.connection = connection
        self.queues: list[QueueEffects] = []
        self.waits: list[WaitsForBuyer] = []
        self._policies = policies
        self._expected_receipts = expected_receipts
        self._at = at
        self._dates = SupplierDates(PartOfTransaction(connection), policies, expected_receipts, limits)

    def receive(self, receipt: Receipt) -> tuple[str, ...]:
        """Goods arrive. Returns remarks. Raises RefusedError."""
        line, faults = (
            find_line(self.connection, receipt.purchase_order, receipt.line),
            of_receipt(self.connection, receipt),
        )
        if line is None or faults:
            raise RefusedError(faults)
        self._read((line.sku,))
        stock = StockRecorder(PartOfTransaction(self.connection), self._policies, self._expected_receipts)
        booked = stock.receive(receipt, self._at)
        self._read_again()
        return tuple(booked.remarks)

    def state(self, stated: Sequence[StatedDates], steps: _Steps | None = None) -> None:
        """Suppliers state all of this, and what they state takes effect. Raises RefusedError.

        Whether the buyer would be asked first is looked at for each date, as if it came alone.
        """
        lines = [(self._dates.ready(self.connection, each, self._at)[0], each) for each in stated]
        skus = sorted({line.sku for line, _ in lines})
        self._read(skus)
        queues = {sku: SkuQueue(self.connection, self._policies, sku, self._at) for sku in skus}
        for line, each in lines:
            why = self._dates.asked_first(self.connection, line, each, queues[line.sku], self._at)
            if why:
                self.waits.append(WaitsForBuyer(purchase_order=line.purchase_order, line=line.line, why=why))
        for line, each in (steps or _Steps()).of(lines):
            self._dates.take(self.connection, line, each, self._at)
        self._read_again()

    def _read(self, skus: Sequence[str]) -> None:
        self.queues = [QueueEffects(self.connection, self._policies, sku, self._at) for sku in skus]

    def _read_again(self) -> None:
        for each in self.queues:
            each.read_again(self.connection)


def new_receipt_id() -> str:
    """An ID for a receipt that nobody has booked."""
    return f"what-if-{secrets.token_hex(8)}"


def _owed(connection: Connection, supplier: str) -> dict[str, int]:
    """The products of which a supplier still owes units, each with its lines. Raises RefusedError."""
    if faults := of_supplier(connection, supplier):
        raise RefusedError(faults)
    line = purchase_order_lines.c
    query = _OWED.with_only_columns(line.sku, func.count()).group_by(line.sku).order_by(line.sku)
    return {row[0]: row[1] for row in connection.execute(query, {"supplier": supplier})}


def _some_at_a_time(owed: Mapping[str, int]) -> Iterator[list[str]]:
    """Products in their order, as many at a time as have `LINES_A_PART` lines together; one at least."""
    part: list[str] = []
    lines = 0
    for sku, count in owed.items():
        if part and lines + count > LINES_A_PART:
            yield part
            part, lines = [], 0
        part.append(sku)
        lines += count
    yield part


def _lines_of(connection: Connection, supplier: str, skus: Sequence[str]) -> list[OrderedLineRow]:
    """The lines of which a supplier still owes units, in their order."""
    line = purchase_order_lines.c
    query = _OWED.where(line.sku.in_(skus)).order_by(line.purchase_order, line.line)
    return list(connection.execute(query, {"supplier": supplier}))


def _parts(connection: Connection, skus: Sequence[str]) -> Mapping[tuple[str, str], list[ExpectedReceiptRow]]:
    """What is on its way, by purchase-order line."""
    found: dict[tuple[str, str], list[ExpectedReceiptRow]] = defaultdict(list)
    query = (
        select(expected_receipts).where(expected_receipts.c.sku.in_(skus)).order_by(expected_receipts.c.split)
    )
    for row in connection.execute(query):
        found[row.purchase_order, row.line].append(row)
    return found


def _moved(
    line: OrderedLineRow, parts: Sequence[ExpectedReceiptRow], move: SupplierMove, today: date
) -> StatedDates:
    """What the supplier would say of a line."""
    from backorder.schemas import Split, StatedDates

    splits = (
        ()
        if move.cannot_supply
        else tuple(Split(quantity=part.quantity, date=_day(part, move, today)) for part in parts)
    )
    return StatedDates(
        purchase_order=line.purchase_order,
        line=line.line,
        splits=splits,
        cannot_supply=move.cannot_supply,
        source=SOURCE,
    )


def _day(part: ExpectedReceiptRow, move: SupplierMove, today: date) -> date | None:
    """The day of a part: moved from the one that the supplier states, or from our likely one where that is
    over or there is none; never before today.
    """
    stated = part.stated if part.stated is not None and part.stated >= today else None
    known = stated or part.likely
    if move.days is None or known is None:
        return None
    found: date = max(known, today) + timedelta(days=move.days)
    return max(found, today)
