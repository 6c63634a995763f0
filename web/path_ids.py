"""The IDs in the paths of calls, and what of them can be none."""

from __future__ import annotations

from backorder.domain.keys import joined
from backorder.domain.texts import fault_of_id
from backorder.errors import UnknownError
from web.paths import plain


def id_of(part: str, what: str = "thing") -> str:
    """An ID out of a path. Raises UnknownError for what can be none."""
    found = plain(part)
    if fault_of_id(found):
        raise UnknownError(f"there is no such {what}")
    return found


def own_id_of(part: str, what: str) -> str:
    """An ID out of a path that the engine made of others', and that may be longer. Raises UnknownError."""
    found = plain(part)
    if not found or not found.isprintable():
        raise UnknownError(f"there is no such {what}")
    return found


def new_id_of(part: str) -> str:
    """An ID out of a path of what may be made: what is wrong with it is a fault like those of the body."""
    return plain(part)


def line_of(order: str, line: str) -> str:
    """A backorder's ID out of a path. Raises UnknownError for what can be none."""
    return joined(*(id_of(part, "backorder") for part in (order, line)))
