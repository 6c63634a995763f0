"""Durations as people write them in a policy: "90s", "15m", "2h", "7d", "2w"."""

from __future__ import annotations

import re
from datetime import timedelta

from backorder.domain.texts import shown

_FORM = re.compile(r"(\d+)\s*([smhdw])", re.ASCII)
_UNIT = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST = timedelta(days=3650)


def parse_duration(text: str) -> timedelta:
    """Read a duration: a whole number and one of s, m, h, d, w.

    Raises ValueError, in words for the person who wrote it, for anything else and for more than ten years.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f'{shown(text)} is no duration; write a whole number and s, m, h, d or w, such as "7d"'
        )
    count, unit = found.groups()
    if len(count) > 9 or (length := int(count) * _UNIT[unit]) > _LONGEST:
        raise ValueError(f"{shown(text)} is longer than ten years")
    return length


def is_duration(text: str) -> bool:
    """Whether a text has the form of a duration."""
    return _FORM.fullmatch(text.strip()) is not None


def whole_days(length: timedelta) -> int:
    """Days of a duration, rounded up: what is counted in days is looked at once a day."""
    return -(-length // timedelta(days=1))


def in_words(length: timedelta) -> str:
    """The shortest form that `parse_duration` reads back to the same length."""
    seconds = int(length.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
