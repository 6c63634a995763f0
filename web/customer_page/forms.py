"""What a page's form sends: small, urlencoded, each field once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from backorder.errors import RefusedError
from web.bodies import bytes_of
from web.cookies import keep_cookie
from web.customer_page.confirmation import COOKIE, LATEST_S
from web.desk import Desk
from web.failures import HttpError

MOST = 32 * 1024
"""Bytes of a form, at most."""
FIELDS = 30
"""Fields of a form, at most."""
Form = Mapping[str, str]
"""The fields of a form."""
_URLENCODED = "application/x-www-form-urlencoded"


async def form_of(request: Request, *, most: int = MOST, fields: int = FIELDS) -> Form:
    """The fields of a form, each without blanks around it; what is written on several lines ends them alike.

    Raises HttpError for what is no such form, RefusedError for a field that is there twice.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _URLENCODED:
        raise HttpError(415, "this takes a form of a page")
    raw = await bytes_of(request, most)
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=fields, strict_parsing=bool(raw)
        )
    except (UnicodeDecodeError, ValueError):
        raise HttpError(400, "this is no form of a page") from None
    found = {name: value.replace("\r\n", "\n").strip() for name, value in pairs}
    if len(found) != len(pairs):
        raise RefusedError(["a field of the form is there twice"])
    return found


def keep_step(desk: Desk, answer: Response, cookie: str, path: str) -> Response:
    """Have the browser keep the cookie of a first step until the second. path: of the pages it is for."""
    return keep_cookie(desk, answer, COOKIE, cookie, path=path, keep_s=LATEST_S)
