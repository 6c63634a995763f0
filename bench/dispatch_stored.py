"""Messages that stay in the database, planned at a pace by reviews beside the dispatchers."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from backorder.domain.clock import Clock
from backorder.storage.engine import reading
from backorder.storage.tables import messages
from bench.dispatch_calls import UNTIL_S, start_workers, worker_environment
from bench.load import cpu_seconds
from bench.planned import THREADS, WaitingShop, waiting_shop
from starter.temporal import TemporalNotifier
from tests.support.fault_runs.servers import Temporal
from tests.support.fault_runs.world import until

TASK_QUEUE = "backorder"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One measurement. asked, planned, filed: messages a second. Reviews in milliseconds, each from the
    instant at which it was to begin, so that waiting for a thread counts. lag_s: from planning to filing,
    the median and the 99th percentile. worker_ms: CPU of the worker for a message.
    """

    messages: int
    asked: float
    planned: float
    filed: float
    review_p50_ms: float
    review_p99_ms: float
    lag_p50_s: float
    lag_p99_s: float
    worker_ms: float


async def stored(url: str, folder: Path, *, count: int, shards: int, per_s: float) -> Stored:
    """Review lines at a pace while a worker files their messages. url: a migrated database for this alone."""
    async with AsyncExitStack() as stack:
        shop = stack.enter_context(waiting_shop(url, folder, count, shards))
        temporal = Temporal(folder)
        stack.push_async_callback(temporal.kill)
        client = await temporal.start()
        (pid,) = await start_workers(stack, worker_environment(folder, url, temporal), folder, 1)
        before, begun = cpu_seconds(pid), time.monotonic()
        took = await _reviews(shop, TemporalNotifier(client, Clock(), TASK_QUEUE), per_s)
        planned_s = time.monotonic() - begun
        await until("all were filed", lambda: shop.sent() >= count, UNTIL_S)
        cpu = cpu_seconds(pid) - before
        filed = _filed(shop)
    lags = sorted((recorded - created).total_seconds() for created, recorded in filed)
    last = max(recorded for _, recorded in filed) - min(created for created, _ in filed)
    return Stored(
        messages=count,
        asked=per_s,
        planned=count / planned_s,
        filed=count / last.total_seconds(),
        review_p50_ms=1000 * _share(took, 0.5),
        review_p99_ms=1000 * _share(took, 0.99),
        lag_p50_s=_share(lags, 0.5),
        lag_p99_s=_share(lags, 0.99),
        worker_ms=1000 * cpu / count,
    )


async def _reviews(shop: WaitingShop, notifier: TemporalNotifier, per_s: float) -> list[float]:
    """Review every line, at a pace. Returns what each took, in seconds, in order of length."""
    took: list[float] = []
    loop, begun = asyncio.get_running_loop(), time.monotonic()

    async def one(id: str, at: float) -> None:
        after = await loop.run_in_executor(threads, shop.review, id)
        took.append(time.monotonic() - at)
        if after.shards:
            await notifier.notify(after)

    with ThreadPoolExecutor(THREADS) as threads:
        async with asyncio.TaskGroup() as reviews:
            for number, id in enumerate(shop.lines):
                at = begun + number / per_s
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                reviews.create_task(one(id, at))
    return sorted(took)


def _filed(shop: WaitingShop) -> list[tuple[datetime, datetime]]:
    query = select(messages.c.created_at, messages.c.recorded_at).where(messages.c.state == "sent")
    with reading(shop.services.engine) as connection:
        rows: list[Any] = list(connection.execute(query))
    return [(row.created_at, row.recorded_at) for row in rows]


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
