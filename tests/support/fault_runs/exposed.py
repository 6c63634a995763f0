"""What of its customers a world shows where none of them may be named, after all that happened in it.

Temporal's whole database is looked through, byte by byte: histories, search attributes, memos. So are the
logs of all processes, the worker's metrics, and what providers get to know beside the message itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.support.fault_runs.world import World

THEIRS = re.compile(rb"c\d+@example\.com|3538612\d{5}|Person \d+|too long")
"""Addresses, numbers, names, and the words of who cancels, as the story has them."""
KNOWN = b"O-0"
"""A line, which is named there: whoever looks does see something."""
_METRICS = re.compile(r"metrics are at (\S+)")
_MESSAGE = {"to", "content", "subject", "To", "Body"}
"""What of a call to a provider is the message itself."""


def exposed(world: World) -> Iterator[str]:
    """Each place where a customer is named, in words."""
    files = [path for path in sorted(world.folder.glob("*")) if path.name.startswith("temporal.db")]
    if not any(KNOWN in _read(path) for path in files):
        yield "Temporal's database names no line: it cannot be looked through"
    for path in [*files, *sorted(world.folder.glob("*.log"))]:
        yield from _named(path.name, _read(path))
    metrics = _metrics(world)
    if world.worker.running and b"backorder_" not in metrics:
        yield "the worker tells no metrics that could be looked through"
    yield from _named("the metrics", metrics)
    for fake in (world.mail, world.texts):
        for call in tuple(fake.accepted):
            beside = {"path": call.path, "headers": dict(call.headers), "body": _beside(call.body)}
            yield from _named(f"what {type(fake).__name__} got beside a message", json.dumps(beside).encode())


def _named(where: str, found: bytes) -> Iterator[str]:
    for each in sorted(set(THEIRS.findall(found)))[:3]:
        yield f"{where} names a customer: {each.decode()}"


def _beside(body: Any) -> Any:
    """A call without the message itself."""
    if isinstance(body, Mapping):
        return {name: _beside(each) for name, each in body.items() if name not in _MESSAGE}
    return [_beside(each) for each in body] if isinstance(body, list) else body


def _metrics(world: World) -> bytes:
    said = _METRICS.findall(_words(world.worker.log))
    if not said or not world.worker.running:
        return b""
    place = said[-1] if said[-1].startswith("http") else f"http://{said[-1]}"
    return httpx.get(place, timeout=30).content


def _words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _read(path: Path) -> bytes:
    """What is in a file; a journal of a database comes and goes with each transaction."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
