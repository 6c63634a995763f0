"""Waiting for what happens in its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

DEADLINE_S = 60.0
"""How long a test waits for something that happens within a second on an idle machine."""


async def until(
    what: str, condition: Callable[[], Any] | Callable[[], Awaitable[Any]], deadline_s: float = DEADLINE_S
) -> Any:
    """Wait until a condition holds, and return what it returned. Fails the test with `what` otherwise."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if loop.time() > end:
            raise AssertionError(f"it never came to this: {what}")
        await asyncio.sleep(0.02)


def holds(what: str, condition: Callable[[], Any], deadline_s: float = DEADLINE_S) -> None:
    """The same where nothing else runs in this thread meanwhile."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"it never came to this: {what}")
        time.sleep(0.01)  # between two looks at the condition
