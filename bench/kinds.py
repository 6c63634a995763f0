"""The three kinds of lifecycle: how each one starts, and how it ends."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy import func, select
from temporalio.client import Client

from backorder import schemas
from backorder.domain.clock import Clock
from backorder.domain.keys import joined
from backorder.services.services import Services
from backorder.storage.engine import reading, writing
from backorder.storage.tables import backorders, message_items, messages
from bench.actions import Cost, cost_of
from bench.baselines import OUTBOX, BareWorkflow, PlainWorkflow, Stages
from bench.observer import LATE_S
from starter.client import Backorders
from workflows.ids import backorder_id, dispatch_id, replan_id

SKUS = 8
FAR_AWAY = timedelta(days=3600)
"""The supplier's date: so far off that nothing but the regular update falls due."""
BETWEEN_UPDATES_S = 86_400.0
# As in real life an update has to be sent on the day on which it falls due: a late one moves the next, and
# the line wakes once more than it should. So a day is as long as the pause between two messages, and begins
# with what is due; a week has more of them than a policy usually allows.
POLICY = """name = "bench"
[updates]
gather = "0s"
every = "1d"
per_week = 100
at = "00:30"
[duties]
pack = "none"
"""
_ONE_MORE = {("still_waiting", "sent"), ("still_waiting", "withdrawn")}


class Kind(Protocol):
    """One kind of lifecycle. opening, closing: messages besides those of the stages, at either end."""

    name: str
    opening: int
    closing: int

    def speaker(self, name: str) -> str:
        """Who says that a message of the line was sent: its workflow, or the person it went to."""
        ...

    async def prepare(self) -> None:
        """Make ready for a round of lines."""
        ...

    async def start(self, name: str) -> None:
        """Start a line."""
        ...

    async def end(self, name: str) -> None:
        """Report the shipment that ends it."""
        ...

    async def check(self, names: Sequence[str], stages: int) -> int:
        """See that each line lived its life to the end. Raises RuntimeError if one did not.

        Returns how many lines fell due once more before their shipment was reported.
        """
        ...

    async def costs(self, name: str) -> Cost:
        """What a line's own workflow cost."""
        ...

    async def sending(self) -> Cost:
        """What the workflows cost so far that send the messages of all lines."""
        ...


class Engine:
    """Real backorders: confirmed at once, regular updates, a shipment from outside at the end.

    Each line is another customer's; the lines are spread over a few SKUs, each with one purchase order.
    """

    opening, closing = 1, 1

    def __init__(self, client: Client, services: Services, clock: Clock, queue: str, run: str) -> None:
        self.name = "engine"
        self._client = client
        self._services = services
        self._door = Backorders(client, services, clock=clock, task_queue=queue)
        self._run = run
        self._next = 0
        self._skus: list[str] = []

    async def prepare(self) -> None:
        """Put the policy, new products and what is on order of them on record."""
        await asyncio.to_thread(self._prepare)

    def _prepare(self) -> None:
        supply, now = self._services.supply, self._door.now()
        with writing(self._services.engine) as connection:
            self._services.policies.load(connection, POLICY)
        supplier = schemas.Supplier(id=f"{self._run}-supplier", name="Supplier", lead_days=14)
        supply.put_supplier(supplier, now)
        for number in range(SKUS):
            sku = f"{self._run}-sku-{len(self._skus)}"
            self._skus.append(sku)
            product = schemas.Product(
                sku=sku, name=f"Desk {number}", price=Decimal(100), currency="EUR", supplier=supplier.id
            )
            supply.put_product(product, now)
            # On record alone: a purchase order that is followed up is looked at daily, which on this clock is
            # several times a second, and would be measured with the lines.
            supply.put_purchase_order(self._order(sku, supplier.id, now), now)

    def _order(self, sku: str, supplier: str, now: datetime) -> schemas.PurchaseOrder:
        line = schemas.PurchaseOrderLine(
            line="1", sku=sku, quantity=100_000, stated_date=(now + FAR_AWAY).date()
        )
        return schemas.PurchaseOrder(id=f"{sku}-order", supplier=supplier, ordered_at=now, lines=(line,))

    def speaker(self, name: str) -> str:
        """See Kind."""
        return joined("customer", name)

    async def start(self, name: str) -> None:
        """See Kind."""
        self._next += 1
        customer = schemas.Customer(
            id=name, name="Ann Example", email="ann@example.com", region="DE", locale="en_GB"
        )
        line = schemas.OrderLine(
            order_id=name,
            line_id="1",
            sku=self._skus[-1 - self._next % SKUS],
            quantity=1,
            customer=customer,
            unit_price=Decimal(100),
            currency="EUR",
            ordered_at=self._door.now(),
            payment="captured",
            policy="bench",
        )
        started = await self._door.start(line)
        if not (started.new and started.running):
            raise RuntimeError(f"{name} did not start: {started}")

    async def end(self, name: str) -> None:
        """See Kind."""
        shipment = schemas.Shipment(shipment_id=f"{name}-shipment", quantity=1)
        async with asyncio.timeout(LATE_S):
            # As an order system does: a request that is still pending is asked again, under the same ID.
            while (outcome := await self._door.ship(f"{name}/1", shipment)).verdict == "pending":
                pass
        if outcome.verdict != "accepted":
            raise RuntimeError(f"the shipment of {name} was {outcome.verdict}: {outcome.reason}")

    async def check(self, names: Sequence[str], stages: int) -> int:
        """Each message planned once and sent, a regular one for each stage at least, the line fulfilled."""
        told, phases = await self._settled([f"{name}/1" for name in names])
        usual = Counter({("confirmed", "sent"): 1, ("still_waiting", "sent"): stages, ("shipped", "sent"): 1})
        faults, further = [], 0
        for id in (f"{name}/1" for name in names):
            more = told[id] - usual
            if usual - told[id] or set(more) - _ONE_MORE or phases.get(id) != "fulfilled":
                faults.append(f"{id} is {phases.get(id)} and got {dict(told[id])}")
            further += bool(more)
        if faults:
            raise RuntimeError(f"{len(faults)} lines went wrong: {'; '.join(faults[:5])}")
        return further

    async def _settled(
        self, ids: Sequence[str]
    ) -> tuple[dict[str, Counter[tuple[str, str]]], dict[str, str]]:
        """How the lines stand once none of their messages waits any more, or none has gone for long."""
        grace_period = asyncio.get_running_loop().time() + LATE_S
        while True:
            told, phases = await asyncio.to_thread(self._lives)
            waits = any(state in ("planned", "claimed") for id in ids for _, state in told[id])
            if not waits or asyncio.get_running_loop().time() > grace_period:
                return told, phases
            await asyncio.sleep(0.2)

    def _lives(self) -> tuple[dict[str, Counter[tuple[str, str]]], dict[str, str]]:
        """Of each line: its messages by kind and state, and how it stands."""
        counted = (
            select(message_items.c.backorder, messages.c.kind, messages.c.state, func.count())
            .join(messages, messages.c.id == message_items.c.message)
            .where(message_items.c.backorder.startswith(self._run))
            .group_by(message_items.c.backorder, messages.c.kind, messages.c.state)
        )
        phases = select(backorders.c.id, backorders.c.phase).where(backorders.c.id.startswith(self._run))
        told: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        with reading(self._services.engine) as connection:
            for id, kind, state, count in connection.execute(counted):
                told[id][kind, state] = count
            return told, dict(connection.execute(phases).tuples().all())

    async def costs(self, name: str) -> Cost:
        """See Kind."""
        return await cost_of(self._client, backorder_id(f"{name}/1"))

    async def sending(self) -> Cost:
        """See Kind."""
        shards = self._services.dispatch.shards()
        return sum([await cost_of(self._client, dispatch_id(shard)) for shard in shards], Cost())

    async def replanning(self) -> Cost:
        """What pegging the queues anew cost so far, of all lines together."""
        costs = [await cost_of(self._client, replan_id(sku)) for sku in self._skus]
        return sum(costs, Cost())


