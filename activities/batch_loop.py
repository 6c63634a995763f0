"""The loop of a dispatcher's activity: batch after batch, calls beside them, until nothing is left to do."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Generic, TypeVar

from temporalio import activity

from backorder.failures import passes

CallT = TypeVar("CallT")
DoneT = TypeVar("DoneT")
BatchT = TypeVar("BatchT")
OPEN_S = 60.0
"""How long one activity goes on claiming."""
CALLS_S = 120.0
"""How long it goes on while calls are under way: one that hangs must not keep others from going."""
BETWEEN_S = 0.2
"""Between two batches, so that what comes in meanwhile goes with the next one."""
TOGETHER_S = 0.03
"""How long a call that came back waits for the others, so that one batch takes as many as there are slots."""
LINGER_S = 5.0
"""How long it goes on looking after there was nothing more: whoever makes something due then calls nobody."""
AGAIN_S = 1.0
"""How soon outcomes are written down again that could not be, because the database was away."""


class BatchLoop(ABC, Generic[CallT, DoneT, BatchT]):
    """One run of the activity. linger: see `LINGER_S`.

    calls: those under way, each with what it carries. done: what came of others, and is not written down yet.
    """

    def __init__(self, linger: float) -> None:
        self.linger = linger
        self.begun = time.monotonic()
        self.calls: dict[asyncio.Task[DoneT], CallT] = {}
        self.done: list[DoneT] = []

    @abstractmethod
    async def write(self, done: tuple[DoneT, ...], *, claim: bool) -> BatchT:
        """Write down what came of calls, and claim what comes next."""

    @abstractmethod
    async def go_on(self, batch: BatchT, done: tuple[DoneT, ...], claimed: float) -> None:
        """Make the calls of a batch that is written, and wake whom it concerns.

        claimed: the monotonic instant before the one from which its leases count.
        """

    @abstractmethod
    def found(self, batch: BatchT) -> bool:
        """Whether there was anything to do."""

    @abstractmethod
    def hurries(self, batch: BatchT) -> bool:
        """Whether there is more to do at once."""

    @abstractmethod
    async def sleep(self) -> float | None:
        """Go to sleep, unless something is due: 0. Returns machine seconds, None for until called."""

    def breath(self) -> float:
        """Machine seconds between two batches that follow each other at once."""
        return 0.0

    def between(self) -> float:
        """Machine seconds until the next batch, at most."""
        return BETWEEN_S

    async def run(self) -> float | None:
        """Batch after batch. Returns the pause, in machine seconds, None for until somebody calls."""
        idle_since: float | None = None
        while True:
            claims = self._goes_on()
            batch = await self._batch(claim=claims)
            if not claims and not self.calls and not self.done:
                return 0.0
            if batch is not None and not self.found(batch) and not self.calls:
                idle_since = idle_since or time.monotonic()
                if time.monotonic() - idle_since >= self.linger:
                    pause = await self.sleep()
                    if pause != 0.0:
                        return pause
            else:
                idle_since = None
            await self._rest(batch)

    def call(self, work: Coroutine[object, object, DoneT], carries: CallT) -> None:
        """Make a call beside the next batches."""
        self.calls[asyncio.create_task(work)] = carries

    def give_up(self) -> None:
        """Nobody waits any more for the calls under way; who looks at them next finds their claims."""
        for call in self.calls:
            call.cancel()

    def _goes_on(self) -> bool:
        if activity.in_activity() and activity.is_worker_shutdown():
            return False
        seconds = time.monotonic() - self.begun
        return seconds < OPEN_S or (bool(self.calls) and seconds < CALLS_S)

    async def _batch(self, *, claim: bool) -> BatchT | None:
        """One batch. None: the database is away, and there are outcomes to write as soon as it is back."""
        for call in [call for call in self.calls if call.done()]:
            del self.calls[call]
            self.done.append(call.result())
        claimed, done = time.monotonic(), tuple(self.done)
        try:
            batch = await self.write(done, claim=claim)
        except Exception as error:
            if passes(error) and (done or self.calls) and time.monotonic() - self.begun < CALLS_S:
                return None
            raise
        del self.done[: len(done)]
        await self.go_on(batch, done, claimed)
        return batch

    async def _rest(self, batch: BatchT | None) -> None:
        """Until the next batch: at once where there is more to do, soon after calls came back otherwise."""
        if batch is None:
            await asyncio.sleep(AGAIN_S)
        elif self.hurries(batch):
            await asyncio.sleep(self.breath())
        elif self.calls:
            calls, first = list(self.calls), asyncio.FIRST_COMPLETED
            back, away = await asyncio.wait(calls, timeout=self.between(), return_when=first)
            if back and away:
                await asyncio.wait(away, timeout=TOGETHER_S)
        else:
            await asyncio.sleep(min(self.between(), self.linger))
