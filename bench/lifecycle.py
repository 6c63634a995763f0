"""What a backorder costs from its order to its ending, beside a plain and a bare workflow.

python -m bench.lifecycle [--messages N] [--lifecycles N] [--rounds N] [--database URL] [--json]

All three kinds run on the same Temporal dev server, in the same worker process (as `worker.py` runs it:
unsandboxed, 16 threads) and on the same database, one after the other in each round.

- engine: real backorders through the typed client, outbox sender. On a fast clock the regular updates
  are `--pause` seconds apart; a shipment from outside, by an update, ends the line.
  Besides the N timer-driven messages it sends the first promise and the shipping notice.
- plain: per stage a timer, an activity for the email, one for the SMS (each writes a row to an outbox
  table), one that saves the status, a search-attribute upsert; a signal ends it.
- bare: per stage a timer and an empty activity; a signal ends it.

One line more is started now and then for as long as few of them wait for the machine (`--busy`), and one in
the place of each that ended, so that the machine is the limit for each kind, never the timers. Rates are
taken while lines of every age are under way; Actions, events and the time until the first message are those
of a few lines before that, on a machine with little to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
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
from bench.actions import Cost
from bench.baselines import METADATA, BareWorkflow, PlainWorkflow
from bench.kinds import Baseline, Engine, Kind, fast_clock
from bench.load import Load, Round
from bench.observer import Line, Observer
from bench.program import above_zero, leave
from bench.progress import Show, bars
from bench.quiet import load, say_if_busy
from bench.stack import temporal_server, worker_process
from bench.table import Figures, Report, show
from bench.worker_process import Job
from starter.temporal import register_search_attributes

FEW = 10
"""Lines of each kind that live on a machine with little to do: what they cost is what a line costs."""
SAMPLE = 8
"""Lines of the engine in each round whose histories are read: what a line costs on a full machine."""
A_DAY_S = 86_400.0
AT_ONCE = 12
"""Lines that are put to sleep at once: the memory of more threads would be counted as theirs."""
NAMES = ("engine", "plain", "bare")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is asked for. asleep: workflows in the cache when memory is measured."""

    messages: int
    lifecycles: int
    rounds: int
    pause_s: float
    busy: int
    asleep: int
    database: str
    server_database: str | None
    sandbox: bool


