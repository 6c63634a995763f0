"""The line's own loop: its inbox, its timer, its budget, and how it goes on in a fresh history."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from backorder import schemas
from tests.support.databases import NewDatabase
from tests.support.histories import details, history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.policies import WEEKLY
from tests.support.temporal import SOON, dev_server
from tests.support.waiting import until
from workflows.backorder import PHASE, BackorderWorkflow
from workflows.ids import replan_id

ACTIONS = (
    "WorkflowExecutionStarted",
    "TimerStarted",
    "ActivityTaskScheduled",
    "MarkerRecorded",  # a local activity; several in one task are one Action, but there is only one
    "WorkflowExecutionSignaled",
    "WorkflowExecutionUpdateAccepted",
    "UpsertWorkflowSearchAttributes",
)


def cancellation(id: str, quantity: int | None = None) -> schemas.Cancellation:
    return schemas.Cancellation(request_id=id, reason="changed their mind", quantity=quantity)


def shipment(id: str, quantity: int) -> schemas.Shipment:
    return schemas.Shipment(shipment_id=id, quantity=quantity)


def actions(events: list[str]) -> int:
    """What a workflow costs, from its history. Retries and heartbeats are not in it; there are none."""
    return sum(events.count(each) for each in ACTIONS)


def done_again(recorded: WorkflowHistory) -> int:
    """Reviews that took longer than a local activity may, or failed in one, and were done once more as an
    activity: each costs an Action, and comes of the machine and not of the line.
    """
    failed = (event.marker_recorded_event_attributes.HasField("failure") for event in recorded.events)
    return sum(failed)


async def test_two_hundred_signals_at_once_are_a_few_reviews(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        handle = shop.handle(line)
        await asyncio.gather(*(handle.signal(BackorderWorkflow.supply_changed) for _ in range(200)))
        await shop.backorders.cancel(line, cancellation("c1", 1))
        events = await history(handle)
        reviews = events.count("ActivityTaskScheduled") + events.count("MarkerRecorded")
        assert reviews < 60
        timeline = shop.rows("SELECT what FROM timeline WHERE backorder = :id", id=line)
        assert len(timeline) <= 4


async def test_requests_that_race_with_the_close_are_all_answered(shop: LiveShop) -> None:
    """Twenty at once, of which one ends the line: each caller gets an outcome, none an error."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.all_dealt_with(line)
        desk = shop.backorders
        asked: list[Any] = [desk.cancel(line, cancellation(f"c{n}")) for n in range(10)]
        keep = [schemas.Answer(request_id=f"a{n}", choice="keep", indefinite=True) for n in range(10)]
        asked += [desk.answer(line, answer) for answer in keep]
        outcomes = await asyncio.gather(*asked)
        assert await shop.result(line) == "cancelled"
        verdicts = Counter(outcome.verdict for outcome in outcomes[:10])
        ended = [each for each in outcomes[:10] if each.verdict == "accepted"]
        # One that came in earlier and is heard later takes the units over: it ends nothing more.
        assert sum("cancelled already" not in each.reason for each in ended) == 1
        assert verdicts["pending"] == 0
        assert {outcome.verdict for outcome in outcomes[10:]} <= {"accepted", "recorded"}
        assert all(shop.outcomes(line).values())
        assert shop.events(line).count("cancelled") == 1
        told = await shop.all_dealt_with(line)
        assert len(told) == len(set(told))


async def test_a_date_that_moves_later_keeps_the_timer_and_an_earlier_look_sets_it_anew(
    shop: LiveShop,
) -> None:
    sku = await shop.furnish()
    order = await shop.expect(sku, 1, shop.day(30))
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        handle = shop.handle(line)
        for move in (33, 35, 37):  # a delay for which there is no stage, whatever weekends do to it
            version = shop.row(line).line_version
            await shop.state(order, 1, shop.day(move))
            await until("it is reviewed and told", lambda version=version: _knows(shop, line, version))
        await handle.query(BackorderWorkflow.case)  # what was signalled before is taken up
        assert (await history(handle)).count("TimerStarted") == 1
        soon = shop.now() + timedelta(hours=20)
        hold = schemas.HoldRequest(request_id="h1", until=soon, reason="asked for peace")
        assert (await shop.backorders.hold(line, hold)).verdict == "accepted"
        await until("the timer is set anew", lambda: _timers(handle, 2))
        events = await history(handle)
        assert (events.count("TimerStarted"), events.count("TimerCanceled")) == (2, 1)
        following = await handle.query(BackorderWorkflow.upcoming)
        assert (following.at, following.what) == (soon, "hold")


