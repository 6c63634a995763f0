"""Single values of a file as people and spreadsheets write them, put into the forms that the door takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backorder.domain.iso import day_of, serial_day
from backorder.domain.texts import shown
from backorder.errors import RefusedError

TEXT, DAY, INSTANT, AMOUNT, UNITS, FLAG = "text", "day", "instant", "amount", "units", "flag"
DAY_OR_NONE = "day, or the word none"
"""What a column holds."""
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_ISO_WITHOUT_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?")
_ISO_BEGINS = re.compile(r"\d{4}-\d{2}-\d{2}")
_OTHER_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b.*")
_MONTH = r"[^\W\d_]{3,12}\.?"
_NAMED_MONTH = re.compile(
    rf"\d{{1,4}}[.,/\s-]+{_MONTH}[.,/\s-]+\d{{2,4}}\b.*|{_MONTH}[\s-]+\d{{1,2}}[a-z]{{0,2}},?[\s-]+\d{{2,4}}\b.*"
)
"""Days that ISO 8601 writes otherwise."""
_SPACES = " \u00a0\u202f'\u2019"
_SEPARATORS: Mapping[str, tuple[str, str]] = {"comma": (",", "." + _SPACES), "point": (".", "," + _SPACES)}
"""The decimal separator, and what may stand between thousands."""
_SEPARATED = re.compile(rf"[+-]?\d[\d.,{_SPACES}]*")
_LAKHS = re.compile(r"[+-]?\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?", re.ASCII)
"""A number as India writes it: a comma before the last three digits, and one before every two from there."""
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
_YES = frozenset({"wahr", "vrai", "verdadero", "vero", "waar", "ja", "oui", "sí", "si", "sì"})
_NO = frozenset({"falsch", "faux", "falso", "onwaar", "nein", "non", "nee"})
_ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!"),
        *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!"),
    }
)
"""What spreadsheets show where a formula has no result, in English and German."""
_SAMPLE = datetime(2026, 12, 31)  # noqa: DTZ001 - a day on the wall, only to see a format at work


@dataclass(frozen=True, kw_only=True, slots=True)
class CellFormat:
    """How the values of a file are written.

    decimal: "comma" or "point", then thousands may be separated too; None: a point, and no other separator.
    date_format: as in strptime; None: ISO 8601 alone. zone: of instants that name none. options: whether who
    sent the file could have said otherwise by options of a command line.
    """

    zone: ZoneInfo
    decimal: str | None = None
    date_format: str | None = None
    options: bool = True

    def otherwise(self, words: str) -> str:
        """What options there are to say it, as the end of an advice."""
        return f", or say {words}" if self.options else ""

    def __post_init__(self) -> None:
        """Raises RefusedError for a date format that loses the day, the month or the year."""
        if self.date_format is None:
            return
        try:
            whole = datetime.strptime(_SAMPLE.strftime(self.date_format), self.date_format) == _SAMPLE  # noqa: DTZ007
        except (ValueError, re.error):
            # What is said twice, such as %Y%Y, is an error of the expression that is made of it.
            whole = False
        if not whole:
            words = f'--date-format: "{self.date_format}" does not hold day, month and year'
            raise RefusedError([f"{words}; write it like %d.%m.%Y"])

    def value(self, kind: str, text: str) -> str:
        """A text in the form that the door takes. Raises ValueError, in words, for a mistake."""
        if text.upper() in _ERRORS:
            raise ValueError(f"the cell holds the error {text}")
        read = _READERS.get(kind)
        return read(self, text) if read else text


def _day(reading: CellFormat, text: str) -> str:
    if found := _ISO_DAY.fullmatch(text):
        return found[1]
    read = _as_given(reading, text)
    return read.date().isoformat() if read else text


def _instant(reading: CellFormat, text: str) -> str:
    if _ISO_WITHOUT_ZONE.fullmatch(text):
        try:
            read: datetime | None = datetime.fromisoformat(text)
        except ValueError:
            return text
    else:
        read = _as_given(reading, text)
    return read.replace(tzinfo=reading.zone).isoformat() if read else text


def _as_given(reading: CellFormat, text: str) -> datetime | None:
    """A text in the date format; None for what ISO 8601 decides. Raises ValueError for what is neither."""
    if reading.date_format is None:
        named = _NAMED_MONTH.fullmatch(text)
        if not (named or _OTHER_DAY.fullmatch(text)) or _ISO_BEGINS.match(text):
            return None
        option = reading.otherwise(f"--date-format, such as {'%d-%b-%Y' if named else '%d.%m.%Y'}")
        example = f"write it like {_SAMPLE:%Y-%m-%d}{option}"
        raise ValueError(f"{shown(text)}: {example}")
    if _ISO_BEGINS.match(text):
        return None
    for time in _TIMES:
        try:
            return datetime.strptime(text, reading.date_format + time)  # noqa: DTZ007 - the caller adds the zone
        except (ValueError, re.error):
            continue
    fault = f"no date like {_SAMPLE.strftime(reading.date_format)}, as --date-format says"
    if day := serial_day(text):
        raise ValueError(f"{shown(text)} is a spreadsheet's serial number, perhaps of {day}, and {fault}")
    raise ValueError(f"{shown(text)} is {fault}")


def _day_or_none(reading: CellFormat, text: str) -> str:
    if text.lower() == "none":
        return text.lower()
    advice = 'or the word "none" where the supplier cannot say'
    try:
        read = _day(reading, text)
        day_of(read)
    except ValueError as error:
        raise ValueError(f"{error}, {advice}") from None
    return read


def _amount(reading: CellFormat, text: str) -> str:
    if reading.decimal is None:
        if "," in text and _SEPARATED.fullmatch(text):
            option = reading.otherwise("--decimal comma or --decimal point")
            raise ValueError(f"{shown(text)}: write it like 1299.00{option}")
        return text
    return _number(reading.decimal, text)


def _units(reading: CellFormat, text: str) -> str:
    if text.lstrip("+-").isdecimal() or not _SEPARATED.fullmatch(text):
        return text
    if reading.decimal is None:
        option = reading.otherwise("--decimal comma or --decimal point")
        raise ValueError(f"{shown(text)}: write digits alone{option}")
    whole, _, fraction = _number(reading.decimal, text).partition(".")
    return whole if not fraction.strip("0") else f"{whole}.{fraction}"


def _number(decimal: str, text: str) -> str:
    """A number with separators as a plain one. Raises ValueError for one that cannot be meant so."""
    if not _SEPARATED.fullmatch(text):
        return text
    mark, between = _SEPARATORS[decimal]
    grouped = rf"[+-]?(?:\d+|\d{{1,3}}(?P<sep>[{re.escape(between)}])\d{{3}}(?:(?P=sep)\d{{3}})*)"
    if decimal == "point" and _LAKHS.fullmatch(text):
        text = text.replace(",", "")
    if not re.fullmatch(rf"{grouped}(?:{re.escape(mark)}\d+)?", text):
        raise ValueError(f"{shown(text)} is no number with a decimal {decimal}")
    whole, _, fraction = text.partition(mark)
    plain = re.sub(rf"[{re.escape(between)}]", "", whole)
    return f"{plain}.{fraction}" if fraction else plain


def _flag(_: CellFormat, text: str) -> str:
    folded = text.casefold()
    return "true" if folded in _YES else "false" if folded in _NO else text


_READERS: Mapping[str, Callable[[CellFormat, str], str]] = {
    DAY: _day,
    DAY_OR_NONE: _day_or_none,
    INSTANT: _instant,
    AMOUNT: _amount,
    UNITS: _units,
    FLAG: _flag,
}


def as_day(value: datetime) -> date:
    """The day of a date cell. Raises ValueError if it has a time of day too."""
    if (value.hour, value.minute, value.second) != (0, 0, 0):
        raise ValueError(f'"{value:%Y-%m-%d %H:%M}" has a time of day; a date is wanted')
    return value.date()
