"""Connections to whatever address somebody else has named: looked up, checked, and only then connected to.

The address that was checked is the one that is connected to, so that a second answer of the name's server
changes nothing. Every step of a call counts against one deadline.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
from httpcore import NetworkBackend, NetworkStream

from backorder.domain.addresses import is_public

ADDRESS_S = 4.0
"""Seconds for one address of several, at most, while others can still be tried."""
LookUp = Callable[[str, int], Sequence[str]]
"""The addresses of a name, for a port. Raises OSError."""


class PrivateAddressError(Exception):
    """A name leads to a private address."""


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the machine knows them. Raises OSError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host} is no name of a machine") from None
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def checked(host: str, port: int, look_up: LookUp, *, private: bool) -> Sequence[str]:
    """The addresses of a name. private: any will do.

    Raises OSError where it cannot be looked up, PrivateAddressError where any of them is not public.
    """
    found = look_up(host, port)
    if not found:
        raise OSError(f"{host} has no address")
    wrong = [] if private else [each for each in found if not is_public(each)]
    if wrong:
        raise PrivateAddressError(wrong[0])
    return found


class CheckedBackend(NetworkBackend):
    """Connects to checked addresses alone. deadline: the monotonic instant at which everything ends."""

    def __init__(self, look_up: LookUp, *, private: bool, deadline: float) -> None:
        self._look_up = look_up
        self._private = private
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect to the first of its addresses that answers. Raises what httpcore raises, and OSError."""
        failed: Exception | None = None
        addresses = checked(host, port, self._look_up, private=self._private)
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            seconds = left(self._deadline)
            if others:
                # One that is dead leaves the others their part of the call.
                seconds = min(ADDRESS_S, seconds / (others + 1))
            try:
                stream = self._sockets.connect_tcp(address, port, seconds, local_address, socket_options)
                return _Hurried(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or OSError(f"{host} has no address")


class _Hurried(NetworkStream):
    """A connection of which every step has to end by the deadline."""

    def __init__(self, stream: NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, left(self._deadline))
        return _Hurried(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def left(deadline: float) -> float:
    """Seconds that are left. Raises httpcore.ReadTimeout where there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds
