"""What can be killed and started again: Temporal and the worker."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from starter.embedded.child import PARENT_DEATH_GUARD
from starter.temporal import register_search_attributes
from tests.support.temporal import TIMERS_ON_TIME

ROOT = Path(__file__).resolve().parents[3]
LONGEST_WAIT_S = 120.0
"""How long anything may take to come up on a busy machine."""


class Mortal:
    """A process that is killed and started again, and never outlives this one. log: where its words go."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self._command = command
        self._environment = dict(environment)
        self._process: Process | None = None
        self._said = 0

    async def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it; what it said before is forgotten. environment: what changes in its own from now on."""
        self._environment |= environment or {}
        self._said = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(PARENT_DEATH_GUARD), str(os.getpid())),
                *self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def words(self) -> str:
        """What it has said since it was started."""
        with self.log.open("rb") as log:
            log.seek(self._said)
            return log.read().decode("utf-8", "replace")

    @property
    def pid(self) -> int:
        """Its process ID. Raises RuntimeError if it was never started."""
        if self._process is None:
            raise RuntimeError("it was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    async def says(self, words: str) -> None:
        """Wait until it has said something. Raises RuntimeError with its last words if it ends before."""
        async with asyncio.timeout(LONGEST_WAIT_S):
            while words not in self.words:
                if not self.running:
                    raise RuntimeError(f"it ended before it said {words!r}: {self.words[-2000:]}")
                await asyncio.sleep(0.05)

    def stop(self) -> None:
        """Let it do nothing, until it goes on; nobody is told."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on where it was stopped, as if nothing had happened."""
        os.kill(self.pid, signal.SIGCONT)

    async def end(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal, if it runs, and wait for its end."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(number)
        try:
            await asyncio.wait_for(self._process.wait(), LONGEST_WAIT_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class Temporal:
    """A dev server that keeps everything in a file, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        binary = str(Path(sys.executable).with_name("temporal"))
        options = ["--headless", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "error"]
        options += ["--dynamic-config-value", TIMERS_ON_TIME, "--db-filename", str(folder / "temporal.db")]
        self._server = Mortal([binary, "server", "start-dev", *options], os.environ, folder / "temporal.log")

    async def start(self) -> Client:
        """Start it, and wait until it answers."""
        await self._server.start()
        async with asyncio.timeout(LONGEST_WAIT_S):
            while True:
                if not self._server.running:  # its port is not free again yet
                    await self._server.start()
                try:
                    client = await Client.connect(self.address)
                    await register_search_attributes(client)
                    return client
                except (RuntimeError, RPCError):
                    await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """End it in the middle of what it does."""
        await self._server.end()
