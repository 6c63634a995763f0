"""Dates, money and numbers in the reader's own form."""

from __future__ import annotations

import re
from copy import copy
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from backorder.domain.money import Money, digits

if TYPE_CHECKING:
    from babel import Locale


# Babel takes 10 to 150 µs for one value, and a shop's messages share a few hundred dates.
_cached = lru_cache(maxsize=8192)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z0-9]{2,8}){0,3}")
_FIRST = re.compile(r"(?<!\d)1(?=\s?–|\s[a-zéû])")
# CLDR's short time in Hindi says am and pm; people say the part of the day and "o'clock".
_CLOCKS = {"hi": "B h:mm 'बजे'"}
# What people say between a day and its hour, and before one o'clock, where they say anything.
_AT_HOURS = {
    "de": (" um ", " um "),
    "en": (" at ", " at "),
    "es": (" a las ", " a la "),
    "fr": (" à ", " à "),
    "pt": (" às ", " à "),
}
# What they say after the hour.
_HOUR = {"de": " Uhr"}
_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def chain(locale: str) -> tuple[str, ...]:
    """The names under which templates are looked for: zh_Hant_TW, zh_Hant, zh. None for nonsense."""
    name = locale.split(".")[0].replace("-", "_")
    if not _LOCALE.fullmatch(name):
        return ()
    words = name.split("_")
    return tuple("_".join(words[:n]) for n in range(len(words), 0, -1))


def _territory(name: str) -> str:
    """The country of a locale's name, "" for none."""
    return next((word for word in name.split("_")[1:] if len(word) == 2 or word.isdigit()), "")


@_cached
def known(language: str, locale: str, region: str = "") -> Locale:
    """The Babel locale for a text in `language` to a reader of `locale` (English for Germany: en_DE).

    region: ISO 3166, for a locale that names no country. Where neither names one, English is the world's,
    whose dates nobody misreads.
    """
    from babel import Locale, UnknownLocaleError  # 40 ms that a command without messages need not pay

    names = chain(locale)
    country = _territory(names[0]) if names else ""
    if not country and region:
        country = region.partition("-")[0]
        names = (f"{names[0]}_{country}", *names) if names else ()
    own = names if country and names and names[-1] == language else (f"{language}_{country.upper()}",)
    for name in (*own, f"{language}_001", language, "en_001"):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel knows English")


@_cached
def day(value: date, locale: Locale) -> str:
    """3 May 2026, May 3, 2026, 3. Mai 2026, 1er mai 2026."""
    from babel.dates import format_date

    return _first(format_date(value, "long", locale), locale)


@_cached
def day_of_year(value: date, locale: Locale) -> str:
    """3 May, May 3, 3. Mai, 1er mai: where the year stands beside it."""
    from babel.dates import format_skeleton

    return _first(format_skeleton("MMMMd", value, locale=locale), locale)


@_cached
def brief_day(value: date, locale: Locale) -> str:
    """The same with a short month."""
    from babel.dates import format_skeleton

    return _first(format_skeleton("yMMMd", value, locale=locale), locale)


@_cached
def span(first: date, last: date, locale: Locale) -> str:
    """3–10 May 2026, May 3 – 10, 2026."""
    from babel.dates import format_interval

    return _first(format_interval(first, last, "yMMMd", locale=locale), locale)


def _first(text: str, locale: Locale) -> str:
    """The text with the first of a month as French has it; CLDR's forms know no ordinal."""
    return _FIRST.sub("1er", text) if locale.language == "fr" else text


def clock(value: datetime, zone: tzinfo, locale: Locale) -> str:
    """14:35, 2:35 PM, दोपहर 2:35 बजे, as the clocks of a zone show it."""
    from babel.dates import format_time

    return str(format_time(value, _CLOCKS.get(locale.language, "short"), tzinfo=zone, locale=locale))


def instant(value: datetime, locale: Locale) -> str:
    """3 March 2026 at 14:05 (GMT+1), 3. März 2026 um 14:05 Uhr (GMT+1), 3 mars 2026 à 14:05 (UTC+1), as the
    clocks of its own zone show it.
    """
    shown = clock(value, value.tzinfo or UTC, locale)
    hours, one = _AT_HOURS.get(locale.language, (", ", ", "))
    at = one if shown.partition(":")[0] in ("1", "01") else hours
    return f"{day(value.date(), locale)}{at}{shown}{_HOUR.get(locale.language, '')} ({_zone(value, locale)})"


def _zone(value: datetime, locale: Locale) -> str:
    """GMT, GMT+1, GMT+5:30. Babel says GMT-04:30 of St. John's, which is three and a half hours behind."""
    minutes = round((value.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}" if minutes else ""
    return str(locale.zone_formats["gmt"] % offset)


def brief_instant(value: datetime, locale: Locale) -> str:
    """3 Mar 2026, 14:05; 3. März 2026, 14:05 Uhr."""
    hour = f"{clock(value, value.tzinfo or UTC, locale)}{_HOUR.get(locale.language, '')}"
    return f"{brief_day(value.date(), locale)}, {hour}"


@_cached
def money(value: Money, locale: Locale) -> str:
    """£1,299.50, RSD 1,299.50."""
    # The digits are the domain's: CLDR would round dinars that are paid in hundredths to whole ones.
    form = copy(locale.currency_formats["standard"])
    form.frac_prec = (digits(value.currency),) * 2
    text = str(form.apply(value.amount, locale, currency=value.currency, currency_digits=False))
    return _TOUCHING.sub("\xa0", text)


@_cached
def number(value: int, locale: Locale) -> str:
    """12,000."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=locale)


@_cached
def percent(value: Decimal, locale: Locale) -> str:
    """12.5% from 12.5."""
    from babel.numbers import format_percent

    return format_percent(value / 100, locale=locale, decimal_quantization=False)
