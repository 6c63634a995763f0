"""Where the next page of a list begins: opaque to who reads a page, a key of its last row to the list."""

from __future__ import annotations

import base64
import binascii
import json

from backorder.errors import RefusedError


def cursor_of(of: str, *key: str) -> str:
    """A cursor. of: the list and its order, which a cursor of another one does not fit."""
    text = json.dumps([of, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def fault_of_cursor(cursor: str) -> str | None:
    """What is wrong with what can be no cursor of any list."""
    return None if _parts(cursor) else "this is no cursor of this list"


def read_cursor(cursor: str, of: str, length: int) -> list[str]:
    """The key in a cursor, of that many parts. Raises RefusedError for what is no cursor of this list."""
    kind, *key = _parts(cursor) or [""]
    if kind != of or len(key) != length:
        raise RefusedError(["cursor: this is no cursor of this list"])
    return key


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
