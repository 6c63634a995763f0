"""Lines whose workflow is not what their row says: an open row decides, and the sweep makes it true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import text
from temporalio import workflow
from temporalio.client import ScheduleHandle, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.sweeps import Swept
from backorder import schemas
from backorder.domain.clock import Clock
from backorder.domain.line.events import RefundSent
from backorder.ports import Review
from backorder.queries.case_view import case
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.services.services import machine_now
from backorder.storage import isolation
from backorder.storage.engine import writing
from backorder.storage.isolation import NEEDS
from starter.sweep_schedule import keep_scheduled
from starter.temporal import MADE_BY
from tests.support.databases import NewDatabase
from tests.support.histories import history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.waiting import DEADLINE_S, until
from workflows.backorder import BackorderInput, BackorderWorkflow
from workflows.ids import backorder_id
from workflows.sweep import SWEEP_ID, SweepInput, SweepWorkflow

A_DAY_A_SECOND = 86_400.0
POLICY = """
name = "standard"
[updates]
every = "3d"
"""
LOST = ("terminated at once", "terminated asleep", "completed", "unapplied of", "restored")


@pytest.fixture
async def quick(live: WorkflowEnvironment, new_database: NewDatabase) -> AsyncIterator[LiveShop]:
    """A shop on a real server, whose days last a second and who writes every third day."""
    clock = Clock(epoch=machine_now(), rate=A_DAY_A_SECOND)
    async with open_shop(live, new_database("sqlite"), clock=clock, policy=POLICY) as found:
        yield found


_sweeps = count(1)


async def sweep(shop: LiveShop) -> Swept:
    """Sweep as the schedule does, with everything until now long ago."""
    ahead = replace(shop.clock, epoch=shop.clock.epoch - timedelta(hours=1))
    swept = shop.client.execute_workflow(
        SweepWorkflow.run,
        SweepInput(clock=ahead),
        id=shop.name(f"sweep-{next(_sweeps)}"),
        task_queue=shop.queue,
    )
    return await asyncio.wait_for(swept, DEADLINE_S)


async def begin(shop: LiveShop, line: str, start: BackorderInput) -> None:
    """Have another workflow in the place of a line's, as somebody might who tries to repair something."""
    await shop.handle(line).terminate("in its place")
    await shop.client.start_workflow(
        BackorderWorkflow.run, start, id=backorder_id(line), task_queue=shop.queue, memo=MADE_BY
    )


def is_past(shop: LiveShop, line: str) -> bool:
    """Whether the next look that a line's row names is past."""
    return datetime.fromisoformat(shop.row(line).wake_at) < shop.now()


async def test_every_line_whose_workflow_is_gone_goes_on_and_is_named_once(
    quick: LiveShop, caplog: pytest.LogCaptureFixture
) -> None:
    shop, sku = quick, await quick.furnish()
    wanted = {name: shop.order_line(sku, order=name, payment="unpaid") for name in (*LOST, "asleep", "over")}
    at_once = await shop.backorders.start(wanted["terminated at once"])
    await shop.handle(at_once.id).terminate("before anybody looked")
    for name in ("unapplied of", "restored"):
        id = shop.services.intake.open(wanted[name], shop.now()).id
        review(shop.services.lines, Review(backorder=id, seq=1, at=shop.now()))
        if name == "unapplied of":
            with writing(shop.services.engine) as connection:
                connection.exec_driver_sql("UPDATE backorders SET wake_at = NULL WHERE id = ?", (id,))
    with writing(shop.services.engine) as connection:
        connection.exec_driver_sql(
            "UPDATE dispatchers SET wake_at = NULL"
        )  # of no restored database is known
    async with shop.working():
        lines = {name: (await shop.backorders.start(line)).id for name, line in wanted.items()}
        for name in ("terminated asleep", "completed", "asleep", "over"):
            await shop.all_dealt_with(lines[name])
        await shop.handle(lines["terminated asleep"]).terminate("by mistake")
        await shop.backorders.cancel(lines["over"], schemas.Cancellation(request_id="c", reason="no"))
        assert await shop.result(lines["over"]) == "cancelled"
        await begin(shop, lines["completed"], BackorderInput(backorder=lines["over"]))
        assert await shop.result(lines["completed"]) == "cancelled"
        never = shop.now() + timedelta(days=100_000)
        rests = BackorderInput(
            backorder=lines["asleep"], clock=shop.clock, seq=shop.row(lines["asleep"]).seq, wake=never
        )
        await begin(shop, lines["asleep"], rests)
        for name in LOST:
            again = await shop.backorders.start(wanted[name])
            assert (again.new, again.running) == (False, False), name

        await until("its next look is past", lambda: is_past(shop, lines["asleep"]))

        before = {line: len(shop.told(line)) for line in lines.values()}
        with caplog.at_level(logging.WARNING):
            assert (await sweep(shop)).started == len(LOST)
            for name in LOST:
                assert (await shop.backorders.start(wanted[name])).running, name
            assert (await sweep(shop)).started == 0
        for name in (*LOST, "asleep"):
            line = lines[name]
            await until(f"{name} goes on", lambda line=line: len(shop.told(line)) > before[line])
            messages = [record.getMessage() for record in caplog.records]
            named = [each for each in messages if each.startswith(f"{line} ")]
            # Who waits for a worker is found stalled once more: on this clock a quarter of a second is a day.
            anew = [each for each in named if "no workflow" in each]
            assert len(anew) == (name in LOST), (name, named)
            assert named, name
        assert len(shop.told(lines["over"])) == before[lines["over"]]
        described = await shop.handle(lines["over"]).describe()
        assert described.status is WorkflowExecutionStatus.COMPLETED


