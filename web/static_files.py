"""Files that pages of a shop load."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.header_lists import has_it

router = APIRouter(include_in_schema=False)
SNIPPET = "/static/availability.js"


@cache
def _snippet() -> tuple[bytes, str]:
    """The script, and its ETag."""
    content = files("web").joinpath("static", "availability.js").read_bytes()
    return content, f'"{sha256(content).hexdigest()[:24]}"'


@router.get(SNIPPET)
async def availability_script(request: Request) -> Response:
    """The script that shows a product's availability on a shop's page. Anybody may load it."""
    content, tag = _snippet()
    headers = {
        "etag": tag,
        "cache-control": "public, max-age=3600",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
    }
    if has_it(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="text/javascript")
