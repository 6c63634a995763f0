"""Keys made of IDs: `{order}/{line}`, `customer/{id}`. IDs hold any printable text, so each part is encoded.

Within a part `%`, `/` and `#` are percent-encoded, and nothing else: `A/1` + `2` is `A%2F1/2`, and
`A` + `1/2` is `A/1%2F2`. `#` stands after a key, before the number of one of its parts.
"""

from __future__ import annotations

import re

_ENCODED = {"%": "%25", "/": "%2F", "#": "%23"}
_PLAIN = {code: letter for letter, code in _ENCODED.items()}
_CODE = re.compile(r"%(?:25|2F|23)", re.IGNORECASE)
_RESERVED = re.compile(r"[%/#]")


def joined(*parts: str) -> str:
    """The key of some parts, each of any text."""
    return "/".join(_RESERVED.sub(lambda found: _ENCODED[found.group()], part) for part in parts)


def parts(key: str) -> tuple[str, ...]:
    """The parts of a key, as they were before `joined`. A `%` that begins no code of it stands for itself."""
    return tuple(_CODE.sub(lambda found: _PLAIN[found.group().upper()], part) for part in key.split("/"))


def as_typed(text: str) -> tuple[str, str]:
    """The order and the line that somebody typed, where `%` and `#` need no code unless they look like one.

    Raises ValueError, in words for the person, for what is not two parts.
    """
    typed = tuple(part.strip() for part in parts(text))
    if len(typed) > 2 and all(typed):
        raise ValueError(
            f'"{text}" has more than one "/": write the order and the line, like A-1001/1, '
            "and a slash within either of them as %2F"
        )
    if len(typed) != 2 or not all(typed):
        raise ValueError(f'"{text}" is no backorder; write the order and the line, like A-1001/1')
    return typed[0], typed[1]


_DIGITS = re.compile(r"[0-9]+")
_END, _NEXT_PART = "\t", "\n"
"""Both sort before everything that an ID can hold, so that B-9/1 stands before B-9.5/1."""


def reading_order(id: str) -> str:
    """A text whose order by code points is that of IDs as people read them: 99 before 1000, A2 before A10.

    Digits compare by their value; IDs that read alike (A1, A01) compare letter by letter.
    """
    return f"{_DIGITS.sub(_by_value, id).replace('/', _NEXT_PART)}{_END}{id}"


def _by_value(digits: re.Match[str]) -> str:
    value = digits.group().lstrip("0")
    return f"{len(value):03}{value}"
