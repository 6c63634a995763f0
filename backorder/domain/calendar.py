"""Days in the shop's time zone, and its working days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_KEPT = 8192
"""Days and instants that are kept: every step of every line asks for the same few again and again."""


@dataclass(frozen=True, kw_only=True)  # without slots: the days that it has found are kept with it
class Calendar:
    """The shop's calendar.

    zone: IANA name of the shop's time zone. closed: days besides Saturdays and Sundays on which nothing
    leaves the dock.
    """

    zone: str = "UTC"
    closed: frozenset[date] = frozenset()

    @cached_property
    def day(self) -> Callable[[datetime], date]:
        """The shop's day on which an aware instant falls."""
        zone = _zone(self.zone)
        return lru_cache(maxsize=_KEPT)(lambda at: at.astimezone(zone).date())

    def instant(self, day: date, clock: time) -> datetime:
        """The UTC instant of a wall-clock time at the shop.

        A time that the spring change skips is read with the offset before the change; one that the autumn
        change repeats is the first of the two (PEP 495, fold=0).
        """
        return _instant(self.zone, day, clock)

    def local(self, at: datetime) -> datetime:
        """An aware instant as the shop's clocks show it."""
        return at.astimezone(_zone(self.zone))

    def works(self, day: date) -> bool:
        """Whether goods leave the dock on that day."""
        return day.weekday() < _SATURDAY and day not in self.closed

    @cached_property
    def add_working_days(self) -> Callable[[date, int], date]:
        """The day on which so many working days after a day are over; that day itself for a count of 0."""

        def add(day: date, count: int) -> date:
            while count > 0:
                day += ONE_DAY
                if self.works(day):
                    count -= 1
            return day

        return lru_cache(maxsize=_KEPT)(add)

    def working_day_before(self, day: date) -> date:
        """The last working day that is over when `day` begins."""
        day -= ONE_DAY
        while not self.works(day):
            day -= ONE_DAY
        return day


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=_KEPT)
def _instant(zone: str, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, _zone(zone)).astimezone(UTC)