@workflow.defn(name="BackorderWorkflow", sandboxed=False)
class _Failing:
    @workflow.run
    async def run(self, start: BackorderInput) -> str:
        """Fail the workflow task, as a worker that loses one after the other does."""
        raise RuntimeError(f"no worker can go on with {start.backorder}")


async def test_a_request_to_a_line_whose_workers_fail_stays_on_record(quick: LiveShop) -> None:
    """The server turns updates of such a workflow away, where it keeps those of one that waits."""
    shop, sku = quick, await quick.furnish()
    line = (await shop.backorders.start(shop.order_line(sku, 2, payment="unpaid"))).id
    failing = Worker(shop.client, task_queue=shop.queue, workflows=[_Failing], build_id="tests")
    async with failing:
        await until("its tasks fail", lambda: is_failing(shop, line))
        outcome = await shop.backorders.cancel(line, schemas.Cancellation(request_id="c", reason="no"))
    assert (outcome.verdict, "once a worker is there" in outcome.reason) == ("pending", True)
    async with shop.working():
        assert await shop.backorders.restart(line, anew=True)  # which the server does too, a while later
        assert await shop.result(line) == "cancelled"
    assert shop.outcomes(line) == {"c": "accepted"}


async def is_failing(shop: LiveShop, line: str) -> bool:
    """Whether the line's workflow task failed so often that the server says so."""
    described = await shop.handle(line).describe()
    return described.raw_description.pending_workflow_task.attempt >= 3


async def test_an_ended_line_that_goes_on_gets_its_workflow(quick: LiveShop) -> None:
    """Money comes, or comes back, after the end; also where its first look was its last."""
    shop, sku = quick, await quick.furnish()
    given_up = schemas.Cancellation(request_id="c", reason="no")
    desk = shop.desk(grace_period=0)
    first = await desk.start(shop.order_line(sku, order="first", payment="unpaid"))
    assert (await desk.cancel(first.id, given_up)).verdict == "pending"
    async with shop.working():
        assert await shop.result(first.id) == "cancelled"
        assert shop.row(first.id).seq == 1
        paid = schemas.PaymentReport(request_id="p", state="captured")
        assert (await shop.backorders.payment(first.id, paid)).verdict == "accepted"
        assert shop.phase(first.id) == "closing"
        await until("it has looked", lambda: shop.row(first.id).seq > 1)
        assert (await shop.handle(first.id).describe()).status is WorkflowExecutionStatus.RUNNING
        refund = schemas.parse(schemas.RefundReport, {"refund_id": "r", "amount": "100.00"})
        await shop.backorders.refund(first.id, refund)
        assert await shop.result(first.id) == "cancelled"

        # The process died between the commit that reopened the line and the start of its workflow.
        failed = {"refund_id": "r", "amount": "100.00", "failed_at": shop.now()}
        event = RefundSent(
            at=shop.now(),
            day=shop.day(),
            refund="r",
            amount=Decimal(100),
            sent_at=None,
            failed_at=shop.now(),
        )
        new_request = NewRequest(id="refund-failed-r", kind="refund", event=event, given=failed)
        shop.services.requests.record(first.id, new_request, shop.now())
        again = Review(backorder=first.id, seq=0, at=shop.now(), requests=[new_request.id])
        review(shop.services.lines, again, keyed=False)
        assert shop.phase(first.id) == "closing"
        assert (await sweep(shop)).started == 1
        await until("it runs", lambda: runs(shop, first.id))
        await shop.backorders.refund(first.id, refund.model_copy(update={"refund_id": "r2"}))
        assert await shop.result(first.id) == "cancelled"
        await until("everybody was told", lambda: len(shop.told(first.id)) >= 2)


