"""Fault runs: one kind of trouble each, over real HTTP, real processes and real servers.

python -m bench.soak [RUN ...|all] [--lines 60] [--seed 1] [--json]

Without a name two runs that take two minutes together; `make soak` takes all of them.

After each run: lines of which everybody was told all there is to say, those of which a person was called
(hand), what people were told twice or in the wrong order, lines lost or stuck, what ran hot, units oversold
(over), the events of the longest line, how often something was killed or stopped by lot (blows), and seconds:
all in all, and from the end of the trouble until all was well. The exit code is 1 where one of them is not as
it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench.quiet import load, say_if_busy
from tests.support.fault_runs.runs import RUNS, Ended, carry_out, chosen

ALL = "all"
FEW = ("key", "kill")
WORDS = 20
"""Things that are wrong, of which each is said."""
WELL_AGAIN_S = 80.0
"""A minute after leases and look-ups have passed, which take 20 s in these runs."""
COLUMNS = (
    *("run", "told", "hand", "twice", "order", "lost", "stuck", "hot", "over", "events", "blows"),
    *("s", "well"),
)
"""Figures of a run, in words that leave room for all of them on a line."""


def main() -> int:
    """Run what was asked for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").split("\n")[0])
    names = ", ".join(run.name for run in RUNS)
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"all, or some of {names} [{' '.join(FEW)}]")
    parser.add_argument("--lines", type=int, help="order lines of a run [60]")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn by lot [1]")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    before = load()
    if unknown := set(asked.runs) - {run.name for run in RUNS} - {ALL}:
        parser.error(f"there is no run {', '.join(sorted(unknown))}")
    console, ended = Console(stderr=asked.json), list[Ended]()
    for run in chosen(() if ALL in asked.runs else tuple(asked.runs) or FEW):
        console.print(f"{run.name}: {run.about}", style="bold")
        ended.append(asyncio.run(carry_out(run, asked.lines or run.lines, asked.seed)))
        _say(console, ended[-1:])
    if len(ended) > 1:
        _say(console, ended)
    say_if_busy(before, console)
    if asked.json:
        print(json.dumps({"load": before, "runs": [_plain(each) for each in ended]}))
    return int(not all(map(_as_it_should_be, ended)))


def _as_it_should_be(ended: Ended) -> bool:
    return ended.good and ended.calm <= WELL_AGAIN_S


def _plain(ended: Ended) -> dict[str, object]:
    rest = {
        "seconds": ended.seconds,
        "calm": ended.calm,
        "blows": ended.blows,
        "good": _as_it_should_be(ended),
    }
    return {"run": ended.run.name, "lines": ended.lines, **asdict(ended.figures), **rest}


def _say(console: Console, ended: Sequence[Ended]) -> None:
    table = Table(*COLUMNS, box=None, padding=(0, 1, 0, 0))
    for each in ended:
        found = each.figures
        told = (f"{found.told}/{each.lines}", found.handed_over, found.twice, found.disordered, found.lost)
        rest = (found.stuck, found.hot, found.oversold, found.longest, each.blows)
        row = [each.run.name, *map(str, told + rest), f"{each.seconds:.0f}", f"{each.calm:.0f}"]
        table.add_row(*row, style=None if _as_it_should_be(each) else "red")
    console.print(table)
    if len(ended) == 1:
        for words in ended[0].figures.wrong[:WORDS]:
            console.print(f"  ✗ {words}", style="red", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
