"""Watching lines: which message of which line was sent, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LATE_S = 90.0
"""How long a message may be overdue before the measurement is given up."""


class Line:
    """One lifecycle under way. told: messages so far. first_at: machine time of the first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told = 0
        self.started_at = 0.0
        self.first_at: float | None = None
        self._changed = asyncio.Event()

    def count_to(self, count: int, at: float) -> None:
        """Note messages."""
        self.told += count
        self.first_at = self.first_at or at
        self._changed.set()

    async def reaches(self, count: int) -> None:
        """Wait until so many messages were sent."""
        while self.told < count:
            self._changed.clear()
            await self._changed.wait()


class Observer:
    """All lines under way, by the ID of the workflow that sends their messages."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._relied_on: list[asyncio.Task[None]] = []
        self.on_message: Callable[[int], None] = lambda count: None

    def follow(self, speaker: str, name: str) -> Line:
        """Watch a line. speaker: the workflow that sends its messages."""
        line = self._lines[speaker] = Line(name)
        return line

    def count_to(self, speaker: str, count: int, at: float) -> None:
        """A worker says that messages were sent."""
        line = self._lines.get(speaker)
        if line is not None:
            line.count_to(count, at)
            self.on_message(count)

    def relies_on(self, task: asyncio.Task[None]) -> None:
        """Without this task nothing would be heard any more."""
        self._relied_on = [task]

    async def until(self, line: Line, count: int) -> None:
        """Wait for an overdue message. Raises RuntimeError if it does not come at all."""
        try:
            async with asyncio.timeout(LATE_S):
                await line.reaches(count)
        except TimeoutError:
            for task in self._relied_on:
                if task.done():
                    await task
            raise RuntimeError(
                f"{line.name} got {line.told} messages, and message {count} is {LATE_S:.0f} s late"
            ) from None
