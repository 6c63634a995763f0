"""`backorder demo`: a season of a shop, played on a stack of its own, and shown as it goes."""

from __future__ import annotations

from pathlib import Path

import click

from starter.cli.params import Whole
from starter.embedded.clock_rate import ClockRate


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder to keep everything in. [default: a temporary one]",
)
@click.option(
    "--day",
    type=ClockRate(),
    metavar="LENGTH",
    help="How long a business day lasts at least; the clock waits for what is not done. [default: 1s]",
)
@click.option(
    "--temporal-port",
    "port",
    type=Whole(1024, 65000),
    help="Temporal's port. [default: 7233, or the next free]",
)
@click.option("--svg", type=click.Path(path_type=Path, file_okay=False), help="Keep pictures in this folder.")
def demo(data: Path | None, day: float | None, port: int | None, svg: Path | None) -> None:
    """Watch a season of backorders in a minute.

    Eight order lines live through an autumn on a real Temporal server, a database and a worker, with a clock
    on which a day lasts a second: suppliers slip, goods arrive, customers answer, everybody hears. Nothing
    leaves this machine. Exit code 1 if a line's ending or its customer's messages are not those of its story,
    or if the worker ended or logged an error.
    """
    from starter.demo.play import run_demo

    raise SystemExit(run_demo(data, day, port, svg))
