"""Many programs at once, on two servers of one shop."""

from __future__ import annotations

from tests.support.crowded_shop import run
from tests.support.databases import NewDatabase
from tests.support.live_shop import LiveShop


async def test_two_servers_and_a_worker_under_many_programs(
    shop: LiveShop, new_database: NewDatabase
) -> None:
    """A short form of `python -m bench.contention`."""
    address = shop.client.service_client.config.target_host
    found = await run(new_database("postgresql"), address, shop.queue, clients=16, seconds=3)
    assert found.faults == []
    assert int(found.statuses.get("201", 0)) > 0
