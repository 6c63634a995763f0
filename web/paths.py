"""IDs in paths: any text, percent-encoded.

A path is routed as it was sent, so that `A%2F1` is one part of it. Within a part, `%`, `/` and `#` stay
encoded and everything else is decoded, as in `backorder.domain.keys`: two parts with `/` between are a key.
"""

from __future__ import annotations

from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from backorder.domain.keys import joined, parts


class RawPaths:
    """Lets the application route by what was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and b"%" in scope.get("raw_path", b""):
            raw = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
            scope["path"] = "/".join(_part(each) for each in raw.split("/"))
        await self._app(scope, receive, send)


def plain(part: str) -> str:
    """An ID out of a path, as it is.

    A column of fixed width pads IDs with spaces, which bodies and files leave out too.
    """
    return parts(part)[0].strip()


def in_path(*ids: str) -> str:
    """IDs as they stand in a path."""
    from urllib.parse import quote

    return "/".join(quote(each, safe="") for each in ids)


def _part(sent: str) -> str:
    return joined(unquote(sent, errors="replace"))
