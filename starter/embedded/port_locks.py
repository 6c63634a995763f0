"""What two stacks on one machine must not share: a data folder, and ports."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from backorder.errors import SetupError

LOCK = "up.lock"
SPAN = 200
"""Ports that are tried upwards of the usual one."""


@contextmanager
def data_folder(data: Path) -> Iterator[None]:
    """Hold a data folder. Raises SetupError if a stack runs on it already.

    The lock goes with the process that holds it, so that a crash leaves nothing to clear away.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / LOCK).open("ab")
    except OSError as error:
        raise SetupError(f"{data} cannot be used as a data folder: {error.strerror}") from None
    with file:
        if not _lock(file):
            raise SetupError(_taken(data))
        yield


def _taken(data: Path) -> str:
    from starter.temporal import running_stack

    found = running_stack(data)
    where = f" (process {found['pid']}, Temporal at {found['temporal']})" if found else ""
    then = f"stop it with Ctrl-C or `kill {found['pid']}`" if found else "wait until it runs or has stopped"
    return (
        f"a stack runs on {data} already{where}: use that one, {then}, or choose another folder with --data"
    )


@contextmanager
def ports(wanted: int | None, usual: int, beside: int) -> Iterator[tuple[int, int]]:
    """Hold two free ports: the wanted one, or the first free one from the usual one on; and one beside it.

    beside: how far the second port is from the first, if it is free. Raises SetupError if the wanted one is
    taken.
    """
    with ExitStack() as held:
        first = _hold_first(held, usual, SPAN) if wanted is None else _hold_first(held, wanted, 1)
        if first is None and wanted is not None:
            raise SetupError(
                f"port {wanted} is taken: choose another one with --temporal-port, or leave it out"
            )
        second = _hold_first(held, first + beside, SPAN) if first is not None else None
        if first is None or second is None:
            raise SetupError(f"no port from {usual} on is free: choose one with --temporal-port")
        yield first, second


@contextmanager
def port(wanted: int | None, usual: int) -> Iterator[int]:
    """Hold a free port: the wanted one (0: any), or the first free one from the usual one on.

    Raises SetupError if the wanted one is taken.
    """
    with ExitStack() as held:
        begin, span = (usual, SPAN) if wanted is None else (wanted or _any_free(), SPAN if not wanted else 1)
        found = _hold_first(held, begin, span)
        if found is None:
            taken = f"port {wanted} is taken" if wanted else f"no port from {begin} on is free"
            raise SetupError(f"{taken}: choose another one with --port; 0 is any free one")
        yield found


def _any_free() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        found: int = door.getsockname()[1]
    return found


def _hold_first(held: ExitStack, begin: int, span: int) -> int | None:
    for port in range(begin, begin + span):
        # Other stacks that start at this moment have the lock; any other program has the port.
        name = f"backorder-{os.getuid()}-port-{port}.lock"
        file = (Path(tempfile.gettempdir()) / name).open("ab")
        if _lock(file) and _is_free(port):
            held.enter_context(file)
            return port
        file.close()
    return None


def _lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
