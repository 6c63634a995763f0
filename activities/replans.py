"""Pegging a SKU anew and telling the lines whose supply changed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from backorder.ports import After, Wakes

PAGE = 500
AT_ONCE = 100
"""Lines that are being woken at the same moment."""


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
    """Wake the lines of a SKU that have not looked at their supply yet, a page of them after an ID."""

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
        """Wake one page of lines; a repeated page starts where the last attempt came to."""
        start = ask.after
        details = activity.info().heartbeat_details
        if details:
            start = str(details[0])
        # One more than a page shows whether another page follows.
        lines = await self._threads.run(self._planner.unseen, ask.sku, after=start, limit=PAGE + 1)
        page = lines[:PAGE]
        await self._tell(page)
        return Announced(told=len(page), after=page[-1] if len(lines) > PAGE else "")

    async def _tell(self, page: Sequence[str]) -> None:
        """Wake lines, many at once; each heartbeat names the line up to which everybody was woken."""
        under_way: deque[tuple[str, asyncio.Task[None]]] = deque()

        async def first() -> None:
            line, waking = under_way.popleft()
            await waking
            activity.heartbeat(line)

        try:
            async with asyncio.TaskGroup() as wakings:
                for line in page:
                    if len(under_way) == AT_ONCE:
                        await first()
                    waking = wakings.create_task(self._wakes.wake(After(backorders=(line,))))
                    under_way.append((line, waking))
                while under_way:
                    await first()
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
