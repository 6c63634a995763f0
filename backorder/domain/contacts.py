"""Addresses and numbers in one form, so that two ways of writing one are known to be the same. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_WAYS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    # What a country writes in two ways: a pattern of one, what it becomes, and the way back.
    (re.compile(r"\+521(\d{10})"), r"+52\1", r"+521\1"),  # Mexico: mobiles once had a 1
    (re.compile(r"\+549(\d{10})"), r"+54\1", r"+549\1"),  # Argentina: mobiles, called from abroad
    (re.compile(r"\+55(\d\d)9([6-9]\d{7})"), r"+55\1\2", r"+55\g<1>9\2"),  # Brazil: the ninth digit
    (re.compile(r"\+22901(\d{8})"), r"+229\1", r"+22901\1"),  # Benin: ten digits since 2024
)
_SHORT = (
    re.compile(r"\+52(\d{10})"),
    re.compile(r"\+54(\d{10})"),
    re.compile(r"\+55(\d\d)([6-9]\d{7})"),
    re.compile(r"\+229(\d{8})"),
)
_BETWEEN = re.compile(r"[^+0-9]+")
_CONTACT = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+|\+?\d[\d ()/.-]{6,}\d")
"""What is an address, or a number that somebody could be called by."""
_MAILBOX = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
_NOBODY = re.compile(r"(do)?(no|not)reply\d*")


def is_mailbox(address: str) -> bool:
    """Whether a text is one email address by its form."""
    return _MAILBOX.fullmatch(address) is not None


def is_read_by_nobody(address: str) -> bool:
    """Whether an email address says of itself that replies to it are not read, like no-reply@shop.example."""
    local = address.rpartition("@")[0].partition("+")[0].casefold()
    return _NOBODY.fullmatch(re.sub(r"[._-]", "", local)) is not None


def canonical(channel: str, address: str) -> str:
    """The form in which addresses of a channel are compared. Never raises."""
    return canonical_number(address) if channel == "sms" else canonical_email(address)


ADDRESS_FIELDS: Mapping[str, str] = {"email": "email", "sms": "phone"}
"""By channel, the field of a customer that says where it reaches them."""


def is_same(channel: str, one: str | None, other: str | None) -> bool:
    """Whether two addresses of a channel are one, or neither is known."""
    return canonical(channel, one or "") == canonical(channel, other or "")


def canonical_email(address: str) -> str:
    """An email address in small letters, its domain as people read it: Ann@XN--BCHER-KVA.example and
    ann@bücher.example are one.
    """
    local, _, domain = _plain(address).rpartition("@")
    return f"{local}@{'.'.join(map(_label, domain.rstrip('.').split('.')))}"


def canonical_number(number: str) -> str:
    """A phone number as E.164, of the two ways that some countries know the shorter one."""
    digits = _BETWEEN.sub("", _plain(number))
    if not digits:  # a name that texts come from, which no number is
        return _plain(number)
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
    for long, short, _ in _WAYS:
        if long.fullmatch(digits):
            return long.sub(short, digits)
    return digits


def spellings(number: str) -> tuple[str, ...]:
    """Every way in which a number may be on record."""
    short = canonical_number(number)
    others = (
        pattern.sub(back, short)
        for pattern, (_, _, back) in zip(_SHORT, _WAYS, strict=True)
        if pattern.fullmatch(short)
    )
    return (short, *others)


def without_contacts(text: str) -> str:
    """A text in which every address and number stands as …: words of a provider often name one."""
    return _CONTACT.sub("…", text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower()).strip()


def _label(label: str) -> str:
    """A part of a domain, as people read it."""
    if not label.startswith("xn--"):
        return label
    try:
        read = _plain(label.removeprefix("xn--").encode("ascii").decode("punycode"))
    except (UnicodeError, ValueError):
        return label
    return label if read.startswith("xn--") or set(read) & set("@. ") else read
