"""Lets pages of other origins make the one call that is meant for them (CORS), and no other."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORIGIN = (b"access-control-allow-origin", b"*")
_READABLE = (b"access-control-expose-headers", b"etag, retry-after, x-request-id")
_ASKED_BEFORE = {
    "access-control-allow-methods": "GET",
    "access-control-allow-headers": "authorization, x-request-id",
    "access-control-max-age": "86400",
}
"""What a browser is told that asks before it calls."""


class CrossOrigin:
    """Answers a browser's question before a call, and lets it hand the answer to the page.

    Without credentials: a page needs the key, and gets nothing by whoever looks at it.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _ORIGIN, _READABLE]
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_ASKED_BEFORE)(scope, receive, readable)
        else:
            await self._app(scope, receive, readable)
