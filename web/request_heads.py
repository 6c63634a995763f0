"""Heads of requests that come slowly, or without end: they take neither memory nor a connection for ever."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 20.0
"""How long a request's line and headers may take, from the connection or their first byte on."""
HEAD_BYTES = 64 * 1024
"""How long they may be; what comes with them in one piece does not count."""


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's own protocol, which waits for the end of a head for ever and keeps all of it."""

    _head: TimerHandle | None = None
    _came = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head, and end the connection over too much of it."""
        before = self._head
        self._came += len(data)
        super().data_received(data)
        if self._head is not None and self._head is before and self._came > HEAD_BYTES:
            self._give_up(f"The head of the request is longer than {HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        """Another request of the same connection begins."""
        if self._head is None:
            self._begin(came=1)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there; its body has a limit of its own."""
        self._end()
        super().on_headers_complete()

    def _begin(self, came: int = 0) -> None:
        self._came = came
        self._head = self.loop.call_later(HEAD_S, self._late)

    def _end(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _late(self) -> None:
        if self._answers():
            self._begin(self._came)  # an answer is under way to who sends its next request slowly
        else:
            self._give_up(f"The head of the request took longer than {HEAD_S:g} seconds.")

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _give_up(self, why: str) -> None:
        self._end()
        if self.transport.is_closing():
            return
        if self._answers() or not self._came:  # else it would answer a request that is on its way
            self.transport.close()
        else:
            self.send_400_response(why)
