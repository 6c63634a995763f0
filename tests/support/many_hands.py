"""Processes that work in one busy warehouse at once; then everything must add up."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.audit import faults
from tests.support.warehouse import Hand, furnish, open_warehouse

LONGEST_WAIT_S = 120.0
"""How long nobody may get anything done before the run is given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of a run. done: operations by kind. faults: what does not add up, and what went wrong."""

    database: str
    operations: int
    processes: int
    seconds: float
    per_second: float
    done: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def run(
    url: str, operations: int, processes: int, *, seed: int = 7, progress: Callable[[int], None] | None = None
) -> Result:
    """Let processes work on a migrated database, and check it afterwards."""
    furnish(url)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.warehouse"])
    news = context.Queue()
    start = context.Barrier(processes + 1)
    each = operations // processes
    workers = [
        context.Process(target=_work, args=(url, number, seed + number, each, start, news))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        start.wait(LONGEST_WAIT_S)
        began = time.perf_counter()
        adjusted, done, wrong = _collect(news, processes, progress)
        seconds = time.perf_counter() - began
    finally:
        for worker in workers:
            worker.join(LONGEST_WAIT_S)
            worker.kill()
    services = open_warehouse(url)
    wrong += faults(services.engine, adjusted)
    kind = services.engine.dialect.name
    services.close()
    return Result(
        database=kind,
        operations=each * processes,
        processes=processes,
        seconds=round(seconds, 2),
        per_second=round(each * processes / seconds, 1),
        done=dict(sorted(done.items())),
        faults=wrong,
    )


def _work(url: str, number: int, seed: int, count: int, start: Any, news: Any) -> None:
    try:
        hand = Hand(url, f"p{number}", seed)
        start.wait(LONGEST_WAIT_S)
        hand.work(count, lambda: news.put(1))
        news.put((hand.adjusted, hand.done, ""))
    except BaseException:
        start.abort()
        news.put((0, Counter(), traceback.format_exc()))
        raise


def _collect(
    news: Any, processes: int, progress: Callable[[int], None] | None
) -> tuple[int, Counter[str], list[str]]:
    adjusted, done, wrong = 0, Counter[str](), []
    while processes:
        said = news.get(timeout=LONGEST_WAIT_S)
        if said == 1:
            if progress is not None:
                progress(1)
            continue
        processes -= 1
        adjusted += said[0]
        done += said[1]
        wrong += [said[2]] if said[2] else []
    return adjusted, done, wrong
