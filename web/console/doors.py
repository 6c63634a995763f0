"""The console's pages and forms: who may open each, and how each is answered where something is wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import TypeAlias

from fastapi import APIRouter, Request
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from backorder.errors import BackorderError, RefusedError, UnauthorizedError
from backorder.failures import passes
from backorder.problems import problem
from web.console.appearance import PLACE, forget, html, to
from web.console.sessions import COOKIE
from web.console.visit import ANYBODY, SignedOutError, Visit, visiting
from web.desk import desk_of
from web.failures import HttpError

log = logging.getLogger(__name__)
Page: TypeAlias = Callable[[Visit], Awaitable[Response]]
SIGN_IN = f"{PLACE}/sign-in"
LONGEST_WAY = 1000
"""Characters of the address that somebody comes back to, at most."""
_TITLES = {
    403: "Not with this key",
    404: "There is no such thing",
    409: "That cannot be done",
    413: "That was too much",
    422: "That cannot be read",
    429: "That was a lot at once",
    503: "Something does not answer",
}


class Pages:
    """A part of the console."""

    def __init__(self) -> None:
        self.router = APIRouter(prefix=PLACE, include_in_schema=False)

    def page(self, path: str, *roles: str) -> Callable[[Page], Page]:
        """Register what is looked at. roles: who may; anybody whose key opens the console if none."""
        return self._register("GET", path, roles or ANYBODY)

    def form(self, path: str, *roles: str) -> Callable[[Page], Page]:
        """Register what a form is sent to."""
        return self._register("POST", path, roles or ANYBODY)

    def _register(self, method: str, path: str, roles: Sequence[str]) -> Callable[[Page], Page]:
        def register(page: Page) -> Page:
            async def endpoint(request: Request) -> Response:
                return await _answered(request, page, roles)

            endpoint.__name__ = page.__name__
            self.router.add_api_route(path, endpoint, methods=[method], response_class=Response)
            return page

        return register


async def _answered(request: Request, page: Page, roles: Sequence[str]) -> Response:
    try:
        return await page(await visiting(request, roles))
    except (SignedOutError, UnauthorizedError):
        return signed_out(request)
    except HttpError as error:
        return wrong(request, error.status, error.words, headers=error.headers)
    except RefusedError as error:
        return wrong(request, problem(error)["status"], "", error.faults)
    except BackorderError as error:
        return wrong(request, problem(error)["status"], str(error))
    except DBAPIError as error:
        if not passes(error):
            raise
        log.warning("the database does not answer; a page was turned away", exc_info=error)
        return wrong(request, 503, "the database does not answer; try again in a moment")


def signed_out(request: Request) -> Response:
    """To the page that asks for a key; what was looked at comes after it."""
    after = ""
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        after = request.scope["raw_path"].partition(b"?")[0].decode("ascii", "replace") + query
    had_one = COOKIE in request.cookies
    answer = to(SIGN_IN, next=after if len(after) < LONGEST_WAY else "", over="yes" if had_one else "")
    return forget(answer) if had_one else answer


def wrong(
    request: Request,
    status: int,
    words: str,
    faults: Sequence[str] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A page that says what is wrong."""
    values = {
        "title": _TITLES.get(status, HTTPStatus(status).phrase),
        "words": words[:1].upper() + words[1:],
        "problems": faults,
    }
    visit = getattr(request.state, "visit", None)
    answer = html(desk_of(request), "wrong.html", values, visit=visit, status=status)
    answer.headers.update(headers or {})
    return answer
