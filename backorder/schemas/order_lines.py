"""Order lines that wait, and who waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
)

from backorder.domain import iso
from backorder.domain.line.impossible_instants import CLOCKS_DIFFER
from backorder.domain.money import digits
from backorder.domain.texts import how_many, shown
from backorder.fields import (
    Currency,
    CustomerId,
    Day,
    Email,
    Flag,
    Id,
    Instant,
    LocaleName,
    Name,
    Phone,
    Price,
    Priority,
    Reason,
    Region,
    Units,
    UpdateDays,
    Words,
    Zone,
    phone_of,
    text_of,
)
from backorder.kinds import NotBlank
from backorder.schemas.incoming import Incoming, Rule, Wrong, before, exact

_LONG_AGO = timedelta(days=730)
"""Since when no order that still waits was placed, most likely."""
_BEFORE = "before the order; is the year right?"


class ChannelConsent(Incoming):
    """When, how and by which words a customer agreed to promotions by a channel."""

    at: Instant
    how: Reason
    wording: Annotated[Words, NotBlank("say the words that they agreed to")]


class MarketingConsent(Incoming):
    """By which channels a customer agreed to promotions; None: not by that one."""

    email: ChannelConsent | None = None
    sms: ChannelConsent | None = None


class Stands(Protocol):
    """How a consent was given."""

    @property
    def at(self) -> datetime | None: ...
    @property
    def how(self) -> str: ...
    @property
    def wording(self) -> str: ...


def consent_of(given: Mapping[str, Stands]) -> MarketingConsent:
    """What is on record of a customer's consent, by channel; it is not checked anew."""
    found = {
        channel: ChannelConsent.model_construct(at=each.at, how=each.how, wording=each.wording)
        for channel, each in given.items()
    }
    return MarketingConsent.model_construct(email=found.get("email"), sms=found.get("sms"))


