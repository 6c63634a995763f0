"""The kinds of fields that come in: each says in words what it takes. No clock, no database."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

from backorder.domain import iso
from backorder.domain.money import DIGITS, amount_of
from backorder.domain.region_hints import LOCALES, US_STATES, region_meant
from backorder.domain.region_zones import REGION_ZONES
from backorder.domain.texts import (
    ID_BYTES,
    fault_of_customer_id,
    fault_of_id,
    fault_of_label,
    fault_of_name,
    fault_of_prose,
    fault_of_sku,
    is_blank,
    name_of,
    shown,
    without_live_links,
)
from backorder.domain.update_frequency import LONGEST_INTERVAL
from backorder.domain.zones import zone_of

MOST_UNITS = 1_000_000
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
"""The second half of an ISO 3166-2 code."""
_ELSEWHERE = ("BV", "HM", "XK")
"""Countries without a time zone of their own: two islands, and Kosovo, whose code is in no standard yet."""
_SEPARATED = re.compile(r"[-+]?\d+[.,' \u00a0\u202f\u2019]\d[\d.,' \u00a0\u202f\u2019]*")
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR"}
"""Signs that stand for one currency alone."""
_DIALLED_ANYWHERE = 0
"""phonenumbers.ValidationResult.IS_POSSIBLE; others are possible within a town only."""
_NO_PHONE = ("n/a", "na", "none", "null", "nan", "nil", "unknown", "0")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def text_of(value: object) -> str:
    """A text without the spaces around it. Raises ValueError for what is none, or what no encoder takes."""
    if not isinstance(value, str):
        raise ValueError(f'must be text, such as "1001", not {_kind(value)}')
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{shown(value)} holds half a character, which nothing can store") from None
    return value.strip()


def _web_address(value: object) -> str:
    text = text_of(value).strip()
    rest = text.removeprefix("https://")
    if (
        rest == text
        or not rest.partition("/")[0]
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise ValueError(f"{shown(text)} is no address of a page; write it as https://shop.example/pay/…")
    if len(text) > 500:
        raise ValueError("has more than 500 characters")
    return text


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the word {str(value).lower()}"
        case int() | float() | Decimal():
            return "a number"
        case dict():
            return "an object"
        case list() | tuple() | set():
            return "a list"
        case date():
            return "a date"
    return "something else"


def _checked(text: str, fault: str | None) -> str:
    if fault:
        raise ValueError(fault)
    return text


def _id(value: object) -> str:
    text = text_of(value)
    return _checked(text, fault_of_id(text))


def _sku(value: object) -> str:
    text = text_of(value)
    return _checked(text, fault_of_sku(text))


def _line(value: object) -> str:
    text = _id(value)
    return _checked(text, f"is {len(text)} characters long; 64 are the most" if len(text) > 64 else None)


def _customer_id(value: object) -> str:
    text = text_of(value)
    return _checked(text, fault_of_customer_id(text))


def _name(value: object) -> str:
    text = name_of(text_of(value))
    return _checked(text, fault_of_name(text))


def _prose(value: object) -> str:
    text = text_of(value)
    return without_live_links(_checked(str(value), fault_of_prose(text, most=4000)))


def _code(value: object) -> str:
    """A tracking number is an ID, but may be missing."""
    text = text_of(value)
    return _checked(text, fault_of_id(text)) if text else text


def _label(most: int, *, empty: bool = True) -> BeforeValidator:
    def check(value: object) -> str:
        text = text_of(value)
        if not empty and is_blank(text):
            raise ValueError("is empty")
        return without_live_links(_checked(text, fault_of_label(text, most=most)))

    return BeforeValidator(check)


def _currency(value: object) -> str:
    code = text_of(value)
    if code in DIGITS:
        return code
    meant = _SIGNS.get(code, code.upper())
    raise ValueError(
        f"{shown(code)} is no ISO 4217 currency{f'; write {meant}' if meant in DIGITS else ', such as EUR'}"
    )


def _email(value: object) -> str:
    from email_validator import EmailNotValidError, validate_email  # 60 ms that most commands need not pay

    address = _checked(text := text_of(value), fault_of_label(text, most=254))
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"{shown(address)} is no email address: {error}") from None
    return found.normalized


def phone_of(value: object, region: str | None) -> str | None:
    """A number in the form +441632960961; None for a placeholder. region: where national numbers are dialled.

    Raises ValueError for anything else.
    """
    import phonenumbers

    text = _checked(raw := text_of(value), fault_of_label(raw, most=64))
    if not any(letter.isalnum() for letter in text) or text.casefold() in _NO_PHONE:
        return None
    country = region.partition("-")[0] if region else None
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or phonenumbers.is_possible_number_with_reason(parsed) != _DIALLED_ANYWHERE:
        raise ValueError(f"{shown(text)} is no phone number; write it like +441632960961")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _zone(value: object) -> str:
    return zone_of(text_of(value))


def _locale(value: object) -> str:
    from babel import Locale, UnknownLocaleError

    name = text_of(value)
    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError):
        raise ValueError(f"{shown(name)} is no locale; write it like en_GB") from None


def _region(value: object) -> str:
    code = text_of(value)
    if _is_region(code):
        return code
    meant = region_meant(code) or _country_named(code)
    if meant != code and _is_region(meant):
        raise ValueError(f"{shown(code)} is no ISO 3166 region; write {meant}")
    raise ValueError(f"{shown(code)} is no ISO 3166 region; write it like US or US-CA")


def _is_region(code: str) -> bool:
    country, dash, part = code.partition("-")
    known = country in REGION_ZONES or country in _ELSEWHERE
    if not known or bool(dash) != bool(_SUBDIVISION.fullmatch(part)):
        return False
    return country != "US" or not part or part in US_STATES


def _country_named(name: str) -> str:
    """The code of a country by its name, in languages that the messages have and some of their neighbours."""
    from babel import Locale

    fold = name.casefold()
    for each in LOCALES:
        for code, words in Locale(each).territories.items():
            if words.casefold() == fold and code in REGION_ZONES:
                return str(code)
    return ""


def _number(least: int, most: int) -> BeforeValidator:
    """A whole number: digits, and a sign where it may be below zero."""
    form = re.compile(r"[-+]?\d{1,12}" if least < 0 else r"\d{1,12}", re.ASCII)

    def check(value: object, info: ValidationInfo) -> int:
        if isinstance(value, str):
            # A cell may stand between spaces; what a person types does not.
            text = text_of(value) if _typed(info) is None else value
            if not form.fullmatch(text):
                raise ValueError(f"{shown(text)} {_why_no_number(text, least, most)}")
            value = int(text)
        elif isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, such as 12, not {_kind(value)}{_point(value)}")
        if not least <= value <= most:
            many = f"{value:,}".replace(",", "") if abs(value) < 10**15 else "this"
            raise ValueError(f"{many} is out of bounds; it must be {least} to {most}")
        return int(value)

    return BeforeValidator(check)


def _point(value: object) -> str:
    return " with a point" if isinstance(value, float) else ""


def _why_no_number(text: str, least: int, most: int) -> str:
    if re.fullmatch(r"[-+]?\d{13,}|-\d+", text, re.ASCII):
        return f"is out of bounds; it must be {least} to {most}"
    if _SEPARATED.fullmatch(text):
        return "is no whole number: write digits alone, with no separator of thousands and no decimals"
    return "is no whole number; write digits, like 12"


def _amount(value: object) -> Decimal:
    if isinstance(value, str):
        return amount_of(text_of(value))
    if isinstance(value, bool | float) or not isinstance(value, int | Decimal):
        raise ValueError(f'write money as text, such as "12.50", so that nothing is lost, not {_kind(value)}')
    if not 0 <= value < 10**10 or not Decimal(value).is_finite():
        raise ValueError("must be from 0 to 9999999999")
    return Decimal(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (found := _WORDS.get(value.strip().casefold())) is not None:
        return found
    words = shown(value) if isinstance(value, str) else _kind(value)
    raise ValueError(f"write true or false, not {words}")


def _day(value: object, info: ValidationInfo) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        found = value
    elif isinstance(value, str):
        typed = _typed(info)
        found = iso.typed_day(text_of(value), *typed) if typed else iso.day_of(text_of(value))
    else:
        raise ValueError(f"must be a day as text, like 2026-05-31, not {_not_a_date(value)}")
    if fault := iso.fault_of_year(found):
        raise ValueError(fault)
    return found


def _instant(value: object, info: ValidationInfo) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        found = value
    elif isinstance(value, str):
        typed, zone = _typed(info), (info.context or {}).get("zone")
        found = iso.typed_instant(text_of(value), *typed) if typed else iso.instant_of(text_of(value), zone)
    else:
        raise ValueError(f"must be an instant as text, like 2026-05-31T10:00:00Z, not {_not_a_date(value)}")
    if fault := iso.fault_of_year(found):
        raise ValueError(fault)
    return found


def _typed(info: ValidationInfo) -> tuple[datetime, str, bool] | None:
    """What counts for a time that a person types: now, the shop's zone, whether a length counts back."""
    context = info.context or {}
    if context.get("back") is None:
        return None
    return context["now"], context["zone"], info.field_name in context["back"]


