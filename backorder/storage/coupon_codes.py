"""Codes of coupons."""

from __future__ import annotations

import secrets

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a coupon's code: none that people take for another."""


def new_code() -> str:
    """A random code: nobody can work it out from what they know, and no two are the same."""
    # One number for all letters: letter by letter takes ten times as long.
    number, letters = secrets.randbelow(len(_LETTERS) ** 12), []
    for _ in range(12):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    code = "".join(letters)
    return f"BK-{code[:4]}-{code[4:8]}-{code[8:]}"
