"""A purchase order from order to last receipt: looked at daily, confirmed, chased, handed to the buyer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.purchase_orders import PurchaseOrders
from activities.sweeps import UNDER_WAY
from activities.threads import Threads
from activities.timing import Timing
from backorder import schemas
from backorder.domain.clock import Clock
from backorder.ports import Notify
from backorder.storage import tasks
from starter.temporal import TemporalNotifier
from tests.support.databases import KINDS, NewDatabase
from tests.support.histories import history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.temporal import SOON, dev_server
from tests.support.waiting import until
from workflows.ids import purchase_order_id
from workflows.sweep import SweepInput, SweepWorkflow


async def furnish(shop: LiveShop, **supplier: Any) -> str:
    """A product whose supplier can be written to."""
    sku = await shop.furnish()
    known = {"id": shop.name("maker"), "name": "Maker", "lead_days": 14, "email": "orders@maker.example"}
    await shop.backorders.supplier(schemas.parse(schemas.Supplier, known | supplier))
    return sku


def written(shop: LiveShop) -> list[str]:
    """The kinds of message that have gone to the supplier, in their order."""
    person = f"supplier/{shop.name('maker')}"
    query = "SELECT kind FROM messages WHERE person = :person AND state = 'sent' ORDER BY number"
    return [row.kind for row in shop.rows(query, person=person)]


def planned(shop: LiveShop) -> list[Any]:
    """What asks the supplier at the day's hour, or has."""
    return shop.rows("SELECT id FROM messages WHERE kind = 'confirm_date'")


def pending(shop: LiveShop) -> list[Any]:
    return shop.rows("SELECT id FROM messages WHERE state IN ('planned', 'claimed')")


async def all_written(shop: LiveShop) -> list[str]:
    await until("every message has gone", lambda: not pending(shop))
    return written(shop)


def following_up(shop: LiveShop, order: str) -> WorkflowHandle[Any, Any]:
    return shop.client.get_workflow_handle(purchase_order_id(order))


async def looks(shop: LiveShop, order: str) -> int:
    return (await history(following_up(shop, order))).count("ActivityTaskScheduled")