class Baseline:
    """A lifecycle of the plain or the bare workflow."""

    opening, closing = 0, 0

    def __init__(
        self,
        workflow: type[PlainWorkflow] | type[BareWorkflow],
        client: Client,
        services: Services,
        queue: str,
        stages: int,
        pauses: tuple[float, float],
    ) -> None:
        self.name = "plain" if workflow is PlainWorkflow else "bare"
        self._workflow = workflow
        self._client = client
        self._services = services
        self._queue = queue
        self._stages = stages
        self._first_s, self._pause_s = pauses

    def speaker(self, name: str) -> str:
        """See Kind."""
        return name

    async def prepare(self) -> None:
        """See Kind."""

    async def start(self, name: str) -> None:
        """See Kind."""
        life = Stages(line=name, stages=self._stages, first_s=self._first_s, pause_s=self._pause_s)
        await self._client.start_workflow(self._workflow.run, life, id=name, task_queue=self._queue)

    async def end(self, name: str) -> None:
        """See Kind."""
        await self._client.get_workflow_handle(name).signal(self._workflow.ship)

    async def check(self, names: Sequence[str], stages: int) -> int:
        """The workflow completed; the plain one wrote two messages a stage."""
        slots = asyncio.Semaphore(50)

        async def ended(name: str) -> None:
            async with slots:
                await self._client.get_workflow_handle(name).result()

        await asyncio.gather(*(ended(name) for name in names))
        if self._workflow is BareWorkflow:
            return 0
        counted = select(OUTBOX.c.line, func.count()).group_by(OUTBOX.c.line)
        with reading(self._services.engine) as connection:
            found: dict[str, int] = dict(connection.execute(counted).tuples().all())
        wrong = [name for name in names if found.get(name) != 2 * stages]
        if wrong:
            raise RuntimeError(f"{len(wrong)} plain lines have not two messages a stage: {wrong[:5]}")
        return 0

    async def costs(self, name: str) -> Cost:
        """See Kind."""
        return await cost_of(self._client, name)

    async def sending(self) -> Cost:
        """See Kind."""
        return Cost()


def fast_clock(now: datetime, pause_s: float) -> Clock:
    """A clock on which regular updates are that many seconds apart."""
    return Clock(epoch=now, rate=BETWEEN_UPDATES_S / pause_s)