def _knows(shop: LiveShop, line: str, version: int) -> bool:
    row = shop.row(line)
    return bool(version < row.line_version == row.told_version)


async def _takes_up(handle: WorkflowHandle[Any, Any], seq: int) -> bool:
    found: int = (await handle.query(BackorderWorkflow.case)).seq
    return found == seq


async def _timers(handle: WorkflowHandle[Any, Any], count: int) -> bool:
    return (await history(handle)).count("TimerStarted") == count


@pytest.mark.parametrize("received", [False, True])
async def test_a_line_with_five_messages_stays_within_its_budget(season: LiveShop, received: bool) -> None:
    """N messages by timer, ended by a shipment: at most 2N+6 Actions, 11N+30 events, 12 KB.

    That its units arrived is a fact more, of which nothing is told: two Actions.
    """
    sku = await season.furnish()
    order = await season.expect(sku, 1, season.day(36))
    async with season.working():
        # A replanning under way would have the new line look twice.
        replan = season.client.get_workflow_handle(replan_id(sku))
        await until("the replanning is over", lambda: _is_over(replan))
        line = await season.start(sku, customer={"region": "CH"})  # no law adds a message
        await season.all_dealt_with(line)
        await season.skip(days=35, hours=8)
        messages = len(season.told(line)) - 1
        assert messages == 5
        assert all(step.startswith("still_waiting/") for step in season.told(line)[1:])
        if received:
            await season.receive(order, 1)
            await until("it is allocated", lambda: season.events(line)[-1] == "allocated")
            await until("that is taken up", lambda: _takes_up(season.handle(line), season.row(line).seq))
        await season.backorders.ship(line, shipment("s1", 1))
        assert await season.result(line) == "fulfilled"
        recorded = await season.handle(line).fetch_history()
        events = await history(season.handle(line))
        size = sum(event.ByteSize() for event in recorded.events)
        again = done_again(recorded)
        spent = [
            f"{event.event_time.ToDatetime()} {each}"
            for event, each in zip(recorded.events, events, strict=True)
        ]
        spent = [each for each in spent if each.endswith(ACTIONS)]
        assert actions(events) - again <= 2 * messages + 6 + (2 if received else 0), (again, spent)
        assert len(events) <= 11 * messages + 30 + (11 if received else 0)
        assert size <= 12 * 1024
        print(f"N={messages}: {actions(events)} Actions, {len(events)} events, {size} bytes")


@pytest.fixture
async def gathering(skipping: WorkflowEnvironment, new_database: NewDatabase) -> AsyncIterator[LiveShop]:
    """A shop on a server that skips time, whose news waits for its siblings as it does by default."""
    policy = WEEKLY.replace('gather = "0s"', 'gather = "1m"')
    async with open_shop(skipping, new_database("sqlite"), policy=policy, skips=True) as found:
        yield found


async def test_messages_that_fall_due_together_cost_a_handful_of_actions(gathering: LiveShop) -> None:
    """Ten lines of an order, each told each week: one look of the dispatcher for all of them.

    Where news waits for nothing, a slow database has each line told by itself once it was reviewed, and from
    the sixth on they wait for the next week (`updates.per_week`).
    """
    shop = gathering
    sku = await shop.furnish()
    await shop.expect(sku, 10, shop.day(60))
    async with shop.working():
        lines = [await shop.start(sku, line_id=str(n)) for n in range(10)]
        await shop.skip(hours=4)
        for line in lines:
            assert await shop.all_dealt_with(line) == ["confirmed"]
        before = actions(await history(shop.dispatcher()))
        await shop.skip(days=7, hours=1)
        await until("each is told again", lambda: all(len(shop.told(line)) > 1 for line in lines))
        assert {len(shop.messages(line)) for line in lines} == {2}
        assert actions(await history(shop.dispatcher())) - before <= 10


async def _is_over(handle: WorkflowHandle[Any, Any]) -> bool:
    return (await handle.describe()).close_time is not None


# --- going on in a fresh history


@pytest.fixture(scope="module")
async def forgetful() -> AsyncIterator[WorkflowEnvironment]:
    """A server that soon suggests to continue as new."""
    async with await dev_server(*SOON) as it:
        yield it


