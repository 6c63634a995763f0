"""What happens in the shop meanwhile: orders, a date that moves, goods, cancellations, shipments.

Every fact has its own ID and instant, and is said again until it is on record, as an order system does. The
lines come in waves, each with products of its own. Whole lives take their time, so that there is something to
be told at each of their turns, and end: whatever was not cancelled ships, once its customer knows its date.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from backorder import schemas
from backorder.errors import BackorderError
from starter.mending import in_words
from tests.support.fault_runs.world import LONGEST_WAIT_S, World, until
from tests.support.providers import Fake

T = TypeVar("T")
Fate = Literal["waits", "moves", "cancelled", "ships"]
FATES: tuple[Fate, ...] = ("waits", "moves", "cancelled", "ships")
"""What becomes of the lines, in turn."""
SKUS = {"waits": "CHAIR", "moves": "DESK", "cancelled": "CHAIR", "ships": "LAMP"}
FACTS_AT_ONCE = 6
"""Requests of the order system under way at once."""
WAVE, WAVES_AT_ONCE = 50, 2
"""Lines of a wave of whole lives, and how many waves there are at once."""
RECEIVED_S = 30.0
"""How long the order system waits for customers to hear of something before it goes on."""
STATED, MOVED = timedelta(days=20), timedelta(days=45)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A line of the story. served: there is a unit for it. ships: it leaves in the end.

    to: the address of its customer. product: how the customer knows it.
    """

    number: int
    fate: Fate
    sku: str
    served: bool
    ships: bool

    @property
    def id(self) -> str:
        """Its ID."""
        return f"O-{self.number}/1"

    @property
    def who(self) -> int:
        """Its customer's number. Now and then somebody has two lines."""
        return self.number - 1 if self.number % 5 == 0 and self.number else self.number

    @property
    def texted(self) -> bool:
        """Whether its customer can be reached by text only."""
        return self.who % 3 == 1

    @property
    def to(self) -> str:
        """Where its customer is written to."""
        return f"+3538612{self.who:05d}" if self.texted else f"c{self.who}@example.com"

    @property
    def product(self) -> str:
        """What its customer has ordered, in the shop's words."""
        return self.sku.title()


