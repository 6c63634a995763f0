"""A queue of lines that wait for one purchase order, and the supplier's date that moves under them."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import and_, func, select

from backorder import schemas
from backorder.domain.supply.pegging import WaitingLine, peg
from backorder.services.services import Services
from backorder.storage.engine import reading, writing
from backorder.storage.queues import supplies
from backorder.storage.tables import demands, message_items, messages, replans, sends, stock
from starter.client import Backorders

POLICY = """name = "fanout"
[promise]
settle = "{settle}"
[updates]
gather = "0s"                # everybody has one line, and waits for no other
every = "365d"               # nothing falls due while the clock runs as the machine's
quiet_hours = "04:00-04:01"
[duties]
pack = "none"
"""
PROMISED = timedelta(days=60)
MOVES_BY = timedelta(days=20)
"""Less than the length that a buyer wants to see first; more lines than 500 wait for the buyer anyway."""
STALLED_S = 240.0
"""How long nothing may happen at all before the measurement is given up; longer than every time-out."""
POLL_S = 0.5
_USUAL = Counter({("confirmed", "sent"): 1, ("delayed", "sent"): 1})

OnCount = Callable[[int], None]
"""Hears how many there are so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """The date's write. started_at: machine time before it, written_at: after it, everybody woken."""

    started_at: float
    written_at: float
    approved: bool


