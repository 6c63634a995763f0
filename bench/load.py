"""Letting many lines live at once: as many as keep the machine busy, without queues behind it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.kinds import Kind
from bench.observer import Line, Observer

NOW_AND_THEN_S = 0.15
"""One more line starts this often for as long as few wait: a shop that fills in about the time of a life."""
REFUSALS = 10
"""The machine is full once a line more was refused so often."""
OVERFULL = 2
"""So many times the limit may wait before lines that end are not replaced any more."""
_TICKS = os.sysconf("SC_CLK_TCK")


class Throttle:
    """Counts the lines that wait for the machine, and lets new ones start.

    A line that sleeps on its timer does not count, so that the same limit keeps the machine equally busy
    with lines that cost much and with lines that cost little. One more line starts now and then while few
    wait, and one in the place of each that ended: lines that are held back and then start in a herd would
    grow old together, and leave the machine idle in turn.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._busy = 0
        self._ended = 0
        self._refused = 0
        self._grows_at = 0.0
        self._moved = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether the machine has as many lines as it can keep up with."""
        return self._refused >= REFUSALS

    async def enter(self) -> None:
        """Count a new line, once there is room for it."""
        while not self._has_room():
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._grows_at - time.monotonic())):
                    self._moved.clear()
                    await self._moved.wait()
        self.join()

    def _has_room(self) -> bool:
        """At once in the place of a line that ended; for one line more, now and then."""
        if self._ended:
            self._ended -= 1
            return True
        if (now := time.monotonic()) < self._grows_at:
            return False
        self._grows_at = now + NOW_AND_THEN_S
        if self._busy < self._limit:
            return True
        self._refused += 1
        return False

    def join(self) -> None:
        """Count a line whose next message fell due."""
        self._busy += 1

    def leave(self) -> None:
        """A line sleeps again, or is over."""
        self._busy -= 1

    def end(self) -> None:
        """A line ended: another one takes its place, unless far too many wait."""
        if self._busy < OVERFULL * self._limit:
            self._ended += 1
            self._moved.set()


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Machine time and the CPU seconds used so far, by process."""

    at: float
    cpu: dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What one round of one kind showed.

    lines: every line that lived. per_second: lifecycles, each message of which counts for its part. cpu: CPU
    seconds of a lifecycle, by process. load: share of all cores that these processes used.
    """

    lines: list[Line]
    per_second: float
    cpu: dict[str, float]
    load: float


class Load:
    """Runs rounds of lifecycles. pids: the processes whose CPU time is read, by name."""

    def __init__(
        self, observer: Observer, stages: int, pause_s: float, busy: int, pids: dict[str, int]
    ) -> None:
        self._observer = observer
        self._stages = stages
        self._pause_s = pause_s
        self._busy = busy
        self._pids = pids

    async def round(
        self, kind: Kind, prefix: str, count: int, on_message: Callable[[int, int], None]
    ) -> Round:
        """Time `count` lifecycles, message by message, while the machine is full of lines of every age.

        That is the case once half of the lines have ended that lived when the machine was full.
        Lines are started until the last message is counted, and all of them live to their end.
        """
        throttle, lines, ends = Throttle(self._busy), list[Line](), 0
        moments, messages, wanted, young = list[Moment](), 0, count * self._stages, sys.maxsize

        def ended() -> None:
            nonlocal ends, young
            ends += 1
            throttle.end()
            if throttle.full:
                young = min(young, (len(lines) + ends) // 2)
            if ends > young and not moments:
                moments.append(self._moment())

        def sent() -> None:
            nonlocal messages
            if len(moments) == 1:
                messages += 1
                on_message(messages // self._stages, count)
                if messages == wanted:
                    moments.append(self._moment())

        async with _together() as lives:
            while len(moments) < 2:
                await throttle.enter()
                name = f"{prefix}-{len(lines)}"
                line = self._observer.follow(kind.speaker(name), name)
                lines.append(line)
                lives.create_task(self._live(kind, line, throttle, sent, ended))
        return _round(lines, moments[0], moments[1], count)

    async def few(self, kind: Kind, prefix: str, count: int, every_s: float) -> list[Line]:
        """Let a few lines live on a machine that has little else to do."""
        throttle, lines = Throttle(count + 1), list[Line]()
        async with _together() as lives:
            for number in range(count):
                name = f"{prefix}-{number}"
                line = self._observer.follow(kind.speaker(name), name)
                lines.append(line)
                await throttle.enter()
                lives.create_task(self._live(kind, line, throttle, lambda: None, lambda: None))
                await asyncio.sleep(every_s)
        return lines

    async def _live(
        self, kind: Kind, line: Line, throttle: Throttle, sent: Callable[[], None], ended: Callable[[], None]
    ) -> None:
        """One lifecycle; the line is past the throttle already."""
        line.started_at = time.time()
        await kind.start(line.name)
        told = kind.opening
        await self._observer.until(line, told)
        for _ in range(self._stages):
            told += 1
            await self._sleep(line, told, throttle)
            sent()
        await kind.end(line.name)
        ended()
        await self._observer.until(line, told + kind.closing)
        throttle.leave()

    async def _sleep(self, line: Line, count: int, throttle: Throttle) -> None:
        """Wait for the next message: away from the throttle until it falls due."""
        throttle.leave()
        try:
            async with asyncio.timeout(self._pause_s):
                await line.reaches(count)
            throttle.join()
        except TimeoutError:
            throttle.join()
            await self._observer.until(line, count)

    def _moment(self) -> Moment:
        cpu = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        return Moment(at=time.time(), cpu=cpu)


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks of which the first one to fail ends all, with its own error."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several


def _round(lines: list[Line], begin: Moment, end: Moment, count: int) -> Round:
    seconds = end.at - begin.at
    used = {name: end.cpu[name] - begin.cpu[name] for name in end.cpu}
    return Round(
        lines=lines,
        per_second=count / seconds,
        cpu={name: each / count for name, each in used.items()},
        load=sum(used.values()) / seconds / (os.cpu_count() or 1),
    )


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, of all its threads."""
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / _TICKS