async def runs(shop: LiveShop, line: str) -> bool:
    """Whether a line's workflow runs."""
    return (await shop.handle(line).describe()).status is WorkflowExecutionStatus.RUNNING


SPOILT = {
    # The last day that there is has no next one, which the rules stumble over.
    "rules": """UPDATE demands SET arrivals = '[[1,"9999-12-30","9999-12-31","x"]]' WHERE backorder = :id""",
    "state": "UPDATE backorders SET state = '{' WHERE id = :id",
}
REPAIRED = (
    "UPDATE demands SET arrivals = :arrivals WHERE backorder = :id",
    "UPDATE backorders SET state = :state WHERE id = :id",
)


async def test_a_line_that_the_rules_stumble_over_rests_and_goes_on_by_itself(
    quick: LiveShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its history stays short, the others go on, and a repair is found without anybody's help."""
    monkeypatch.setattr(isolation, "FIRST_S", 0.4)
    shop, sku = quick, await quick.furnish()
    await shop.expect(sku, 9, shop.day(60))
    async with shop.working():
        sound = await shop.start(sku, order="sound")
        lines = {name: await shop.start(sku, order=name) for name in SPOILT}
        for line in (sound, *lines.values()):
            await shop.all_dealt_with(line)
        arrivals = {row.backorder: row.arrivals for row in shop.rows("SELECT * FROM demands")}
        kept = {line: {"arrivals": arrivals[line], "state": shop.row(line).state} for line in lines.values()}
        with caplog.at_level(logging.ERROR):
            for name, line in lines.items():
                write(shop, SPOILT[name], id=line)
            told = len(shop.told(sound))
            for line in lines.values():
                await until("it failed again and again", lambda line=line: failures(shop, line) >= 3)
            await until("the others go on", lambda: len(shop.told(sound)) > told)
        for line in lines.values():
            assert {record.levelname for record in caplog.records if about(record) == line} == {"ERROR"}
            assert NEEDS in case(shop.services.database, line, shop.now()).needs
            events = await history(shop.handle(line))
            assert len(events) < 60 + 12 * failures(shop, line)
        before = {line: len(shop.told(line)) for line in lines.values()}
        for line, values in kept.items():
            for statement in REPAIRED:
                write(shop, statement, **(values | {"id": line}))
        for line in lines.values():
            await until("it goes on", lambda line=line: len(shop.told(line)) > before[line])
            assert failures(shop, line) == 0
            assert NEEDS not in case(shop.services.database, line, shop.now()).needs


def write(shop: LiveShop, statement: str, **values: str) -> None:
    """Write into the database as nobody should; only what the statement names."""
    wanted = {name: value for name, value in values.items() if f":{name}" in statement}
    with writing(shop.services.engine) as connection:
        connection.execute(text(statement), wanted)


def failures(shop: LiveShop, line: str) -> int:
    """How often in a row a line could not be looked at."""
    found = shop.rows("SELECT times FROM engine_errors WHERE subject = :id", id=f"backorder/{line}")
    return int(found[0].times) if found else 0


def about(record: logging.LogRecord) -> object:
    """The line that a record is about."""
    return record.__dict__.get("backorder")


async def test_a_schedule_that_somebody_deleted_is_there_again(shop: LiveShop) -> None:
    stop, every = asyncio.Event(), timedelta(seconds=30)
    keeping = asyncio.create_task(
        keep_scheduled(
            shop.client, shop.clock, shop.queue, every, stop, kept_every=timedelta(milliseconds=50)
        )
    )
    handle = shop.client.get_schedule_handle(SWEEP_ID)
    try:
        await until("it is there", lambda: is_scheduled(handle))
        await handle.delete()
        await until("it is there again", lambda: is_scheduled(handle))
        assert (await handle.describe()).schedule.spec.intervals[0].every == every
    finally:
        stop.set()
        await keeping
        await handle.delete()


async def is_scheduled(handle: ScheduleHandle) -> bool:
    """Whether the schedule exists."""
    try:
        return bool((await handle.describe()).schedule.spec.intervals)
    except RPCError:
        return False
