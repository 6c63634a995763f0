"""Two servers and a worker on PostgreSQL under many clients at once; then everything must add up.

    python -m bench.contention [--clients 32] [--seconds 120] [--json]

Nothing may be answered with 5xx, no transaction may be given up, and the stock must add up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench.quiet import load, say_if_busy
from bench.stack import temporal_server
from starter.temporal import register_search_attributes
from tests.support.crowded_shop import Crowd, run
from tests.support.databases import postgres_server


async def measure(clients: int, seconds: float) -> Crowd:
    """A run on a database and a Temporal of its own."""
    with postgres_server() as server:
        async with temporal_server() as (client, _):
            await register_search_attributes(client)
            address = client.service_client.config.target_host
            queue = f"crowd-{secrets.token_hex(4)}"
            return await run(server.create(), address, queue, clients=clients, seconds=seconds)


def show(found: Crowd) -> Table:
    """The result for people."""
    table = Table(title=f"Two servers, a worker, {found.clients} clients, {found.seconds:g} s")
    table.add_column("answers")
    table.add_column("", justify="right")
    for status, count in found.statuses.items():
        table.add_row(status, f"{count:,}")
    table.add_row("a second", f"{found.per_second:,}")
    table.add_row("what went wrong", "\n".join(found.faults) or "nothing")
    return table


def main() -> int:
    """Run, and print what came of it. Exit code 1 if anything failed or does not add up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    before = load()
    found = asyncio.run(measure(args.clients, args.seconds))
    if args.json:
        print(json.dumps(asdict(found)))
    else:
        Console().print(show(found))
        say_if_busy(before, Console())
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
