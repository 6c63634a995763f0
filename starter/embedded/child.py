"""One process of the stack."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backorder.errors import SetupError

PARENT_DEATH_GUARD = Path(__file__).with_name("parent_death_guard.py")
TO_CORRECT = 2
"""The exit code of a process that cannot start until a person corrects something."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
TAIL = 12


class Child:
    """A process that writes to a log of its own, never outlives this one, and is started again when it dies.

    It has a session of its own: a Ctrl-C at the terminal reaches this process alone, which stops the others
    in their order.
    """

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._env = dict(env)
        self._process: Process | None = None

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; one with a start barrier waits there until it is let through."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(PARENT_DEATH_GUARD), str(os.getpid())),
                *self._command,
                env=self._env,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def go(self) -> None:
        """Let it through its start barrier."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def wait(self) -> int:
        """Wait for its end. Returns its exit code."""
        return await self._process.wait() if self._process else 0

    async def keep(self, say: Callable[[str], None]) -> None:
        """Start it again whenever it ends, until this is cancelled.

        Raises SetupError if it ends because a person has to correct something.
        """
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE_S
        while True:
            begun = loop.time()
            code = await self.wait()
            if code == TO_CORRECT:
                raise SetupError(f"the {self.name} cannot start:\n{self.tail()}")
            if loop.time() - begun > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S
            say(f"the {self.name} ended ({_how(code)}); it is started again. See {self.log}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            await self.start()
            self.go()

    async def stop(self, grace_period: float) -> None:
        """Ask it to end and wait for that; kill it after so many seconds, or when this is cancelled."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), grace_period)
        except TimeoutError:
            await self._kill(process)
        except asyncio.CancelledError:
            await self._kill(process)
            raise

    async def _kill(self, process: Process) -> None:
        if process.returncode is None:
            process.kill()
        await process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:])


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
