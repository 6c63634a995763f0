"""How a workflow that never ends waits for its next round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def pause(seconds: float | None, is_called: Callable[[], bool]) -> None:
    """Wait until somebody calls, at most that long; None: however long it takes. No time at all for 0."""
    if seconds == 0.0:
        return
    timeout = None if seconds is None else timedelta(seconds=seconds)
    try:
        await workflow.wait_condition(is_called, timeout=timeout)
    except TimeoutError:
        return
