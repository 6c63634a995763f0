"""Working until the work is done or somebody says stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(Exception):
    """Somebody said stop, and everything was taken down in order."""


def run(work: Coroutine[object, object, T]) -> T:
    """Do the work. A signal to stop cancels it, so that it can clear up; a second one hurries that.

    Raises StoppedError after a signal, and what the work raises.
    """

    async def main() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        for number in STOP:
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            raise StoppedError from None

    return asyncio.run(main())