def _reachable(customer: Customer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if customer.contact != "none" and not customer.email and not (customer.phone and customer.sms_consent):
        words = "needs an email address, or a phone number with sms_consent, or the contact none"
        yield Wrong("email", words)


class Customer(Incoming):
    """Who waits. contact "none": nobody can be written to, a person takes over.

    locale: None for the form that their region uses. marketing_consent: false is none by any channel.
    update_days: how often they wish to hear when nothing changes, in days; None: as often as the policy says,
    and never more often than that.
    """

    id: CustomerId
    kind: Literal["consumer", "business"] = "consumer"
    name: Name
    region: Region
    contact: Literal["usual", "none"] = "usual"
    email: Email | None = None
    phone: Phone | None = None
    locale: LocaleName | None = None
    time_zone: Zone | None = None
    sms_consent: Flag = False
    marketing_consent: MarketingConsent = MarketingConsent()
    update_days: UpdateDays | None = None
    rules = (Rule(("contact", "email", "phone", "sms_consent"), _reachable),)

    @field_validator("marketing_consent", mode="before")
    @classmethod
    def _by_channel(cls, value: object) -> object:
        """What was one word for all channels, and named no words that were agreed to."""
        if value is None or value is False:
            return {}
        if value is True:
            raise ValueError("say for each channel when, how and in which words: email: {at, how, wording}")
        return value

    @field_validator("phone", mode="before")
    @classmethod
    def _dialled(cls, value: object, info: ValidationInfo) -> str | None:
        """A bad number beside a way to write is a warning, and no number."""
        if value is None:
            return None
        try:
            number = phone_of(value, info.data.get("region"))
            if number is None and text_of(value) and not info.data.get("email"):
                needed = "needs one with sms_consent, or an email address, or the contact none"
                raise ValueError(f"{shown(value)} is no phone number; {needed}")
            return number
        except ValueError as error:
            if not info.data.get("email") and info.data.get("contact") != "none":
                raise
            noted = (info.context or {}).get("warnings")
            if noted is None:
                raise
            noted.append(f"customer.phone: {error}; it is left out, the email address serves")
            return None


class Told(Incoming):
    """What the customer was already promised."""

    by: Day
    told_at: Instant


class Notice(Incoming):
    """What the customer was already told, by anyone. offered: it offered to cancel with a refund."""

    at: Instant
    medium: Reason
    by_date: Day | None = None
    offered: Flag = False
    text: Words = ""


class Agreed(Incoming):
    """What the customer already agreed to. until: the day that it covers, else the one that was promised."""

    state: Literal["none", "implied", "asked", "given", "indefinite"]
    until: Day | None = None


def _law_for_a_reason(line: OrderLine, _usual: frozenset[str]) -> Iterator[Wrong]:
    if line.pack == "none" and not line.pack_reason:
        yield Wrong("pack_reason", "say why no law applies, where pack is none")
    if line.pack == "auto" and line.pack_reason:
        yield Wrong("pack", "name the law that pack_reason is for, like none; auto is that of the region")


def _consent_to_a_day(line: OrderLine, _usual: frozenset[str]) -> Iterator[Wrong]:
    agreed = line.consent
    if agreed and agreed.state in ("given", "implied") and not (agreed.until or line.promised):
        words = "say until which day the customer agreed to wait, or indefinite for as long as it takes"
        yield Wrong("consent.until", words)


def _told_after_the_order(line: OrderLine, _usual: frozenset[str]) -> Iterator[Wrong]:
    for place, notice in enumerate(line.notices):
        # An element may have been built without what is wrong with it.
        if notice.at is not None and line.ordered_at - notice.at > CLOCKS_DIFFER:
            yield Wrong(f"notices.{place}.at", f"{notice.at:%Y-%m-%d} is {_BEFORE}")
        if notice.by_date is not None and before(notice.by_date, line.ordered_at):
            yield Wrong(f"notices.{place}.by_date", f"{notice.by_date} is {_BEFORE}")


def _agreed_after_the_order(line: OrderLine, _usual: frozenset[str]) -> Iterator[Wrong]:
    until = line.consent.until if line.consent is not None else None
    if until is not None and before(until, line.ordered_at):
        yield Wrong("consent.until", f"{until} is {_BEFORE}")


class OrderLine(Incoming):
    """One order line that waits. quantity: the part that waits. Money in major units of `currency`.

    completed_at: when the order was complete, if later than ordered_at. credit: the customer applied to the
    seller for credit. ship_by: the end of the window that was shown with the offer. essential: that day was
    essential to the customer. withdrawal: the right to withdraw is not excepted. pack: the law of the line,
    for which pack_reason says why it is not that of the region.
    """

    order_id: Id
    line_id: Id
    sku: Id
    quantity: Units
    customer: Customer
    currency: Currency
    unit_price: Price
    line_paid: Price | None = None
    shipping_paid: Price = Decimal(0)
    ordered_at: Instant
    completed_at: Instant | None = None
    credit: Flag = False
    ship_by: Day | None = None
    essential: Flag = False
    withdrawal: Flag = True
    pack: Literal["auto", "us-ftc-435", "eu-crd-18", "uk-cra-28", "in-ecommerce-2020", "plain", "none"] = (
        "auto"
    )
    pack_reason: Reason | None = None
    payment: Literal["captured", "authorized", "unpaid"]
    policy: Id = "standard"
    priority: Priority = 0
    promised: Told | None = None
    notices: Annotated[tuple[Notice, ...], Field(max_length=100)] = ()
    consent: Agreed | None = None
    rules = (
        Rule(("pack", "pack_reason"), _law_for_a_reason),
        Rule(("consent", "promised"), _consent_to_a_day),
        Rule(("notices", "ordered_at"), _told_after_the_order),
        Rule(("consent", "ordered_at"), _agreed_after_the_order),
    )

    @field_validator("order_id", "line_id", "sku", mode="after")
    @classmethod
    def _unmarked(cls, id: str, info: ValidationInfo) -> str:
        """A spreadsheet's mark for text may have come along; it may as well be part of the ID."""
        if id.startswith("'") and (noted := (info.context or {}).get("warnings")) is not None:
            noted.append(
                f"{info.field_name}: {shown(id)} begins with ', by which spreadsheets mark text; it is taken "
                "as part of the ID"
            )
        return id

    @field_validator("ordered_at", mode="after")
    @classmethod
    def _of_late(cls, at: datetime, info: ValidationInfo) -> datetime:
        """An order of long ago stands first in its queue."""
        context = info.context or {}
        now, noted = context.get("now"), context.get("warnings")
        if now is not None and noted is not None and now - at > _LONG_AGO:
            years = (now - at) // timedelta(days=365)
            noted.append(
                f"ordered_at: {at:%Y-%m-%d} is {how_many(years, 'year')} ago: is the year right? The line "
                "waits since then, before all that were ordered later"
            )
        return at

    @field_validator("unit_price", "line_paid", "shipping_paid", mode="after")
    @classmethod
    def _in_minor_units(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        return exact(amount, info)

    @field_validator("line_paid", mode="after")
    @classmethod
    def _possible(cls, paid: Decimal | None, info: ValidationInfo) -> Decimal | None:
        price, quantity = info.data.get("unit_price"), info.data.get("quantity")
        if paid is None or price is None or not quantity:
            return paid
        # A price that was rounded to the currency's digits may be half of the last one short for each unit.
        last = Decimal(1).scaleb(-digits(info.data.get("currency") or ""))
        if paid > price * quantity + last / 2 * quantity:
            raise ValueError(
                f"{paid} is more than {quantity} x {price} = {price * quantity}: give unit_price with "
                "tax, or line_paid without; what was paid for shipping is shipping_paid"
            )
        return paid

    @field_validator("completed_at", mode="after")
    @classmethod
    def _completed_later(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        ordered_at = info.data.get("ordered_at")
        if value is not None and ordered_at is not None and ordered_at - value > iso.CLOCK_ERROR:
            raise ValueError("is before ordered_at; an order is complete when it is placed, or later")
        return value

    @field_validator("promised", "ship_by", mode="after")
    @classmethod
    def _after_the_order(cls, value: Told | date | None, info: ValidationInfo) -> Told | date | None:
        ordered_at = info.data.get("ordered_at")
        if value is None or ordered_at is None:
            return value
        if isinstance(value, Told) and value.told_at < ordered_at:
            raise ValueError("told_at is before ordered_at")
        if before(value.by if isinstance(value, Told) else value, ordered_at):
            raise ValueError(f"{value.by if isinstance(value, Told) else value} is before the order")
        return value
