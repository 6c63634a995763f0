"""Bodies that come slowly, as from a program that makes them while it sends."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.support.web import WebServer


class SlowBody:
    """A body of JSON Lines sent by hand, a piece at a time, while its answer is read.

    length: what it promises; None: it says so with each piece. key: its program's; None: a new one.
    """

    def __init__(
        self, web: WebServer, path: str, role: str, *, length: int | None = None, key: str | None = None
    ) -> None:
        place = urlsplit(web.url)
        self._socket = socket.create_connection((place.hostname or "", place.port or 0), 30)
        sized = f"content-length: {length}" if length is not None else "transfer-encoding: chunked"
        head = (
            f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key or web.key(role)}\r\n"
            f"content-type: application/x-ndjson\r\n{sized}\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        self._file = self._socket.makefile("rb")
        self._chunked = length is None

    def send(self, piece: bytes) -> None:
        """Send a piece; an empty one is the end."""
        framed = b"%x\r\n%s\r\n" % (len(piece), piece) if self._chunked else piece
        self._socket.sendall(framed)

    def answers(self) -> Iterator[dict[str, Any]]:
        """What is said, a line at a time."""
        for line in self._file:
            if line.startswith(b"{"):
                yield json.loads(line)

    def close(self) -> None:
        """Break the connection, or end it."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self._socket.close()
