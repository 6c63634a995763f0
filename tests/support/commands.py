"""Commands as a person runs them, in processes of their own that are gone when a test is over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LONGEST_WAIT_S = 120.0


def environment(**extra: str) -> dict[str, str]:
    """The environment without what is set for another Temporal or another shop."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("TEMPORAL_", "BACKORDER_"))}
    return plain | {"PYTHONUNBUFFERED": "1", "COLUMNS": "120"} | extra


def backorder(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "starter", *arguments]
    return subprocess.run(
        command, env=environment(**extra), capture_output=True, text=True, timeout=LONGEST_WAIT_S, check=False
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A command that runs. output: where its words go."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def words(self) -> str:
        """What it has said so far."""
        return self.output.read_text(encoding="utf-8")

    def family(self) -> list[int]:
        """The processes that it started, and theirs."""
        return list(_descendants(self.process.pid))

    def says(self, words: str) -> bool:
        """Whether it has said that. Fails the test if it ended before."""
        assert self.process.poll() is None or words in self.words, self.words
        return words in self.words

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal and wait for its end. Returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(LONGEST_WAIT_S)


@contextmanager
def running(
    output: Path,
    *arguments: str,
    program: Sequence[str] = (sys.executable, "-m", "starter"),
    cwd: Path | None = None,
    **extra: str,
) -> Iterator[Running]:
    """Start a command; it is killed at the end of the block if it still runs."""
    with output.open("ab") as words:
        process = subprocess.Popen(
            [*program, *arguments],
            cwd=cwd,
            env=environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
        )
    try:
        yield Running(process=process, output=output)
    finally:
        process.kill()
        process.wait()


async def until(holds: Callable[[], object], grace_period: float = LONGEST_WAIT_S) -> None:
    """Wait until something holds. Fails the test if it never does."""
    end = time.monotonic() + grace_period
    while not holds():
        assert time.monotonic() < end, f"it did not come true within {grace_period:g} s"
        await asyncio.sleep(0.05)


def alive(pids: list[int]) -> list[int]:
    """Those that still run."""
    return [pid for pid in pids if _state(pid) not in ("", "Z")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _descendants(pid: int) -> Iterator[int]:
    for child in _children().get(pid, []):
        yield child
        yield from _descendants(child)


def _children() -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found
