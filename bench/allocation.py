"""Processes that receive, adjust, cancel and ship the same products at random; then everything must add up.

    python -m bench.allocation [--operations 5000] [--processes 8] [--databases sqlite postgresql] [--json]

Each handing out of units is checked against the queue inside its transaction, and all sums at the end.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.quiet import load, say_if_busy
from tests.support.databases import KINDS, migrate, postgres_server
from tests.support.many_hands import Result, run


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
    parser.add_argument("--operations", type=int, default=5_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    before, results = load(), []
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
        say_if_busy(before, Console())
    return 1 if any(result.faults for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