class Queue:
    """Lines of as many customers, one unit each, for one SKU with one purchase order."""

    def __init__(self, door: Backorders, services: Services, run: str) -> None:
        self._door = door
        self._services = services
        self._run = run
        self.sku = f"{run}-sku"
        self._order = f"{run}-order"

    async def prepare(self, lines: int, settle: str) -> None:
        """Put the policy, the product and the purchase order on record."""
        with writing(self._services.engine) as connection:
            self._services.policies.load(connection, POLICY.format(settle=settle))
        now, supplier = self._door.now(), f"{self._run}-supplier"
        await self._door.supplier(schemas.Supplier(id=supplier, name="Supplier", lead_days=14))
        await self._door.product(
            schemas.Product(sku=self.sku, name="Desk", price=Decimal(100), currency="EUR", supplier=supplier)
        )
        line = schemas.PurchaseOrderLine(
            line="1", sku=self.sku, quantity=lines, stated_date=(now + PROMISED).date()
        )
        order = schemas.PurchaseOrder(id=self._order, supplier=supplier, ordered_at=now, lines=(line,))
        await self._door.purchase_order(order)

    async def open(self, lines: int, at_once: int, on_count: OnCount) -> None:
        """Open all lines, each ordered a moment after the one before it."""
        first, slots, opened = self._door.now() - timedelta(hours=1), asyncio.Semaphore(at_once), 0

        async def one(number: int) -> None:
            nonlocal opened
            async with slots:
                await self._open(number, first + timedelta(milliseconds=100 * number))
            opened += 1
            on_count(opened)

        async with asyncio.TaskGroup() as opening:
            for number in range(lines):
                opening.create_task(one(number))

    async def _open(self, number: int, ordered_at: datetime) -> None:
        name = f"{self._run}-{number:06}"
        customer = schemas.Customer(
            id=name, name="Ann Example", email="ann@example.com", region="DE", locale="en_GB"
        )
        line = schemas.OrderLine(
            order_id=name,
            line_id="1",
            sku=self.sku,
            quantity=1,
            customer=customer,
            unit_price=Decimal(100),
            currency="EUR",
            ordered_at=ordered_at,
            payment="captured",
            policy="fanout",
        )
        started = await self._door.start(line)
        if not (started.new and started.running):
            raise RuntimeError(f"{name} did not start: {started}")

    async def told(self, kind: str, lines: int, on_count: OnCount) -> None:
        """Wait until that many messages of a kind were sent. Raises RuntimeError if they stop coming."""
        count, since = 0, time.monotonic()
        while count < lines:
            await asyncio.sleep(POLL_S)
            before, count = count, await asyncio.to_thread(self._sent, kind)
            on_count(count)
            if count > before:
                since = time.monotonic()
            elif time.monotonic() > since + STALLED_S:
                raise RuntimeError(f"{count} of {lines} got {kind}, and nobody else for {STALLED_S:.0f} s")

    def _sent(self, kind: str) -> int:
        sent = and_(
            messages.c.kind == kind, messages.c.state == "sent", messages.c.person.startswith(self._people)
        )
        with reading(self._services.engine) as connection:
            return connection.execute(select(func.count()).where(sent)).scalar_one()

    @property
    def _people(self) -> str:
        return f"customer/{self._run}-"

    async def at_rest(self) -> float:
        """Wait until the queue has been pegged and each line has looked at what serves it.

        Returns the machine time at which that was seen.
        """
        unpegged = select(func.count()).select_from(replans).where(replans.c.sku == self.sku)
        unseen = select(func.count()).where(
            demands.c.sku == self.sku, demands.c.supply_version > demands.c.acknowledged
        )
        async with asyncio.timeout(STALLED_S):
            while True:
                with reading(self._services.engine) as connection:
                    left = [connection.execute(query).scalar_one() for query in (unpegged, unseen)]
                if not any(left):
                    return time.time()
                await asyncio.sleep(POLL_S)

    def peg_s(self, times: int = 5) -> float:
        """Seconds that pegging this very queue takes: the pure function, its median."""
        waiting = select(demands).where(demands.c.sku == self.sku, demands.c.open > demands.c.allocated)
        with reading(self._services.engine) as connection:
            queue = [
                WaitingLine(
                    id=row.backorder,
                    priority=row.priority,
                    ordered_at=row.ordered_at,
                    units=row.open - row.allocated,
                    claim=row.claim,
                )
                for row in connection.execute(waiting)
            ]
            policies = connection.execute(select(stock).where(stock.c.sku == self.sku)).one()
            incoming = supplies(connection, policies)
        day, taken = self._services.calendar.day(self._door.now()), []
        for _ in range(times):
            begun = time.perf_counter()
            peg(queue, incoming, day)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken)

    async def move(self, lines: int) -> Moved:
        """The supplier states a later day, and the buyer approves it where that is needed."""
        day = (self._door.now() + PROMISED + MOVES_BY).date()
        split = schemas.Split(quantity=lines, date=day)
        stated = schemas.StatedDates(purchase_order=self._order, line="1", splits=(split,), source="call")
        started_at = time.time()
        outcome = await self._door.stated_dates(stated)
        if len(outcome.effects) != lines:
            raise RuntimeError(f"the new date concerns {len(outcome.effects)} lines, not {lines}")
        if outcome.waits_for_buyer:
            started_at = time.time()
            await self._door.decide_dates(self._order, "1", approve=True, by="buyer")
        return Moved(started_at=started_at, written_at=time.time(), approved=bool(outcome.waits_for_buyer))

    def last_notice_at(self) -> float:
        """Machine time at which the last line had its notice."""
        last = select(func.max(messages.c.recorded_at)).where(
            messages.c.kind == "delayed", messages.c.person.startswith(self._people)
        )
        with reading(self._services.engine) as connection:
            at: datetime = connection.execute(last).scalar_one()
        return at.timestamp()

    def check(self, lines: int) -> None:
        """Each line was confirmed once and got one notice of the delay, sent once. Raises RuntimeError."""
        found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        written = (
            select(message_items.c.backorder, messages.c.kind, messages.c.state)
            .join(messages, messages.c.id == message_items.c.message)
            .where(message_items.c.backorder.startswith(f"{self._run}-"))
        )
        went = (
            select(messages.c.person, func.count())
            .join(sends, sends.c.message == messages.c.id)
            .where(messages.c.person.startswith(self._people), sends.c.state == "sent")
            .group_by(messages.c.person)
        )
        with reading(self._services.engine) as connection:
            for id, kind, state in connection.execute(written):
                found[id][kind, state] += 1
            sent: dict[str, int] = dict(connection.execute(went).tuples().all())
        faults = [f"{id} got {dict(told)}" for id, told in found.items() if told != _USUAL]
        faults += [f"{person} was sent {count} texts" for person, count in sent.items() if count != 2]
        if len(found) != lines or len(sent) != lines:
            faults.append(f"{len(found)} lines and {len(sent)} customers heard something, not {lines}")
        if faults:
            raise RuntimeError(f"{len(faults)} faults: {'; '.join(faults[:5])}")