@pytest.fixture
async def brief(forgetful: WorkflowEnvironment, new_database: NewDatabase) -> AsyncIterator[LiveShop]:
    """A shop on that server."""
    async with open_shop(forgetful, new_database("sqlite")) as found:
        yield found


async def test_a_line_that_goes_on_in_a_fresh_history_keeps_all_it_knows(brief: LiveShop) -> None:
    """Its count, its next look, its attributes, its summary; and the timer is set in the new run."""
    sku = await brief.furnish()
    order = await brief.expect(sku, 3, brief.day(30))
    async with brief.working():
        line = await brief.start(sku, 3)
        await brief.all_dealt_with(line)
        first = (await brief.handle(line).describe()).run_id

        async def goes_on() -> bool:
            await brief.handle(line).signal(BackorderWorkflow.supply_changed)
            return (await brief.handle(line).describe()).run_id != first

        await until("it goes on in a new run", goes_on)
        handle = brief.handle(line)
        case = await handle.query(BackorderWorkflow.case)
        following = await handle.query(BackorderWorkflow.upcoming)
        assert case.seq == brief.row(line).seq > 2
        assert case.summary.startswith("waiting: 3 of 3 open")
        assert following.at is not None
        assert following.at.date() == brief.day(7)
        assert following.what == "still_waiting"
        described = await handle.describe()
        assert described.typed_search_attributes[PHASE] == "open"
        assert (await details(handle)).startswith("waiting: 3 of 3 open")
        await until("the timer runs", lambda: _timers(handle, 1))
        await brief.receive(order, 3)
        await until("the units are allocated", lambda: "allocated" in brief.events(line))
        await brief.backorders.ship(line, shipment("s1", 3))
        assert await brief.result(line) == "fulfilled"
        assert len(brief.told(line)) == len(set(brief.told(line)))


async def test_no_request_is_lost_while_a_line_goes_on_again_and_again(brief: LiveShop) -> None:
    """Forty units cancelled one by one, five at a time, through many runs: forty outcomes, each right."""
    sku = await brief.furnish()
    async with brief.working():
        line = await brief.start(sku, 41, payment="unpaid")
        await brief.all_dealt_with(line)
        slots = asyncio.Semaphore(5)

        async def one(n: int) -> str:
            async with slots:
                return (await brief.backorders.cancel(line, cancellation(f"c{n}", 1))).verdict

        verdicts = await asyncio.gather(*(one(n) for n in range(40)))
        assert Counter(verdicts) == {"accepted": 40}
        case = await brief.handle(line).query(BackorderWorkflow.case)
        assert case.summary.startswith("waiting: 1 of 41 open")
        assert brief.events(line).count("cancelled") == 40
        runs = [each.run_id async for each in brief.client.list_workflows(f"WorkflowId = 'backorder/{line}'")]
        assert len(runs) > 1


async def test_a_workflow_that_an_operator_sets_back_catches_up_with_the_line(shop: LiveShop) -> None:
    """After a reset the database is further on than the workflow: nothing is told twice, nothing is stuck."""
    sku = await shop.furnish()
    order = await shop.expect(sku, 2, shop.day(30))
    async with shop.working():
        line = await shop.start(sku, 2, payment="unpaid")
        await shop.all_dealt_with(line)
        await shop.backorders.cancel(line, cancellation("c1", 1))
        seq = shop.row(line).seq
        await _reset(shop, line)
        await shop.receive(order, 1)
        await until("the unit is allocated", lambda: "allocated" in shop.events(line))
        outcome = await shop.backorders.ship(line, shipment("s1", 1))
        assert outcome.verdict == "accepted"
        assert await shop.result(line) == "fulfilled"
        assert shop.row(line).seq > seq
        told = await shop.all_dealt_with(line)
        assert told == ["confirmed", "cancelled/c1", "shipped/s1"]
        assert shop.events(line).count("cancelled") == 1


async def _reset(shop: LiveShop, line: str) -> None:
    handle = shop.handle(line)
    await shop.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=shop.client.namespace,
            workflow_execution=WorkflowExecution(
                workflow_id=handle.id, run_id=(await handle.describe()).run_id
            ),
            reason="an operator tries again",
            workflow_task_finish_event_id=3,
            request_id=shop.name("reset"),
        )
    )