async def is_over(handle: WorkflowHandle[Any, Any]) -> bool:
    return (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


@pytest.mark.parametrize("season", KINDS, indirect=True)
async def test_a_supplier_is_asked_and_chased_until_the_buyer_gets_the_order(season: LiveShop) -> None:
    """Confirm seven days before, chase after the day and every third one, escalate, close on receipt."""
    sku = await furnish(season)
    due = season.day(10)
    order = await season.expect(sku, 5, due)
    async with season.working():
        await season.skip(days=2, hours=18)
        assert await all_written(season) == []
        await season.skip(days=1)
        assert await all_written(season) == ["confirm_date"]
        await season.skip(days=7)
        assert await all_written(season) == ["confirm_date"]
        await season.skip(days=7)
        assert await all_written(season) == ["confirm_date", "late", "late", "late"]
        assert tasks.waiting(season.services.engine) == []
        await season.skip(days=3)
        [task] = tasks.waiting(season.services.engine)
        assert (task.kind, task.subject) == ("supplier_silent", f"{order}/1")
        await season.skip(days=20)
        assert await all_written(season) == ["confirm_date", "late", "late", "late"]
        assert await looks(season, order) < 46  # once a day, and once at its start

        await season.receive(order, 5)
        await until("the order is looked at no more", lambda: is_over(following_up(season, order)))
        assert tasks.waiting(season.services.engine) == []


async def test_a_date_that_slips_is_told_to_those_whom_it_concerns(season: LiveShop) -> None:
    """Two lines, two purchase orders, of which the second slips: one customer hears of it, once settled."""
    sku = await furnish(season)
    await season.expect(sku, 2, season.day(20), "first")
    second = await season.expect(sku, 2, season.day(24), "second")
    async with season.working():
        ann = await season.start(sku, 2, "o1")
        bob = await season.start(sku, 2, "o2", customer={"id": season.name("bob")})
        for line in (ann, bob):
            assert await season.all_dealt_with(line) == ["confirmed"]
        before = season.row(ann).seq
        await season.state(second, 2, season.day(40))
        await season.skip(hours=1, minutes=50)
        assert season.told(bob) == ["confirmed"]
        await season.skip(minutes=15)
        assert await season.all_dealt_with(bob) == ["confirmed", "delayed/2"]
        assert season.told(ann) == ["confirmed"]
        assert season.row(ann).seq == before


async def test_what_waits_for_the_buyer_takes_effect_after_a_day(season: LiveShop) -> None:
    sku = await furnish(season)
    order = await season.expect(sku, 2, season.day(20))
    async with season.working():
        line = await season.start(sku, 2)
        await season.all_dealt_with(line)
        await season.state(order, 2, season.day(60))
        await season.skip(hours=23, minutes=50)
        assert season.told(line) == ["confirmed"]
        await season.skip(hours=2, minutes=20)
        assert await season.all_dealt_with(line) == ["confirmed", "delayed/2"]
        assert [row.state for row in season.rows("SELECT state FROM approvals")] == ["expired"]


async def test_an_order_of_which_more_is_due_after_its_end_is_looked_at_again(shop: LiveShop) -> None:
    """It came in whole; then its quantity is raised, goods go back for others, and a line joins it."""
    sku = await furnish(shop)
    order = await shop.expect(sku, 2, shop.day(20))
    raw = {"id": order, "supplier": shop.name("maker"), "ordered_at": shop.now()}
    lines = [{"line": "1", "sku": sku, "quantity": 4}, {"line": "2", "sku": sku, "quantity": 1}]
    back = {"return_id": "B-1", "receipt_id": shop.name("R-2"), "purchase_order": order, "line": "1"}
    async with shop.working():
        await shop.receive(order, 2, "R-1")
        await until("it is over", lambda: is_over(following_up(shop, order)))
        await shop.expect(sku, 4, shop.day(20))
        await until("it is looked at again", lambda: _runs(shop, order))

        await shop.receive(order, 2, "R-2")
        await until("it is over once more", lambda: is_over(following_up(shop, order)))
        sent = schemas.parse(schemas.SupplyReturn, back | {"quantity": 2, "replacement": True})
        await shop.backorders.send_back(sent)
        await until("a replacement is waited for", lambda: _runs(shop, order))

        await shop.receive(order, 2, "R-3")
        await until("the replacement is there", lambda: is_over(following_up(shop, order)))
        await shop.backorders.purchase_order(schemas.parse(schemas.PurchaseOrder, raw | {"lines": lines}))
        await until("the new line is waited for", lambda: _runs(shop, order))


async def _runs(shop: LiveShop, order: str) -> bool:
    described = await following_up(shop, order).describe()
    return described.status is WorkflowExecutionStatus.RUNNING and described.history_length > 5


# --- crashes


class DiedError(RuntimeError):
    """The worker died after its commit."""


class Deaths:
    """Notifier that fail so often before they work, as if the worker had died right after the commit."""

    def __init__(self, notifier: TemporalNotifier, deaths: int) -> None:
        self._notifier = notifier
        self.left = deaths

    async def notify(self, after: Notify) -> Collection[str]:
        if self.left:
            self.left -= 1
            raise DiedError
        return await self._notifier.notify(after)


@pytest.mark.parametrize("season", KINDS, indirect=True)
async def test_a_worker_that_dies_after_its_commit_loses_nothing_and_asks_nobody_twice(
    season: LiveShop,
) -> None:
    sku = await furnish(season)
    order = await season.expect(sku, 5, season.day(3))  # to be confirmed at once
    deaths = Deaths(TemporalNotifier(season.client, season.clock, season.queue), 2)
    usual = season.activities

    def mortal(executor: ThreadPoolExecutor) -> Sequence[Any]:
        orders = PurchaseOrders(
            season.services.purchasing, deaths, Threads(executor), Timing(season.services.clock)
        )
        return [
            *(each for each in usual(executor) if each.__name__ != "follow_up_purchase_order"),
            orders.follow_up_purchase_order,
        ]

    season.activities = mortal  # type: ignore[method-assign]
    async with season.working():
        await season.skip(hours=1)
        await until("the supplier was asked", lambda: written(season) == ["confirm_date"])
        await season.skip(days=2)
        assert deaths.left == 0
        assert await all_written(season) == ["confirm_date"]
        assert len(season.out.given) == 1
        await season.receive(order, 5)
        await until("it is over", lambda: is_over(following_up(season, order)))


async def test_an_order_whose_workflow_never_began_is_found_by_the_sweep(shop: LiveShop) -> None:
    """The process died between the commit of the order and the start of its workflow."""
    sku = await furnish(shop)
    raw = {"id": shop.name("po"), "supplier": shop.name("maker"), "ordered_at": shop.now()}
    raw["lines"] = [{"line": "1", "sku": sku, "quantity": 1, "stated_date": shop.day(4)}]
    shop.services.supply.put_purchase_order(schemas.parse(schemas.PurchaseOrder, raw), shop.now())
    later = Clock(epoch=shop.now() - (4 * UNDER_WAY), rate=2.0)
    async with shop.working():
        await shop.client.execute_workflow(
            SweepWorkflow.run, SweepInput(clock=later), id=shop.name("sweep"), task_queue=shop.queue
        )
        await until("the supplier is to be asked", lambda: planned(shop))
        assert not await is_over(following_up(shop, shop.name("po")))


# --- a fresh history


@pytest.fixture(scope="module")
async def forgetful() -> AsyncIterator[WorkflowEnvironment]:
    """A server that soon suggests to continue as new."""
    async with await dev_server(*SOON) as it:
        yield it


async def test_an_order_goes_on_in_a_fresh_history_and_keeps_its_next_look(
    forgetful: WorkflowEnvironment, new_database: NewDatabase
) -> None:
    async with open_shop(forgetful, new_database("sqlite")) as shop:
        sku = await furnish(shop)
        order = await shop.expect(sku, 5, shop.day(30))
        async with shop.working():
            first = (await following_up(shop, order).describe()).run_id
            for days in range(31, 40):
                await shop.state(order, 5, shop.day(days))
            await until("it goes on in a new run", lambda: _is_another(shop, order, first))
            await until("nothing is left to peg", lambda: shop.rows("SELECT * FROM replans") == [])
            await shop.receive(order, 5)
            await until("it is over", lambda: is_over(following_up(shop, order)))


async def _is_another(shop: LiveShop, order: str, first: str) -> bool:
    described = await following_up(shop, order).describe()
    return described.run_id != first
