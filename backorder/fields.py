"""The kinds of fields that come in: each says in words what it takes. No clock, no database."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, ValidationInfo, WithJsonSchema

from backorder.domain import iso
from backorder.domain.money import DIGITS, amount_of
from backorder.domain.texts import (
    ID_BYTES,
    ID_LETTERS,
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
from backorder.kinds import DAY, INSTANT, Kind, money, whole
from backorder.kinds import text as text_schema
from backorder.region_codes import fault_of_region

MOST_UNITS = 1_000_000
MOST_MONEY = 9_999_999_999
"""Major units of a currency."""
LINE_LETTERS, PHONE_LETTERS, EMAIL_LETTERS, _ADDRESS_LETTERS, _PROSE_LETTERS = 64, 64, 254, 500, 4000
_NAME_LETTERS = 200
_AN_ID = "An ID: printable text, any character but controls."
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
    if len(text) > _ADDRESS_LETTERS:
        raise ValueError(f"has more than {_ADDRESS_LETTERS} characters")
    return text


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case str():
            return "text"
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
    long = len(text) > LINE_LETTERS
    return _checked(text, f"is {len(text)} characters long; {LINE_LETTERS} are the most" if long else None)


def _customer_id(value: object) -> str:
    text = text_of(value)
    return _checked(text, fault_of_customer_id(text))


def _name(value: object) -> str:
    text = name_of(text_of(value))
    return _checked(text, fault_of_name(text, most=_NAME_LETTERS))


def _prose(value: object) -> str:
    text = text_of(value)
    return without_live_links(_checked(str(value), fault_of_prose(text, most=_PROSE_LETTERS)))


def _code(value: object) -> str:
    """A tracking number is an ID, but may be missing."""
    text = text_of(value)
    return _checked(text, fault_of_id(text)) if text else text


def _label(most: int, words: str, *, empty: bool = True) -> Kind:
    def check(value: object) -> str:
        text = text_of(value)
        if not empty and is_blank(text):
            raise ValueError("is empty")
        return without_live_links(_checked(text, fault_of_label(text, most=most)))

    return Kind(check, text_schema(words, most=most, least=0 if empty else 1))


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

    address = _checked(text := text_of(value), fault_of_label(text, most=EMAIL_LETTERS))
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

    text = _checked(raw := text_of(value), fault_of_label(raw, most=PHONE_LETTERS))
    if not any(letter.isalnum() for letter in text) or text.casefold() in _NO_PHONE:
        return None
    if iso.reads_as_date(text):
        raise ValueError(f"{shown(text)} is a date and no phone number; write it like +441632960961")
    country = region.partition("-")[0] if region else None
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        parsed = None
    # Whether it was ever given out is not asked: what is known of that is behind what people really have.
    if (
        parsed is None
        or phonenumbers.is_possible_number_with_reason(parsed) != _DIALLED_ANYWHERE
        or not parsed.national_number
    ):
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
    return _checked(code, fault_of_region(code))


def number(least: int, most: int, words: str) -> Kind:
    """A whole number: digits, and a sign where it may be below zero."""
    form = re.compile(r"[-+]?\d{1,12}" if least < 0 else r"\d{1,12}", re.ASCII)

    def check(value: object, info: ValidationInfo) -> int:
        if isinstance(value, str) and not _as_json(info):
            # A cell may stand between spaces; what a person types does not.
            text = text_of(value) if _typed(info) is None else value
            if not form.fullmatch(text):
                raise ValueError(f"{shown(text)} {_why_no_number(text, least, most)}")
            value = int(text)
        elif isinstance(value, float | Decimal) and _as_json(info) and value == value // 1:
            value = int(value)  # in JSON 2.0 is a whole number (JSON Schema, 6.1.1)
        elif isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, such as 12, not {_kind(value)}{_point(value)}")
        if not least <= value <= most:
            many = f"{value:,}".replace(",", "") if abs(value) < 10**15 else "this"
            raise ValueError(f"{many} is out of bounds; it must be {least} to {most}")
        return int(value)

    return Kind(check, whole(words, least, most))


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
    if not 0 <= value <= MOST_MONEY or not Decimal(value).is_finite():
        raise ValueError(f"must be from 0 to {MOST_MONEY}")
    return Decimal(value)


def _flag(value: object, info: ValidationInfo) -> bool:
    if isinstance(value, bool):
        return value
    found = _WORDS.get(value.strip().casefold()) if isinstance(value, str) else None
    if found is not None and not _as_json(info):
        return found
    words = shown(value) + ", which is text" * _as_json(info) if isinstance(value, str) else _kind(value)
    raise ValueError(f"write true or false, not {words}")


def _as_json(info: ValidationInfo) -> bool:
    """Whether numbers and yes or no have to come as JSON has them: text is for tables and options."""
    return bool((info.context or {}).get("as_json"))


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


Text = Annotated[str, Kind(text_of, text_schema("Text."))]
Id = Annotated[str, Kind(_id, text_schema(_AN_ID, most=ID_LETTERS, least=1))]
Sku = Annotated[str, Kind(_sku, text_schema(_AN_ID, most=ID_LETTERS, least=1))]
CustomerId = Annotated[str, Kind(_customer_id, text_schema(_AN_ID, most=ID_LETTERS, least=1))]
LineName = Annotated[str, Kind(_line, text_schema(_AN_ID, most=LINE_LETTERS, least=1))]
Name = Annotated[str, Kind(_name, text_schema("One line that has a letter.", most=_NAME_LETTERS, least=1))]
Reason = Annotated[str, _label(200, "One line that says something.", empty=False)]
LineId = Annotated[str, _label(2 * ID_BYTES + 1, "A backorder's ID, `{order_id}/{line_id}`.")]
"""A backorder's ID, as lists have it."""
Label = Annotated[str, _label(128, "One line.")]
ShortLabel = Annotated[str, _label(32, "One line.")]
Actor = Annotated[str, _label(64, "A name, one line.", empty=False)]
Code = Annotated[str, Kind(_code, text_schema("Printable text of one line, or empty.", most=ID_LETTERS))]
Words = Annotated[str, Kind(_prose, text_schema("Text of any number of lines.", most=_PROSE_LETTERS))]
Currency = Annotated[
    str, Kind(_currency, text_schema("Three capital letters, such as EUR.", pattern="^[A-Z]{3}$"))
]
Email = Annotated[
    str, Kind(_email, text_schema("An email address.", most=EMAIL_LETTERS, least=3, format="email"))
]
Phone = Annotated[
    str,
    WithJsonSchema(
        text_schema(
            "A phone number, E.164 such as +441632960961; a national one is dialled in the region.",
            most=PHONE_LETTERS,
        )
    ),
]
"""What `phone_of` reads once the region is known."""
WebAddress = Annotated[
    str,
    Kind(
        _web_address,
        text_schema("An https address.", most=_ADDRESS_LETTERS, pattern="^https://[!-~]+$", format="uri"),
    ),
]
Zone = Annotated[
    str,
    Kind(
        _zone,
        text_schema(
            "A time zone of IANA's database, such as Europe/Berlin.",
            pattern="^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$",
        ),
    ),
]
LocaleName = Annotated[
    str,
    Kind(
        _locale,
        text_schema(
            "A language, and perhaps a region (CLDR), such as en_GB or de.",
            pattern="^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$",
        ),
    ),
]
Region = Annotated[
    str,
    Kind(
        _region,
        text_schema(
            "A country (ISO 3166-1) or a part of one (ISO 3166-2), such as DE or US-CA.",
            pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        ),
    ),
]
Price = Annotated[Decimal, Kind(_amount, money(0, MOST_MONEY))]
Sum = Annotated[Price, Field(gt=0), WithJsonSchema(money(0, MOST_MONEY, above=True))]
"""An amount that moved."""
Units = Annotated[int, number(1, MOST_UNITS, "Units.")]
Level = Annotated[int, number(0, MOST_UNITS, "Units.")]
Change = Annotated[int, number(-MOST_UNITS, MOST_UNITS, "Units, below zero for fewer.")]
Days = Annotated[int, number(0, 3650, "Calendar days.")]
DaysMoved = Annotated[int, number(-365, 365, "Calendar days, below zero for earlier.")]
UpdateDays = Annotated[int, number(1, LONGEST_INTERVAL, "Calendar days.")]
Priority = Annotated[int, number(-1000, 1000, "Higher goes first, 0 is usual.")]
Revision = Annotated[int, number(0, 1_000_000, "The number of a promise, from 0.")]
DateRevision = Annotated[int, number(1, 1_000_000, "The number of what a supplier stated, from 1.")]
Flag = Annotated[bool, Kind(_flag, {"type": "boolean"})]
Day = Annotated[date, Kind(_day, DAY)]
Instant = Annotated[datetime, Kind(_instant, INSTANT)]
