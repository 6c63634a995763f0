"""Finding what a crash left behind between a commit and the waking that should have followed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from backorder.ports import After, Leftover, Wakes

AT_A_TIME = 50
"""Calls of a kind between two heartbeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """Look for what was left behind, as seen at two business instants.

    before: what is younger may still be under way. long_before: a line that was to be looked at earlier than
    this may have lost its workflow.
    """

    before: datetime
    long_before: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """started: lines whose workflow never began, or was ended by somebody while the line went on.

    woken: everybody else who was forgotten.
    """

    started: int
    woken: int


class Floor(Protocol):
    """Where things are left behind."""

    def lapse(self, now: datetime) -> After:
        """Give back what was set aside for too long."""
        ...

    def overslept(self, before: datetime) -> tuple[str, ...]:
        """Lines that were to be looked at before an instant and were not."""
        ...

    def leftover(self, before: datetime) -> Leftover:
        """What was left behind before an instant."""
        ...


class Starts(Protocol):
    """Starting the workflows of lines."""

    async def revive(self, backorder: str) -> bool:
        """Start a line's workflow again if it was terminated or has failed. Returns whether it was."""
        ...

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
        given_back = await self._threads.run(self._floor.lapse, ask.before)
        await self._wakes.wake(given_back)
        left = await self._threads.run(self._floor.leftover, ask.before)
        for backorder in left.unstarted:
            await self._starts.restart(backorder)
            activity.heartbeat()
        overslept = await self._threads.run(self._floor.overslept, ask.long_before)
        revived = 0
        for backorder in overslept:
            revived += await self._starts.revive(backorder)
            activity.heartbeat()
        for some in _portions(left.after):
            await self._wakes.wake(some)
            activity.heartbeat()
        after = left.after
        woken = sum(map(len, (after.people, after.backorders, after.skus, after.orders)))
        return Swept(started=len(left.unstarted) + revived, woken=woken)


def _portions(after: After) -> Iterator[After]:
    """The same people, lines, SKUs and orders, some at a time."""
    longest = max(map(len, (after.people, after.later, after.backorders, after.skus, after.orders)))
    for begin in range(0, longest, AT_A_TIME):
        some = slice(begin, begin + AT_A_TIME)
        yield After(
            people=after.people[some],
            later=after.later[some],
            backorders=after.backorders[some],
            skus=after.skus[some],
            orders=after.orders[some],
        )
