"""Cookies that pages have browsers keep."""

from __future__ import annotations

from starlette.responses import Response

from web.desk import Desk


def keep_cookie(desk: Desk, answer: Response, name: str, value: str, *, path: str, keep_s: float) -> Response:
    """Have the browser keep a cookie for the pages below a path: no script and no other site gets at it, and
    it goes over TLS alone where the shop has that. keep_s: seconds.
    """
    answer.set_cookie(
        name,
        value,
        max_age=int(keep_s),
        path=path,
        httponly=True,
        samesite="strict",
        secure=desk.settings.public_url.startswith("https://"),
    )
    return answer
