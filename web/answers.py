"""Answers: JSON with an ETag, and problem objects for everything that goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from backorder.errors import BackorderError, UnauthorizedError
from backorder.problems import MEDIA_TYPE, problem
from backorder.queries.views import as_json
from web.header_lists import has_it, of_all_lines, split

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def json_of(value: object) -> bytes:
    """A value as JSON."""
    return to_json(as_json(value))


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as JSON. Nobody between may keep it."""
    fields = {"cache-control": "no-store"} | dict(headers or {})
    return Response(json_of(value), status, fields, "application/json")


def read(
    request: Request,
    value: DataclassInstance | Mapping[str, object] | bytes,
    *,
    version: str = "",
    whatever: str = "",
) -> Response:
    """What was read, with an ETag; 304 if the caller has it. version: of the row, for If-Match.

    value: or its JSON, where somebody has made it already. whatever: a field that makes no difference to the
    ETag.
    """
    if isinstance(value, bytes):
        body = told = value
    else:
        found = as_json(value)
        body = to_json(found)
        told = to_json(found | {whatever: None}) if whatever else body
    tag = sha256(told).hexdigest()[:24]
    tag = f'"{version}.{tag}"' if version else f'"{tag}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if has_it(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")


def versions(request: Request, header: str) -> Sequence[str]:
    """The row versions of If-Match or If-None-Match, * for any; empty where the caller does not mind.

    A header that is there and names none matches nothing: whoever sends it lost the version, not the wish.
    A weak tag counts for If-Match as well, where RFC 9110, 13.1.1, compares strong ones alone: a proxy that
    compresses answers weakens their tags, and their beginning is of the row, whatever became of the body.
    """
    given = of_all_lines(request, header)
    if given is None:
        return ()
    found = [each.removeprefix("W/").strip('"').partition(".")[0] for each in split(given) if each]
    return found or [""]


def problem_answer(error: BackorderError) -> Response:
    """An error as a problem object."""
    found = problem(error)
    return _problem(found, found["status"], {"www-authenticate": "Bearer"} if _unauthorized(error) else {})


def problem_of_status(status: int, words: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """A problem that has nothing but HTTP's status."""
    return _problem(plain_problem(status, words), status, headers or {})


def plain_problem(status: int, words: str = "") -> Mapping[str, object]:
    """The problem object of a status that has none of its own."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": words or title}


def _problem(found: Mapping[str, object], status: int, headers: Mapping[str, str]) -> Response:
    # The path may be a customer's link, as of a method that their page does not know.
    fields = {"cache-control": "no-store", "referrer-policy": "no-referrer"} | dict(headers)
    return Response(json_of(dict(found)), status, fields, MEDIA_TYPE)


def _unauthorized(error: BackorderError) -> bool:
    return isinstance(error, UnauthorizedError)