class Story:
    """The order system, the supplier and the warehouse. whole: every line lives to its end."""

    def __init__(self, world: World, *, whole: bool = False) -> None:
        self._world = world
        self._whole = whole
        self.began = world.backorders.now()
        self._gate = asyncio.Semaphore(FACTS_AT_ONCE)
        size = WAVE if whole else world.lines
        self._waves = [
            [self._line(n, size) for n in range(first, min(first + size, world.lines))]
            for first in range(0, world.lines, size)
        ]
        self.cast = [line for wave in self._waves for line in wave]

    def _line(self, n: int, size: int) -> Told:
        fate, last = FATES[n % 4], min(n - n % size + size, self._world.lines)
        # The last of those that ship gets nothing, so that giving too much away would show.
        served = n + 4 < last
        ships = served and (fate == "ships" or (self._whole and fate != "cancelled"))
        sku = f"{SKUS[fate]}-{n // size}" if self._whole else SKUS[fate]
        return Told(number=n, fate=fate, sku=sku, served=served, ships=ships)

    async def furnish(self) -> None:
        """Products, and purchase orders for all that is wanted of them."""
        desk = self._world.backorders
        await desk.supplier(schemas.Supplier(id="oak", name="Oakworks", lead_days=14))
        for sku in sorted({line.sku for line in self.cast}):
            product = {
                "sku": sku,
                "name": sku.title(),
                "price": "100.00",
                "currency": "EUR",
                "supplier": "oak",
            }
            await desk.product(schemas.parse(schemas.Product, product))
            line = {"line": "1", "sku": sku, "quantity": self._wanted(sku)}
            line["stated_date"] = (self.began + STATED).date()
            order = {"id": f"PO-{sku}", "supplier": "oak", "ordered_at": self.began, "lines": [line]}
            await desk.purchase_order(schemas.parse(schemas.PurchaseOrder, order))

    def _wanted(self, sku: str) -> int:
        return sum(line.sku == sku for line in self.cast)

    async def play(self) -> None:
        """Everything from the first order to the last shipment."""
        slots = asyncio.Semaphore(WAVES_AT_ONCE)

        async def in_turn(wave: Sequence[Told]) -> None:
            async with slots:
                await self._live(wave)

        async with asyncio.TaskGroup() as waves:
            for wave in self._waves:
                waves.create_task(in_turn(wave))
        self._world.stage.told.set()

    async def _live(self, wave: Sequence[Told]) -> None:
        """What one wave lives through."""
        await self._each(self._order, *wave)
        self._world.stage.ordered.set()
        await self._heard(wave, 1)
        for sku in sorted({line.sku for line in wave if line.fate == "moves"}):
            await self._insist(partial(self._move, sku))
        await self._deliver(wave, "ships")
        news = [line for line in wave if line.fate == "moves" or (line.fate == "ships" and line.ships)]
        await self._heard(news, 2)
        await self._each(self._end, *(line for line in wave if line.fate in ("ships", "cancelled")))
        if self._whole:
            rest = [line for line in wave if line.fate in ("waits", "moves")]
            await self._deliver(wave, "waits")
            await self._deliver(wave, "moves")
            await self._each(self._end, *rest)

    async def _heard(self, lines: Sequence[Told], times: int) -> None:
        """Wait until most customers have heard of their line so often; for so long and no longer."""
        if not self._whole:
            return

        def most() -> bool:
            received = Counter(to for fake in (self._world.mail, self._world.texts) for to in _to(fake))
            return 2 * sum(received[line.to] >= times for line in lines) >= len(lines)

        with suppress(TimeoutError):
            await until("most have heard", most, RECEIVED_S)

    async def _each(self, act: Callable[[T], Awaitable[object]], *subjects: T) -> None:
        async with asyncio.TaskGroup() as tasks:
            for each in subjects:
                tasks.create_task(self._in_turn(act, each))

    async def _in_turn(self, act: Callable[[T], Awaitable[object]], subject: T) -> None:
        async with self._gate:
            await self._insist(lambda: act(subject))

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do it; while something does not answer, again. Raises what a person would have to correct."""
        end = asyncio.get_running_loop().time() + LONGEST_WAIT_S
        while True:
            try:
                return await act()
            except (SQLAlchemyError, RPCError, RuntimeError, BackorderError) as error:
                found = in_words(error)
                if found is None or not found.away or asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(0.2)

    async def _order(self, line: Told) -> None:
        customer: dict[str, object] = {"id": f"C-{line.who}", "name": f"Person {line.who}", "region": "IE"}
        customer |= {"phone": line.to, "sms_consent": True} if line.texted else {"email": line.to}
        raw = {"order_id": f"O-{line.number}", "line_id": "1", "sku": line.sku, "quantity": 1}
        raw |= {"unit_price": "100.00", "currency": "EUR", "payment": "captured", "customer": customer}
        # The queue is in the order of their numbers, whoever's order is taken first.
        ordered_at = self.began - timedelta(seconds=self._world.lines - line.number)
        ordered = schemas.parse(schemas.OrderLine, raw | {"ordered_at": ordered_at})
        await self._world.backorders.start(ordered)

    async def _move(self, sku: str) -> None:
        split = {"quantity": self._wanted(sku), "date": (self.began + MOVED).date()}
        raw = {"purchase_order": f"PO-{sku}", "line": "1", "splits": [split], "source": "mail"}
        await self._world.backorders.stated_dates(schemas.parse(schemas.StatedDates, raw))

    async def _deliver(self, wave: Sequence[Told], fate: Fate) -> None:
        """Receive goods for the lines of a fate that ship."""
        mine = [line for line in wave if line.fate == fate and line.ships]
        if mine:
            sku = mine[0].sku
            raw = {"receipt_id": "R-1", "purchase_order": f"PO-{sku}", "line": "1", "quantity": len(mine)}
            received = schemas.parse(schemas.Receipt, raw | {"received_at": self.began})
            await self._insist(lambda: self._world.backorders.receive(received))

    async def _end(self, line: Told) -> None:
        desk, now = self._world.backorders, self.began
        if line.fate == "cancelled":
            new_request = schemas.Cancellation(
                request_id="c1", reason="too long", by="customer", received_at=now
            )
            await desk.cancel(line.id, new_request)
        if line.ships:
            held = "SELECT 1 FROM demands WHERE backorder = :id AND (allocated = 1 OR open = 0)"
            await until(f"{line.id} has its unit", lambda: self._world.rows(held, id=line.id))
            await desk.ship(line.id, schemas.Shipment(shipment_id="s1", quantity=1, shipped_at=now))


def _to(fake: Fake) -> Iterator[str]:
    """To whom a provider took texts."""
    return (fake.addressee(each) for each in tuple(fake.accepted))
