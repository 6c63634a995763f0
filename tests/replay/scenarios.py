"""Lives of lines whose histories are kept: each runs on a real server and says which histories it made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowHistory

from backorder import schemas
from backorder.messaging.outbox import OutboxSender
from backorder.ports import Sent
from tests.support.histories import history
from tests.support.live_shop import LiveShop
from tests.support.losing import losing_the_first
from tests.support.waiting import until
from workflows.backorder import BackorderWorkflow
from workflows.ids import EVENTS_ID, purchase_order_id, replan_id

Histories = dict[str, WorkflowHistory]
Scenario = Callable[[LiveShop], Awaitable[Histories]]


async def cancelled(shop: LiveShop) -> Histories:
    """A line that is cancelled before anything else happens."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.all_dealt_with(line)
        await timer(shop, line)
        await shop.backorders.cancel(line, schemas.Cancellation(request_id="c1", reason="changed their mind"))
        await shop.result(line)
        await shop.all_dealt_with(line)
    return {"backorder-cancelled": await shop.handle(line).fetch_history()}


async def swept(shop: LiveShop) -> Histories:
    """A sweep that finds a line whose workflow never began."""
    sku = await shop.furnish()
    shop.services.intake.open(shop.order_line(sku), shop.now())
    async with shop.working():
        await shop.sweep()
        handle = shop.client.get_workflow_handle(shop.name("sweep"))
        return {"sweep": await handle.fetch_history()}


async def adjusted(shop: LiveShop) -> Histories:
    """A replanning after units were found, for which a line waits."""
    sku = await shop.furnish()
    async with shop.working():
        await shop.all_dealt_with(await shop.start(sku, 2))
        found = {"adjustment_id": shop.name("found"), "sku": sku, "quantity": 1, "reason": "found"}
        await shop.backorders.adjust(schemas.parse(schemas.Adjustment, found))
        return {"replan": await over(shop, replan_id(sku))}


async def filed(shop: LiveShop) -> Histories:
    """A dispatcher that files one message and goes to sleep."""
    sku = await shop.furnish()
    shop.senders = {"email": OutboxSender(), "sms": OutboxSender()}
    async with shop.working():
        await shop.all_dealt_with(await shop.start(sku))
        await until("it sleeps", lambda: is_at_rest(shop.dispatcher()))
        return {"dispatch": await shop.dispatcher().fetch_history()}


async def heard(shop: LiveShop) -> Histories:
    """A dispatcher of events that gives them their places and goes to sleep."""
    sku = await shop.furnish()
    async with shop.working():
        await shop.all_dealt_with(await shop.start(sku))
        handle: WorkflowHandle[Any, Any] = shop.client.get_workflow_handle(EVENTS_ID)
        await until("every event has its place", shop.are_placed)
        await until("it sleeps", lambda: is_at_rest(handle))
        return {"dispatch-events": await handle.fetch_history()}


async def stumbled(shop: LiveShop) -> Histories:
    """A line whose transactions fail within the workflow task, after their commit, and are repeated."""
    shop.activities = losing_the_first(shop)  # type: ignore[method-assign,assignment]
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.all_dealt_with(line)
        await timer(shop, line)
        await shop.backorders.cancel(line, schemas.Cancellation(request_id="c1", reason="changed their mind"))
        await shop.result(line)
    return {"backorder-stumbled": await shop.handle(line).fetch_history()}


async def supplied(shop: LiveShop) -> Histories:
    """A purchase order from order to receipt."""
    sku = await shop.furnish()
    async with shop.working():
        order = await shop.expect(sku, 1, shop.day(20))
        handle = shop.client.get_workflow_handle(purchase_order_id(order))
        await until("the order is tended", lambda: _sleeps(handle))
        await shop.receive(order, 1)
        return {"purchase-order": await over(shop, purchase_order_id(order))}


