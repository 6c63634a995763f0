"""Pegging anew: few times however much changes, and every line concerned is told."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from activities import replans
from activities.replans import Replans
from activities.telling import Telling
from activities.threads import Threads
from activities.timing import Timing
from activities.under_way import MassReview
from backorder import schemas
from backorder.domain.clock import Clock
from backorder.domain.line.next_review import next_review
from backorder.ports import LineReviewed, Notify, Replanned
from backorder.services.review_line import in_a_line
from backorder.services.review_lines import TOGETHER, ReviewedBatch
from backorder.services.tell_lines import Untold
from starter.temporal import TemporalNotifier
from tests.support.databases import NewDatabase
from tests.support.histories import history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.temporal import SOON, dev_server
from tests.support.waiting import DEADLINE_S, until
from workflows.backorder import BackorderWorkflow
from workflows.ids import replan_id
from workflows.replan import ReplanInput, ReplanWorkflow


async def test_five_hundred_changes_are_a_few_replannings(shop: LiveShop) -> None:
    sku = await shop.furnish()
    order = await shop.expect(sku, 5, shop.day(30))
    notifier = TemporalNotifier(shop.client, shop.clock, shop.queue)
    async with shop.working():
        line = await shop.start(sku, 2)
        await shop.all_dealt_with(line)
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


async def test_a_line_whose_workflow_takes_no_call_stops_no_other_one(shop: LiveShop) -> None:
    """Temporal refuses a name of that length, as it refuses a workflow with too many signals."""
    sku, refused = await shop.furnish(), "x" * 2000
    notifier = TemporalNotifier(shop.client, shop.clock, shop.queue)
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        assert await notifier.notify(Notify(backorders=(refused, line))) == {refused}
        await shop.reviewed(line, 2)
        told = LineReviewed(
            status="waiting", phase="open", summary="", wake=None, next="", closed=False, version=1
        )
        assert not await notifier.tell(refused, told)


def _unseen(shop: LiveShop) -> list[Any]:
    return shop.rows("SELECT backorder FROM demands WHERE supply_version > acknowledged")


class BrokenError(RuntimeError):
    """The connection broke."""


class CurrentCall:
    """Notifier and teller that remember whom they reached; telling breaks once after so many lines."""

    def __init__(self, breaks_at: int = 0) -> None:
        self.woken: list[str] = []
        self.told: list[str] = []
        self._breaks_at = breaks_at

    async def notify(self, after: Notify) -> tuple[str, ...]:
        self.woken += after.backorders
        return ()

    async def tell(self, backorder: str, reviewed: LineReviewed) -> bool:
        if self._breaks_at and len(self.told) >= self._breaks_at:
            self._breaks_at = 0
            raise BrokenError
        self.told.append(backorder)
        return True


class Queue:
    """A planner, and what there is to tell, of a given queue: every tenth line is left to its workflow.

    breaks_at: reviewing breaks once after so many lines.
    """

    def __init__(self, lines: int, breaks_at: int = 0) -> None:
        self.lines = [f"line{n:05d}" for n in range(lines)]
        self.left = set(self.lines[::10])
        self.pegged = 0
        self.reviewed: list[str] = []
        self.noted: list[str] = []
        self.unaware: list[str] = []
        self.mass_review, self.known = MassReview(), list[bool]()
        self._breaks_at = breaks_at

    def replan(self, sku: str, at: object) -> Replanned:
        self.pegged += 1
        return Replanned(lines=len(self.lines), changed=len(self.lines), unnotified=bool(self.lines))

    def put_aside(self, sku: str, error: Exception) -> None:
        raise error

    def review(self, sku: str, at: datetime, *, after: str) -> ReviewedBatch:
        if self._breaks_at and len(self.reviewed) >= self._breaks_at:
            self._breaks_at = 0
            raise BrokenError
        some = [line for line in self.lines if line > after][:TOGETHER]
        mine = [line for line in some if line not in self.left]
        self.reviewed += mine
        self.known.append(self.mass_review.is_under_way)
        self.unaware += mine
        left = tuple((line, 1) for line in some if line in self.left)
        return ReviewedBatch(
            reviewed=len(mine),
            left=left,
            after=some[-1] if len(some) == TOGETHER else "",
            notify=Notify(),
        )

    def notified(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        self.noted += [line for line, _ in lines]

    def untold(self, sku: str, at: datetime, *, limit: int) -> Untold:
        told = LineReviewed(
            status="waiting", phase="open", summary="", wake=None, next="", closed=False, version=1
        )
        return Untold(lines=tuple((line, told) for line in self.unaware[:limit]), lost=())

    def told(self, lines: Sequence[tuple[str, LineReviewed]], lost: Sequence[str], at: datetime) -> None:
        told = {line for line, _ in lines}
        self.unaware = [line for line in self.unaware if line not in told]


def only_with(shop: LiveShop, queue: Queue, called: CurrentCall) -> None:
    """A worker that replans this queue, and does nothing else."""

    def only_these(executor: Any) -> Any:
        threads = Threads(executor)
        telling = Telling(queue, called, threads)  # type: ignore[arg-type]  # as far as it is asked
        activities = Replans(queue, telling, called, threads, Timing(Clock), mass_review=queue.mass_review)
        return [activities.replan_sku, activities.review_lines, activities.tell_lines]

    shop.activities = only_these  # type: ignore[method-assign]


async def replanned(shop: LiveShop) -> list[str]:
    """Replan once, to the end. Returns the activities that it took."""
    handle = await shop.client.start_workflow(
        ReplanWorkflow.run, ReplanInput(sku="x"), id=shop.name("replan"), task_queue=shop.queue
    )
    await asyncio.wait_for(handle.result(), DEADLINE_S)
    found = await handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in found.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_a_review_that_breaks_off_goes_on_from_where_it_came_to(shop: LiveShop) -> None:
    """Two hundred lines, and a break after a hundred: none is lost, and few are looked at again."""
    queue, called = Queue(200, breaks_at=100), CurrentCall()
    only_with(shop, queue, called)
    async with shop.working():
        assert await replanned(shop) == ["review_lines", "tell_lines"]
    assert {*queue.reviewed, *queue.left} == set(queue.lines)
    assert set(queue.known) == {True}, "whoever sends knows of it meanwhile"
    assert not queue.mass_review.is_under_way, "though it broke off once"
    assert len(queue.reviewed) - len(set(queue.reviewed)) <= 2 * TOGETHER
    assert set(called.woken) == set(queue.noted) == queue.left
    assert queue.unaware == []


async def test_a_telling_that_breaks_off_goes_on_with_those_who_were_not_told(shop: LiveShop) -> None:
    queue, called = Queue(100, breaks_at=0), CurrentCall(breaks_at=60)
    only_with(shop, queue, called)
    async with shop.working():
        assert await replanned(shop) == ["review_lines", "tell_lines"]
    assert {*called.told, *queue.left} == set(queue.lines)
    assert queue.unaware == []


async def test_what_takes_long_goes_on_in_another_activity(
    shop: LiveShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replans, "REVIEWING_S", 0.0)
    queue, called = Queue(3 * TOGETHER), CurrentCall()
    only_with(shop, queue, called)
    async with shop.working():
        assert (await replanned(shop)).count("review_lines") > 1
    assert {*queue.reviewed, *queue.left} == set(queue.lines)
    assert len(queue.reviewed) == len(set(queue.reviewed))


@pytest.mark.parametrize("lines", [0, 1, TOGETHER, TOGETHER + 1])
async def test_every_line_is_reviewed_whatever_the_length_of_the_last_batch(
    shop: LiveShop, lines: int
) -> None:
    queue, called = Queue(lines), CurrentCall()
    only_with(shop, queue, called)
    async with shop.working():
        await replanned(shop)
    assert Counter(called.woken + called.told) == Counter(queue.lines)


async def test_what_changes_while_workflows_are_told_is_not_kept_waiting(shop: LiveShop) -> None:
    """Telling takes its time; the next date is pegged and reviewed meanwhile."""
    queue, called = Queue(30), CurrentCall()
    goes_on = asyncio.Event()

    async def slowly(backorder: str, reviewed: LineReviewed) -> bool:
        await goes_on.wait()
        called.told.append(backorder)
        return True

    called.tell = slowly  # type: ignore[method-assign]
    only_with(shop, queue, called)
    async with shop.working():
        handle = await shop.client.start_workflow(
            ReplanWorkflow.run, ReplanInput(sku="x"), id=shop.name("replan"), task_queue=shop.queue
        )
        await until("they are being told", lambda: len(queue.unaware) == 27 and "tell_lines")
        await handle.signal(ReplanWorkflow.dirty)
        await until("it is pegged and reviewed again", lambda: len(queue.reviewed) == 54)
        assert called.told == []
        goes_on.set()
        await asyncio.wait_for(handle.result(), DEADLINE_S)
    assert queue.unaware == []
    assert queue.pegged == 2


async def test_lines_of_a_product_that_never_stops_changing_are_told_all_the_same(shop: LiveShop) -> None:
    """A signal comes within every replanning, for as long as nobody was told."""
    queue, called = Queue(30), CurrentCall()
    only_with(shop, queue, called)
    id, loop, review = shop.name("replan"), asyncio.get_running_loop(), queue.review

    def interrupted(sku: str, at: datetime, *, after: str) -> ReviewedBatch:
        if not called.told:
            signal = shop.client.get_workflow_handle(id).signal(ReplanWorkflow.dirty)
            asyncio.run_coroutine_threadsafe(signal, loop).result(DEADLINE_S)
        return review(sku, at, after=after)

    queue.review = interrupted  # type: ignore[method-assign]
    async with shop.working():
        start = ReplanInput(sku="x")
        handle = await shop.client.start_workflow(ReplanWorkflow.run, start, id=id, task_queue=shop.queue)
        await asyncio.wait_for(handle.result(), DEADLINE_S)
    assert queue.unaware == []
    assert set(called.told) == set(queue.lines) - queue.left


async def test_a_date_that_moves_is_reviewed_without_the_workflows_which_are_then_told(
    shop: LiveShop,
) -> None:
    """Twelve lines: no workflow reviews anything, and all show what the database says."""
    sku = await shop.furnish()
    order = await shop.expect(sku, 12, shop.day(30))
    async with shop.working():
        lines = [await shop.start(sku, order=f"o{n}") for n in range(12)]
        for line in lines:
            await shop.all_dealt_with(line)
        before = {line: shop.row(line).seq for line in lines}
        await shop.state(order, 12, shop.day(37))
        await until("they are reviewed", lambda: all(len(shop.messages(line)) == 2 for line in lines))
        await until("they are told", lambda: all(shop.row(line).untold_since is None for line in lines))
        for line in lines:
            assert shop.row(line).seq == before[line]
            assert shop.row(line).told_version == shop.row(line).line_version
            assert shop.messages(line)[1][0].startswith("delayed/")
            await until("its workflow shows it", lambda line=line: _shows_it(shop, line))


async def test_requests_and_other_skus_are_never_behind_a_replanning(shop: LiveShop) -> None:
    """One replanning has come to a stand; its own lines answer, and those of another SKU are told."""
    stuck, other = await shop.furnish("stuck"), await shop.furnish("other")
    orders = [await shop.expect(sku, 2, shop.day(30), order=sku) for sku in (stuck, other)]
    planner, begun, goes_on = shop.services.planner, threading.Event(), threading.Event()
    review = planner.review

    def slowly(sku: str, at: datetime, *, after: str) -> ReviewedBatch:
        if sku == stuck:
            begun.set()
            goes_on.wait(DEADLINE_S)
        return review(sku, at, after=after)

    planner.review = slowly  # type: ignore[method-assign]
    async with shop.working():
        waits, asks = await shop.start(stuck, order="o1"), await shop.start(stuck, order="o2")
        elsewhere = await shop.start(other, order="o3")
        for line in (waits, asks, elsewhere):
            await shop.all_dealt_with(line)
        await shop.state(orders[0], 2, shop.day(37))
        await until("its lines are being reviewed", begun.is_set)
        said = await shop.backorders.cancel(asks, schemas.Cancellation(request_id="c", reason="too late"))
        assert said.verdict == "accepted"
        await shop.state(orders[1], 2, shop.day(37))
        await until("the other one's line is reviewed", lambda: len(shop.messages(elsewhere)) == 2)
        assert len(shop.messages(waits)) == 1
        goes_on.set()
        await until("those that waited are reviewed", lambda: len(shop.messages(waits)) == 2)


async def _shows_it(shop: LiveShop, line: str) -> bool:
    policy, state = shop.services.lines.read(line)
    case = await shop.handle(line).query(BackorderWorkflow.case)
    following = await shop.handle(line).query(BackorderWorkflow.upcoming)
    return (case.summary, following.at) == (in_a_line(state), next_review(policy, state, shop.now())[0])


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
            await shop.all_dealt_with(line)
            for wave in range(6):
                moves = (shop.state(order, 5, shop.day(31 + 3 * wave + n)) for n in range(10))
                await asyncio.gather(*moves)
            await until("nothing is left to peg", lambda: shop.rows("SELECT * FROM replans") == [])
            await until("the line looked", lambda: _unseen(shop) == [])
            stated = shop.rows("SELECT day FROM stated_dates ORDER BY revision DESC LIMIT 1")[0].day
            promised = shop.rows("SELECT arrivals FROM demands")[0].arrivals
            assert str(stated) in promised
