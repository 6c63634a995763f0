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


def read_cursor(cursor: str, of: str, length: int) -> list[str]:
    """The key in a cursor, of that many parts. Raises RefusedError for what is no cursor of this list."""
    key: list[str] = []
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found = json.loads(text)
        kind, *key = found
        sound = kind == of and len(key) == length and all(isinstance(each, str) for each in found)
        "".join(key).encode()
    except (binascii.Error, RecursionError, TypeError, ValueError):
        sound = False
    if not sound or any("\0" in each for each in key):
        raise RefusedError(["cursor: this is no cursor of this list"])
    return key
