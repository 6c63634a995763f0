"""Fitting a text for SMS: the product names give way, politely, so that the rest stays whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from backorder.messaging import gsm
from backorder.messaging.template_variables import MARK, short

_MARKS = re.compile("([\ue000-\uf8ff])")
_DOTS = re.compile(r"(?<!\.)\.{4}(?!\.)")  # a link holds more of them, until its token is put in
_LEAST = 14  # characters of a name below which a second segment is the better choice
_ENOUGH = 5  # characters of a name that still name something
_JOINS = 2  # characters of a word that only joins others: "de", "of"
_MOST = 40
_MOST_SEGMENTS = 8


def fit(text: str, names: Sequence[str], fallback: str, *, unicode: bool = False, most: int = _MOST) -> str:
    """The text on one line with a name put in for each mark, in as few segments as reads well.

    text: from a template; chr(MARK + i) stands for names[i]. fallback: says "your item" where GSM-7 has no
    letters for a name. unicode: keep the script as it is (70 and 67 places) instead of GSM-7. most:
    characters of a name, however much room there is.
    """
    clean = _same if unicode else gsm.plain
    pieces, used = _split(text)
    pieces = [_keeping_ends(piece, clean) for piece in pieces]
    frame = _places_around(pieces)
    shown = {index: _legible(names[index], clean, fallback) for index in used}
    one, several = (70, 67) if unicode else (160, 153)
    names_in_order = [shown[index] for index in used]
    limit = most
    for places in (one, *(count * several for count in range(2, _MOST_SEGMENTS + 1))):
        room = places - frame
        limit = min(most, _longest(names_in_order, room))
        if limit >= _LEAST:
            break
    limit = max(_LEAST, limit)
    out = []
    for index, piece in zip([*used, -1], pieces, strict=True):
        out.append(piece)
        if index >= 0:
            out.append(_cut(shown[index], limit))
    # A name that was cut ends in dots already.
    return _DOTS.sub("...", " ".join("".join(out).split()))


def _places_around(pieces: Sequence[str]) -> int:
    """The places that all takes but the names, with the blanks on both sides of each."""
    stand_in = "x"
    return gsm.size(" ".join(stand_in.join(pieces).split())) - (len(pieces) - 1) * gsm.size(stand_in)


def _keeping_ends(piece: str, clean: Callable[[str], str]) -> str:
    """The cleaned piece with a blank at an end that had one."""
    inner = clean(piece)
    if not inner:
        return " " if piece else ""
    return (" " if piece[0].isspace() else "") + inner + (" " if piece[-1].isspace() else "")


def _same(text: str) -> str:
    return " ".join(gsm.whole_numbers(text).split())


def _split(text: str) -> tuple[list[str], list[int]]:
    """The pieces around the marks and, between them, each mark's index."""
    parts = _MARKS.split(text)
    return parts[::2], [ord(mark) - MARK for mark in parts[1::2]]


def _legible(name: str, clean: Callable[[str], str], fallback: str) -> str:
    plain = clean(name)
    letters = sum(c.isalnum() for c in name)
    return plain if plain and 2 * sum(c.isalnum() for c in plain) >= letters else clean(fallback)


def _longest(names: Sequence[str], room: int) -> int:
    """The most places that one name may take so that all of them fit into `room`: cut ones end at a word, and
    so often take less.
    """
    sizes = [gsm.size(name) for name in names]
    limit = _MOST
    while limit >= _LEAST and sum(min(size, limit) for size in sizes) > room:
        if sum(gsm.size(_cut(name, limit)) for name in names) <= room:
            break
        limit -= 1
    return limit


def _cut(name: str, limit: int) -> str:
    """The name in at most `limit` places, its end replaced by dots if it was longer."""
    if gsm.size(name) <= limit:
        return name
    dots, keep = "..." if gsm.ALPHABET.issuperset(name) else "…", limit - 2
    while True:
        cut = _at_a_word(name, short(name, keep).removesuffix("…").rstrip()) + dots
        if gsm.size(cut) <= limit or keep <= 1:
            return cut
        keep -= 1


def _at_a_word(name: str, cut: str) -> str:
    """The beginning of a name without the piece of a word at its end, where enough is left without it: nobody
    reads "Lámpara de escritor..." gladly, nor "Lámpara de...".
    """
    words = cut.split(" ")
    if name[len(cut) : len(cut) + 1].isalnum() and len(words) > 1:
        words.pop()
    while len(words) > 1 and len(words[-1]) <= _JOINS and words[-1].islower():
        words.pop()
    found = " ".join(words).rstrip(" ,;:-–")
    return found if len(found) >= _ENOUGH else cut
