"""Pegging a SKU anew and telling the lines whose supply changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import Notifier, Notify, Replanned

log = logging.getLogger(__name__)
PAGE = 500
"""Lines read at a time."""
AT_ONCE = 200
"""Lines that are being woken at the same moment."""
NOTE_S = 1.0
"""How often Temporal hears how far the calling has come."""
AT_A_TIME_S = 120.0
"""How long one activity goes on, so that it ends well within its time-out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replan:
    """Peg a SKU anew. at: the business instant."""

    sku: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifyLines:
    """Wake the lines of a SKU that have not looked at their supply yet, those after an ID."""

    sku: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notified:
    """told: how many lines were woken. after: the last one's ID, "" when there are no more."""

    told: int
    after: str


class Planner(Protocol):
    """Pegging, in one transaction."""

    def replan(self, sku: str, at: datetime) -> Replanned:
        """Peg a SKU anew."""
        ...

    def put_aside(self, sku: str, error: Exception) -> None:
        """Note that a SKU cannot be pegged. Raises the error where the machine is to blame for it."""
        ...

    def unnotified(self, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
        """Lines that have to look and were not called to do so, with the version of their supply.

        In the order of their IDs, those after an ID.
        """
        ...

    def notified(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        """These lines were called to look at these versions of their supply."""
        ...


class Replans:
    """The activities of the replanning."""

    def __init__(self, planner: Planner, notifier: Notifier, threads: Threads, timing: Timing) -> None:
        self._planner = planner
        self._notifier = notifier
        self._threads = threads
        self._timing = timing

    @activity.defn
    async def replan_sku(self, ask: Replan) -> Replanned:
        """Peg a SKU's queue to its supply. One that cannot be pegged waits for the sweep."""
        done = await self._threads.run(self._replan, ask)
        log.info(
            "replanned %s: %d of %d lines moved",
            ask.sku,
            done.changed,
            done.lines,
            extra={"sku": ask.sku, "lines": done.lines, "changed": done.changed},
        )
        return done

    def _replan(self, ask: Replan) -> Replanned:
        try:
            return self._planner.replan(ask.sku, self._timing.moment(ask.at).at)
        except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
            self._planner.put_aside(ask.sku, error)
            return Replanned(lines=0, changed=0, unnotified=False)

    @activity.defn
    async def notify_lines(self, ask: NotifyLines) -> Notified:
        """Wake the lines, many at once; a repeated call starts where the last attempt came to.

        Each heartbeat names the line up to which everybody is known to be woken. All of it is one activity
        as long as it can be: a second one would queue behind what the lines do that the first one has woken.
        """
        details = activity.info().heartbeat_details
        stop, start = time.monotonic() + AT_A_TIME_S, str(details[0]) if details else ask.after
        telling = _Telling(ask.sku, start, self._planner, self._notifier, self._threads)
        try:
            async with asyncio.TaskGroup() as wakings:
                async for line, version in self._uncalled(ask.sku, start):
                    await telling.tell(line, version, wakings)
                    if time.monotonic() > stop:
                        return Notified(told=await telling.end(), after=line)
                return Notified(told=await telling.end(), after="")
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    async def _uncalled(self, sku: str, after: str) -> AsyncIterator[tuple[str, int]]:
        while True:
            page = await self._threads.run(self._planner.unnotified, sku, after=after, limit=PAGE)
            for line in page:
                yield line
            if len(page) < PAGE:
                return
            after, _ = page[-1]


class _Telling:
    """Notifier lines, many at once, without waiting for the slowest of each lot."""

    def __init__(self, sku: str, after: str, planner: Planner, notifier: Notifier, threads: Threads) -> None:
        self._sku = sku
        self._noted = after
        self._planner = planner
        self._notifier = notifier
        self._threads = threads
        self._under_way: deque[tuple[str, int, asyncio.Task[Collection[str]]]] = deque()
        self._woken: list[tuple[str, int]] = []
        self._told = 0
        self._heard = 0.0

    async def tell(self, line: str, version: int, wakings: asyncio.TaskGroup) -> None:
        if len(self._under_way) == AT_ONCE:
            await self._first()
        waking = wakings.create_task(self._notifier.notify(Notify(backorders=(line,))))
        self._under_way.append((line, version, waking))

    async def end(self) -> int:
        """Wait for those under way. Returns how many were woken in all."""
        while self._under_way:
            await self._first()
        await self._note()
        return self._told

    async def _first(self) -> None:
        line, version, waking = self._under_way.popleft()
        if not await waking:  # where nobody was there to be called, the sweep finds out why
            self._woken.append((line, version))
        if len(self._woken) == AT_ONCE:
            await self._note()
        if time.monotonic() > self._heard + NOTE_S:
            self._heard = time.monotonic()
            activity.heartbeat(self._noted)

    async def _note(self) -> None:
        """Write down who was called, so that the next replanning does not call them again."""
        woken, self._woken = self._woken, []
        if woken:
            await self._threads.run(self._planner.notified, self._sku, woken)
            self._told += len(woken)
            self._noted, _ = woken[-1]
