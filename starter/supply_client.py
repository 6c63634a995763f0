"""The typed client, of supply: what suppliers say, what is ordered, what comes and what is there."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from temporalio.service import RPCError

from backorder import schemas
from backorder.errors import RefusedError
from backorder.ports import Notify
from backorder.services.keep_supplier_price import keep_supplier_price
from backorder.services.place_orders import PlacedOrder, place_orders
from backorder.services.record_stock import Booked
from backorder.services.services import Services
from backorder.services.supplier_dates import DatesEffect
from starter.temporal import TemporalNotifier, is_away

if TYPE_CHECKING:
    from backorder.services.plan_orders import PlannedOrder
    from backorder.services.supplier_answers import SupplierAnswer

log = logging.getLogger(__name__)
ModelT = TypeVar("ModelT", bound=schemas.Incoming)
_FACT = ("id", "sku", "purchase_order", "line", "receipt_id", "adjustment_id", "quantity", "on_hand")
"""What the log says of a fact of supply: IDs and numbers."""


class SupplyFacts(ABC):
    """Reports facts of supply, and wakes whoever they concern."""

    def __init__(self, services: Services, notifier: TemporalNotifier) -> None:
        self._services = services
        self._notifier = notifier

    @abstractmethod
    def now(self) -> datetime:
        """Business time."""

    async def supplier(self, supplier: schemas.Supplier) -> None:
        """Keep a supplier."""
        await self._fact(self._services.supply.put_supplier, supplier)

    async def product(self, product: schemas.Product) -> None:
        """Keep a product."""
        await self._fact(self._services.supply.put_product, product)

    async def supplier_price(self, price: schemas.SupplierPrice) -> None:
        """Keep what a supplier asks for a product."""
        await self._fact(partial(keep_supplier_price, self._services.engine), price)

    async def purchase_order(self, order: schemas.PurchaseOrder, *, drop: bool = False) -> list[str]:
        """Keep a purchase order. Returns what it gave up, what may be a mistake, and which dates wait for the
        buyer, in words.

        Without `drop` raises WouldDropError if anything would be given up.
        """
        self._timely(order)
        placed = await asyncio.to_thread(
            self._services.supply.put_purchase_order, order, self.now(), drop=drop
        )
        await self._wake(placed.after)
        waiting = await asyncio.to_thread(self._services.dates.waiting_for_buyer, order.id)
        return [*placed.dropped, *placed.remarks, *waiting]

    async def place_orders(self, planned: Sequence[PlannedOrder]) -> Sequence[PlacedOrder]:
        """Put planned orders on record, each purchase order in a transaction of its own."""
        placed = await asyncio.to_thread(place_orders, self._services.supply, planned, self.now())
        after = Notify()
        for each in placed:
            after = after.and_also(each.after)
        await self._wake(after)
        return placed

    async def stated_dates(self, stated: schemas.StatedDates, *, by_link: bool = False) -> DatesEffect:
        """Write down what a supplier says.

        Returns who is concerned, and whether the buyer has to agree first.
        """
        self._timely(stated)
        outcome = await asyncio.to_thread(self._services.dates.state, stated, self.now(), by_link=by_link)
        await self._wake(outcome.after)
        return outcome

    async def answer_by_link(self, send: str, answers: Sequence[SupplierAnswer]) -> bool:
        """Write down what a supplier says on the page to which a send's link leads: all of it, or nothing.

        False: a line is not as the page showed it any more.
        """
        record = self._services.supplier_answers.record
        after = await asyncio.to_thread(record, send, answers, self.now())
        if after is None:
            return False
        await self._wake(after)
        return True

    async def decide_dates(
        self, order: str, line: str, *, approve: bool, by: str, revision: int | None = None
    ) -> None:
        """The buyer approves or rejects a date that waits. revision: the one that they saw, and no other."""
        decide, at = self._services.dates.decide, self.now()
        after = await asyncio.to_thread(decide, order, line, approve=approve, by=by, at=at, revision=revision)
        await self._wake(after)

    async def cancel_purchase_order(
        self, order: str, line: str | None = None, *, reason: str | None = None
    ) -> bool:
        """Cancel what has not arrived of a purchase order, or of one of its lines. False: nothing has to."""
        cancel = self._services.supply.cancel_purchase_order
        after = await asyncio.to_thread(cancel, order, line, self.now(), reason=reason)
        await self._wake(after)
        return bool(after)

    async def reassign(self, order: str, line: str, *, supplier: str, new_order: str) -> bool:
        """Order what is outstanding of a line from another supplier. False: that was done before.

        Raises RefusedError, ConflictError, RejectedError.
        """
        after = await asyncio.to_thread(
            self._services.purchasing.reassign, order, line, supplier, new_order, self.now()
        )
        await self._wake(after)
        return bool(after)

    async def receive(self, receipt: schemas.Receipt, *, effects: bool = False) -> Booked:
        """Book goods in. With `effects` it says who stands elsewhere."""
        return await self._book(self._services.stock.receive, receipt, effects=effects)

    async def send_back(self, sent: schemas.SupplyReturn, *, effects: bool = False) -> Booked:
        """Reverse a receipt, in full or in part. With `effects` it says who stands elsewhere."""
        return await self._book(self._services.stock.send_back, sent, effects=effects)

    async def adjust(self, adjustment: schemas.Adjustment, *, effects: bool = False) -> Booked:
        """Change what is on hand. With `effects` it says who stands elsewhere."""
        return await self._book(self._services.stock.adjust, adjustment, effects=effects)

    async def count(self, count: schemas.StockCount, *, effects: bool = False) -> Booked:
        """Set what is on hand to what was counted. With `effects` it says who stands elsewhere."""
        return await self._book(self._services.stock.count, count, effects=effects)

    async def _book(self, write: Callable[..., Booked], fact: schemas.Incoming, *, effects: bool) -> Booked:
        booked = await asyncio.to_thread(write, fact, self.now(), effects=effects)
        await self._wake(booked.after)
        return booked

    async def _fact(self, write: Callable[[ModelT, datetime], Notify], fact: ModelT) -> None:
        self._timely(fact)
        after = await asyncio.to_thread(write, fact, self.now())
        fields = {name: getattr(fact, name, None) for name in _FACT}
        log.info("%s is on record", type(fact).__name__, extra=fields)
        await self._wake(after)

    def _timely(self, came_in: schemas.Incoming) -> None:
        """Raises RefusedError for what cannot have happened yet, or is too far ahead."""
        if faults := list(came_in.untimely(self.now())):
            raise RefusedError(faults)

    async def _wake(self, after: Notify) -> None:
        """Wake whoever it concerns. What is on record stays so while Temporal is away; a sweep wakes them."""
        if not after:
            return
        try:
            await self._notifier.notify(after)
        except (RPCError, RuntimeError) as error:
            if not is_away(error):
                raise
            log.warning("Temporal is away; what was written is taken up when it is back")
