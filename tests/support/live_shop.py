"""One shop for one test: a database of its own, a task queue of its own, names of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

import worker as production
from activities.sweeps import UNDER_WAY, Swept
from activities.threads import Threads
from backorder import schemas
from backorder.domain.clock import Clock
from backorder.messaging.webhook_sender import WebhookSender
from backorder.ports import Channel, Sender
from backorder.services.services import Services, open_services
from backorder.settings import Settings
from backorder.storage.engine import writing
from starter.client import Backorders
from tests.support.policies import WEEKLY
from tests.support.senders import Recorder
from tests.support.shop import PROMOTIONS
from tests.support.waiting import DEADLINE_S, until
from workflows.backorder import BackorderWorkflow
from workflows.ids import EVENTS_ID, backorder_id, dispatch_id
from workflows.sweep import SweepInput, SweepWorkflow


class LiveShop:
    """The engine on one database and one task queue, with a worker that can be stopped and started."""

    def __init__(
        self,
        environment: WorkflowEnvironment,
        services: Services,
        clock: Clock,
        *,
        skips: bool,
        client: Client | None = None,
    ) -> None:
        self.environment = environment
        self.client = client or environment.client
        self.services = services
        self.clock = clock
        self._sends = False
        self.tag = secrets.token_hex(4)
        self.queue = f"queue-{self.tag}"
        self.out = Recorder()
        self.senders: Mapping[Channel, Sender] = {"email": self.out, "sms": self.out}
        self.send_timeout = 10.0
        self._skips = skips
        self._ahead = timedelta()
        self.backorders = self.desk()

    def desk(self, grace_period: float = 20.0) -> Backorders:
        """A typed client. grace_period: seconds that a request waits for its outcome."""
        return Backorders(
            self.client,
            self.services,
            clock=self.clock,
            task_queue=self.queue,
            now=lambda: datetime.now(UTC) + self._ahead,
            grace_period=grace_period,
        )

    # --- the worker

    @asynccontextmanager
    async def working(self, **options: Any) -> AsyncIterator[Worker]:
        """A worker with everything, its workflows in the sandbox."""
        with ThreadPoolExecutor(8) as executor:
            everything = self.activities(executor)
            settings: dict[str, Any] = {
                "workflows": production.WORKFLOWS,
                "activities": everything,
                "task_queue": self.queue,
                "build_id": "tests",  # the SDK's own hashes every module, which takes seconds
            }
            async with AsyncExitStack() as workers:
                worker = Worker(self.client, **(settings | options))
                ended = production.ended_within(production.ENDED_WITHIN, worker)
                await workers.enter_async_context(ended)
                if not self._sends and any(each.__name__ in production.CALLING for each in everything):
                    self._sends = True  # one client has one worker on a queue
                    workers.callback(setattr, self, "_sends", False)
                    sending = production.sending(self.client, self.queue, everything, build_id="tests")
                    await workers.enter_async_context(sending)
                yield worker

    def activities(self, executor: ThreadPoolExecutor) -> Any:
        """All activities as production wires them, with this shop's ways out."""
        threads = Threads(executor)
        return production.activities(
            self.client,
            self.services,
            self.clock,
            self.senders,
            threads,
            self.queue,
            webhooks=WebhookSender(private=True),
            send_timeout=self.send_timeout,
            linger=0.02,
        )

    # --- time

    def now(self) -> datetime:
        """Business time."""
        return self.backorders.now()

    def day(self, days: int = 0) -> date:
        """The shop's day, some days from now."""
        return (self.now() + timedelta(days=days)).date()

    async def skip(self, **length: float) -> None:
        """Let time pass, with everything that falls due in it."""
        await self.environment.sleep(timedelta(**length))
        await self.look_at_the_clock()

    async def skip_to(self, day: date, at: time = time(11)) -> None:
        """Let time pass until a time on a day; nothing where that is past."""
        length = datetime.combine(day, at, UTC) - self.now()
        if length > timedelta():
            await self.skip(seconds=length.total_seconds())

    async def monday(self) -> None:
        """Begin on a Monday morning, so that working days are the same on every day this is run."""
        now = self.now()
        await self.skip_to((now + timedelta(days=7 - now.weekday())).date(), time(6))

    async def look_at_the_clock(self) -> None:
        """Take over the server's time."""
        if self._skips:
            self._ahead = await self.environment.get_current_time() - datetime.now(UTC)

    # --- what a shop does

    def name(self, word: str) -> str:
        """A name that no other test uses."""
        return f"{word}-{self.tag}"

    async def furnish(self, sku: str = "desk", **product: Any) -> str:
        """Keep a product and its supplier. Returns the SKU."""
        await self.backorders.supplier(schemas.Supplier(id=self.name("maker"), name="Maker", lead_days=14))
        sku = self.name(sku)
        usual = {"name": "Walnut desk", "price": "100.00", "currency": "EUR", "supplier": self.name("maker")}
        await self.backorders.product(schemas.parse(schemas.Product, usual | product | {"sku": sku}))
        return sku

    async def expect(self, sku: str, quantity: int, on: date, order: str = "po") -> str:
        """Have a purchase order on its way. Returns its ID."""
        id = self.name(order)
        line = {"line": "1", "sku": sku, "quantity": quantity, "stated_date": on}
        raw = {"id": id, "supplier": self.name("maker"), "ordered_at": self.now(), "lines": [line]}
        await self.backorders.purchase_order(schemas.parse(schemas.PurchaseOrder, raw))
        return id

    async def state(self, order: str, quantity: int, on: date | None) -> None:
        """Write down another date that the supplier states."""
        splits = [{"quantity": quantity, "date": on}]
        raw = {"purchase_order": order, "line": "1", "splits": splits, "source": "mail"}
        await self.backorders.stated_dates(schemas.parse(schemas.StatedDates, raw))

    async def receive(self, order: str, quantity: int, receipt: str = "receipt") -> None:
        """Book goods in."""
        raw = {"receipt_id": self.name(receipt), "purchase_order": order, "line": "1", "quantity": quantity}
        await self.backorders.receive(schemas.parse(schemas.Receipt, raw | {"received_at": self.now()}))

    def order_line(self, sku: str, quantity: int = 1, order: str = "o", **more: Any) -> schemas.OrderLine:
        """An order line as the order system posts it. `customer` replaces fields of the customer's."""
        customer = {
            "id": self.name("ann"),
            "name": "Ann",
            "email": "ann@example.com",
            "region": "DE",
            "marketing_consent": PROMOTIONS,
        }
        raw = {
            "order_id": self.name(order),
            "line_id": "1",
            "sku": sku,
            "quantity": quantity,
            "unit_price": "100.00",
            "currency": "EUR",
            "ordered_at": self.now(),
            "payment": "captured",
        }
        raw |= more
        raw["customer"] = customer | more.get("customer", {})
        return schemas.parse(schemas.OrderLine, raw)

    async def start(self, sku: str, quantity: int = 1, order: str = "o", **more: Any) -> str:
        """Start a backorder. Returns its ID."""
        line = self.order_line(sku, quantity, order, **more)
        started = await self.backorders.start(line)
        return started.id

    def person(self) -> str:
        """The usual customer."""
        return f"customer/{self.name('ann')}"

    def dispatcher(self) -> WorkflowHandle[Any, Any]:
        """The workflow that sends the usual customer's messages."""
        return self.client.get_workflow_handle(dispatch_id(self.services.dispatch.shard_of(self.person())))

    def sleeps(self) -> bool:
        """Whether that one sleeps, as far as whoever plans a message knows."""
        query = "SELECT wake_at FROM dispatchers WHERE shard = :shard"
        [row] = self.rows(query, shard=self.services.dispatch.shard_of(self.person()))
        return not str(row.wake_at).startswith("2000-01-01")

    # --- what came of it

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Rows of the database."""
        with self.services.engine.connect() as connection:
            return list(connection.execute(text(query), values).all())

    def row(self, backorder: str) -> Any:
        """A backorder's row."""
        return self.rows("SELECT * FROM backorders WHERE id = :id", id=backorder)[0]

    def phase(self, backorder: str) -> str:
        """Where a backorder stands, in the database."""
        return str(self.row(backorder).phase)

    def told(self, backorder: str) -> list[str]:
        """Steps of the messages that have gone, in their order."""
        return [step for step, state in self.messages(backorder) if state == "sent"]

    def messages(self, backorder: str) -> list[tuple[str, str]]:
        """Step and state of every message, in the order in which they were planned."""
        query = (
            "SELECT i.step, m.state FROM messages m JOIN message_items i ON i.message = m.id"
            " WHERE i.backorder = :id ORDER BY m.number"
        )
        return [(row.step, row.state) for row in self.rows(query, id=backorder)]

    def events(self, backorder: str) -> list[str]:
        """What the order system hears, in order."""
        query = "SELECT type FROM events WHERE backorder = :id ORDER BY number"
        return [row.type.removeprefix("backorder.") for row in self.rows(query, id=backorder)]

    def are_placed(self) -> bool:
        """Whether there are events, and each has its position."""
        [row] = self.rows("SELECT count(*) AS written, count(position) AS placed FROM events")
        return bool(row.written) and row.written == row.placed

    def outcomes(self, backorder: str) -> dict[str, str | None]:
        """The verdict on every request."""
        query = "SELECT id, verdict FROM requests WHERE backorder = :id"
        return {row.id: row.verdict for row in self.rows(query, id=backorder)}

    def handle(self, backorder: str) -> WorkflowHandle[BackorderWorkflow, str]:
        """The workflow of a backorder."""
        return self.client.get_workflow_handle_for(BackorderWorkflow.run, backorder_id(backorder))

    async def result(self, backorder: str) -> str:
        """How the workflow ended. Time is not skipped for it."""
        return await asyncio.wait_for(self.handle(backorder).result(), DEADLINE_S)

    async def all_dealt_with(self, backorder: str) -> list[str]:
        """Wait until every message of a backorder has been dealt with. Returns the steps that were sent."""

        def all_done() -> bool:
            found = self.messages(backorder)
            return bool(found) and all(state not in ("planned", "claimed") for _, state in found)

        await until("all messages are dealt with", all_done)
        return self.told(backorder)

    def assert_coherent(self, backorder: str) -> None:
        """What holds at any end: each message once, each request ruled on, nothing on its way."""
        messages = self.messages(backorder)
        steps = [step for step, _ in messages]
        assert len(steps) == len(set(steps))
        assert {state for _, state in messages} <= {"sent", "withdrawn"}
        assert all(self.outcomes(backorder).values())
        assert len(self.out.given) == len(self.rows("SELECT id FROM messages WHERE state = 'sent'"))
        unseen = "SELECT backorder FROM demands WHERE supply_version > acknowledged AND open > 0"
        assert self.rows(unseen) == []

    async def sweep(self, name: str = "sweep") -> Swept:
        """Sweep as the schedule does, on a clock that says that all this happened a minute ago."""
        now = self.now()
        later = Clock(epoch=now - (4 * UNDER_WAY), rate=2.0)
        assert later.business(now) - now == 4 * UNDER_WAY
        swept = self.client.execute_workflow(
            SweepWorkflow.run, SweepInput(clock=later), id=self.name(name), task_queue=self.queue
        )
        return await asyncio.wait_for(swept, DEADLINE_S)

    async def reviewed(self, backorder: str, seq: int = 1) -> None:
        """Wait until a backorder was reviewed so many times."""
        await until(f"{backorder} was reviewed {seq} times", lambda: self.row(backorder).seq >= seq)


def shop_store(url: str, policy: str = WEEKLY) -> Services:
    """The store on a migrated database, with one policy."""
    services = open_services(Settings(database_url=url))
    with writing(services.engine) as connection:
        services.policies.load(connection, policy)
    return services


@asynccontextmanager
async def open_shop(
    environment: WorkflowEnvironment,
    url: str,
    *,
    policy: str = WEEKLY,
    clock: Clock | None = None,
    skips: bool = False,
) -> AsyncIterator[LiveShop]:
    """A shop on a migrated database, closed at the end."""
    services = shop_store(url, policy)
    shop = LiveShop(environment, services, services.time.set(clock or Clock()), skips=skips)
    await end_dispatchers(environment.client, services.dispatch.shards())
    try:
        if skips:
            await shop.look_at_the_clock()
            await shop.monday()
        yield shop
    finally:
        await end_dispatchers(environment.client, services.dispatch.shards())
        services.close()


async def end_dispatchers(client: Client, shards: Sequence[int]) -> None:
    """End the dispatchers of the shop before: they run for ever, and are called alike in every shop."""
    for id in (*map(dispatch_id, shards), EVENTS_ID):
        with suppress(RPCError):
            await client.get_workflow_handle(id).terminate()
