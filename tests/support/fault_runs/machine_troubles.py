"""Machines in trouble: what is killed in the middle of its work, and a disk that is full."""

from __future__ import annotations

import asyncio
import errno
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import cycle
from pathlib import Path
from random import Random
from subprocess import SubprocessError

from backorder.domain.durations import parse_duration
from tests.support.fault_runs.by_lot import misbehaving
from tests.support.fault_runs.provider_troubles import in_the_middle
from tests.support.fault_runs.servers import ROOT, Mortal
from tests.support.fault_runs.world import QUICKLY, World, sending, until
from tests.support.providers import Hang, Request

DISK_MB = 16
FIRST_S, LONGEST_S = 5.0, 40.0
"""How long a worker that is killed by lot lives at most: the first one, and the others. Its shards wait until
it has missed heartbeats for 20 s, so that some die before they have sent anything, and some in the middle of
it."""
STOPPED_S = 60.0
"""How long a worker is stopped at most."""
COMMANDS = (
    ("list",),
    ("show", "O-0/1"),
    ("status",),
    ("supply", "count", "CHAIR", "--on-hand", "0"),
    ("cancel", "O-2/1", "--reason", "too long", "--by", "customer"),
)
"""What people call meanwhile."""
CODES = (0, 2, 3)
"""Done, to be corrected, does not answer."""
Fill = Callable[[World], AbstractContextManager[None]]


async def the_worker_is_killed(world: World) -> None:
    """SIGKILL while providers are at work on its messages."""

    async def kill() -> None:
        await world.worker.end()
        await world.work()

    await in_the_middle(world, kill)
    await world.stage.told.wait()


async def workers_die_among_misbehaving_providers(world: World) -> None:
    """SIGKILL at any moment, while providers do all that they can do wrong."""
    await _killed_by_lot(world, world.worker)


async def two_workers_die_by_turns(world: World) -> None:
    """Two workers at once, each killed at any moment, while providers do all that they can do wrong."""
    await world.work(world.other)
    await _killed_by_lot(world, world.worker, world.other)


async def _killed_by_lot(world: World, *workers: Mortal) -> None:
    random, longest = Random(world.seed), FIRST_S
    async with misbehaving(world):
        while not world.stage.told.is_set() and len(world.struck) < world.blows:
            with suppress(TimeoutError):
                await asyncio.wait_for(world.stage.told.wait(), random.uniform(1.0, longest))
            worker, longest = random.choice(workers), LONGEST_S
            await worker.end()
            world.struck.append("killed")
            await world.work(worker)
        await world.stage.told.wait()


async def a_worker_is_stopped(world: World) -> None:
    """SIGSTOP with calls under way; when it goes on another one has long found its claims."""
    await world.work(world.other)
    by_turns = cycle((world.worker, world.other))
    lease = parse_duration(QUICKLY["BACKORDER_LEASE"]).total_seconds()

    async def stop() -> None:
        stopped = next(by_turns)
        stopped.stop()
        try:
            claimed = "SELECT id FROM sends WHERE state = 'claimed'"
            mine, over = set(world.rows(claimed)), time.monotonic() + lease
            with suppress(TimeoutError):
                await until(
                    "its claims are found",
                    lambda: time.monotonic() > over and not mine & set(world.rows(claimed)),
                    STOPPED_S,
                )
        finally:
            stopped.go_on()
        world.struck.append("stopped")

    await in_the_middle(world, stop)
    await world.stage.told.wait()


