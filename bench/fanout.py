"""What it takes when one supplier's date moves under many waiting lines.

python -m bench.fanout [--lines N] [--workers N] [--database URL] [--json]

One SKU, one purchase order, as many customers as lines. All lines are opened through the typed client and
confirmed; then the supplier states a later day, the buyer approves it where more than 500 lines are
concerned, and each line has to tell its customer, through the outbox. Temporal dev server, worker (as
`worker.py` runs it) and client are processes of their own.

- pegging: the pure function on this very queue; the transaction around it is shown beside it.
- signals: from the first activity that tells workflows to the end of the last one, by the history of the
  replanning; they are paced, so that requests do not queue behind them.
- plain: a client's loop of signals, 100 in flight, to as many bare workflows that sleep (a thousand at most),
  on the same server and the same worker, before the lines are opened and once more when all is over.
- reviewed: from the date's write until every line has been reviewed in the database, within half a second.
- notices: from the date's write until the last line's message was sent. Each line must have got one.

Business time is the machine's, so that no day begins and no update falls due meanwhile; the new date settles
for `--settle` (a second) instead of two hours, since settling is waiting, not work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

if not __package__:
    # Run as a file: what lies beside it must not hide what lies at the root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from temporalio.client import Client

from backorder.domain.clock import Clock
from backorder.errors import BackorderError
from backorder.services.services import Services, open_services
from backorder.settings import Settings
from backorder.storage.engine import open_database
from backorder.storage.migrate import upgrade
from bench.coordinator import coordinator
from bench.fanout_table import Fanout, show
from bench.load import cpu_seconds
from bench.observer import Observer
from bench.plain_signals import signals_per_second
from bench.program import above_zero, leave
from bench.progress import Show, bars
from bench.quiet import load, say_if_busy
from bench.stack import temporal_server, worker_process
from bench.waiting import OnCount, Queue
from bench.worker_process import Job
from starter.client import Backorders
from starter.temporal import register_search_attributes

BARE_AT_MOST = 1_000
"""Workflows of the loop that it is measured against: more of them take minutes and say the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is asked for. at_once: lines opened at once. settle: a duration, as a policy has it."""

    lines: int
    workers: int
    at_once: int
    settle: str
    database: str
    server_database: str | None


class Bench:
    """One run. run: what its IDs begin with, so that a database can be used again."""

    def __init__(self, plan: Plan, client: Client, server: int, services: Services, progress: Show) -> None:
        self._plan = plan
        self._client = client
        self._server = server
        self._services = services
        self._progress = progress
        self._run = f"f{secrets.token_hex(4)}"
        self._task_queue = f"{self._run}-lines"

    async def measure(self) -> Fanout:
        """Everything, one after the other."""
        async with AsyncExitStack() as workers:
            pids = {"server": self._server, "client": os.getpid()}
            for number in range(1, self._plan.workers + 1):
                running = await workers.enter_async_context(worker_process(self._job(), Observer()))
                pids[f"worker {number}" if self._plan.workers > 1 else "worker"] = running.pid
            before = await self._plain("before")
            return await self._move(pids, before)

    async def _move(self, pids: dict[str, int], before: float) -> Fanout:
        plan, lines = self._plan, self._plan.lines
        door = Backorders(self._client, self._services, clock=Clock(), task_queue=self._task_queue)
        queue, begun = Queue(door, self._services, self._run), time.perf_counter()
        await queue.prepare(lines, plan.settle)
        await queue.open(lines, plan.at_once, self._counting("opening lines"))
        await queue.told("confirmed", lines, self._counting("confirming lines"))
        await queue.at_rest()
        opened_s = time.perf_counter() - begun
        peg_s = queue.peg_s()
        self._progress("the date moves", 0, 0)
        used = {name: cpu_seconds(pid) for name, pid in pids.items()}
        moved = await queue.move(lines)
        reviewing = asyncio.create_task(queue.at_rest())
        await queue.told("delayed", lines, self._counting("notices"))
        reviewed_at = await reviewing
        cpu = {name: cpu_seconds(pid) - used[name] for name, pid in pids.items()}
        reviewed_s, all_notices_s = (at - moved.started_at for at in (reviewed_at, queue.last_notice_at()))
        print(f"reviewed in {reviewed_s:.1f} s, all notices in {all_notices_s:.1f} s", file=sys.stderr)
        queue.check(lines)
        ran = await coordinator(self._client, queue.sku, moved.started_at)
        return Fanout(
            lines=lines,
            peg_s=peg_s,
            bare=(before, await self._plain("after")),
            coordinator=ran,
            opened_s=opened_s,
            written_s=moved.written_at - moved.started_at,
            reviewed_s=reviewed_s,
            told_s=ran.announced_at - moved.started_at,
            all_notices_s=all_notices_s,
            approved=moved.approved,
            cpu=cpu,
        )

    async def _plain(self, when: str) -> float:
        lines = min(self._plan.lines, BARE_AT_MOST)
        prefix, counting = f"{self._run}-bare-{when}", self._counting(f"plain signals, {when}", lines)
        return await signals_per_second(self._client, self._task_queue, prefix, lines, counting)

    def _counting(self, what: str, lines: int | None = None) -> OnCount:
        return lambda count: self._progress(what, count, lines or self._plan.lines)

    def _job(self) -> Job:
        return Job(
            address=self._client.service_client.config.target_host,
            database=self._plan.database,
            queue=self._task_queue,
            epoch=Clock().epoch.isoformat(),
            rate=1.0,
            sandbox=False,
            cached=Settings().max_cached_workflows,
        )


@asynccontextmanager
async def _services(url: str) -> AsyncIterator[Services]:
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
    services = open_services(Settings(database_url=url))
    try:
        yield services
    finally:
        services.close()


async def run(plan: Plan, progress: Show) -> Fanout:
    """One run, on a server of its own. SIGTERM ends it in good order, as Ctrl-C does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with temporal_server(plan.server_database) as (client, pid), _services(plan.database) as services:
        await register_search_attributes(client)
        return await Bench(plan, client, pid, services, progress).measure()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.fanout",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--lines", type=above_zero, default=1_000, help="lines that wait (1000)")
    add("--workers", type=above_zero, default=1, help="worker processes (1)")
    add("--at-once", type=above_zero, default=32, help="lines opened at once (32)")
    add("--settle", default="1s", help="how long the new date settles before it is told (1s)")
    add("--database", default="", help="URL of a database for this alone: PostgreSQL, SQLite (a new file)")
    add("--db-filename", help="where the Temporal server keeps its data (in memory)")
    add("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Measure and print; everything but the result goes to standard error."""
    asked, before = _arguments(), load()
    with tempfile.TemporaryDirectory(prefix="backorder-bench-") as folder:
        plan = Plan(
            lines=asked.lines,
            workers=asked.workers,
            at_once=asked.at_once,
            settle=asked.settle,
            database=asked.database or f"sqlite:///{folder}/bench.db",
            server_database=asked.db_filename,
        )
        shown, progress = bars(Console(stderr=True))
        try:
            with shown:
                found = asyncio.run(run(plan, progress))
        except BackorderError as error:
            print(error, file=sys.stderr)
            return 2
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("stopped before the end: there is no result", file=sys.stderr)
            return 130
    say_if_busy(before, Console(stderr=True))
    if asked.json:
        print(json.dumps(found.as_json()))
    else:
        show(found, Console())
    return 0


if __name__ == "__main__":
    leave(main())
