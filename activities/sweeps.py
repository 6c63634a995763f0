"""Finding what a crash left behind between a commit and the waking that should have followed it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from backorder.ports import After, Leftover, Wakes

log = logging.getLogger(__name__)
AT_A_TIME = 20
"""Calls of a kind between two heartbeats."""
COMPARED = 100
"""Open lines that one sweep compares with Temporal, whether they seem to be in trouble or not: a line that
sleeps for months, or for ever, would not be missed otherwise."""

BEAT_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """Look for what was left behind, as seen at two business instants.

    before: what is younger may still be under way. long_before: a line that was to be looked at earlier than
    this may have lost its workflow. after: the open line at which the last sweep stopped comparing.
    """

    before: datetime
    long_before: datetime
    after: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """started: lines whose workflow never began, or was ended by somebody while the line went on.

    woken: everybody else who was forgotten. after: the open line at which comparing stopped, "" at the end.
    """

    started: int
    woken: int
    after: str = ""


class Floor(Protocol):
    """Where things are left behind."""

    def lapse(self, now: datetime) -> After:
        """Give back what was set aside for too long."""
        ...

    def overslept(self, before: datetime) -> tuple[str, ...]:
        """Lines that were to be looked at before an instant and were not."""
        ...

    def open_lines(self, after: str, limit: int) -> tuple[str, ...]:
        """Open lines in the order of their IDs, those that come after one."""
        ...

    def leftover(self, before: datetime) -> Leftover:
        """What was left behind before an instant."""
        ...

    def retune(self, now: datetime) -> None:
        """Choose the forecast's parameters anew if that is due, which may take a minute."""
        ...


class Starts(Protocol):
    """Starting the workflows of lines."""

    async def revive(self, backorder: str) -> bool:
        """Start a line's workflow unless it runs: an open row decides. Returns whether it was started."""
        ...

    async def hear(self, backorder: str) -> None:
        """Let a line that has ended hear what it has not heard yet."""
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
        overslept = await self._threads.run(self._floor.overslept, ask.long_before)
        compared = await self._threads.run(self._floor.open_lines, ask.after, COMPARED)
        started = 0
        for some in _some(dict.fromkeys((*left.unstarted, *overslept, *compared))):
            started += sum(await asyncio.gather(*map(self._revive, some)))
            activity.heartbeat()
        for some in _some(left.ended):
            await asyncio.gather(*map(self._hear, some))
            activity.heartbeat()
        for portion in _portions(left.after):
            await self._wakes.wake(portion)
            activity.heartbeat()
        after = left.after
        await _beating(self._threads.run(self._floor.retune, ask.before))
        woken = sum(map(len, (after.people, after.backorders, after.skus, after.orders, left.ended)))
        if started or woken:
            log.info(
                "swept: %s started, %s woken", started, woken, extra={"started": started, "woken": woken}
            )
        return Swept(started=started, woken=woken, after=compared[-1] if len(compared) == COMPARED else "")

    async def _revive(self, backorder: str) -> bool:
        """One line whose workflow cannot be started stops no other."""
        try:
            return await self._starts.revive(backorder)
        except Exception:
            log.exception("%s could not be started", backorder, extra={"backorder": backorder})
            return False

    async def _hear(self, backorder: str) -> None:
        """One line that cannot hear stops no other."""
        try:
            await self._starts.hear(backorder)
        except Exception:
            log.exception("%s could not be looked at", backorder, extra={"backorder": backorder})


def _some(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    every = tuple(lines)
    for begin in range(0, len(every), AT_A_TIME):
        yield every[begin : begin + AT_A_TIME]


async def _beating(work: Awaitable[None]) -> None:
    """Wait for something long, and say every few seconds that it goes on."""
    waiting = asyncio.ensure_future(work)
    while not (await asyncio.wait({waiting}, timeout=BEAT_S))[0]:
        activity.heartbeat()
    await waiting


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
