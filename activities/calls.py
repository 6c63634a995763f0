"""Calls to providers: each with a deadline over all of it, on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def call_within(seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function and wait for its result, so long and no longer. Raises TimeoutError.

    After that nobody waits for it, whatever its thread still does: a provider that answers with one byte a
    second would hold a thread of a pool for hours.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def record(result: T | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # of T, where nothing was raised

    def run() -> None:
        result, error = None, None
        try:
            result = function(*args, **kwargs)
        except Exception as raised:  # noqa: BLE001 whoever waits gets it
            error = raised
        try:
            loop.call_soon_threadsafe(record, result, error)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=run, name="call", daemon=True).start()
    return await asyncio.wait_for(done, seconds)
