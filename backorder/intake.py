"""The door: what may come in, checked whole. Every fault is named; nothing faulty goes further."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from backorder.errors import RefusedError

ModelT = TypeVar("ModelT", bound="Incoming")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
"""The second half of an ISO 3166-2 code."""


class Incoming(BaseModel):
    """What everything that comes in has in common: no unknown fields, no silent conversions of text."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _currency(code: str) -> str:
    if code not in _currencies():
        raise ValueError(f'"{code}" is no ISO 4217 currency')
    return code


@cache
def _currencies() -> frozenset[str]:
    from babel.core import get_global

    return frozenset(get_global("all_currencies"))


def _phone(number: str) -> str:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise ValueError(f'"{number}" is no phone number; write it like +441632960961') from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f'"{number}" is no phone number; write it like +441632960961')
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _email(address: str) -> str:
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f'"{address}" is no email address: {error}') from None
    return found.normalized


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'"{name}" is no IANA time zone; write it like Europe/Berlin') from None
    return name


def _locale(name: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise ValueError(f'"{name}" is no locale; write it like en_GB') from None


def _region(code: str) -> str:
    country, dash, part = code.partition("-")
    if country not in _territories() or bool(dash) != bool(_SUBDIVISION.fullmatch(part)):
        raise ValueError(f'"{code}" is no ISO 3166 region; write it like US or US-CA')
    return code


@cache
def _territories() -> frozenset[str]:
    from babel import Locale

    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha())


def _prose(text: str) -> str:
    """Databases, mails and terminals each take offence at some control characters."""
    if any((ord(letter) < 32 and letter not in "\t\n\r") or letter == "\x7f" for letter in text):
        raise ValueError("must not hold control characters, apart from line breaks and tabs")
    return text


def _amount(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError('write money as text, such as "12.50", so that nothing is lost')
    return value


Id = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+-]*$")
]
LineName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_prose)]
Currency = Annotated[str, AfterValidator(_currency)]
Phone = Annotated[str, AfterValidator(_phone)]
Email = Annotated[str, AfterValidator(_email)]
Zone = Annotated[str, AfterValidator(_zone)]
LocaleName = Annotated[str, AfterValidator(_locale)]
Region = Annotated[str, AfterValidator(_region)]
Price = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, max_digits=14, decimal_places=4)]
Units = Annotated[int, Field(ge=1, le=1_000_000, strict=False)]
Instant = AwareDatetime


class Customer(Incoming):
    """Who waits. contact "none": nobody can be written to, a person takes over."""

    id: Id
    kind: Literal["consumer", "business"] = "consumer"
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    contact: Literal["usual", "none"] = "usual"
    locale: LocaleName = "en_US"
    time_zone: Zone | None = None
    region: Region
    sms_consent: bool = False
    marketing_consent: bool = False

    @model_validator(mode="after")
    def _reachable(self) -> Customer:
        if self.contact != "none" and not self.email and not (self.phone and self.sms_consent):
            raise ValueError(
                'needs an email address, or a phone number with sms_consent; or say contact = "none"'
            )
        return self


class Told(Incoming):
    """What the customer was already promised."""

    by: date
    told_at: Instant


class Notice(Incoming):
    """What the customer was already told, by anyone."""

    at: Instant
    medium: Name
    by_date: date | None = None
    text: Words = ""


class Agreed(Incoming):
    """What the customer already agreed to."""

    state: Literal["none", "implied", "asked", "given", "indefinite"]
    until: date | None = None


class OrderLine(Incoming):
    """One order line that waits. quantity: the part that waits. Money in major units of `currency`."""

    order_id: Id
    line_id: Id
    sku: Id
    quantity: Units
    customer: Customer
    unit_price: Price
    currency: Currency
    line_paid: Price | None = None
    shipping_paid: Price = Decimal(0)
    ordered_at: Instant
    completed_at: Instant | None = None
    credit: bool = False
    ship_by: date | None = None
    payment: Literal["captured", "authorized", "unpaid"]
    policy: Id = "standard"
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    promised: Told | None = None
    notices: tuple[Notice, ...] = ()
    consent: Agreed | None = None

    @model_validator(mode="after")
    def _in_order(self) -> OrderLine:
        if self.promised and self.promised.told_at < self.ordered_at:
            raise ValueError("promised.told_at is before ordered_at")
        return self


class Product(Incoming):
    """A product. lead_days: the supplier's stated lead time for it, where it differs."""

    sku: Id
    name: Name
    category: Annotated[str, StringConstraints(max_length=128)] = ""
    price: Price
    currency: Currency
    supplier: Id
    lead_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    alternatives: tuple[Id, ...] = ()


class Supplier(Incoming):
    """A supplier. lead_days: the stated lead time. backups: suppliers that could step in."""

    id: Id
    name: Name
    email: Email | None = None
    lead_days: Annotated[int, Field(ge=0, le=3650)]
    backups: tuple[Id, ...] = ()


