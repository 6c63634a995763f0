"""Clients that ask a server over HTTP as fast as it answers, each on a connection of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """How long answers took, in milliseconds. per_second: answers, over all clients."""

    p50: float
    p99: float
    per_second: float
    answers: int


async def ask(port: int, path: Callable[[], str], key: str, *, clients: int, seconds: float) -> list[float]:
    """Ask for paths until the time is over. Returns how long each answer took, in milliseconds.

    Raises RuntimeError for an answer other than 200.
    """
    until = time.perf_counter() + seconds
    found = await asyncio.gather(*(_client(port, path, key, until) for _ in range(clients)))
    return [each for times in found for each in times]


def times_of(took: Sequence[float], clients: int) -> Times:
    """What answers took, together. took: each in milliseconds. clients: so many asked, each all the time."""
    ordered = sorted(took)
    return Times(
        p50=_share(ordered, 0.5),
        p99=_share(ordered, 0.99),
        per_second=1000 * clients * len(ordered) / sum(ordered),
        answers=len(ordered),
    )


async def _client(port: int, path: Callable[[], str], key: str, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[float] = []
    try:
        while not times or time.perf_counter() < until:
            asked = path()
            begun = time.perf_counter()
            writer.write(
                f"GET {asked} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            times.append((time.perf_counter() - begun) * 1000)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{asked}: {head.splitlines()[0].decode()}")
    finally:
        writer.close()
    return times


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise RuntimeError("an answer without its length")


def _share(sorted_times: Sequence[float], share: float) -> float:
    return sorted_times[min(len(sorted_times) - 1, int(share * len(sorted_times)))]
