"""What erasing a customer means: until when they get an answer, and which words go. Pure."""

from __future__ import annotations

import hmac
from calendar import monthrange
from collections.abc import Collection
from datetime import date
from hashlib import sha256

HASHED = "hmac:"
"""What an address is kept as once its owner was erased begins with this."""
WORDS = frozenset(
    {"reason", "note", "text", "wording", "evidence", "means", "medium", "tracking", "code", "pay_url"}
)
"""Fields in which people's own words stand, or what leads to a person, in requests, states and events."""
OF_FACTS = WORDS - {"reason"}
"""The same of a message's facts, whose `reason` is one of a closed set."""


def answer_by(asked_on: date) -> date:
    """The last day for telling the customer what became of their wish: a month after it (GDPR Art. 12(3))."""
    return a_month_after(asked_on)


def may_keep(asked_on: date, today: date) -> bool:
    """Whether a message that has still to go may keep a customer: what is said last is said to an address,
    and the law's month for the answer does not wait for it.
    """
    return today < answer_by(asked_on)


def a_month_after(day: date) -> date:
    """The same day of the next month, or the last one of a month that has fewer."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def hashed(key: bytes, channel: str, address: str) -> str:
    """An address in its canonical form, as it is kept where it must be known again and cannot be read."""
    return HASHED + hmac.new(key, f"{channel}\n{address}".encode(), sha256).hexdigest()


def emptied(value: object, fields: Collection[str] = WORDS) -> object:
    """JSON without the texts of some fields, wherever they stand."""
    if isinstance(value, dict):
        return {
            name: "" if name in fields and isinstance(each, str) else emptied(each, fields)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [emptied(each, fields) for each in value]
    return value