async def a_season(shop: LiveShop) -> Histories:
    """Updates, a slip, a part cancelled, a hold, an arrival, a shipment. Needs skipped time."""
    sku = await shop.furnish()
    order = await shop.expect(sku, 3, shop.day(21))
    async with shop.working():
        line = await shop.start(sku, 2)
        await shop.all_dealt_with(line)
        await shop.skip(days=9)
        await shop.state(order, 3, shop.day(26))
        await shop.skip(days=1)
        cancel = schemas.Cancellation(request_id="c1", reason="one is enough", quantity=1)
        await shop.backorders.cancel(line, cancel)
        refund = {"refund_id": "r1", "amount": "100.00"}
        await shop.backorders.refund(line, schemas.parse(schemas.RefundReport, refund))
        await shop.skip(days=1)
        hold = schemas.HoldRequest(request_id="h1", until=shop.now() + timedelta(days=3), reason="away")
        await shop.backorders.hold(line, hold)
        await shop.skip(days=6)
        await shop.receive(order, 3)
        await until("it is allocated", lambda: "allocated" in shop.events(line))
        await shop.backorders.ship(line, schemas.Shipment(shipment_id="s1", quantity=1))
        await shop.result(line)
    return {"backorder-season": await shop.handle(line).fetch_history()}


async def a_provider_that_fails(shop: LiveShop) -> Histories:
    """A dispatcher with a rest after a failure. Needs skipped time."""
    sku = await shop.furnish()
    shop.out.answers = [Sent(outcome="transient", code="503", reason="busy")] * 2
    failed = [("confirmed", "planned")]
    async with shop.working():
        line = await shop.start(sku)
        await until("it was tried", lambda: shop.out.given and shop.messages(line) == failed)
        await shop.skip(minutes=5)
        await shop.all_dealt_with(line)
        await until("it sleeps", lambda: is_at_rest(shop.dispatcher()))
        return {"dispatch-retried": await shop.dispatcher().fetch_history()}


async def goes_on(shop: LiveShop) -> Histories:
    """A line that continues as new. Needs a server that suggests it soon."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, 3)
        await shop.all_dealt_with(line)
        first = (await shop.handle(line).describe()).run_id

        async def has_gone_on() -> bool:
            await shop.handle(line).signal(BackorderWorkflow.supply_changed)
            return (await shop.handle(line).describe()).run_id != first

        await until("it goes on in a new run", has_gone_on)
        second = (await shop.handle(line).describe()).run_id
        await shop.backorders.cancel(
            line, schemas.Cancellation(request_id="c1", reason="too long", quantity=1)
        )
        id = shop.handle(line).id
        runs = {"backorder-continued": first, "backorder-continuing": second}
        return {
            name: await shop.client.get_workflow_handle(id, run_id=run).fetch_history()
            for name, run in runs.items()
        }


LIVE: tuple[Scenario, ...] = (cancelled, swept, adjusted, filed, heard, stumbled, supplied)
SKIPPED: tuple[Scenario, ...] = (a_season, a_provider_that_fails)
FORGETFUL: tuple[Scenario, ...] = (goes_on,)


async def over(shop: LiveShop, workflow_id: str) -> WorkflowHistory:
    """Wait until a workflow has ended, and fetch the history of its run."""
    handle: WorkflowHandle[Any, Any] = shop.client.get_workflow_handle(workflow_id)

    async def has_ended() -> bool:
        return (await handle.describe()).close_time is not None

    await until(f"{workflow_id} has ended", has_ended)
    return await handle.fetch_history()


async def is_at_rest(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether a dispatcher has done its work, and has nothing to do."""
    events = await history(handle)
    return "ActivityTaskCompleted" in events and events[-1] == "WorkflowTaskCompleted"


async def _sleeps(handle: WorkflowHandle[Any, Any]) -> bool:
    return "TimerStarted" in await history(handle)


async def timer(shop: LiveShop, line: str) -> None:
    """Wait until a line has taken its review up and sleeps."""

    async def sleeps() -> bool:
        return (await shop.handle(line).query(BackorderWorkflow.upcoming)).at is not None

    await until(f"{line} sleeps", sleeps)
