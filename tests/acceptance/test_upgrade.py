"""From version 0.1 to this one, with lines asleep, messages under way, timers pending: all go on and end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from backorder import schemas
from backorder.services.services import Services, open_services
from backorder.settings import Settings
from backorder.storage.engine import open_database
from starter.client import Backorders
from tests.support import old_program, version_0_1
from tests.support.commands import backorder, running, until
from tests.support.databases import NewDatabase
from tests.support.histories import history
from tests.support.temporal import dev_server
from workflows.ids import backorder_id, purchase_order_id, replan_id

QUEUE = "backorder"
NOBODY = "127.0.0.1:1"
SHIPPED = ("asleep", "broken", "flight", "held", "new", "unclear")
CANCELLED = ("ended", "ending")


@pytest.fixture
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A server of its own: the sweep of this test is its only one."""
    async with await dev_server() as found:
        yield found


@pytest.fixture
def old(new_database: NewDatabase, tmp_path: Path) -> Settings:
    """The settings of a shop whose database is one of version 0.1."""
    settings = Settings(data=tmp_path / "data", database_url=new_database("sqlite"))
    engine = open_database(settings.database)
    version_0_1.fill(engine)
    engine.dispose()
    return settings


async def runs_of_the_old_program(client: Client) -> dict[str, WorkflowHandle[Any, Any]]:
    """What version 0.1 had running, with its timers pending; nobody works on it any more."""
    found = {}
    wanted = {
        **{backorder_id(f"{name}/1"): "BackorderWorkflow" for name in version_0_1.LINES if name != "new"},
        "conversation/customer/flight": "ConversationWorkflow",
        "conversation/customer/held": "ConversationWorkflow",
        purchase_order_id("PO-1"): "PurchaseOrderWorkflow",
        replan_id("LAMP"): "ReplanWorkflow",
    }
    async with old_program.working(client, QUEUE):
        for id, kind in wanted.items():
            found[id] = await old_program.start(client, QUEUE, kind, id)
        for id, handle in found.items():
            last = "ActivityTaskScheduled" if id.startswith("replan") else "TimerStarted"
            while last not in await history(handle):
                await asyncio.sleep(0.02)  # between two looks at the condition
    # By the first run's ID: another one of the same name is not meant.
    return {
        id: client.get_workflow_handle(id, run_id=handle.first_execution_run_id)
        for id, handle in found.items()
    }


def settings_of(old: Settings, address: str) -> dict[str, Any]:
    return {
        "BACKORDER_DATA": str(old.data),
        "BACKORDER_DATABASE_URL": old.database,
        "BACKORDER_SWEEP_EVERY": "1s",
        "TEMPORAL_ADDRESS": address,
    }


@pytest.mark.parametrize("who", ["upgrade", "worker"])
async def test_what_an_older_version_left_asleep_goes_on_and_ends(
    temporal: WorkflowEnvironment, old: Settings, tmp_path: Path, who: str
) -> None:
    client = temporal.client
    before = await runs_of_the_old_program(client)
    mine = settings_of(old, client.service_client.config.target_host)

    upgraded = await asyncio.to_thread(
        backorder, "db", "upgrade", "--json", **mine | {"TEMPORAL_ADDRESS": NOBODY}
    )
    assert upgraded.returncode == 0, upgraded.stderr
    assert json.loads(upgraded.stdout)["begun_anew"] is None, "Temporal is away: it is left to be done"
    if who == "upgrade":
        upgraded = await asyncio.to_thread(backorder, "db", "upgrade", **mine)
        assert upgraded.returncode == 0, upgraded.stderr
        assert "8 lines that an older version looked after are begun anew" in upgraded.stdout
        assert await statuses(before) == {"TERMINATED"}

    services = open_services(old)
    try:
        mend(services)
        looked = seqs(services)
        with running(tmp_path / "worker.log", "worker", **mine) as worker:
            await until(lambda: all(seq > looked[id] for id, seq in seqs(services).items()))
            assert await statuses(before) == {"TERMINATED"}
            again = await asyncio.to_thread(backorder, "db", "upgrade", "--json", **mine)
            assert json.loads(again.stdout)["begun_anew"] == 0
            await finish(Backorders(client, services, task_queue=QUEUE))
            for id in version_0_1.LINES:
                handle = client.get_workflow_handle(backorder_id(f"{id}/1"))
                await asyncio.wait_for(handle.result(), 60)
            while rows(services, "SELECT 1 FROM messages WHERE state NOT IN ('sent', 'withdrawn')"):
                await asyncio.sleep(0.05)  # between two looks at the condition
            assert worker.stop() == 0, worker.words
            assert "cannot" not in worker.words
        phases = {row.id: row.phase for row in rows(services, "SELECT id, phase FROM backorders")}
        assert phases == {
            **{f"{name}/1": "fulfilled" for name in SHIPPED},
            **{f"{name}/1": "cancelled" for name in CANCELLED},
        }
    finally:
        services.close()


async def statuses(handles: dict[str, WorkflowHandle[Any, Any]]) -> set[str]:
    """How the runs stand."""
    found = [(await handle.describe()).status for handle in handles.values()]
    return {WorkflowExecutionStatus(each).name for each in found if each is not None}


def mend(services: Services) -> None:
    """Make what could not be read readable."""
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE demands SET arrivals = '[]' WHERE backorder = 'broken/1'"))


def rows(services: Services, query: str) -> list[Any]:
    with services.engine.connect() as connection:
        return list(connection.execute(text(query)))


def seqs(services: Services) -> dict[str, int]:
    """How often each line that goes on was looked at."""
    query = "SELECT id, seq FROM backorders"
    return {row.id: row.seq for row in rows(services, query)}


async def finish(desk: Backorders) -> None:
    """The goods arrive and leave; what was cancelled is paid back."""
    raw = {"adjustment_id": "found", "sku": "LAMP", "quantity": 20, "reason": "counted"}
    await desk.adjust(schemas.parse(schemas.Adjustment, raw))
    for name in SHIPPED:
        shipment = schemas.Shipment(shipment_id=f"s-{name}", quantity=1)
        assert (await desk.ship(f"{name}/1", shipment)).verdict == "accepted"
    for name in CANCELLED:
        refund = schemas.parse(schemas.RefundReport, {"refund_id": f"r-{name}", "amount": "10.00"})
        assert (await desk.refund(f"{name}/1", refund)).verdict == "accepted"
