"""Workers in processes of their own, which a test can stop and kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.live_shop import LiveShop
from tests.support.waiting import DEADLINE_S

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A worker's process and what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def stop(self) -> None:
        """Ask it to finish what it is doing and go."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it in the middle of what it is doing."""
        self._process.kill()

    async def code(self) -> int:
        """Wait for its exit code; below zero for a signal."""
        return await asyncio.wait_for(self._process.wait(), DEADLINE_S)

    async def says(self, words: str) -> None:
        """Wait until it says something."""
        stream = self._process.stderr
        assert stream is not None
        while words not in (line := (await asyncio.wait_for(stream.readline(), DEADLINE_S)).decode()):
            assert line, f"the worker ended before it said {words!r}"


def settings(shop: LiveShop, **more: str) -> dict[str, str]:
    """The environment of a worker of this shop."""
    url = shop.services.engine.url.render_as_string(hide_password=False)
    mine = {
        "TEMPORAL_ADDRESS": shop.client.service_client.config.target_host,
        "BACKORDER_DATABASE_URL": url,
        "BACKORDER_TASK_QUEUE": shop.queue,
        "BACKORDER_DATA": str(Path(shop.services.engine.url.database or ".").parent),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BACKORDER_")}
    return inherited | mine | more


@asynccontextmanager
async def running(command: Sequence[str], environment: dict[str, str]) -> AsyncIterator[Process]:
    """A Python process; whatever happens it does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
