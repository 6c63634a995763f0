"""Finding what a crash left behind between a commit and the waking that should have followed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from backorder.ports import Leftover, Wakes


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """Look for what was left behind. before: the business instant; what is younger may still be under way."""

    before: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """started: lines whose workflow never began. woken: everybody else who was forgotten."""

    started: int
    woken: int


class Floor(Protocol):
    """Where things are left behind."""

    def leftover(self, before: datetime) -> Leftover:
        """What was left behind before an instant."""
        ...


class Starts(Protocol):
    """Starting the workflows of lines."""

    async def restart(self, backorder: str) -> None:
        """Start a line's workflow; one that runs already is left alone."""
        ...


class Sweeps:
    """The activity of the sweep."""

    def __init__(self, floor: Floor, starts: Starts, wakes: Wakes, threads: Threads) -> None:
        self._floor = floor
        self._starts = starts
        self._wakes = wakes
        self._threads = threads

    @activity.defn
    async def sweep(self, ask: Sweep) -> Swept:
        """Start and wake whoever was forgotten."""
        left = await self._threads.run(self._floor.leftover, ask.before)
        for backorder in left.unstarted:
            await self._starts.restart(backorder)
        await self._wakes.wake(left.after)
        woken = len(left.after.people) + len(left.after.backorders) + len(left.after.skus)
        return Swept(started=len(left.unstarted), woken=woken)
