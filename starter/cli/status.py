"""`status`: how it all stands, at a glance."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from backorder.settings import Settings
from starter.cli.output import as_json_option, console, say_json
from starter.cli.params import Decimal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.services.services import Services
    from starter.status import Presence, Status

OVERDUE = timedelta(minutes=2)
"""Machine time after which something that is due and undone is a worry."""


@click.command()
@click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option(
    "--every", type=Decimal(0.5, 3600), default=2.0, help="Seconds between two looks of --watch. [2]"
)
@as_json_option
def status(watch: bool, every: float, as_json: bool) -> None:
    """Show how it all stands: lines, messages, channels, workers, and what is overdue.

    It only reads. Exit code 0 also where something is wrong; `backorder doctor` says what to do about it.
    """
    from starter.cli.session import opened
    from starter.status import view_of

    with opened() as session:
        if watch and not as_json:
            _watch(session.services, session.settings, every)
            return
        read = read_status(session.services, session.settings)
        while True:
            if as_json:
                say_json(asdict(view_of(read)), on_one_line=watch)
            else:
                console().print(picture(read))
            if not watch:
                return
            time.sleep(every)  # --watch: until the next look
            read = read_status(session.services, session.settings)


def read_status(services: Services, settings: Settings) -> Status:
    """Read it all; Temporal is left out while it is away."""
    import asyncio

    from starter.status import read_overview, status_of

    return status_of(read_overview(services), asyncio.run(_present(settings)))


async def _present(settings: Settings) -> Presence | str:
    """Who works, or why nobody knows."""
    from temporalio.service import RPCError

    from backorder.errors import SetupError
    from starter.mending import in_words
    from starter.status import presence
    from starter.temporal import connect

    try:
        return await presence(await connect(settings.data), settings.task_queue, settings.deployment)
    except SetupError as error:
        return str(error)
    except (RPCError, RuntimeError) as error:
        found = in_words(error)
        if found is None:
            raise
        return found.words


def _watch(services: Services, settings: Settings, every: float) -> None:
    from rich.live import Live

    with Live(console=console(), auto_refresh=False, screen=False) as live:
        while True:
            live.update(picture(read_status(services, settings)), refresh=True)
            time.sleep(every)  # --watch: until the next look


def picture(status: Status) -> RenderableType:
    """As people read it."""
    from rich import box
    from rich.console import Group
    from rich.panel import Panel

    from starter.cli import status_parts

    found = status.overview
    ways = status_parts.channels(
        found.channels,
        now=found.now,
        rate=found.rate,
        at=status.at,
        unrouted=(found.unrouted, found.unrouted_due),
    )
    parts = [
        status_parts.lines(status.overview),
        "",
        ways,
        "",
        status_parts.engine(status, overdue=OVERDUE),
        *(("", status_parts.versions(status.builds)) if status.builds else ()),
    ]
    good = not status_parts.worries(status, overdue=OVERDUE)
    title = "[bold green]● all is well[/]" if good else "[bold yellow]● something needs a look[/]"
    return Panel(
        Group(*parts),
        title=title,
        title_align="left",
        box=box.ROUNDED,
        border_style="green" if good else "yellow",
        padding=(1, 2),
        expand=False,
    )
