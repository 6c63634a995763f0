"""Two versions of the workers over one database: the old fleet stops while everything sleeps; all goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from backorder import schemas
from tests.support.commands import backorder
from tests.support.databases import NewDatabase
from tests.support.live_shop import LiveShop, open_shop
from tests.support.temporal import dev_server
from tests.support.waiting import until
from tests.support.worker_processes import Process, running, settings

LINES = ("o1", "o2")


@pytest.fixture
async def shop(new_database: NewDatabase) -> AsyncIterator[LiveShop]:
    """A shop on a server of its own: the sweep of this test is its only one."""
    async with await dev_server() as found, open_shop(found, new_database("sqlite")) as shop:
        yield shop


def of(shop: LiveShop, build: str, **more: str) -> dict[str, str]:
    """The settings of a build of the shop's deployment."""
    return settings(shop, BACKORDER_DEPLOYMENT="shop", BACKORDER_BUILD_ID=build, **more)


async def command(shop: LiveShop, *words: str) -> Any:
    """What a command says, as JSON."""
    mine = {name: value for name, value in of(shop, "two").items() if name.startswith(("BACK", "TEMP"))}
    done = await asyncio.to_thread(backorder, *words, "--json", **mine)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


async def make_current(shop: LiveShop, worker: Process, build: str) -> None:
    """As an operator does once the workers are there."""
    await worker.says(f"as build {build} of deployment shop")
    assert (await command(shop, "deployment", "current", build))["current"] == build


async def builds(shop: LiveShop, lines: Sequence[str]) -> list[str]:
    """The build on which each line runs."""
    found = []
    for line in lines:
        raw = (await shop.handle(line).describe()).raw_description
        found.append(raw.workflow_execution_info.versioning_info.deployment_version.build_id)
    return found


async def asleep(shop: LiveShop, lines: Sequence[str]) -> None:
    """Wait until every line has had its confirmation, and nobody has anything to do."""
    for line in lines:
        assert await shop.all_dealt_with(line) == ["confirmed"]
    await until("the dispatcher sleeps", shop.sleeps)


async def ends(shop: LiveShop, order: str, lines: Sequence[str]) -> None:
    """The goods arrive and leave; everybody is told, once."""
    await shop.receive(order, len(lines))
    for line in lines:
        await until(f"{line} is allocated", lambda line=line: "allocated" in shop.events(line))
        shipment = schemas.Shipment(shipment_id=f"s-{line}", quantity=1)
        assert (await shop.backorders.ship(line, shipment)).verdict == "accepted"
        assert await shop.result(line) == "fulfilled"
        assert (await shop.all_dealt_with(line))[-1].startswith("shipped/")
        steps = [step for step, _ in shop.messages(line)]
        assert len(steps) == len(set(steps))


async def test_the_old_fleet_stops_while_dispatchers_and_lines_sleep(shop: LiveShop) -> None:
    """Nobody does anything about it: the sweep of the new fleet begins anew what waits for workers."""
    sku = await shop.furnish()
    order = await shop.expect(sku, len(LINES), shop.day(20))
    async with running(["worker.py"], of(shop, "one")) as old:
        await make_current(shop, old, "one")
        lines = [await shop.start(sku, order=name) for name in LINES]
        await asleep(shop, lines)
        assert await builds(shop, lines) == ["one"] * len(lines)
        async with running(["worker.py"], of(shop, "two", BACKORDER_SWEEP_EVERY="1s")) as new:
            await make_current(shop, new, "two")
            old.stop()
            assert await old.code() == 0
            await ends(shop, order, lines)
            found = {each["build"]: each for each in (await command(shop, "status"))["temporal"]["versions"]}
            assert (found["one"]["lines"], found["one"]["workers"]) == (0, 0)
            assert (found["two"]["state"], found["two"]["workers"]) == ("current", 1)
