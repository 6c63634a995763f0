"""How fast messages go: through a provider that takes its time, and into the database beside reviews.

python -m bench.dispatch [--messages N] [--shards 1,2,4] [--workers 1,2] [--latency 0.05] [--json]

- calls: so many messages are due; workers (as `worker.py` runs them) send them through the SendGrid SDK, over
  real HTTP, to a provider on loopback that takes 50 ms for each. Messages a second from the first to the
  last, for each number of shards and of workers.
- stored: lines are reviewed at a pace (`--per-second`), each of which plans one message, while one worker
  files what was planned in the database. How long reviews take beside it, and how long messages wait.

The first is measured on SQLite and the second on PostgreSQL, or both on what `--database` says.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

if not __package__:
    # Run as a file: what lies beside it must not hide what lies at the root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from rich.table import Table

from bench.dispatch_calls import Calls, calls
from bench.dispatch_stored import Stored, stored
from bench.program import leave
from bench.quiet import load, say_if_busy
from tests.support.databases import migrate, postgres_server

REVIEWS_MS, STORED_PER_S = 120.0, 150.0
"""What reviews may take beside as many messages a second, 99 of 100 of them."""
Make = Callable[[Path], str]


@contextmanager
def databases(kind: str) -> Iterator[Make]:
    """New migrated databases of a kind, each in a folder or on one server."""
    if kind == "postgresql":
        with postgres_server(mortal=True) as server:
            yield lambda folder: server.create()
        return
    yield _file


def _file(folder: Path) -> str:
    url = f"sqlite:///{folder / 'backorder.db'}"
    migrate(url)
    return url


def _calls(asked: argparse.Namespace) -> Iterator[Calls]:
    with databases(asked.database or "sqlite") as make:
        for shards in asked.shards:
            for workers in asked.workers:
                with tempfile.TemporaryDirectory(prefix="backorder-bench-") as name:
                    folder = Path(name)
                    yield asyncio.run(
                        calls(
                            make(folder),
                            folder,
                            messages=asked.messages,
                            shards=shards,
                            workers=workers,
                            latency_s=asked.latency,
                        )
                    )


def _stored(asked: argparse.Namespace) -> Stored:
    count = round(asked.seconds * asked.per_second)
    with (
        databases(asked.database or "postgresql") as make,
        tempfile.TemporaryDirectory(prefix="backorder-bench-") as name,
    ):
        folder = Path(name)
        return asyncio.run(stored(make(folder), folder, count=count, shards=2, per_s=asked.per_second))


def _numbers(text: str) -> list[int]:
    numbers = [int(each) for each in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError("each must be 1 or more")
    return numbers


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.dispatch",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--messages", type=int, default=600, help="messages of a measurement with a provider (600)")
    add("--shards", type=_numbers, default=[1, 2, 4], help="numbers of shards (1,2,4)")
    add("--workers", type=_numbers, default=[1, 2], help="numbers of workers (1,2)")
    add("--latency", type=float, default=0.05, help="seconds that the provider takes (0.05)")
    add("--per-second", type=float, default=STORED_PER_S, help="reviews a second beside stored ones (150)")
    add("--seconds", type=float, default=30.0, help="how long that goes on (30)")
    add("--database", choices=("sqlite", "postgresql"), help="one for both measurements")
    add("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def show(through: list[Calls], filed: Stored, console: Console) -> None:
    """Two tables."""
    table = Table("shards", "workers", "messages a second", "worker CPU, ms a message", box=None)
    for each in through:
        table.add_row(str(each.shards), str(each.workers), f"{each.per_s:.0f}", f"{each.worker_ms:.1f}")
    console.print(table)
    table = Table("stored in the database", "found", "target", box=None)
    table.add_row("messages planned a second", f"{filed.planned:.0f}", f"{filed.asked:.0f}")
    table.add_row("messages filed a second", f"{filed.filed:.0f}", f"{filed.asked:.0f}")
    table.add_row("reviews, median", f"{filed.review_p50_ms:.0f} ms", "")
    table.add_row("reviews, 99 of 100", f"{filed.review_p99_ms:.0f} ms", f"under {REVIEWS_MS:.0f} ms")
    table.add_row("from planned to filed, median", f"{filed.lag_p50_s:.2f} s", "")
    table.add_row("from planned to filed, 99 of 100", f"{filed.lag_p99_s:.2f} s", "")
    table.add_row("worker CPU", f"{filed.worker_ms:.1f} ms a message", "")
    console.print(table)


def main() -> int:
    """Measure and print; everything but the result goes to standard error."""
    asked, before = _arguments(), load()
    through, filed = list(_calls(asked)), _stored(asked)
    say_if_busy(before, Console(stderr=True))
    if asked.json:
        print(json.dumps({"calls": [asdict(each) for each in through], "stored": asdict(filed)}))
    else:
        show(through, filed, Console())
    return 0


if __name__ == "__main__":
    leave(main())
