"""The worker of a measurement, in a process of its own: `python -m bench.worker_process JOB`.

It hosts the engine's workflows and those it is measured against, with one set of options. On its standard
output it says "ready", then a line for each message: workflow ID or person, messages sent, machine time. A
line "memory" on its standard input is answered with "memory" and kilobytes; the end of the input stops it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Worker,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from activities.threads import Threads
from backorder.domain.clock import Clock
from backorder.ports import Batch, Notify
from backorder.services.dispatch_messages import MessageDispatch
from backorder.services.services import open_services
from backorder.settings import Settings
from bench.baselines import BareWorkflow, PlainActivities, PlainWorkflow, nothing
from bench.program import leave
from starter.interpreter import tune
from starter.temporal import TemporalNotifier
from workflows.ids import dispatch_id
from workflows.runner import LightRunner, WithoutHeaders


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What to work on. epoch, rate: the clock. cached: workflows kept in memory at most."""

    address: str
    database: str
    queue: str
    epoch: str
    rate: float
    sandbox: bool
    cached: int

    @property
    def clock(self) -> Clock:
        """How business time runs."""
        return Clock(epoch=datetime.fromisoformat(self.epoch), rate=self.rate)

    def dump(self) -> str:
        """As it is handed to the process."""
        return json.dumps(asdict(self))


class Reporting(Interceptor):
    """Says when a message was sent, or a stage was done, so that nobody has to look for it."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """See the SDK."""
        return _Reporter(next)


class _Reporter(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        result = await super().execute_activity(input)
        info = activity.info()
        count = _messages(info.activity_type)
        if count is not None:
            REPORTS.say(f"{info.workflow_id} {count} {time.time()}")
        return result


def _messages(name: str) -> int | None:
    """Messages that an activity stands for; 0 for one that is under way, None for no message at all."""
    return {"nothing": 1, "email": 0, "save": 1}.get(name)


class _Reports:
    """The pipe for what this process says; anything else that is printed goes to standard error.

    The SDK's native part writes its warnings to standard output, past Python.
    """

    def __init__(self) -> None:
        self._pipe: TextIO = sys.stdout

    def take_over(self) -> None:
        """Keep the pipe for the reports alone."""
        self._pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def say(self, line: str) -> None:
        """Say one line, at once."""
        self._pipe.write(line + "\n")
        self._pipe.flush()


REPORTS = _Reports()


class _Dispatch:
    """The dispatch of messages, which says whose was filed."""

    def __init__(self, dispatch: MessageDispatch) -> None:
        self._dispatch = dispatch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dispatch, name)

    def batch(self, *args: Any, **more: Any) -> Batch:
        """See `MessageDispatch.batch`."""
        found = self._dispatch.batch(*args, **more)
        for person in found.stored:
            REPORTS.say(f"{person} 1 {time.time()}")
        return found


async def _begin_dispatchers(client: Client, job: Job, shards: Sequence[int]) -> None:
    """On this worker's queue: those of the worker before work on another one."""
    for shard in shards:
        with suppress(RPCError):
            await client.get_workflow_handle(dispatch_id(shard)).terminate()
    await TemporalNotifier(client, job.clock, job.queue).notify(Notify(shards=tuple(shards)))


def memory_kb(engine: Engine) -> int:
    """Resident memory of this process, after everything that is not needed was given back.

    That includes connections to the database, each of which keeps pages of it on SQLite.
    """
    engine.dispose()
    gc.collect()
    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


async def work(job: Job) -> None:
    """Work until the input ends."""
    settings = Settings(database_url=job.database)
    services = open_services(settings)
    services.__dict__["dispatch"] = _Dispatch(services.dispatch)
    client = await Client.connect(job.address, runtime=_quiet())
    await _begin_dispatchers(client, job, services.dispatch.shards())
    with ThreadPoolExecutor(settings.threads, thread_name_prefix="activity") as executor:
        threads = Threads(executor)
        plain = PlainActivities(services.engine, threads)
        engine = worker.activities(client, services, job.clock, worker.senders(settings), threads, job.queue)
        calls = worker.sending(client, job.queue, engine)
        async with (
            calls,
            Worker(
                client,
                task_queue=job.queue,
                workflows=[*worker.WORKFLOWS, PlainWorkflow, BareWorkflow],
                activities=[*engine, plain.email, plain.sms, plain.save, nothing],
                workflow_runner=SandboxedWorkflowRunner() if job.sandbox else LightRunner(),
                max_cached_workflows=job.cached,
                max_concurrent_activities=settings.threads,
                max_concurrent_local_activities=worker.TRANSACTIONS_AT_ONCE,
                max_concurrent_workflow_tasks=2 * worker.TRANSACTIONS_AT_ONCE,
                interceptors=[Reporting(), WithoutHeaders()],
            ),
        ):
            tune()
            REPORTS.say("ready")
            await _answer(services.engine)
    services.close()


def _quiet() -> Runtime:
    """On a full machine the SDK would warn of every slow workflow task."""
    level = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=level)))


async def _answer(engine: Engine) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if line.strip() == b"memory":
            REPORTS.say(f"memory {memory_kb(engine)}")


if __name__ == "__main__":
    REPORTS.take_over()
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(work(Job(**json.loads(sys.argv[1]))))
    leave(0)
