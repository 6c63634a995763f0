"""The benches: `python -m bench` lists them, `python -m bench.NAME` runs one."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

BENCHES: Mapping[str, tuple[str, str]] = {
    "lifecycle": ("a line from its order to its ending, beside a plain and a bare workflow", "4 minutes"),
    "fanout": ("one supplier's date moves under 1,000 waiting lines", "2 minutes"),
    "dispatch": ("messages through a slow provider, by shards and workers; and stored ones", "5 minutes"),
    "imports": ("files of order lines, beside plain starts of workflows", "3 minutes"),
    "simulate": ("10,000 lines played through 90 days by the pure core", "a minute"),
    "pegging": ("the queue of 100,000 lines pegged to 1,000 supplies", "seconds"),
    "forecast": ("fitting and forecasting a shop's orders; --large: 500,000", "seconds"),
    "demand": (
        "reading three years of sales of 100,000 products and forecasting their demand; --data: its loss",
        "a minute",
    ),
    "allocation": ("eight processes at the same few products; every sum is checked", "2 minutes"),
    "contention": (
        "two servers under 32 clients on PostgreSQL; every sum is checked",
        "3 minutes",
    ),
    "writes": ("starts and imports over HTTP, beside plain starts of workflows", "a minute"),
    "reads": ("case, list, search and availability over HTTP from 20,000 backorders", "3 minutes"),
    "duties": ("a season of lines under law, on the domain's simulator", "seconds"),
    "soak": (
        "fault runs over real processes, two kinds of trouble; `make soak`: all, in 40 minutes",
        "2 minutes",
    ),
}
"""What each measures, and how long its default run takes on two quiet cores."""


def main() -> None:
    """List them."""
    table = Table(box=None, pad_edge=False)
    for heading in ("python -m bench.NAME", "measures", "takes"):
        table.add_column(heading, overflow="fold")
    for name, (what, takes) in BENCHES.items():
        table.add_row(f"[cyan]{name}[/]", what, takes)
    Console().print(table)


if __name__ == "__main__":
    main()
