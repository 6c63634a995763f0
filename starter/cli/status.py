"""`status`: how it all stands, at a glance."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from backorder.settings import Settings
from starter.cli.output import as_json_option, console, say_json
from starter.cli.params import Decimal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.queries.overview import Overview
    from backorder.services.services import Services
    from starter.attendance import Attendance
    from starter.deployments import Build

OVERDUE = timedelta(minutes=2)
"""Machine time after which something that is due and undone is a worry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What is shown. away: why Temporal said nothing, "" if it did. at: machine time.

    builds: the versions of the workers, and what is open on each.
    """

    overview: Overview
    attendance: Attendance | None
    away: str
    at: datetime
    builds: Sequence[Build] = ()


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

    with opened() as session:
        if watch and not as_json:
            _watch(session.services, session.settings, every)
            return
        read = read_status(session.services, session.settings)
        while True:
            if as_json:
                say_json(_plain(read), on_one_line=watch)
            else:
                console().print(picture(read))
            if not watch:
                return
            time.sleep(every)  # --watch: until the next look
            read = read_status(session.services, session.settings)


def read_status(services: Services, settings: Settings) -> Status:
    """Read it all; Temporal is left out while it is away."""
    import asyncio

    from backorder.queries.overview import overview

    clock, now = services.clock(), datetime.now(UTC)
    found = overview(services.engine, clock.business(now), clock.rate)
    present, versions, away = asyncio.run(_present(settings))
    return Status(overview=found, attendance=present, away=away, at=now, builds=versions)


async def _present(settings: Settings) -> tuple[Attendance | None, Sequence[Build], str]:
    from temporalio.service import RPCError

    from backorder.errors import SetupError
    from starter.attendance import attendance
    from starter.deployments import builds
    from starter.mending import in_words
    from starter.temporal import connect

    try:
        client, queue = await connect(settings.data), settings.task_queue
        return await attendance(client, queue), await builds(client, queue, settings.deployment), ""
    except SetupError as error:
        return None, (), str(error)
    except (RPCError, RuntimeError) as error:
        found = in_words(error)
        if found is None:
            raise
        return None, (), found.words


def _watch(services: Services, settings: Settings, every: float) -> None:
    from rich.live import Live

    with Live(console=console(), auto_refresh=False, screen=False) as live:
        while True:
            live.update(picture(read_status(services, settings)), refresh=True)
            time.sleep(every)  # --watch: until the next look


def _plain(status: Status) -> dict[str, object]:
    from starter.cli.status_parts import lag

    found = asdict(status.overview)
    here = asdict(status.attendance) if status.attendance else {"queues": [], "swept": None, "paused": False}
    versions = {"versions": [asdict(each) for each in status.builds]}
    now, rate = status.overview.now, status.overview.rate
    late = lag(status.overview.unrouted_due, now, rate)
    ways = {
        "unrouted_lag_s": round(late.total_seconds(), 1) if late is not None else None,
    }
    return found | ways | {"at": status.at, "temporal": {"away": status.away} | here | versions}


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
