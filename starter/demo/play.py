"""Playing the season: a stack of its own, the world around it, and somebody who watches."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backorder.errors import SetupError
from backorder.settings import Settings
from starter.cli.output import console
from starter.demo.grants import Grants, StuckError
from starter.demo.logged import logged
from starter.demo.season import POLICIES, Season, read_season
from starter.embedded import Stack, embedded
from starter.embedded.signals import StoppedError, run

if TYPE_CHECKING:
    from starter.demo.show import Show

POLL_S = 0.03
LEAD = timedelta(days=2)
"""Business days before the season, in which the shop brings in what it has."""
DAY_S = 1.0
INTERRUPTED = 130


def run_demo(data: Path | None, day: float | None, port: int | None, svg: Path | None) -> int:
    """Play the season. Returns the exit code."""
    season, out = read_season(), console()
    settings = _settings(season, _folder(data))
    logging.basicConfig(filename=settings.data / "demo.log", level=logging.WARNING)
    try:
        good = run(_play(season, settings, day, port, svg, out))
    except StoppedError:
        out.print(
            f"[yellow]![/] stopped before the end; what happened so far is in {escape(str(settings.data))}"
        )
        return INTERRUPTED
    return 0 if good else 1


def _folder(data: Path | None) -> Path:
    if data is None:
        return Path(tempfile.mkdtemp(prefix="backorder-demo-"))
    if data.exists() and any(data.iterdir()):
        raise SetupError(
            f"{data} is not empty: the season needs a folder of its own; name a new one with --data"
        )
    data.mkdir(parents=True, exist_ok=True)
    return data.resolve()


def _settings(season: Season, data: Path) -> Settings:
    """Settings that nothing outside has a say in: whatever is set on this machine, nobody is written to."""
    return Settings(
        data=data, policies=POLICIES, shop_name=season.shop.name, shop_address=season.shop.address
    )


async def _play(
    season: Season, settings: Settings, day: float | None, port: int | None, svg: Path | None, out: Console
) -> bool:
    troubles: list[str] = []

    def say(words: str) -> None:
        logging.getLogger("backorder.demo").warning(words)
        troubles.append(words)

    begins = season.begins - LEAD

    with out.status("starting Temporal, the database and a worker …") as status:
        async with embedded(settings, day=day or DAY_S, begins=begins, port=port, say=say) as stack:
            from starter.demo.show import Show

            status.stop()
            show = Show(season, stack.ui, out, svg)
            await stack.during(_watched(season, stack, show))
            status.update("stopping …")
            status.start()
    return show.end(settings.data, [*troubles, *logged(stack.worker.log)])


async def _watched(season: Season, stack: Stack, show: Show) -> None:
    from starter.client import Backorders
    from starter.demo.observer import Observer
    from starter.demo.world import World

    client = Backorders(stack.client, stack.services, task_queue=stack.settings.task_queue)
    observer = Observer(stack.services, [story.line for story in season.stories])
    world, grants = World(season, client, show.tell), Grants(stack.services)
    with show:
        try:
            async with asyncio.TaskGroup() as acting:
                acting.create_task(world.open())
                while not show.is_over:
                    now = stack.now()
                    # In this order: what is done by now has left its news, to which somebody may react.
                    waits_for = await asyncio.to_thread(grants.waits_for, now)
                    lines, entry = await asyncio.to_thread(observer.observe, now)
                    for each in entry:
                        show.tell(each)
                        world.add(each)
                    world.act(now, acting)
                    show.see(lines, now)
                    if not waits_for and world.is_idle(now):
                        show.rest(world.is_done)
                        await asyncio.to_thread(grants.grant, now, world.acts_next())
                    await asyncio.sleep(POLL_S)
        except* StuckError as stuck:
            show.stuck(str(stuck.exceptions[0]))
