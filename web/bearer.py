"""The key that a request shows."""

from __future__ import annotations

from starlette.requests import Request

from backorder.errors import UnauthorizedError


def bearer_of(request: Request) -> str:
    """The text of the key. Raises UnauthorizedError where there is none, or more than one."""
    given = request.headers.getlist("authorization")
    scheme, _, text = (given[0] if len(given) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise UnauthorizedError
    return text.strip()
