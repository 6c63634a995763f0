"""Where plans, backtests and reports are worked out: one after the other, and so many that wait at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from starlette.requests import Request

from web.failures import HttpError

T = TypeVar("T")
MOST_WAITING = 4
"""Calls that wait for the one that is worked on; each may take 20 s."""
AGAIN_S = 10
"""After how many seconds one that found no place may ask again."""
_FULL = f"{1 + MOST_WAITING} plans, backtests or reports are asked for already; again in {AGAIN_S} s"
_HUNG_UP = "whoever asked hung up before it was worked on"


class PlanQueue:
    """The plans of one process: one is worked on, on a thread of its own, and others wait in their order.

    asked: how many are worked on or wait.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._pool = ThreadPoolExecutor(1, "plan")
        self._turn = asyncio.Lock()

    async def work(self, request: Request, function: Callable[[], T]) -> T:
        """Do it once those before it are done. Nothing is done for who has hung up meanwhile.

        Raises what `function` does, HttpError 503 where too many wait.
        """
        if self.asked > MOST_WAITING:
            raise HttpError(503, _FULL, {"retry-after": str(AGAIN_S)})
        self.asked += 1
        try:
            working = await self._begin(request, partial(copy_context().run, function))
        except BaseException:
            self.asked -= 1
            raise
        working.add_done_callback(self._end)
        # Who is answered before it is done leaves the thread at work, which stays taken until then.
        return await asyncio.shield(working)

    async def _begin(self, request: Request, run: Callable[[], T]) -> asyncio.Future[T]:
        await self._turn.acquire()
        try:
            if await request.is_disconnected():
                raise HttpError(503, _HUNG_UP)
            return asyncio.get_running_loop().run_in_executor(self._pool, run)
        except BaseException:
            self._turn.release()
            raise

    def _end(self, _working: object) -> None:
        self.asked -= 1
        self._turn.release()
