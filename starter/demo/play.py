"""Playing the season: a stack of its own, the world around it, and somebody who watches."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backorder.errors import SetupError
from backorder.settings import Settings
from starter.cli.output import console
from starter.demo.season import POLICIES, Season, read_season
from starter.embedded import Stack, embedded
from starter.embedded.signals import StoppedError, run

if TYPE_CHECKING:
    from starter.demo.show import Show
    from starter.demo.world import World

LOOK_S = 0.2
LEAD_DAYS = 2.0
"""Business days before the season, in which the worker comes up and the shop brings in what it has."""
USUAL_S, LONGEST_S = 1.0, 1.6
QUICK_START_S = 5.0
"""A stack that takes longer to come up than this is on a busy machine."""
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
    def say(words: str) -> None:
        logging.getLogger("backorder.demo").warning(words)

    begins, started = season.begins - timedelta(days=LEAD_DAYS), time.monotonic()

    def pace() -> float:
        """A busy machine gets longer days: what takes it a second must not take a day."""
        return min(LONGEST_S, max(USUAL_S, (time.monotonic() - started) / QUICK_START_S))

    with out.status("starting Temporal, the database and a worker …") as status:
        async with embedded(settings, day=day or pace, begins=begins, port=port, say=say) as stack:
            from starter.demo.show import Show

            status.stop()
            show = Show(season, stack.ui, out, svg)
            await stack.during(_watched(season, stack, show))
            status.update("stopping …")
            status.start()
    return show.end(settings.data)


async def _watched(season: Season, stack: Stack, show: Show) -> None:
    from starter.client import Backorders
    from starter.demo.watch import Watch
    from starter.demo.world import World

    client = Backorders(stack.client, stack.store, clock=stack.clock, task_queue=stack.settings.task_queue)
    watch = Watch(stack.store, stack.clock, [story.line for story in season.stories])
    world = World(season, client, show.tell)
    acting = asyncio.ensure_future(_act(world))
    try:
        with show:
            while not show.is_over():
                if acting.done():
                    acting.result()
                now = stack.now()
                lines, news = await asyncio.to_thread(watch.look, now)
                for each in news:
                    show.tell(each)
                    world.hear(each)
                show.see(lines, now)
                await asyncio.sleep(LOOK_S)
    finally:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)


async def _act(world: World) -> None:
    await world.open()
    await world.live()
