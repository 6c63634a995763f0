"""Running blocking work beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A pool of threads for database transactions and providers' SDKs, which block."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a blocking function on the pool and wait for its result."""
        loop = asyncio.get_running_loop()
        # With the activity's own context, so that what is logged over there names it.
        call = partial(copy_context().run, partial(function, *args, **kwargs))
        return await loop.run_in_executor(self._executor, call)
