"""The fault runs, one row each, and how one is run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.support.fault_runs import machine_troubles as machine
from tests.support.fault_runs import provider_troubles as provider
from tests.support.fault_runs.story import Story
from tests.support.fault_runs.verdict import Figures, Reckoning
from tests.support.fault_runs.world import LONGEST_WAIT_S, World, open_world, until


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One kind of trouble. blows: how often it strikes, where it strikes as a whole.

    disk: mounts the folder of the database. settings: of the worker, beside the usual ones. lines: how many
    where nobody says. whole: each lives to its end. doubles: this is how it looks when they are not kept from
    happening, and without any the run has proved that it cannot see them.
    """

    name: str
    trouble: Callable[[World], Awaitable[None]]
    blows: int = 1
    database: Literal["sqlite", "postgresql"] = "sqlite"
    disk: Callable[[Path], AbstractContextManager[None]] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    lines: int = 60
    whole: bool = False
    doubles: bool = False

    @property
    def about(self) -> str:
        """What happens, in a line."""
        return (self.trouble.__doc__ or "").partition("\n")[0]


LATE = {"BACKORDER_SETTLING": "5s"}
"""Longer than any provider here takes a message after nobody waits for it any more."""
ALWAYS = 1_000_000
"""Blows of a run that strikes for as long as there is something to be told."""
RUNS = (
    Run(
        name="lives",
        lines=500,
        trouble=machine.workers_die_among_misbehaving_providers,
        blows=ALWAYS,
        settings=LATE,
        whole=True,
    ),
    Run(
        name="lives-pg",
        lines=500,
        trouble=machine.workers_die_among_misbehaving_providers,
        blows=ALWAYS,
        database="postgresql",
        settings=LATE,
        whole=True,
    ),
    Run(
        name="two",
        trouble=machine.two_workers_die_by_turns,
        blows=ALWAYS,
        database="postgresql",
        settings=LATE,
        whole=True,
    ),
    Run(name="stop", trouble=machine.a_worker_is_stopped, blows=3, database="postgresql"),
    Run(
        name="unsettled",
        trouble=provider.accepts_long_after,
        settings={"BACKORDER_SETTLING": "0s"},
        doubles=True,
    ),
    Run(name="late", trouble=provider.accepts_late, settings=LATE),
    Run(name="errors", trouble=provider.fails_and_hangs),
    Run(name="drip", trouble=provider.drips),
    Run(name="busy", trouble=provider.is_too_busy),
    Run(name="key", trouble=provider.refuses_the_key),
    Run(name="kill", trouble=machine.the_worker_is_killed, blows=8),
    Run(name="kill-outbox", trouble=machine.the_worker_of_the_outbox_is_killed, blows=8),
    Run(name="postgres", trouble=machine.the_database_crashes, blows=4, database="postgresql"),
    Run(name="disk", trouble=machine.the_disk_is_full, blows=2, disk=machine.small_disk),
    Run(name="share", trouble=machine.the_share_is_used_up, blows=2),
    Run(name="temporal", trouble=machine.temporal_is_killed, blows=4),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A run that is over. seconds: from the first order until all was well.

    calm: the same from the end of the trouble. blows: how often something was killed or stopped by lot.
    """

    run: Run
    lines: int
    seconds: float
    calm: float
    blows: int
    figures: Figures

    @property
    def good(self) -> bool:
        """Whether the run proves what it is to prove."""
        return bool(self.figures.twice) if self.run.doubles else self.figures.good


async def carry_out(
    run: Run, lines: int, seed: int, *, blows: int | None = None, grace_period: float = LONGEST_WAIT_S
) -> Ended:
    """Run it. blows: instead of its own. grace_period: seconds that all may take once trouble is over."""
    world = open_world(
        lines,
        seed,
        blows or run.blows,
        database=run.database,
        way="providers",
        settings=run.settings,
        disk=run.disk,
    )
    async with world as shop:
        story, begun = Story(shop, whole=run.whole), time.monotonic()
        reckoning = Reckoning(shop, story)
        await story.furnish()
        async with asyncio.TaskGroup() as together:
            together.create_task(_struck(run, shop))
            together.create_task(story.play())
        provider.over(shop)
        over = time.monotonic()
        with suppress(TimeoutError):  # the figures say what is missing
            await until("all is calm", reckoning.calm, grace_period)
        now = time.monotonic()
        return Ended(
            run=run,
            lines=lines,
            seconds=now - begun,
            calm=now - over,
            blows=len(shop.struck),
            figures=await reckoning.figures(),
        )


async def _struck(run: Run, world: World) -> None:
    await run.trouble(world)


def chosen(names: tuple[str, ...]) -> Iterator[Run]:
    """The runs of these names, all of them without any. Raises KeyError for an unknown one."""
    known = {each.name: each for each in RUNS}
    yield from (known[name] for name in names) if names else RUNS
