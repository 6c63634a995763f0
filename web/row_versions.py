"""The versions of what calls replace, for If-Match."""

from __future__ import annotations

from starlette.responses import Response

from web.calls import Call


def with_version(call: Call, said: Response) -> Response:
    """An answer with the version of what its call changed, for the next If-Match.

    One of what was done before has none: the object may be another by now, and a change that names the
    version of that would undo what its caller has not seen.
    """
    if call.acted is not None and call.acted.version:
        said.headers["etag"] = f'"{call.acted.version}"'
    return said
