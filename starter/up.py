"""`backorder up`: everything on this machine, out of one data folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starter.embedded.pace import Pace

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console, RenderableType
    from rich.table import Table

    from backorder.settings import Settings
    from starter.embedded import Stack

HOUR_S = 3600


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder that everything is kept in; BACKORDER_DATA or ./backorder-data without it.",
)
@click.option(
    "--day",
    type=Pace(),
    metavar="LENGTH",
    help="How long a business day lasts, such as 2s. A folder keeps its clock; real time without it.",
)
@click.option(
    "--port", type=click.IntRange(1024, 65000), help="Temporal's port; 7233 or the next free one without it."
)
def up(data: Path | None, day: float | None, port: int | None) -> None:
    """Run everything on this machine: Temporal with its pages, the database, a worker.

    All of it lives in one folder and goes on where it stopped when it is started again. It runs until Ctrl-C
    or a SIGTERM, and stops in order; a second one hurries.
    """
    from backorder.settings import read_settings
    from starter.cli.output import console
    from starter.embedded.signals import StoppedError, run

    settings = read_settings()
    if data is not None:
        settings = settings.model_copy(update={"data": data})
    out = console()
    try:
        run(_serve(settings, day, port, out))
    except StoppedError:
        out.print(f"[green]✓[/] stopped; everything is in {settings.data}, and `backorder up` goes on from there")


async def _serve(settings: Settings, day: float | None, port: int | None, out: Console) -> None:
    from starter.embedded import embedded

    def say(words: str) -> None:
        out.print(f"[yellow]![/] {escape(words)}")

    with out.status("starting Temporal, the database and a worker …") as status:
        async with embedded(settings, day=day, port=port, say=say) as stack:
            await stack.ready()
            status.stop()
            out.print(_panel(stack))
            try:
                await stack.during(asyncio.Event().wait())
            finally:
                status.update("stopping: the worker finishes what is under way …")
                status.start()


def _panel(stack: Stack) -> RenderableType:
    from rich import box
    from rich.console import Group
    from rich.panel import Panel

    body = Group(_where(stack), "", *_ran_on(stack), "[dim]Try next[/]", _next(stack))
    title = "[bold green]● Backorder is up[/]"
    return Panel(body, title=title, title_align="left", box=box.ROUNDED, border_style="green", padding=(1, 2))


def _where(stack: Stack) -> Table:
    settings = stack.settings
    beside = "" if settings.database_url else f"\n[dim]{escape(str(settings.data / 'backorder.db'))}[/]"
    ways = {settings.email, settings.sms}
    outbox = "kept in the outbox; nothing leaves this machine"
    rows = {
        "Data": f"[bold]{escape(str(settings.data))}[/]",
        "Database": f"{make_url(settings.database).get_backend_name()}{beside}",
        "Temporal": f"{stack.temporal}   pages at [link={stack.ui}][cyan]{stack.ui}[/][/link]",
        "Business time": f"{stack.now():%a %-d %b %Y, %H:%M} UTC   [dim]{pace(stack.clock)}[/]",
        "Lines": _lines(stack),
        "Messages": outbox if ways == {"outbox"} else f"email by {settings.email}, SMS by {settings.sms}",
        "Logs": "[dim]worker.log and temporal.log in the data folder[/]",
        "Stop": f"Ctrl-C, or [bold]kill {os.getpid()}[/]",
    }
    return _grid(rows)
