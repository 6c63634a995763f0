"""Processes that receive, adjust, cancel and ship the same products at random; then everything must add up.

    python -m bench.allocation [--operations 20000] [--processes 8] [--databases sqlite postgresql] [--json]

Each handing out of units is checked against the queue inside its transaction, and all sums at the end.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.audit import faults
from bench.warehouse import Hand, furnish, open_warehouse
from tests.databases import KINDS, migrate, postgres_server

PATIENCE_S = 120.0
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
    context.set_forkserver_preload(["bench.warehouse"])
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
        start.wait(PATIENCE_S)
        began = time.perf_counter()
        adjusted, done, wrong = _collect(news, processes, progress)
        seconds = time.perf_counter() - began
    finally:
        for worker in workers:
            worker.join(PATIENCE_S)
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
        start.wait(PATIENCE_S)
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
        said = news.get(timeout=PATIENCE_S)
        if said == 1:
            if progress is not None:
                progress(1)
            continue
        processes -= 1
        adjusted += said[0]
        done += said[1]
        wrong += [said[2]] if said[2] else []
    return adjusted, done, wrong


@contextmanager
def database(kind: str) -> Iterator[str]:
    """A new database for a run."""
    if kind == "postgresql":
        with postgres_server() as server:
            yield server.create()
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'warehouse.db'}"
        migrate(url)
        yield url


def show(results: Sequence[Result]) -> Table:
    """The results for people."""
    table = Table(title="Allocation under many hands")
    for name in ("database", "processes", "operations", "seconds", "per second", "what went wrong"):
        table.add_column(name, justify="left" if name in ("database", "what went wrong") else "right")
    for result in results:
        numbers = (result.processes, result.operations, result.seconds, result.per_second)
        table.add_row(result.database, *map(str, numbers), "\n".join(result.faults) or "nothing")
    return table


def main() -> int:
    """Run on each kind of database. Exit code 1 if anything does not add up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    results = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for kind in args.databases:
            task = progress.add_task(kind, total=args.operations)
            with database(kind) as url:
                results.append(
                    run(
                        url,
                        args.operations,
                        args.processes,
                        seed=args.seed,
                        progress=lambda count, task=task: progress.advance(task, count),  # type: ignore[misc]
                    )
                )
    if args.json:
        print(json.dumps({"runs": [asdict(result) for result in results]}))
    else:
        Console().print(show(results))
    return 1 if any(result.faults for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
