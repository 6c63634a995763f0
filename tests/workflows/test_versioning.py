"""Versions of workers side by side: a sleeping line moves at its next wake, or when it is moved."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import WorkerDeploymentConfig

from backorder import schemas
from backorder.errors import SetupError
from starter.attendance import Version
from starter.deployments import builds, drain
from tests.support.live_shop import LiveShop
from tests.support.waiting import until
from workflows.backorder import BackorderWorkflow
from workflows.versioned import VERSIONED


def version(shop: LiveShop, build: str) -> dict[str, Any]:
    """The options of a worker of a build."""
    config = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=shop.name("backorder"), build_id=build),
        use_worker_versioning=True,
    )
    return {"deployment_config": config, "build_id": None, "workflows": VERSIONED}


async def make_current(shop: LiveShop, build: str) -> None:
    """Have new workflows run on a build, as an operator does once its workers are there."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=shop.client.namespace, deployment_name=shop.name("backorder"), build_id=build
    )

    async def is_set() -> bool:
        try:
            await shop.client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError:
            return False  # no worker of the build has asked for work yet
        return True

    await until(f"{build} is current", is_set)


async def build_of(shop: LiveShop, line: str) -> str:
    """The build on which a line runs."""
    described = await shop.handle(line).describe()
    info = described.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def test_a_sleeping_line_moves_to_a_new_version_at_its_next_wake(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working(**version(shop, "one")):
        await make_current(shop, "one")
        order = await shop.expect(sku, 1, shop.day(20))
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        await until("it runs on the first build", lambda: _runs_on(shop, line, "one"))
        first = (await shop.handle(line).describe()).run_id
        async with shop.working(**version(shop, "two")):
            await make_current(shop, "two")

            async def moves() -> bool:
                await shop.handle(line).signal(BackorderWorkflow.supply_changed)
                return (await shop.handle(line).describe()).run_id != first

            await until("it goes on in a new run", moves)
            await until("it runs on the second build", lambda: _runs_on(shop, line, "two"))
            case = await shop.handle(line).query(BackorderWorkflow.case)
            assert case.summary.startswith("waiting: 1 of 1 open")
            await shop.receive(order, 1)
            await until("it is allocated", lambda: "allocated" in shop.events(line))
            shipment = schemas.Shipment(shipment_id="s1", quantity=1)
            assert (await shop.backorders.ship(line, shipment)).verdict == "accepted"
            assert await shop.result(line) == "fulfilled"
            assert await shop.all_dealt_with(line) == ["confirmed", "shipped/s1"]


async def refused(shop: LiveShop, version: Version, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        await drain(shop.client, shop.services, version, shop.queue)


@pytest.mark.parametrize("there", [True, False], ids=["workers there", "workers gone"])
async def test_what_is_left_on_a_version_is_moved(shop: LiveShop, there: bool) -> None:
    """Lines asleep on the first build, beside its workers and after their end: all of them go on and end."""
    sku = await shop.furnish()
    order = await shop.expect(sku, 2, shop.day(20))
    old, new = (Version(shop.name("backorder"), build) for build in ("one", "two"))

    async def stand(wanted: dict[str, tuple[str, int, int]]) -> None:
        async def so() -> bool:
            found = await builds(shop.client, shop.queue, new.deployment)
            return {each.build: (each.state, each.lines, each.workers) for each in found} == wanted

        await until(f"the builds stand so: {wanted}", so)

    async with AsyncExitStack() as second, AsyncExitStack() as first:
        await first.enter_async_context(shop.working(**version(shop, "one")))
        await make_current(shop, "one")
        lines = [await shop.start(sku, order=name) for name in ("o1", "o2")]
        for line in lines:
            await shop.all_dealt_with(line)
        await stand({"one": ("current", 2, 1)})
        if not there:
            await first.aclose()
        await second.enter_async_context(shop.working(**version(shop, "two")))
        await make_current(shop, "two")
        await refused(shop, new, "is current")
        await refused(shop, Version(old.deployment, "oen"), r"has no build oen; it has (two, one|one, two)$")
        await refused(shop, Version("elsewhere", "one"), r"has no build one; it has none at all$")
        drained = await drain(shop.client, shop.services, old, shop.queue)
        assert (drained.moved, drained.anew) == ((2, 0) if there else (0, 2))
        assert drained.left == 0
        await stand({"one": ("draining", 0, int(there)), "two": ("current", 2, 1)})
        await shop.receive(order, 2)
        for line in lines:
            await until("it is allocated", lambda line=line: "allocated" in shop.events(line))
            shipment = schemas.Shipment(shipment_id=f"s-{line}", quantity=1)
            assert (await shop.backorders.ship(line, shipment)).verdict == "accepted"
            assert await shop.result(line) == "fulfilled"
            assert await shop.all_dealt_with(line) == ["confirmed", f"shipped/s-{line}"]


async def _runs_on(shop: LiveShop, line: str, build: str) -> bool:
    return await build_of(shop, line) == build
