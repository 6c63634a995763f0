"""`backorder up`: everything on this machine, out of one data folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starter.cli.params import Whole
from starter.embedded.clock_rate import ClockRate
from starter.embedded.port_locks import port as free_port

if TYPE_CHECKING:
    from rich.console import Console

    from backorder.settings import Settings


PORT = 8000


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder that everything is kept in. [default: BACKORDER_DATA, or ./backorder-data]",
)
@click.option(
    "--day",
    type=ClockRate(),
    metavar="LENGTH",
    help="How long a business day lasts, such as 2s; a folder keeps its clock for good. [default: real time]",
)
@click.option(
    "--port",
    type=Whole(0, 65535),
    help="The port of HTTP; 0: any free one. [default: 8000, or the next free]",
)
@click.option(
    "--temporal-port", type=Whole(1024, 65000), help="Temporal's port. [default: 7233, or the next free]"
)
def up(data: Path | None, day: float | None, port: int | None, temporal_port: int | None) -> None:
    """Run everything on this machine: Temporal with its pages, the database, a worker, the HTTP API.

    All of it lives in one folder, and goes on where it stopped when it is started again. It runs until Ctrl-C
    or a SIGTERM and stops in order; a second one hurries.
    """
    from backorder.settings import read_settings
    from starter.cli.output import console
    from starter.embedded.signals import StoppedError, run

    settings = read_settings()
    if data is not None:
        settings = settings.model_copy(update={"data": data})
    out = console()
    try:
        with free_port(port, PORT) as web:
            run(_serve(settings, day, web, temporal_port, out))
    except StoppedError:
        out.print("[green]✓[/] stopped; the same command goes on from here")


async def _serve(
    settings: Settings, day: float | None, web: int, temporal_port: int | None, out: Console
) -> None:
    from rich.markup import escape

    from starter.embedded import embedded

    def say(words: str) -> None:
        out.print(f"[yellow]![/] {escape(words)}", soft_wrap=True)

    with out.status("starting Temporal, the database, a worker and the HTTP API …") as status:
        async with embedded(settings, day=day, port=temporal_port, web=web, say=say) as stack:
            await stack.ready()
            keys = await stack.first_keys()
            from starter.embedded.status_screen import screen, while_away

            status.stop()
            out.print(screen(stack, keys))
            try:
                await stack.during(asyncio.Event().wait())
            finally:
                for words in while_away(stack):
                    say(words)
                status.update("stopping: the worker finishes what is under way …")
                status.start()
