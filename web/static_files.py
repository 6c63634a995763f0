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
    return kept_file(request, content, tag, media_type="text/javascript", keep_s=3600, whose="cross-origin")


def style_sheet(request: Request, content: bytes, tag: str) -> Response:
    """How our own pages look, which a browser keeps for a day. tag: its ETag."""
    return kept_file(request, content, tag, media_type="text/css", keep_s=86_400, whose="same-origin")


def kept_file(
    request: Request, content: bytes, tag: str, *, media_type: str, keep_s: int, whose: str
) -> Response:
    """A file that browsers and caches keep, or 304 for who has it. tag: its ETag. keep_s: seconds.

    whose: the pages that may load it, as cross-origin-resource-policy says it.
    """
    headers = {
        "etag": tag,
        "cache-control": f"public, max-age={keep_s}",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": whose,
    }
    if has_it(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