class Bench:
    """One run. run: what its IDs begin with, so that a database can be used again."""

    def __init__(self, plan: Plan, client: Client, server: int, services: Services, progress: Show) -> None:
        self._plan = plan
        self._client = client
        self._server = server
        self._services = services
        self._progress = progress
        self._run = f"b{secrets.token_hex(4)}"
        self._further = 0

    async def measure(self) -> Report:
        """Everything, one after the other."""
        plan = self._plan
        observer, clock = Observer(), fast_clock(datetime.now(UTC), plan.pause_s)
        queue = f"{self._run}-lives"
        kinds = self._kinds(clock, queue, "l", (plan.pause_s, plan.pause_s))
        async with worker_process(self._job(queue, clock), observer) as running:
            pids = {"server": self._server, "worker": running.pid, "client": os.getpid()}
            load = Load(observer, plan.messages, plan.pause_s, plan.busy, pids)
            self._progress("a few lines of each kind", 0, 0)
            calm = dict(
                zip(
                    NAMES,
                    await asyncio.gather(*(self._few(load, kinds[name]) for name in NAMES)),
                    strict=True,
                )
            )
            rounds: dict[str, list[Round]] = {name: [] for name in NAMES}
            for number in range(1, plan.rounds + 1):
                for name in NAMES:
                    rounds[name].append(await self._round(load, kinds[name], number))
            engine = kinds["engine"]
            self._progress("histories", 0, 0)
            replanning = await engine.replanning() if isinstance(engine, Engine) else Cost()
            costs = {name: await self._costs(kinds[name], calm[name]) for name in NAMES}
            loaded = [await self._costs(engine, _middle(each.lines)) for each in rounds["engine"]]
            sending = await engine.sending()
        memory = {name: await self._memory(name) for name in NAMES}
        figures = {name: _figures(rounds[name], costs[name], memory[name], calm[name]) for name in NAMES}
        lines = sum(len(each.lines) for each in rounds["engine"]) + FEW
        return Report(
            messages=plan.messages,
            pause_s=plan.pause_s,
            engine=figures["engine"],
            plain=figures["plain"],
            bare=figures["bare"],
            sending_total=sending.actions / lines,
            sending_actions=sending.actions / lines / (plan.messages + engine.opening + engine.closing),
            loaded_actions=statistics.median(own.actions for each in loaded for own in each),
            replan_actions=replanning.actions / lines,
            lines=lines,
            further=self._further,
        )

    def _kinds(self, clock: Clock, queue: str, phase: str, pauses: tuple[float, float]) -> dict[str, Kind]:
        client, services, stages = self._client, self._services, self._plan.messages
        engine = Engine(client, services, clock, queue, f"{self._run}{phase}")
        plain = Baseline(PlainWorkflow, client, services, queue, stages, pauses)
        bare = Baseline(BareWorkflow, client, services, queue, stages, pauses)
        return {"engine": engine, "plain": plain, "bare": bare}

    def _job(self, queue: str, clock: Clock) -> Job:
        return Job(
            address=self._client.service_client.config.target_host,
            database=self._plan.database,
            queue=queue,
            epoch=clock.epoch.isoformat(),
            rate=clock.rate,
            sandbox=self._plan.sandbox,
            cached=Settings().max_cached_workflows,
        )

    async def _few(self, load: Load, kind: Kind) -> list[Line]:
        """Lines on a machine with little to do."""
        await kind.prepare()
        lines = await load.few(kind, f"{self._run}l-{kind.name}-few", FEW, 0.4)
        self._further += await kind.check([line.name for line in lines], self._plan.messages)
        return lines

    async def _round(self, load: Load, kind: Kind, number: int) -> Round:
        what = f"round {number} of {self._plan.rounds}: {kind.name}"

        def on_message(done: int, total: int) -> None:
            self._progress(what, done, total)

        self._progress(what, 0, 0)
        await kind.prepare()
        found = await load.round(
            kind, f"{self._run}l-{kind.name}-{number}", self._plan.lifecycles, on_message
        )
        self._further += await kind.check([line.name for line in found.lines], self._plan.messages)
        return found

    async def _costs(self, kind: Kind, lines: Sequence[Line]) -> list[Cost]:
        return [await kind.costs(line.name) for line in lines]

    async def _memory(self, name: str) -> float:
        """KB that one more sleeping line takes in a worker of its own. Some lines come first, to warm it."""
        observer, clock, queue = Observer(), Clock(), f"{self._run}-asleep-{name}"
        kind = self._kinds(clock, queue, f"m-{name}", (0.01, A_DAY_S))[name]
        await kind.prepare()
        count = self._plan.asleep
        async with worker_process(self._job(queue, clock), observer) as running:
            await self._put_to_sleep(kind, observer, "warm", count // 4)
            before = await running.memory_kb()
            await self._put_to_sleep(kind, observer, "asleep", count)
            return (await running.memory_kb() - before) / count

    async def _put_to_sleep(self, kind: Kind, observer: Observer, prefix: str, count: int) -> None:
        what, slots = f"{kind.name}: memory", asyncio.Semaphore(AT_ONCE)
        asleep = 0

        async def one(line: Line) -> None:
            nonlocal asleep
            async with slots:
                await kind.start(line.name)
                await observer.until(line, 1)
            asleep += 1
            self._progress(what, asleep, count)

        names = [f"{self._run}m-{kind.name}-{prefix}-{number}" for number in range(count)]
        await asyncio.gather(*(one(observer.follow(kind.speaker(name), name)) for name in names))
        await asyncio.sleep(0.5)  # the last ones arm their timers


def _middle(lines: Sequence[Line]) -> Sequence[Line]:
    begin = max(0, len(lines) // 2 - SAMPLE // 2)
    return lines[begin : begin + SAMPLE]


def _figures(
    rounds: Sequence[Round], costs: Sequence[Cost], worker_kb: float, calm: Sequence[Line]
) -> Figures:
    return Figures(
        per_second=statistics.median(each.per_second for each in rounds),
        actions=statistics.median(each.actions for each in costs),
        events=statistics.median(each.events for each in costs),
        history_bytes=statistics.median(each.history_bytes for each in costs),
        worker_kb=worker_kb,
        first_message_s=statistics.median((line.first_at or 0.0) - line.started_at for line in calm),
        cpu_ms={name: 1000 * statistics.median(each.cpu[name] for each in rounds) for name in rounds[0].cpu},
        load=statistics.median(each.load for each in rounds),
        rounds=tuple(each.per_second for each in rounds),
    )


@asynccontextmanager
async def _services(url: str) -> AsyncIterator[Services]:
    """The database, brought to this version's schema, with the tables of the plain workflow."""
    engine = open_database(url)
    upgrade(engine)
    METADATA.create_all(engine)
    engine.dispose()
    services = open_services(Settings(database_url=url))
    try:
        yield services
    finally:
        METADATA.drop_all(services.engine)
        services.close()


async def run(plan: Plan, progress: Show) -> Report:
    """One run, on a server of its own. SIGTERM ends it in good order, as Ctrl-C does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with temporal_server(plan.server_database) as (client, pid), _services(plan.database) as services:
        await register_search_attributes(client)
        return await Bench(plan, client, pid, services, progress).measure()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.lifecycle",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--messages", type=above_zero, default=5, help="timer-driven messages of a lifecycle (5)")
    add("--lifecycles", type=above_zero, default=60, help="lifecycles that a round counts (60)")
    add("--rounds", type=above_zero, default=1, help="rounds; the medians count (1)")
    add("--pause", type=float, default=2.0, help="seconds between two messages of a line (2)")
    add("--busy", type=above_zero, default=24, help="lines that may wait for the machine at once (24)")
    add("--asleep", type=above_zero, default=300, help="cached workflows when memory is measured (300)")
    add("--database", default="", help="URL of a database for this alone: PostgreSQL, SQLite (a new file)")
    add("--db-filename", help="where the Temporal server keeps its data (in memory)")
    add("--sandbox", action="store_true", help="run all workflows in the sandbox")
    add("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Measure and print; everything but the result goes to standard error."""
    asked, before = _arguments(), load()
    with tempfile.TemporaryDirectory(prefix="backorder-bench-") as folder:
        plan = Plan(
            messages=asked.messages,
            lifecycles=asked.lifecycles,
            rounds=asked.rounds,
            pause_s=asked.pause,
            busy=asked.busy,
            asleep=asked.asleep,
            database=asked.database or f"sqlite:///{folder}/bench.db",
            server_database=asked.db_filename,
            sandbox=asked.sandbox,
        )
        shown, progress = bars(Console(stderr=True))
        try:
            with shown:
                report = asyncio.run(run(plan, progress))
        except BackorderError as error:
            print(error, file=sys.stderr)
            return 2
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("stopped before the end: there is no result", file=sys.stderr)
            return 130
    say_if_busy(before, Console(stderr=True))
    if asked.json:
        print(json.dumps(report.as_json()))
    else:
        show(report, Console())
    return 0


if __name__ == "__main__":
    leave(main())
