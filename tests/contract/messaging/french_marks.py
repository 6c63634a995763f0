"""French marks: the space before them, at which no line ends."""

from __future__ import annotations

import re

_UNSPACED = re.compile(r"[^\s\u202f\xa0][;?!»](?!\w)|\w:(?!//|\d\d)| [:;?!»]|«(?![\u202f\xa0])")
_PLAIN = re.compile(r" ([:;?!»])")


def unspaced(words: str) -> str:
    """The first mark without its space, or with one at which a line may end; "" for none."""
    found = _UNSPACED.search(words)
    return found[0] if found else ""


def held(words: str) -> str:
    """The words of a text, where that space is a plain one: GSM-7 has no other."""
    return _PLAIN.sub("\xa0\\1", words)