class PurchaseOrderLine(Incoming):
    """Units of one SKU on a purchase order."""

    line: LineName
    sku: Id
    quantity: Units
    destination: Annotated[str, StringConstraints(max_length=128)] = ""
    stated_date: date | None = None


class PurchaseOrder(Incoming):
    """A purchase order with all its lines."""

    id: Id
    supplier: Id
    ordered_at: Instant
    lines: Annotated[tuple[PurchaseOrderLine, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _lines_once(self) -> PurchaseOrder:
        names = [line.line for line in self.lines]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"lines that are named twice: {', '.join(twice)}")
        return self


class Split(Incoming):
    """Some units and the day the supplier states for them; None: the supplier cannot say."""

    quantity: Units
    date: date | None


class StatedDates(Incoming):
    """What a supplier says about a purchase-order line: dates for its units, or that they cannot be had."""

    purchase_order: Id
    line: LineName
    splits: tuple[Split, ...] = ()
    cannot_supply: bool = False
    source: Name
    note: Words = ""

    @model_validator(mode="after")
    def _one_of(self) -> StatedDates:
        if bool(self.splits) == self.cannot_supply:
            raise ValueError("say either splits, with a quantity and a date each, or cannot_supply")
        return self


class Receipt(Incoming):
    """Goods that arrived on a purchase-order line."""

    receipt_id: Id
    purchase_order: Id
    line: LineName
    quantity: Units
    received_at: Instant


class SupplyReturn(Incoming):
    """Goods of a receipt that went back to the supplier, or never came: a receipt reversed, in full or part.

    replacement: others are due for them, so that the order line is open again. returned_at: now, if not said.
    """

    return_id: Id
    receipt_id: Id
    purchase_order: Id
    line: LineName
    quantity: Units
    replacement: bool = False
    returned_at: Instant | None = None


class Adjustment(Incoming):
    """A change of what is on hand for any other reason; below zero for units that vanished.

    at: when it happened; now, if not said.
    """

    adjustment_id: Id
    sku: Id
    quantity: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    reason: Name
    at: Instant | None = None

    @model_validator(mode="after")
    def _moves(self) -> Adjustment:
        if self.quantity == 0:
            raise ValueError("quantity must not be 0")
        return self


class StockCount(Incoming):
    """What somebody counted on the shelf at an instant; what moved after it comes on top."""

    sku: Id
    on_hand: Annotated[int, Field(ge=0, le=1_000_000)]
    as_of: Instant


class Cancellation(Incoming):
    """Somebody cancels a line, or a part of it."""

    request_id: Id
    reason: Name
    quantity: Units | None = None
    by: Literal["customer", "shop", "supplier"] = "shop"
    received_at: Instant | None = None


class Shipment(Incoming):
    """The carrier holds units of a line."""

    shipment_id: Id
    quantity: Units
    shipped_at: Instant | None = None
    carrier: Annotated[str, StringConstraints(max_length=100)] = ""
    tracking: Annotated[str, StringConstraints(max_length=100)] = ""


class Answer(Incoming):
    """What the customer answered."""

    request_id: Id
    choice: Literal["keep", "cancel", "alternative"]
    sku: Id | None = None
    quantity: Units | None = None
    until: date | None = None
    indefinite: bool = False
    revision: int | None = None
    via: Annotated[str, StringConstraints(max_length=32)] = "agent"
    received_at: Instant | None = None
    evidence: Words = ""

    @model_validator(mode="after")
    def _whole(self) -> Answer:
        if (self.choice == "alternative") != (self.sku is not None):
            raise ValueError("sku goes with the choice alternative, and only with it")
        if self.choice != "keep" and (self.until or self.indefinite):
            raise ValueError("until and indefinite go with the choice keep")
        return self


class HoldRequest(Incoming):
    """No messages till then."""

    request_id: Id
    until: Instant
    reason: Name


class RefundReport(Incoming):
    """Money that was sent back."""

    refund_id: Id
    amount: Annotated[Price, Field(gt=0)]
    sent_at: Instant | None = None


class PaymentReport(Incoming):
    """How the payment stands now."""

    request_id: Id
    state: Literal["captured", "authorized", "unpaid"]
    expires_at: Instant | None = None


def parse(model: type[ModelT], raw: Mapping[str, Any]) -> ModelT:
    """Check raw input. Raises RefusedError with every fault, each with the field it is about."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise RefusedError(list(_faults(error))) from None


def _faults(error: ValidationError) -> Iterable[str]:
    for each in error.errors(include_url=False):
        where = ".".join(str(part) for part in each["loc"])
        words = each["msg"].removeprefix("Value error, ")
        words = words[:1].lower() + words[1:] if not words.startswith('"') else words
        if each["type"] == "missing":
            words = "is missing"
        elif each["type"] == "extra_forbidden":
            words = "is unknown here"
        elif each["type"] == "timezone_aware":
            words = "needs a time zone, such as 2026-05-01T10:00:00Z"
        yield f"{where}: {words}" if where else words
