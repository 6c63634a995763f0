"""A receiver of events on loopback: a real HTTP server that keeps what it gets and misbehaves on demand."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """What it was sent. body: the raw bytes. headers: by their names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Behaviour = int | str
"""A status to answer with, or one of `Receiver.WAYS`."""


class Receiver:
    """Takes everything with 200, unless it is told otherwise. url: where it listens. calls: what it got.

    usual: what to do with every call that `next` says nothing about. retry_after: what it sends in
    that header with a status.
    """

    WAYS = ("hang", "drip", "endless", "drop", "redirect", "bare")
    """It says nothing; sends its head a byte at a time; a body without end; nothing at all; sends on to
    another address; answers that it has taken the event, and breaks off.
    """

    def __init__(self, usual: Behaviour | Callable[[Call], Behaviour] = 200, *, elsewhere: str = "") -> None:
        self.calls: list[Call] = []
        self.usual = usual
        self.elsewhere = elsewhere
        self.retry_after = ""
        self._script: deque[Behaviour] = deque()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def next(self, *behaviours: Behaviour) -> None:
        """What to do with the next calls, one each."""
        self._script.extend(behaviours)

    @property
    def ids(self) -> list[str]:
        """The events that it was sent, in order, each as often as it was."""
        return [call.id for call in self.calls]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def release(self) -> None:
        """Let go of everything that hangs, now and from now on."""
        self._over.set()

    def begun(self, call: Call) -> Behaviour:
        """A call came in. Returns what to do with it."""
        with self._lock:
            self.calls.append(call)
            if self._script:
                return self._script.popleft()
        return self.usual(call) if callable(self.usual) else self.usual

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait until everything is let go of, so long at most. Returns whether it is."""
        return self._over.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever breaks off is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        behaviour = receiver.begun(Call(path=self.path, headers=headers, body=body))
        with suppress(OSError):
            self.behave(receiver, behaviour)
        self.close_connection = True

    def behave(self, receiver: Receiver, behaviour: Behaviour) -> None:
        if isinstance(behaviour, int):
            self.send_response(behaviour)
            self.send_header("Content-Length", "0")
            if receiver.retry_after:
                self.send_header("Retry-After", receiver.retry_after)
            self.end_headers()
        elif behaviour == "hang":
            receiver.wait()
        elif behaviour == "redirect":
            self.send_response(307)
            self.send_header("Location", receiver.elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif behaviour == "drip":
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 5000:
                self.wfile.write(bytes([byte]))
                if receiver.wait(0.02):
                    return
        elif behaviour == "endless":
            self.send_response(200)
            self.end_headers()
            while not receiver.wait(0.001):
                self.wfile.write(b"x" * 10_000)
        elif behaviour == "bare":
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 99\r\n\r\n")
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
