"""The calendar of the tests: days and instants, counted from a Monday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

START = date(2025, 3, 3)  # a Monday


def day(n: int) -> date:
    """The day n days after the start."""
    return START + timedelta(days=n)


def at(n: float, hour: int = 9, minute: int = 0) -> datetime:
    """An instant on day n."""
    return datetime.combine(START, time(hour, minute), UTC) + timedelta(days=n)
