"""The words by which a person is found: how names, addresses and numbers are kept, and how one asks for them.

A term is folded text that a question must begin: `muller` and `mueller` for Müller, `example.com` for an
address, the digits of a phone number from its end for however it is dialled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SHORTEST_NUMBER = 5
"""Digits of a phone number below which it is none."""
LONGEST = 128
"""Letters of a term, at most."""
_WORD = re.compile(r"[^\W_]+")
_EDGE = re.compile(r"[._+@-]+")
_BETWEEN = re.compile(r"[\s,;/|()]+")
_NUMBER = re.compile(r"[+\d\s()./\u2010-\u2015-]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
_ABROAD = ("011", "0011", "00", "0")
"""What is dialled before a number, the longest first; a number without it is found too."""
_ENDING = 8
"""Digits at a number's end that find it whatever stands before them."""


def fold(text: str) -> str:
    """A text without case and accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def terms(*, name: str, email: str | None, phone: str | None) -> list[str]:
    """Every term of a customer. phone: as E.164."""
    found = {*_of_name(name), *_of_email(email or "")}
    if digits := _digits(phone or ""):
        found.add(number_term(digits))
    return sorted(term[:LONGEST] for term in found)


def _of_name(name: str) -> Iterator[str]:
    for part in _BETWEEN.split(name):
        for written in {fold(part), fold(part.casefold().translate(_UMLAUTS))}:
            words = _WORD.findall(written)
            yield from words
            if len(words) > 1:
                yield "".join(words)  # O'Brien is typed as obrien


def _of_email(email: str) -> Iterator[str]:
    """The address and what is left of it after each edge: `ada.lee@example.com`, `lee@example.com`, …"""
    left = fold(email.strip())
    while len(left) > 2:
        if "@" in left or "." in left:
            yield left
        edge = _EDGE.search(left)
        if edge is None:
            return
        left = left[edge.end() :]


def number_term(digits: str) -> str:
    """The term of a phone number: its digits from the end, so that what is dialled before them is open."""
    return f"#{digits[::-1]}"


def numbers(question: str) -> list[str]:
    """What a question can mean as a number: beginnings of terms, the likeliest first; none if it is none."""
    if not _NUMBER.fullmatch(question.strip()):
        return []
    digits = _digits(re.sub(r"\(\s*0\s*\)", "", question))
    if len(digits) < SHORTEST_NUMBER:
        return []
    meant = [digits, *(digits.removeprefix(before) for before in _ABROAD if digits.startswith(before))]
    if len(digits) > _ENDING:
        meant.append(digits[-_ENDING:])
    return list(dict.fromkeys(number_term(each) for each in meant if len(each) >= SHORTEST_NUMBER))


def words(question: str) -> list[str]:
    """The beginnings of terms that a question asks for, all of which a customer must have."""
    found: list[str] = []
    for part in _BETWEEN.split(question):
        written = fold(part)
        if "@" in written or "." in written.strip("."):
            found.append(written.strip("."))
        else:
            found += _WORD.findall(written)
    return [word[:LONGEST] for word in dict.fromkeys(found) if word]


def parcel_term(number: str) -> str:
    """A tracking number as it is compared: letters and digits alone, whatever stands between them."""
    return "".join(_WORD.findall(fold(number)))[:LONGEST]


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(letter)) for letter in text if letter.isdigit())
