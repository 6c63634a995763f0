"""What happens in the shop meanwhile: orders, a date that moves, goods, cancellations, shipments.

Every fact has its own ID and instant, and is said again until it is on record, as an order system does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from backorder import schemas
from backorder.errors import BackorderError
from starter.mending import in_words
from tests.support.fault_runs.world import PATIENCE_S, World, until

T = TypeVar("T")
Fate = Literal["waits", "moves", "cancelled", "ships"]
FATES: tuple[Fate, ...] = ("waits", "moves", "cancelled", "ships")
"""What becomes of the lines, in turn."""
SKUS = {"waits": "CHAIR", "moves": "DESK", "cancelled": "CHAIR", "ships": "LAMP"}
AT_ONCE = 6
"""Requests of the order system under way at once."""
STATED, MOVED = timedelta(days=20), timedelta(days=45)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A line of the story. served: there is a unit for it, if it is one that ships."""

    id: str
    fate: Fate
    served: bool


class Story:
    """The order system, the supplier and the warehouse."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._began = world.backorders.now()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.cast = [
            # The last of those that ship gets nothing, so that giving too much away would show.
            Told(id=f"O-{n}/1", fate=FATES[n % 4], served=n + 4 < world.lines)
            for n in range(world.lines)
        ]

    async def furnish(self) -> None:
        """Products, and purchase orders for all that is wanted of them."""
        desk = self._world.backorders
        await desk.supplier(schemas.Supplier(id="oak", name="Oakworks", lead_days=14))
        for sku in sorted(set(SKUS.values())):
            product = {
                "sku": sku,
                "name": sku.title(),
                "price": "100.00",
                "currency": "EUR",
                "supplier": "oak",
            }
            await desk.product(schemas.parse(schemas.Product, product))
            line = {"line": "1", "sku": sku, "quantity": self._world.lines}
            line["stated_date"] = (self._began + STATED).date()
            order = {"id": f"PO-{sku}", "supplier": "oak", "ordered_at": self._began, "lines": [line]}
            await desk.purchase_order(schemas.parse(schemas.PurchaseOrder, order))

    async def play(self) -> None:
        """Everything from the first order to the last shipment."""
        await self._each(self._order, *range(self._world.lines))
        self._world.stage.ordered.set()
        await self._insist(self._move)
        await self._insist(self._deliver)
        await self._each(self._end, *self.cast)
        self._world.stage.told.set()

    async def _each(self, act: Callable[[T], Awaitable[object]], *subjects: T) -> None:
        async with asyncio.TaskGroup() as tasks:
            for each in subjects:
                tasks.create_task(self._in_turn(act, each))

    async def _in_turn(self, act: Callable[[T], Awaitable[object]], subject: T) -> None:
        async with self._gate:
            await self._insist(lambda: act(subject))

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do it; while something does not answer, again. Raises what a person would have to correct."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await act()
            except (SQLAlchemyError, RPCError, RuntimeError, BackorderError) as error:
                found = in_words(error)
                if found is None or not found.away or asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(0.2)

    async def _order(self, number: int) -> None:
        # Now and then somebody has two lines, and some can be reached by text only.
        who = number - 1 if number % 5 == 0 and number else number
        customer = {"id": f"C-{who}", "name": f"Person {who}", "region": "IE", "email": f"c{who}@example.com"}
        if who % 3 == 1:
            phone = f"+3538612{who:05d}"
            customer |= {"phone": phone, "sms_consent": True}  # type: ignore[dict-item]
            del customer["email"]
        raw = {"order_id": f"O-{number}", "line_id": "1", "sku": SKUS[FATES[number % 4]], "quantity": 1}
        raw |= {"unit_price": "100.00", "currency": "EUR", "payment": "captured", "customer": customer}
        line = schemas.parse(schemas.OrderLine, raw | {"ordered_at": self._began})
        await self._world.backorders.start(line)

    async def _move(self) -> None:
        split = {"quantity": self._world.lines, "date": (self._began + MOVED).date()}
        raw = {"purchase_order": "PO-DESK", "line": "1", "splits": [split], "source": "mail"}
        await self._world.backorders.stated_dates(schemas.parse(schemas.StatedDates, raw))

    async def _deliver(self) -> None:
        goods = sum(each.fate == "ships" and each.served for each in self.cast)
        raw = {"receipt_id": "R-1", "purchase_order": "PO-LAMP", "line": "1", "quantity": goods}
        if goods:
            received = schemas.parse(schemas.Receipt, raw | {"received_at": self._began})
            await self._world.backorders.receive(received)

    async def _end(self, line: Told) -> None:
        desk, now = self._world.backorders, self._began
        if line.fate == "cancelled":
            new_request = schemas.Cancellation(
                request_id="c1", reason="too long", by="customer", received_at=now
            )
            await desk.cancel(line.id, new_request)
        if line.fate == "ships" and line.served:
            held = "SELECT 1 FROM demands WHERE backorder = :id AND (allocated = 1 OR open = 0)"
            await until(f"{line.id} has its unit", lambda: self._world.rows(held, id=line.id))
            await desk.ship(line.id, schemas.Shipment(shipment_id="s1", quantity=1, shipped_at=now))
