"""How fast lines come in over HTTP, beside plain `start_workflow` calls on the same server.

    python -m bench.writes [--lines 1000] [--databases sqlite postgresql] [--json]

One server, one process, no worker. One after the other: starts by 1 client, starts by 32, the same number of
plain starts by 1 and by 32, and an import of as many lines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import httpx
from rich.console import Console
from rich.table import Table
from temporalio.client import Client

from backorder.domain.clock import Clock
from backorder.services.services import open_services
from backorder.settings import Settings
from bench.allocation import database
from bench.quiet import load, say_if_busy
from bench.stack import temporal_server
from starter.http_client import AsyncBackorderClient
from starter.temporal import register_search_attributes
from tests.support.crowded_shop import SKUS, answers, furnish, process, surroundings
from tests.support.databases import KINDS
from tests.support.web import free_port
from tests.support.web_lines import order_line
from workflows.backorder import BackorderInput, BackorderWorkflow
from workflows.ids import backorder_id

MANY = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Writes:
    """Lines a second: over HTTP by 1 and 32 clients, plain starts likewise, and an import's."""

    database: str
    lines: int
    http_1: float
    http_32: float
    plain_1: float
    plain_32: float
    imported: float


async def measure(kind: str, lines: int) -> Writes:
    """Everything, one after the other, on a database of a kind."""
    queue = f"writes-{secrets.token_hex(4)}"
    with database(kind) as url:
        services = open_services(Settings(database_url=url))
        key = furnish(services)
        services.close()
        async with temporal_server() as (client, _):
            await register_search_attributes(client)
            port, address = free_port(), client.service_client.config.target_host
            command = ["-m", "starter", "web", "--port", str(port)]
            async with process(command, surroundings(url, address, queue)):
                place = f"http://127.0.0.1:{port}"
                async with httpx.AsyncClient(base_url=place) as door:
                    await answers(door)
                async with AsyncBackorderClient(place, key) as shop:
                    return await _measure(kind, lines, client, queue, shop)


async def _measure(kind: str, lines: int, client: Client, queue: str, shop: AsyncBackorderClient) -> Writes:
    async def over_http(name: str) -> None:
        await shop.start(_line(name))

    async def plain(name: str) -> None:
        wanted = BackorderInput(backorder=f"{name}/1", clock=Clock())
        id = backorder_id(f"{name}/1")
        await client.start_workflow(BackorderWorkflow.run, wanted, id=id, task_queue=f"{queue}-plain")

    http_1 = await _rate(over_http, "a", lines, 1)
    http_32 = await _rate(over_http, "b", lines, MANY)
    plain_1 = await _rate(plain, "c", lines, 1)
    plain_32 = await _rate(plain, "d", lines, MANY)
    began = time.perf_counter()
    verdicts = [each["verdict"] async for each in shop.import_lines(_line(f"e-{n}") for n in range(lines))]
    imported = lines / (time.perf_counter() - began)
    if set(verdicts) != {"started"}:
        raise RuntimeError("a line of the measurement is refused")
    return Writes(
        database=kind,
        lines=lines,
        http_1=http_1,
        http_32=http_32,
        plain_1=plain_1,
        plain_32=plain_32,
        imported=imported,
    )


async def _rate(one: Callable[[str], Awaitable[None]], word: str, lines: int, clients: int) -> float:
    names = iter([f"{word}-{number}" for number in range(lines)])

    async def work() -> None:
        for name in names:
            await one(name)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(clients)))
    return lines / (time.perf_counter() - began)


def _line(order: str) -> dict[str, object]:
    sku = SKUS[hash(order) % len(SKUS)]
    return order_line(order, sku=sku, customer={"id": order})


def show(found: list[Writes]) -> Table:
    """The results for people."""
    table = Table(title="Lines a second")
    for name in ("database", "HTTP, 1", "HTTP, 32", "plain, 1", "plain, 32", "import"):
        table.add_column(name, justify="left" if name == "database" else "right")
    for each in found:
        rates = (each.http_1, each.http_32, each.plain_1, each.plain_32, each.imported)
        table.add_row(each.database, *(f"{rate:,.0f}" for rate in rates))
    return table


def main() -> int:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    before = load()
    found = [asyncio.run(measure(kind, args.lines)) for kind in args.databases]
    if args.json:
        print(json.dumps({"runs": [asdict(each) for each in found]}))
    else:
        Console().print(show(found))
        say_if_busy(before, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
