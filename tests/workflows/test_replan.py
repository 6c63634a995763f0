"""Pegging anew: few times however much changes, and every line concerned is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from activities import replans
from activities.replans import Replans
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock
from backorder.ports import Notify, Replanned
from starter.temporal import TemporalNotifier
from tests.support.databases import NewDatabase
from tests.support.histories import history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.temporal import SOON, dev_server
from tests.support.waiting import DEADLINE_S, until
from workflows.ids import replan_id
from workflows.replan import ReplanInput, ReplanWorkflow


async def test_five_hundred_changes_are_a_few_replannings(shop: LiveShop) -> None:
    sku = await shop.furnish()
    order = await shop.expect(sku, 5, shop.day(30))
    notifier = TemporalNotifier(shop.client, shop.clock, shop.queue)
    async with shop.working():
        line = await shop.start(sku, 2)
        await shop.settled(line)
        await shop.state(order, 5, shop.day(60))
        await asyncio.gather(*(notifier.notify(Notify(skus=(sku,))) for _ in range(500)))
        runs = 0

        async def over() -> bool:
            return (await shop.client.get_workflow_handle(replan_id(sku)).describe()).close_time is not None

        await until("it is over", over)
        found = shop.client.list_workflows(f"WorkflowId = '{replan_id(sku)}'")
        async for run in found:
            handle = shop.client.get_workflow_handle(run.id, run_id=run.run_id)
            runs += (await history(handle)).count("MarkerRecorded")
        assert runs <= 50, "ten changes to a replanning, however slow the machine"
        assert shop.rows("SELECT * FROM replans") == []
        await until("the line looked", lambda: _unseen(shop) == [])


def _unseen(shop: LiveShop) -> list[Any]:
    return shop.rows("SELECT backorder FROM demands WHERE supply_version > acknowledged")


class BrokenError(RuntimeError):
    """The connection broke."""


class Shaky:
    """Notifier that break once in the middle of a page, after some were woken."""

    def __init__(self, breaks_at: int) -> None:
        self.woken: list[str] = []
        self._breaks_at = breaks_at

    async def notify(self, after: Notify) -> tuple[str, ...]:
        if self._breaks_at and len(self.woken) >= self._breaks_at:
            self._breaks_at = 0
            raise BrokenError
        self.woken += after.backorders
        return ()


class Shelf:
    """A planner with a given queue, of which every line has to look."""

    def __init__(self, lines: int) -> None:
        self.lines = [f"line{n:05d}" for n in range(lines)]
        self.noted: set[str] = set()

    def replan(self, sku: str, at: object) -> Replanned:
        return Replanned(lines=len(self.lines), changed=len(self.lines), unnotified=bool(self.lines))

    def put_aside(self, sku: str, error: Exception) -> None:
        raise error

    def unnotified(self, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
        return [(line, 1) for line in self.lines if line > after and line not in self.noted][:limit]

    def notified(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        self.noted.update(line for line, _ in lines)


def only_with(shop: LiveShop, policies: Shelf, notifier: Shaky) -> None:
    """A worker that replans from this shelf and wakes through these wakes, and does nothing else."""

    def only_these(executor: Any) -> Any:
        activities = Replans(policies, notifier, Threads(executor), Timing(Clock))
        return [activities.replan_sku, activities.notify_lines]

    shop.activities = only_these  # type: ignore[method-assign]


async def test_a_telling_that_breaks_off_goes_on_from_where_it_came_to(shop: LiveShop) -> None:
    """Twelve hundred lines, and a break after seven hundred: none is lost, few are told again."""
    policies, notifier = Shelf(1200), Shaky(breaks_at=700)

    only_with(shop, policies, notifier)
    async with shop.working():
        handle = await shop.client.start_workflow(
            ReplanWorkflow.run, ReplanInput(sku="x"), id=shop.name("replan"), task_queue=shop.queue
        )
        await asyncio.wait_for(handle.result(), DEADLINE_S)
        assert (await history(handle)).count("ActivityTaskScheduled") == 1
    assert set(notifier.woken) == set(policies.lines)
    assert len(notifier.woken) - len(policies.lines) <= 2 * replans.AT_ONCE
    assert policies.noted == set(policies.lines)


async def test_a_telling_that_takes_long_goes_on_in_another_activity(
    shop: LiveShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replans, "AT_A_TIME_S", 0.0)
    policies, notifier = Shelf(4), Shaky(breaks_at=0)

    only_with(shop, policies, notifier)
    async with shop.working():
        handle = await shop.client.start_workflow(
            ReplanWorkflow.run, ReplanInput(sku="x"), id=shop.name("replan"), task_queue=shop.queue
        )
        await asyncio.wait_for(handle.result(), DEADLINE_S)
        assert (await history(handle)).count("ActivityTaskScheduled") > 3
    assert Counter(notifier.woken) == Counter(policies.lines)


@pytest.mark.parametrize("lines", [0, 1, 500, 501])
async def test_every_line_is_told_whatever_the_length_of_the_last_page(shop: LiveShop, lines: int) -> None:
    policies, notifier = Shelf(lines), Shaky(breaks_at=0)

    only_with(shop, policies, notifier)
    async with shop.working():
        replanning = shop.client.execute_workflow(
            ReplanWorkflow.run, ReplanInput(sku="x"), id=shop.name("replan"), task_queue=shop.queue
        )
        await asyncio.wait_for(replanning, DEADLINE_S)
    assert Counter(notifier.woken) == Counter(policies.lines)


@pytest.fixture(scope="module")
async def forgetful() -> AsyncIterator[WorkflowEnvironment]:
    """A server that soon suggests to continue as new."""
    async with await dev_server(*SOON) as it:
        yield it


async def test_a_replanning_goes_on_in_a_fresh_history_while_things_keep_changing(
    forgetful: WorkflowEnvironment, new_database: NewDatabase
) -> None:
    async with open_shop(forgetful, new_database("sqlite")) as shop:
        sku = await shop.furnish()
        order = await shop.expect(sku, 5, shop.day(30))
        async with shop.working():
            line = await shop.start(sku, 2)
            await shop.settled(line)
            for wave in range(6):
                moves = (shop.state(order, 5, shop.day(31 + 3 * wave + n)) for n in range(10))
                await asyncio.gather(*moves)
            await until("nothing is left to peg", lambda: shop.rows("SELECT * FROM replans") == [])
            await until("the line looked", lambda: _unseen(shop) == [])
            stated = shop.rows("SELECT day FROM stated_dates ORDER BY revision DESC LIMIT 1")[0].day
            promised = shop.rows("SELECT arrivals FROM demands")[0].arrivals
            assert str(stated) in promised
