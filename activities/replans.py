"""Pegging a SKU anew and telling the lines whose supply changed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from backorder.ports import After, Wakes

PAGE = 500
"""Lines read at a time."""
AT_ONCE = 100
"""Lines that are being woken at the same moment."""
AT_A_TIME_S = 120.0
"""How long one activity goes on, so that it ends well within its time-out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replan:
    """Peg a SKU anew. at: the business instant."""

    sku: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanned:
    """lines: how many wait. changed: how many of them have another supply now."""

    lines: int
    changed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Announce:
    """Wake the lines of a SKU that have not looked at their supply yet, those after an ID."""

    sku: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Announced:
    """told: how many lines were woken. after: the last one's ID, "" when there are no more."""

    told: int
    after: str


class Planner(Protocol):
    """Pegging, in one transaction."""

    def replan(self, sku: str, at: datetime) -> tuple[int, int]:
        """Peg a SKU anew. Returns how many lines wait and how many of them have another supply now."""
        ...

    def unseen(self, sku: str, *, after: str, limit: int) -> list[str]:
        """Lines whose supply changed since their last review, in the order of their IDs."""
        ...


class Replans:
    """The activities of the replanning."""

    def __init__(self, planner: Planner, wakes: Wakes, threads: Threads) -> None:
        self._planner = planner
        self._wakes = wakes
        self._threads = threads

    @activity.defn
    async def replan(self, ask: Replan) -> Replanned:
        """Peg a SKU's queue to its supply."""
        lines, changed = await self._threads.run(self._planner.replan, ask.sku, ask.at)
        return Replanned(lines=lines, changed=changed)

    @activity.defn
    async def announce(self, ask: Announce) -> Announced:
        """Wake the lines, many at once; a repeated call starts where the last attempt came to.

        Each heartbeat names the line up to which everybody was woken. All of it is one activity as long as
        it can be: a second one would queue behind what the lines do that the first one has woken.
        """
        details = activity.info().heartbeat_details
        telling = _Telling(self._wakes)
        stop, start = time.monotonic() + AT_A_TIME_S, str(details[0]) if details else ask.after
        try:
            async with asyncio.TaskGroup() as wakings:
                async for line in self._unseen(ask.sku, start):
                    await telling.tell(line, wakings)
                    if time.monotonic() > stop:
                        return Announced(told=await telling.end(), after=line)
                return Announced(told=await telling.end(), after="")
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    async def _unseen(self, sku: str, after: str) -> AsyncIterator[str]:
        while True:
            page = await self._threads.run(self._planner.unseen, sku, after=after, limit=PAGE)
            for line in page:
                yield line
            if len(page) < PAGE:
                return
            after = page[-1]


class _Telling:
    """Wakes lines, a hundred at a time, without waiting for the slowest of each hundred."""

    def __init__(self, wakes: Wakes) -> None:
        self._wakes = wakes
        self._under_way: deque[tuple[str, asyncio.Task[None]]] = deque()
        self._told = 0

    async def tell(self, line: str, wakings: asyncio.TaskGroup) -> None:
        if len(self._under_way) == AT_ONCE:
            await self._first()
        waking = wakings.create_task(self._wakes.wake(After(backorders=(line,))))
        self._under_way.append((line, waking))

    async def end(self) -> int:
        """Wait for those under way. Returns how many were woken in all."""
        while self._under_way:
            await self._first()
        return self._told

    async def _first(self) -> None:
        line, waking = self._under_way.popleft()
        await waking
        self._told += 1
        activity.heartbeat(line)
