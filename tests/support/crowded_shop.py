"""Many programs that call two servers of one shop at once, with a worker; then everything must add up."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from backorder import schemas
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import Services, machine_now, open_services
from backorder.settings import POLICIES, Settings
from tests.support.audit import faults
from tests.support.web import SECRET, free_port
from tests.support.web_lines import order_line

ROOT = Path(__file__).resolve().parents[2]
SKUS = ("OAK", "ELM", "ASH", "BEECH")
LONGEST_WAIT_S = 60.0
SERVERS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """What came of a run. statuses: answers by status. faults: what failed, and what does not add up."""

    clients: int
    seconds: float
    per_second: float
    statuses: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def run(url: str, temporal: str, queue: str, *, clients: int, seconds: float) -> Crowd:
    """Let clients call two servers on a migrated database for so long, and check it afterwards."""
    services = open_services(Settings(database_url=url))
    key = furnish(services)
    environment = surroundings(url, temporal, queue)
    ports = [free_port() for _ in range(SERVERS)]
    commands = [["-m", "starter", "web", "--port", str(port)] for port in ports] + [["worker.py"]]
    try:
        async with AsyncExitStack() as stack:
            for command in commands:
                await stack.enter_async_context(process(command, environment))
            headers = {"authorization": f"Bearer {key}"}
            doors = [
                await stack.enter_async_context(
                    httpx.AsyncClient(
                        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=LONGEST_WAIT_S
                    )
                )
                for port in ports
            ]
            await asyncio.gather(*map(answers, doors))
            began = time.perf_counter()
            programs = [Program(doors[each % SERVERS], each) for each in range(clients)]
            await asyncio.gather(*(each.work(began + seconds) for each in programs))
            took = time.perf_counter() - began
        wrong = [fault for each in programs for fault in each.faults]
        wrong += faults(services.engine, sum(each.adjusted for each in programs))
    finally:
        services.close()
    statuses = sum((each.statuses for each in programs), Counter[str]())
    return Crowd(
        clients=clients,
        seconds=round(took, 1),
        per_second=round(statuses.total() / took, 1),
        statuses=dict(sorted(statuses.items())),
        faults=wrong,
    )


class Program:
    """One program that calls a server, one call after the other."""

    def __init__(self, door: httpx.AsyncClient, number: int) -> None:
        self._door = door
        self._number = number
        self._random = random.Random(number)
        self._count = 0
        self._lines: list[tuple[str, str]] = []
        self.adjusted = 0
        self.statuses: Counter[str] = Counter()
        self.faults: list[str] = []

    async def work(self, end: float) -> None:
        """Call until then."""
        acts: Sequence[tuple[Callable[[], Any], int]] = (
            (self._start, 30),
            (self._adjust, 15),
            (self._cancel, 10),
            (self._ship, 15),
            (self._read, 20),
            (self._prioritise, 5),
        )
        while time.perf_counter() < end:
            self._count += 1
            [act] = self._random.choices([each for each, _ in acts], [weight for _, weight in acts])
            await act()

    async def _ask(self, method: str, path: str, **body: Any) -> int:
        said = await self._door.request(method, path, json=body or None)
        self.statuses[str(said.status_code)] += 1
        if said.status_code >= 500:
            self.faults.append(f"{method} {path}: {said.status_code} {said.text[:300]}")
        return said.status_code

    @property
    def _id(self) -> str:
        return f"p{self._number}-{self._count}"

    async def _start(self) -> None:
        # Some of them are started twice at once, as a nervous order system does.
        order = self._id if self._random.random() < 0.8 else f"shared-{self._count}"
        sku = SKUS[self._count % len(SKUS)]
        line = order_line(order, sku=sku, ordered_at="2026-01-05T10:00:00Z", customer={"id": order})
        if await self._ask("POST", "/v1/backorders", **line) in (200, 201, 202):
            self._lines.append((order, sku))

    async def _adjust(self) -> None:
        quantity = self._random.choice((-2, -1, 1, 2, 3))
        path = f"/v1/stock/{self._random.choice(SKUS)}/adjustments"
        said = await self._ask("POST", path, adjustment_id=self._id, quantity=quantity, reason="counted")
        self.adjusted += quantity if said in (200, 201) else 0

    async def _cancel(self) -> None:
        if self._lines:
            path = f"/v1/backorders/{self._random.choice(self._lines)[0]}/1/cancel"
            await self._ask("POST", path, request_id=self._id, reason="no more", quantity=1)

    async def _ship(self) -> None:
        if self._lines:
            path = f"/v1/backorders/{self._random.choice(self._lines)[0]}/1/shipments"
            await self._ask("POST", path, shipment_id=self._id, quantity=1, carrier="DHL")

    async def _prioritise(self) -> None:
        if self._lines:
            path = f"/v1/backorders/{self._random.choice(self._lines)[0]}/1/priority"
            await self._ask("POST", path, value=self._random.randrange(9), reason="asked for")

    async def _read(self) -> None:
        paths = ["/v1/backorders?limit=20", f"/v1/availability?sku={self._random.choice(SKUS)}"]
        if self._lines:
            paths.append(f"/v1/backorders/{self._random.choice(self._lines)[0]}/1")
        await self._ask("GET", self._random.choice(paths))


def surroundings(url: str, temporal: str, queue: str) -> dict[str, str]:
    """The environment of servers and workers of a shop."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BACKORDER_")}
    return inherited | {
        "BACKORDER_DATABASE_URL": url,
        "BACKORDER_TASK_QUEUE": queue,
        "BACKORDER_WEB_RATE": "100000",
        "BACKORDER_SECRET": SECRET,
        "BACKORDER_LOG_LEVEL": "ERROR",
        "TEMPORAL_ADDRESS": temporal,
    }


def furnish(services: Services) -> str:
    """Products that everybody asks for. Returns a key for everything."""
    services.load_policies(POLICIES)
    now = machine_now()
    services.supply.put_supplier(
        parse(schemas.Supplier, {"id": "maker", "name": "Maker", "lead_days": 14}), now
    )
    for sku in SKUS:
        raw = {"sku": sku, "name": sku, "price": "10.00", "currency": "EUR", "supplier": "maker"}
        services.supply.put_product(parse(schemas.Product, raw), now)
    return api_keys.create(services.engine, parse(NewApiKey, {"name": "all", "roles": ["admin"]}), now)[1]


async def answers(door: httpx.AsyncClient) -> None:
    """Wait until a server is there."""
    end = time.monotonic() + LONGEST_WAIT_S
    while True:
        try:
            await door.get("/healthz")
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.05)  # between two looks
        else:
            return


@asynccontextmanager
async def process(command: Sequence[str], environment: dict[str, str]) -> AsyncIterator[None]:
    """A Python process, told to stop at the end."""
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), LONGEST_WAIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