def _not_a_date(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            iso.day_of(repr(value))
        except ValueError as error:
            number, _, why = str(error).partition(";")[0].removeprefix('"').partition('" ')
            return f"{number}, which {why}"
    return _kind(value)


Text = Annotated[str, BeforeValidator(text_of)]
Id = Annotated[str, BeforeValidator(_id)]
Sku = Annotated[str, BeforeValidator(_sku)]
CustomerId = Annotated[str, BeforeValidator(_customer_id)]
LineName = Annotated[str, BeforeValidator(_line)]
Name = Annotated[str, BeforeValidator(_name)]
Reason = Annotated[str, _label(200, empty=False)]
LineId = Annotated[str, _label(2 * ID_BYTES + 1)]
"""A backorder's ID, as lists have it."""
Label = Annotated[str, _label(128)]
ShortLabel = Annotated[str, _label(32)]
Actor = Annotated[str, _label(64, empty=False)]
Code = Annotated[str, BeforeValidator(_code)]
Words = Annotated[str, BeforeValidator(_prose)]
Currency = Annotated[str, BeforeValidator(_currency)]
Email = Annotated[str, BeforeValidator(_email)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
Zone = Annotated[str, BeforeValidator(_zone)]
LocaleName = Annotated[str, BeforeValidator(_locale)]
Region = Annotated[str, BeforeValidator(_region)]
Price = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0)]
Units = Annotated[int, _number(1, MOST_UNITS)]
Level = Annotated[int, _number(0, MOST_UNITS)]
Change = Annotated[int, _number(-MOST_UNITS, MOST_UNITS)]
Days = Annotated[int, _number(0, 3650)]
DaysMoved = Annotated[int, _number(-365, 365)]
UpdateDays = Annotated[int, _number(1, LONGEST_INTERVAL)]
Priority = Annotated[int, _number(-1000, 1000)]
Revision = Annotated[int, _number(0, 1_000_000)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
