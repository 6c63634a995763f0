"""Where the next page of a list begins: opaque to who reads a page, a key of its last row to the list."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

from backorder.errors import RefusedError

_NONE = "this is no cursor of this list"
_MOST = 2**31 - 1
"""What a column of whole numbers holds at most."""


def cursor_of(of: str, *key: str) -> str:
    """A cursor. of: the list and its order, which a cursor of another one does not fit."""
    text = json.dumps([of, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def fault_of_cursor(cursor: str) -> str | None:
    """What is wrong with what can be no cursor of any list."""
    return None if _parts(cursor) else _NONE


def faults_of_cursor(read: Callable[[str], object], cursor: str | None) -> list[str]:
    """What is wrong with a cursor, if there is one. read: as its list reads it; raises RefusedError."""
    try:
        if cursor:
            read(cursor)
    except RefusedError as error:
        return [*error.faults]
    return []


def read_cursor(cursor: str, of: str, length: int) -> list[str]:
    """The key in a cursor, of that many parts. Raises RefusedError for what is no cursor of this list."""
    kind, *key = _parts(cursor) or [""]
    if kind != of or len(key) != length:
        raise RefusedError([f"cursor: {_NONE}"])
    return key


def day_in(part: str) -> date:
    """The day that a part of a key is. Raises RefusedError for what is none."""
    try:
        return date.fromisoformat(part)
    except ValueError:
        raise RefusedError([f"cursor: {_NONE}"]) from None


def instant_in(part: str) -> datetime:
    """The instant, in UTC, that a part of a key is. Raises RefusedError for what is none, or has no zone."""
    try:
        found = datetime.fromisoformat(part)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (OverflowError, ValueError):
        pass
    raise RefusedError([f"cursor: {_NONE}"])


def number_in(part: str, most: int = _MOST) -> int:
    """The whole number that a part of a key is. Raises RefusedError for what is none, or is greater."""
    if not (part.isascii() and part.isdecimal() and len(part) <= len(str(most)) and int(part) <= most):
        raise RefusedError([f"cursor: {_NONE}"])
    return int(part)


def _parts(cursor: str) -> list[str]:
    """The list and the key in a cursor; none where it is no cursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found = json.loads(text)
        "".join(found).encode()
    except (binascii.Error, RecursionError, TypeError, ValueError):
        return []
    is_sound = isinstance(found, list) and not any("\0" in each for each in found)
    return found if is_sound else []
