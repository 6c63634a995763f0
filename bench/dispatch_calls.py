"""Messages through a provider that takes its time, by shards and workers."""

from __future__ import annotations

import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.load import cpu_seconds
from bench.planned import waiting_shop
from tests.support.fault_runs.servers import Mortal, Temporal
from tests.support.fault_runs.world import sending, until
from tests.support.providers import Answer, Late, Request, SendGridFake, TwilioFake

UNTIL_S = 600.0
PLAIN = ("BACKORDER_", "TEMPORAL_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """One measurement. per_s: messages that the provider took in a second, from the first to the last.

    worker_ms: CPU of all workers for a message.
    """

    shards: int
    workers: int
    messages: int
    per_s: float
    worker_ms: float


class SlowSendGrid(SendGridFake):
    """Takes its time for each text, and notes when it had it."""

    def __init__(self, latency_s: float) -> None:
        super().__init__()
        self.taken_at: list[float] = []
        self.trouble = lambda request: Late(latency_s) if self.is_send(request) else None

    def judge(self, request: Request) -> Answer:
        """See `SendGridFake`."""
        answer = super().judge(request)
        if self.is_send(request) and answer.status < 300:
            self.taken_at.append(time.monotonic())
        return answer


async def calls(
    url: str, folder: Path, *, messages: int, shards: int, workers: int, latency_s: float
) -> Calls:
    """Plan the messages, then let the workers go at them. url: a migrated database for this alone."""
    async with AsyncExitStack() as stack:
        shop = stack.enter_context(waiting_shop(url, folder, messages, shards))
        shop.plan()
        mail = stack.enter_context(SlowSendGrid(latency_s))
        texts = stack.enter_context(TwilioFake())
        stack.callback(mail.release)
        temporal = Temporal(folder)
        stack.push_async_callback(temporal.kill)
        await temporal.start()
        environment = worker_environment(folder, url, temporal) | sending("providers", mail, texts)
        pids = await start_workers(stack, environment, folder, workers)
        await until("all were sent", lambda: len(mail.taken_at) >= messages, UNTIL_S)
        cpu = sum(cpu_seconds(pid) for pid in pids)
        took = mail.taken_at[-1] - mail.taken_at[0]
        if len({each.body["personalizations"][0]["to"][0]["email"] for each in mail.accepted}) != messages:
            raise RuntimeError("not everybody got one")
    return Calls(
        shards=shards,
        workers=workers,
        messages=messages,
        per_s=(messages - 1) / took,
        worker_ms=1000 * cpu / messages,
    )


async def start_workers(
    stack: AsyncExitStack, environment: dict[str, str], folder: Path, workers: int
) -> list[int]:
    """Start workers, which end with the stack. Returns their process IDs once all of them work."""
    running = [
        Mortal([sys.executable, "worker.py"], environment, folder / f"worker-{number}.log")
        for number in range(workers)
    ]
    for worker in running:
        stack.push_async_callback(worker.end)
        await worker.start()
    for worker in running:
        await worker.says("working on task queue")
    return [worker.pid for worker in running]


def worker_environment(folder: Path, url: str, temporal: Temporal) -> dict[str, str]:
    """Of a worker that does nothing but send: no sweep comes along while it is measured."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PLAIN)}
    return plain | {
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "BACKORDER_DATA": str(folder),
        "BACKORDER_DATABASE_URL": url,
        "BACKORDER_SWEEP_EVERY": "1h",
        "PYTHONUNBUFFERED": "1",
    }
