"""Headers that are lists: their parts may stand on several lines, which count as one (RFC 9110, 5.3)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request


def of_all_lines(request: Request, header: str) -> str | None:
    """The whole value of a header, None for none."""
    lines = request.headers.getlist(header)
    return ", ".join(lines) if lines else None


def split(header: str) -> Sequence[str]:
    """The parts of such a value."""
    return [each.strip() for each in header.split(",")]


def has_it(request: Request, tag: str) -> bool:
    """Whether If-None-Match says that the caller has what this ETag names."""
    known = split(of_all_lines(request, "if-none-match") or "")
    return "*" in known or tag in {each.removeprefix("W/") for each in known}
