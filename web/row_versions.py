"""The versions of what calls replace, for If-Match."""

from __future__ import annotations

from starlette.responses import Response

from backorder.storage.acting import snapshot, version_of
from web.calls import Call


async def with_version(call: Call, said: Response, kind: str, id: str) -> Response:
    """An answer with the version of what it changed, for the next If-Match."""
    version = await call.read(lambda open: version_of(snapshot(open, kind, id)))
    said.headers["etag"] = f'"{version}"'
    return said
