"""The lines of a body of any length: pulled from a thread, a chunk at a time, as they are wanted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import Future
from typing import NoReturn

from starlette.types import Receive

from starter.files.orders import BrokenOffError

LONGEST = 1 << 20
"""Bytes of one line, at most."""
_HALVES = re.compile("[\udc80-\udcff]")
_SAID = re.compile(rb"\S")
LONGEST_WAIT_S = 20.0
"""How long the next entry may take to come in, blank lines before it included."""


class BodyLines:
    """Iterated on a thread, while the loop that receives goes on.

    Bytes that are no UTF-8 become halves of letters.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._held = bytearray()
        self._looked = 0
        self._ended = False
        self._closed = False
        self._pulling: Future[bytes] | None = None
        self._number = 0
        self._bytes = 0
        self._blank = True
        self._is_utf8 = True
        self._deadline: float | None = None

    @property
    def ready(self) -> bool:
        """Whether another line that is not blank, or the end, is there without waiting."""
        if self._ended:
            return True
        said = _SAID.search(self._held)
        return said is not None and self._held.find(b"\n", max(self._looked, said.start())) >= 0

    def close(self) -> None:
        """Wait for nothing more."""
        self._closed = True
        if self._pulling is not None:
            self._pulling.cancel()

    def taken(self) -> bool:
        """Say that an entry was made of what came. Returns whether all of that was UTF-8."""
        was, self._is_utf8, self._bytes, self._blank = self._is_utf8, True, 0, True
        self._deadline = None
        return was

    def __iter__(self) -> Iterator[str]:
        while (line := self._next()) is not None:
            self._number += 1
            if self._number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            text = line.decode("utf-8", "surrogateescape")
            self._is_utf8 = self._is_utf8 and _HALVES.search(text) is None
            if self._blank and text.strip():
                self._bytes, self._blank = 0, False
            self._bytes += len(line)
            if self._bytes > LONGEST:
                self._too_long()
            yield text

    def _next(self) -> bytes | None:
        if self._deadline is None:
            self._deadline = self._loop.time() + LONGEST_WAIT_S
        while True:
            cut = self._held.find(b"\n", self._looked)
            end = cut + 1 if cut >= 0 else len(self._held) if self._ended else 0
            if max(end, 0 if end else len(self._held)) > LONGEST:
                self._number += 1
                self._too_long()
            if end:
                line = bytes(self._held[:end])
                del self._held[:end]
                self._looked = 0
                return line
            if self._ended:
                return None
            self._looked = len(self._held)
            self._held += self._pull(self._deadline - self._loop.time())

    def _too_long(self) -> NoReturn:
        wrong = f"line {self._number} is longer than {LONGEST:,} bytes; nothing more was read: shorten it"
        if self._bytes > LONGEST and self._blank:
            wrong = f"more than {LONGEST:,} bytes of blank lines end at line {self._number}: take them out"
        raise BrokenOffError(wrong)

    def _pull(self, longest_wait: float) -> bytes:
        if self._closed:
            raise BrokenOffError("the server stopped")
        self._pulling = asyncio.run_coroutine_threadsafe(self._chunk(longest_wait), self._loop)
        return self._pulling.result()

    async def _chunk(self, longest_wait: float) -> bytes:
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, longest_wait))
        except TimeoutError:
            blank = " but blank ones" if self._bytes and self._blank else ""
            words = f"no whole line{blank} came within {LONGEST_WAIT_S:g} s; nothing more was read"
            raise BrokenOffError(words) from None
        if message["type"] == "http.disconnect":
            raise BrokenOffError("the connection ended within the body")
        self._ended = not message.get("more_body", False)
        return bytes(message.get("body", b""))