async def the_worker_of_the_outbox_is_killed(world: World) -> None:
    """The first one dies with open claims, the others, on the stored outbox, whenever they have sent."""
    for fake in (world.mail, world.texts):
        fake.trouble = lambda request: Hang(lost=True)
    claimed = "SELECT id FROM messages WHERE state = 'claimed'"
    await until("claims are open", lambda: len(world.rows(claimed)) >= min(4, world.lines // 3))
    await world.worker.end()
    await world.work(environment=sending("outbox", world.mail, world.texts))
    sent = "SELECT id FROM messages WHERE state = 'sent'"
    for _ in range(world.blows):
        before = len(world.rows(sent))
        with suppress(TimeoutError):
            await until("more is said", lambda before=before: len(world.rows(sent)) > before, grace_period=10)
        await world.worker.end()
        await world.work()
    await world.stage.told.wait()


async def temporal_is_killed(world: World) -> None:
    """It comes back each time with what was in its file."""

    async def kill() -> None:
        await world.temporal.kill()
        await world.temporal.start()

    await in_the_middle(world, kill)
    await world.stage.told.wait()


async def the_database_crashes(world: World) -> None:
    """At the moment at which a provider takes a message, before its answer can be written down."""
    for _ in range(world.blows):
        crashed = threading.Event()
        fuse = threading.Lock()

        def crash(request: Request, crashed: threading.Event = crashed, fuse: threading.Lock = fuse) -> None:
            if request.method == "POST" and "logs" not in request.path and fuse.acquire(blocking=False):
                assert world.postgres is not None
                world.postgres.crash()
                crashed.set()

        world.mail.trouble, world.texts.trouble = crash, crash
        with suppress(TimeoutError):
            await until("a message is taken", crashed.is_set, grace_period=30)
        world.mail.trouble, world.texts.trouble = None, None
        if fuse.locked():
            await until("the crash is over", crashed.is_set)
            await _recover(world)
    await world.stage.told.wait()


async def _recover(world: World) -> None:
    assert world.postgres is not None

    def answers() -> bool:
        assert world.postgres is not None
        try:
            world.postgres.recover()
        except SubprocessError:
            return False
        return True

    await until("the database is back", lambda: asyncio.to_thread(answers))


async def the_disk_is_full(world: World) -> None:
    """All of it is used up by something else, again and again."""
    await _without_room(world, _filled)


async def the_share_is_used_up(world: World) -> None:
    """The worker, and whoever calls a command, may not let a file grow any more."""
    await _without_room(world, _limited)


async def _without_room(world: World, full: Fill) -> None:
    sent = "SELECT id FROM messages WHERE state = 'sent'"
    for _ in range(world.blows):
        before = len(world.rows(sent))
        with suppress(TimeoutError):
            await until("more is said", lambda before=before: len(world.rows(sent)) > before, grace_period=10)
        seen = len(world.worker.words)
        _empty_the_log(world)
        with full(world):
            calls = (asyncio.to_thread(_call, world, each, limited=full is _limited) for each in COMMANDS)
            if not any(await asyncio.gather(*calls)):
                world.wrong.append("no command noticed anything")
            with suppress(TimeoutError):
                await until("the worker notices", lambda seen=seen: _noticed(world, seen), grace_period=10)
    await world.stage.told.wait()


def _empty_the_log(world: World) -> None:
    """Cut the write-ahead log off: within its old length much can be written on a full disk."""
    with closing(sqlite3.connect(world.disk / "backorder.db", timeout=30.0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _noticed(world: World, seen: int) -> bool:
    return any(word in world.worker.words[seen:] for word in ("is full", "I/O error"))


def _call(world: World, command: tuple[str, ...], *, limited: bool) -> int:
    """Call a command; it does what it is asked for, or says in a line why not. Returns its exit code."""

    process = subprocess.Popen(
        [sys.executable, "-m", "starter", *command],
        cwd=ROOT,
        env=world.environment | {"COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if limited:  # long before it has loaded what writes
        _limit(process.pid, _size(world))
    words = process.communicate()[1].strip()
    code = process.returncode
    if "Traceback" in words or code not in CODES or (code and len(words.splitlines()) != 1):
        world.wrong.append(f"`{' '.join(command)}` ended with {code}: {words}")
    return code


@contextmanager
def _filled(world: World) -> Iterator[None]:
    filler = world.disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _limited(world: World) -> Iterator[None]:
    _limit(world.worker.pid, _size(world))
    try:
        yield
    finally:
        _limit(world.worker.pid, resource.RLIM_INFINITY)


def _limit(pid: int, size: int) -> None:
    """Let no file of a process grow beyond so many bytes."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _size(world: World) -> int:
    """Bytes beyond which no file may grow: what its write-ahead log holds already."""
    return (world.disk / "backorder.db-wal").stat().st_size


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A disk of its own on a folder. Raises PermissionError where this user may not mount one."""
    size = f"size={DISK_MB}m,mode=0777"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        raise PermissionError(errno.EPERM, "a disk can be mounted by root only", str(place))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
