"""Answers that take long, and are the same for all who ask at about the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
SHARED_S = 2.0
"""How long an answer is given to all who ask."""


class SharedAnswer(Generic[T]):
    """An answer that is asked for once by all who want it at about the same time."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[T] | None = None
        self._until = 0.0

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer on its way, or of the last seconds, or a new one. Raises what `ask` does."""
        asking = self._asking
        if asking is None or (asking.done() and time.monotonic() >= self._until):
            asking = self._asking = asyncio.ensure_future(self._ask(ask))
        # Who hangs up takes the answer from nobody else.
        return await asyncio.shield(asking)

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await ask()
        finally:
            self._until = time.monotonic() + SHARED_S
