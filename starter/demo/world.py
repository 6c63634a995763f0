"""The world around the shop: suppliers, the warehouse, customers, the order system. It acts by the Clock.

Everything goes through the typed client, as a shop's own systems would do it.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from backorder import schemas
from backorder.ports import RequestOutcome
from starter.client import Backorders
from starter.demo.observer import FeedEntry
from starter.demo.season import Beat, Reply, Season, read_orders

PACKS = timedelta(hours=5)
"""From the units set aside to the carrier's van."""
PAYS = timedelta(days=1)
ORDERS, CUSTOMER = "Order system", "Customer"

Act = Callable[[], Awaitable[None]]


class World:
    """Does what the season says, when its time has come, and reacts to what it hears."""

    def __init__(self, season: Season, backorders: Backorders, tell: Callable[[FeedEntry], None]) -> None:
        self._season = season
        self._backorders = backorders
        self._tell = tell
        self._number = count()
        self._agenda: list[tuple[datetime, int, str, Act]] = []
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way = 1  # it opens first
        for beat in season.beats:
            self._plan(beat.at, beat.about, partial(self._beat, beat))

    async def open(self) -> None:
        """Bring in what the shop knows before the season begins, and its orders."""
        for supplier in self._season.suppliers:
            await self._backorders.supplier(supplier)
        for product in self._season.products:
            await self._backorders.product(product)
        for adjustment in self._season.stock:
            await self._backorders.adjust(adjustment)
        for order in self._season.purchase_orders:
            await self._backorders.purchase_order(order)
        for line in read_orders():
            await self._backorders.start(line)
        self._under_way -= 1

    def is_idle(self, now: datetime) -> bool:
        """Whether it has done all that is due at a business instant."""
        return not self._under_way and not (self._agenda and self._agenda[0][0] <= now)

    def acts_next(self) -> datetime | None:
        """The business instant of what it does next, as far as it knows by now."""
        return self._agenda[0][0] if self._agenda else None

    @property
    def is_done(self) -> bool:
        """Whether it has nothing left to do."""
        return not self._under_way and not self._agenda

    def act(self, now: datetime, acting: asyncio.TaskGroup) -> None:
        """Begin what is due at a business instant. What concerns the same thing keeps its order."""
        while self._agenda and self._agenda[0][0] <= now:
            _, _, about, act = heapq.heappop(self._agenda)
            self._under_way += 1
            acting.create_task(self._in_turn(about, act))

    async def _in_turn(self, about: str, act: Act) -> None:
        async with self._turns[about]:
            await act()
        self._under_way -= 1

    def add(self, entry: FeedEntry) -> None:
        """React to an event or to a message."""
        if entry.who == "event" and entry.what == "allocated":
            self._plan(entry.at + PACKS, entry.line, partial(self._ship, entry))
        elif entry.who == "event" and entry.what == "refund_due":
            self._plan(entry.at + PAYS, entry.line, partial(self._refund, entry))
        for reply in self._season.replies:
            if (entry.who, entry.line, entry.what) == ("message", reply.line, reply.to):
                at = entry.at + timedelta(days=reply.days)
                self._plan(at, entry.line, partial(self._reply, reply))

    def _plan(self, at: datetime, about: str, act: Act) -> None:
        heapq.heappush(self._agenda, (at, next(self._number), about, act))

    async def _beat(self, beat: Beat) -> None:
        self._say(beat.who, beat.about, beat.says)
        if beat.dates is not None:
            await self._backorders.stated_dates(beat.dates)
        if beat.receipt is not None:
            fields = {"received_at": self._backorders.now(), **beat.receipt}
            await self._backorders.receive(schemas.parse(schemas.Receipt, fields))
        if beat.cancel is not None:
            self._heed(beat.line, await self._backorders.cancel(beat.line, beat.cancel))

    async def _ship(self, entry: FeedEntry) -> None:
        units = int(str(entry.data["quantity"]))
        self._say(ORDERS, entry.line, f"hands {units} to the carrier")
        shipment = schemas.Shipment(
            shipment_id=f"S-{entry.key}",
            quantity=units,
            carrier="Example Parcel",
            tracking=f"EP{entry.key:0>8}",
        )
        self._heed(entry.line, await self._backorders.ship(entry.line, shipment))

    async def _refund(self, entry: FeedEntry) -> None:
        amount = str(entry.data["amount"])
        self._say(ORDERS, entry.line, f"sends {amount} {entry.data['currency']} back")
        fields = {"refund_id": f"F-{entry.key}", "amount": amount}
        report = schemas.parse(schemas.RefundReport, fields)
        self._heed(entry.line, await self._backorders.refund(entry.line, report))

    async def _reply(self, reply: Reply) -> None:
        self._say(CUSTOMER, reply.line, reply.says)
        self._heed(reply.line, await self._backorders.answer(reply.line, reply.answer))

    def _heed(self, line: str, outcome: RequestOutcome) -> None:
        if outcome.verdict != "accepted":
            self._say("Engine", line, f"{outcome.verdict}: {outcome.reason}")

    def _say(self, who: str, line: str, words: str) -> None:
        self._tell(FeedEntry(at=self._backorders.now(), who=who, what="world", line=line, words=words))
