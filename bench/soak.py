"""Fault runs: one kind of trouble each, over real HTTP, real processes and real servers.

python -m bench.soak [RUN ...] [--lines 60] [--seed 1]

After each run: lines of which everybody was told all there is to say, words that went twice, lines lost or
stuck, workflows that ran hot, units oversold. The exit code is 1 where one of them is not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.support.fault_runs.runs import RUNS, Ended, carry_out, chosen

WORDS = 20
"""Things that are wrong, of which each is said."""


def main() -> int:
    """Run what was asked for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("runs", nargs="*", metavar="RUN", help=", ".join(run.name for run in RUNS))
    parser.add_argument("--lines", type=int, default=60, help="order lines of a run [60]")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn by lot [1]")
    asked = parser.parse_args()
    if unknown := set(asked.runs) - {run.name for run in RUNS}:
        parser.error(f"there is no run {', '.join(sorted(unknown))}")
    console, ended = Console(), list[Ended]()
    for run in chosen(tuple(asked.runs)):
        console.print(f"{run.name}: {run.about}", style="bold")
        ended.append(asyncio.run(carry_out(run, asked.lines, asked.seed)))
        _say(console, ended[-1:])
    if len(ended) > 1:
        _say(console, ended)
    return int(not all(each.figures.good for each in ended))


def _say(console: Console, ended: Sequence[Ended]) -> None:
    table = Table("run", "lines", "told", "twice", "lost", "stuck", "hot", "oversold", "longest", "seconds")
    for each in ended:
        found = each.figures
        counts = (each.lines, found.told, found.twice, found.lost, found.stuck, found.hot, found.oversold)
        row = [each.run.name, *map(str, counts), str(found.longest), f"{each.seconds:.0f}"]
        table.add_row(*row, style=None if found.good else "red")
    console.print(table)
    if len(ended) == 1:
        for words in ended[0].figures.wrong[:WORDS]:
            console.print(f"  ✗ {words}", style="red", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
