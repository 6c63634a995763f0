"""Days and instants as ISO 8601 writes them, and nothing else; bounds of what can have happened, or will."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from backorder.domain.durations import is_duration, parse_duration
from backorder.domain.texts import shown

EARLIEST = date(2000, 1, 1)
LAST = date(2199, 12, 31)
CLOCK_ERROR = timedelta(days=1)
"""How far ahead of business time something may seem to have happened: clocks differ."""
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{4})(\d\d)(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)"
    r" ?([Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_DATES = (
    re.compile(r"(?P<year>\d{4})([-/.])(?P<first>\d{1,2})\2(?P<second>\d{1,2})", re.ASCII),
    re.compile(r"(?P<first>\d{1,2})([-/.])(?P<second>\d{1,2})\2(?P<year>\d{4})", re.ASCII),
)
_EMPTY_YEARS = (1, 9999)
"""Years that programs write where there is no date."""
_EXCEL_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet's serial numbers."""
_A_DAY = "write the day like 2026-05-31"
_AN_INSTANT = "write it like 2026-05-31T10:00:00Z"
_A_TIME = "write a day like 2026-05-31, an instant like 2026-05-31T10:00:00Z, or a length like 3d"


def day_of(text: str) -> date:
    """A day: 2026-05-31, or 20260531. Raises ValueError in words for anything else."""
    text = text.strip()
    found = _DAY.fullmatch(text)
    if found is None:
        why = "has a time, where a day is asked for" if _TIME.fullmatch(text) else _why_not(text)
        raise ValueError(f"{shown(text)} {why}; {_A_DAY}")
    return _date(text, [int(each) for each in found.groups() if each is not None], _A_DAY)


def instant_of(text: str, zone: str | None = None) -> datetime:
    """An instant: a date and time with its zone. Raises ValueError in words for anything else.

    zone: where a time without a zone is read, and a day, which is then its beginning; None refuses these.
    """
    text = text.strip()
    found = _TIME.fullmatch(text)
    if found is None and _DAY.fullmatch(text):
        return _local(datetime.combine(day_of(text), time()), text, zone)
    if found is None:
        raise ValueError(f"{shown(text)} {_why_not(text)}; {_AN_INSTANT}")
    day, clock, offset = found.group(1), found.group(2), found.group(3)
    _date(text, [int(each) for each in day.split("-")], _AN_INSTANT)
    if offset is None:
        return _local(datetime.fromisoformat(f"{day}T{clock}"), text, zone)
    instant = datetime.fromisoformat(f"{day}T{clock}{offset.upper()}")
    for each in (UTC, *([ZoneInfo(zone)] if zone is not None else ())):
        _seen_in(each, instant, text)
    return instant


def typed_day(text: str, now: datetime, zone: str, back: bool = False) -> date:
    """A day as a person types it: an instant or a length, see `typed_instant`, is its day in the zone."""
    found = typed_instant(text, now, zone, back)
    return day_of(text) if _DAY.fullmatch(text.strip()) else found.astimezone(ZoneInfo(zone)).date()


def typed_instant(text: str, now: datetime, zone: str, back: bool = False) -> datetime:
    """An instant as a person types it: as `instant_of` reads it, or a length such as 3d.

    A length is from `now` on, or `back` from now. Raises ValueError in words for anything else.
    """
    if is_duration(text):
        return now - parse_duration(text) if back else now + parse_duration(text)
    try:
        return instant_of(text, zone)
    except ValueError as error:
        raise ValueError(f"{str(error).rpartition(';')[0]}; {_A_TIME}") from None


def _date(text: str, parts: list[int], form: str) -> date:
    try:
        return date(*parts)
    except ValueError:
        raise ValueError(f"{shown(text)} is no day of the calendar; {form}") from None


def _local(naive: datetime, text: str, zone: str | None) -> datetime:
    if zone is None:
        raise ValueError(f"{shown(text)} needs a time zone; {_AN_INSTANT}")
    return _seen_in(UTC, naive.replace(tzinfo=ZoneInfo(zone)), text)


def _seen_in(zone: tzinfo, instant: datetime, text: str) -> datetime:
    """The instant as that zone's clocks show it. Raises ValueError where they have no such day."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        raise ValueError(f"{shown(text)} is out of the calendar; {_AN_INSTANT}") from None


def _why_not(text: str) -> str:
    """Why a text is no ISO 8601: what a spreadsheet or another system may have made of a date."""
    if not _NUMBER.fullmatch(text):
        return "is no date of ISO 8601"
    if day := serial_day(text):
        return f"is a spreadsheet's serial number, perhaps of {day}: format the column as a date"
    if re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        return "is a count of seconds or milliseconds, no date of ISO 8601"
    return "is a number, no date of ISO 8601"


def serial_day(text: str) -> date | None:
    """The day that a number means where it is a spreadsheet's of a date; None where it is none."""
    if re.fullmatch(r"\d{5}([.,]\d+)?", text, re.ASCII) and 20_000 <= int(text[:5]) < 80_000:
        return _EXCEL_EPOCH + timedelta(days=int(text[:5]))
    return None


def reads_as_date(text: str) -> bool:
    """Whether a text is a date as some country writes it, or as a program writes none: 0001-01-01.

    Of a year that nobody has to do with it is not: 0301-12-12 may be dialled.
    """
    for form in _DATES:
        if found := form.fullmatch(text):
            year, first, second = (int(found[name]) for name in ("year", "first", "second"))
            near = year in _EMPTY_YEARS or _EXCEL_EPOCH.year <= year <= LAST.year
            return near and (_is_day(year, first, second) or _is_day(year, second, first))
    return False


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def fault_of_year(value: date | datetime) -> str | None:
    """What is wrong with a day or an instant of business, whatever it is now."""
    if EARLIEST <= _day(value) <= LAST:
        return None
    side = f"before {EARLIEST}" if _day(value) < EARLIEST else f"after {LAST}"
    return f"{_shown(value)} is {side}, so it must be a mistake"


def fault_of_past(value: date | datetime, now: datetime) -> str | None:
    """What is wrong with the time of something that happened, at the business instant `now`."""
    if fault := fault_of_year(value):
        return fault
    late = value > now + CLOCK_ERROR if isinstance(value, datetime) else value > _day(now + CLOCK_ERROR)
    return f"{_shown(value)} is in the future: it is {now:%Y-%m-%d} now" if late else None


def fault_of_plan(value: date | datetime, now: datetime) -> str | None:
    """What is wrong with a date to come, at the business instant `now`. It may have passed since."""
    if fault := fault_of_year(value):
        return fault
    if _day(value) > in_5_years(_day(now)):
        return f"{_shown(value)} is more than 5 years ahead, so it must be a mistake"
    return None


def in_5_years(day: date) -> date:
    """The farthest day to come that anybody means, seen from a day."""
    try:
        return day.replace(year=day.year + 5)
    except ValueError:
        return date(day.year + 5, 3, 1)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _shown(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
