"""The door: what may come in, checked whole. Every fault is named; nothing faulty goes further."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from backorder.domain import iso
from backorder.domain.money import fault_of_amount, rounded
from backorder.domain.texts import shown
from backorder.errors import RefusedError
from backorder.fields import (
    Actor,
    Change,
    Code,
    Currency,
    CustomerId,
    Day,
    Days,
    Email,
    Flag,
    Id,
    Instant,
    Label,
    Level,
    LineName,
    LocaleName,
    Name,
    Price,
    Priority,
    Reason,
    Region,
    Revision,
    ShortLabel,
    Units,
    Words,
    Zone,
    phone_of,
)

ModelT = TypeVar("ModelT", bound="Incoming")
HAPPENED = (
    "ordered_at",
    "completed_at",
    "told_at",
    "at",
    "received_at",
    "as_of",
    "shipped_at",
    "sent_at",
    "failed_at",
    "returned_at",
)
"""Fields that say when something happened: a day ahead of business time at most."""
TO_COME = ("by", "by_date", "ship_by", "until", "stated_date", "date", "expires_at")
"""Fields that say when something will happen: five years ahead at most."""


class Incoming(BaseModel):
    """What everything that comes in has in common: no unknown fields, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the person should know of what was taken all the same, each with its field."""
        return self._warnings

    @field_validator("*", mode="after")
    @classmethod
    def _timely(cls, value: Any, info: ValidationInfo) -> Any:
        now = (info.context or {}).get("now")
        if now is not None and info.field_name and (fault := _untimely(info.field_name, value, now)):
            raise ValueError(fault)
        return value

    def untimely(self, now: datetime) -> Iterator[str]:
        """What cannot have happened by the business instant `now`, or is too far ahead of it."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if fault := _untimely(name, value, now):
                yield f"{name}: {fault}"
            for inner in value if isinstance(value, tuple) else (value,):
                if isinstance(inner, Incoming):
                    yield from (f"{name}.{fault}" for fault in inner.untimely(now))


def _untimely(name: str, value: Any, now: datetime) -> str | None:
    if not isinstance(value, date):
        return None
    if name in HAPPENED:
        return iso.fault_of_past(value, now)
    return iso.fault_of_plan(value, now) if name in TO_COME else None


class Customer(Incoming):
    """Who waits. contact "none": nobody can be written to, a person takes over.

    locale: None for the form that their region uses.
    """

    id: CustomerId
    kind: Literal["consumer", "business"] = "consumer"
    name: Name
    region: Region
    contact: Literal["usual", "none"] = "usual"
    email: Email | None = None
    phone: str | None = None
    locale: LocaleName | None = None
    time_zone: Zone | None = None
    sms_consent: Flag = False
    marketing_consent: Flag = False

    @field_validator("phone", mode="before")
    @classmethod
    def _dialled(cls, value: Any, info: ValidationInfo) -> str | None:
        """A bad number beside a way to write is a warning, and no number."""
        if value is None:
            return None
        try:
            return phone_of(value, info.data.get("region"))
        except ValueError as error:
            if not info.data.get("email") and info.data.get("contact") != "none":
                raise
            noted = (info.context or {}).get("warnings")
            if noted is None:
                raise
            noted.append(f"customer.phone: {error}; it is left out, the email address serves")
            return None

    @model_validator(mode="after")
    def _reachable(self) -> Customer:
        if self.contact != "none" and not self.email and not (self.phone and self.sms_consent):
            raise _wrong(
                "email", "needs an email address, or a phone number with sms_consent, or the contact none"
            )
        return self


class Told(Incoming):
    """What the customer was already promised."""

    by: Day
    told_at: Instant


class Notice(Incoming):
    """What the customer was already told, by anyone."""

    at: Instant
    medium: Reason
    by_date: Day | None = None
    text: Words = ""


class Agreed(Incoming):
    """What the customer already agreed to."""

    state: Literal["none", "implied", "asked", "given", "indefinite"]
    until: Day | None = None


class OrderLine(Incoming):
    """One order line that waits. quantity: the part that waits. Money in major units of `currency`."""

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
    payment: Literal["captured", "authorized", "unpaid"]
    policy: Id = "standard"
    priority: Priority = 0
    promised: Told | None = None
    notices: Annotated[tuple[Notice, ...], Field(max_length=100)] = ()
    consent: Agreed | None = None

    @field_validator("unit_price", "line_paid", "shipping_paid", mode="after")
    @classmethod
    def _in_minor_units(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        return _exact(amount, info)

    @field_validator("line_paid", mode="after")
    @classmethod
    def _possible(cls, paid: Decimal | None, info: ValidationInfo) -> Decimal | None:
        price, quantity = info.data.get("unit_price"), info.data.get("quantity")
        if paid is not None and price is not None and quantity and paid > price * quantity:
            raise ValueError(
                f"{paid} is more than {quantity} x {price} = {price * quantity}: give unit_price with "
                "tax, or line_paid without; what was paid for shipping is shipping_paid"
            )
        return paid

    @field_validator("promised", "ship_by", mode="after")
    @classmethod
    def _after_the_order(cls, value: Told | date | None, info: ValidationInfo) -> Told | date | None:
        ordered_at = info.data.get("ordered_at")
        if value is None or ordered_at is None:
            return value
        if isinstance(value, Told) and value.told_at < ordered_at:
            raise ValueError("told_at is before ordered_at")
        if _before(value.by if isinstance(value, Told) else value, ordered_at):
            raise ValueError(f"{value.by if isinstance(value, Told) else value} is before the order")
        return value


class Product(Incoming):
    """A product. lead_days: the supplier's stated lead time for it, where it differs.

    backorder_limit: units that may wait for it at most; None: any number, 0: it is not sold on backorder.
    sell_without_date: whether it is sold while nobody can say when it comes. Both decide what is offered; an
    order that is placed all the same is taken and flagged.
    """

    sku: Id
    name: Name
    category: Label = ""
    currency: Currency
    price: Price
    supplier: Id
    lead_days: Days | None = None
    alternatives: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    backorder_limit: Level | None = None
    sell_without_date: Flag = True

    @field_validator("price", mode="after")
    @classmethod
    def _in_minor_units(cls, amount: Decimal, info: ValidationInfo) -> Decimal | None:
        return _exact(amount, info)


class Supplier(Incoming):
    """A supplier. lead_days: the stated lead time. backups: suppliers that could step in."""

    id: Id
    name: Name
    email: Email | None = None
    lead_days: Days
    backups: Annotated[tuple[Id, ...], Field(max_length=100)] = ()


class PurchaseOrderLine(Incoming):
    """Units of one SKU on a purchase order."""

    line: LineName
    sku: Id
    quantity: Units
    destination: Label = ""
    stated_date: Day | None = None


class PurchaseOrder(Incoming):
    """A purchase order with all its lines."""

    id: Id
    supplier: Id
    ordered_at: Instant
    lines: Annotated[tuple[PurchaseOrderLine, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _lines_once(self, info: ValidationInfo) -> PurchaseOrder:
        counts = Counter(line.line for line in self.lines)
        if twice := sorted(name for name, count in counts.items() if count > 1):
            raise _wrong("lines", f"named twice: {', '.join(twice)}")
        numbers = Counter(name.lstrip("0") for name in counts if name.isdecimal())
        if alike := sorted(name for name in counts if numbers.get(name.lstrip("0"), 0) > 1):
            raise _wrong("lines", f"{' and '.join(alike)} are one number written in several ways")
        if "ordered_at" in (info.context or {}).get("usual", ()):
            return self  # it may be on record since long ago; who keeps it knows
        for place, line in enumerate(self.lines):
            if line.stated_date and _before(line.stated_date, self.ordered_at):
                raise _wrong(f"lines.{place}.stated_date", f"{line.stated_date} is before the order")
        return self


class Split(Incoming):
    """Some units and the day the supplier states for them; None: the supplier cannot say."""

    quantity: Units
    date: Day | None


class StatedDates(Incoming):
    """What a supplier says about a purchase-order line: dates for its units, or that they cannot be had."""

    purchase_order: Id
    line: LineName
    splits: Annotated[tuple[Split, ...], Field(max_length=100)] = ()
    cannot_supply: Flag = False
    source: Reason
    note: Words = ""

    @model_validator(mode="after")
    def _one_of(self) -> StatedDates:
        if bool(self.splits) == self.cannot_supply:
            raise _wrong(
                "splits, cannot_supply", "say one of them: dates for the units, or that there are none"
            )
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
    replacement: Flag = False
    returned_at: Instant | None = None


class Adjustment(Incoming):
    """A change of what is on hand for any other reason; below zero for units that vanished.

    at: when it happened; now, if not said.
    """

    adjustment_id: Id
    sku: Id
    quantity: Change
    reason: Reason
    at: Instant | None = None

    @model_validator(mode="after")
    def _moves(self) -> Adjustment:
        if self.quantity == 0:
            raise _wrong("quantity", "must not be 0")
        return self


class StockCount(Incoming):
    """What somebody counted on the shelf at an instant; what moved after it comes on top."""

    sku: Id
    on_hand: Level
    as_of: Instant


class Cancellation(Incoming):
    """Somebody cancels a line, or a part of it."""

    request_id: Id
    reason: Reason
    quantity: Units | None = None
    by: Literal["customer", "shop", "supplier"] = "shop"
    received_at: Instant | None = None


class Shipment(Incoming):
    """The carrier holds units of a line."""

    shipment_id: Id
    quantity: Units
    shipped_at: Instant | None = None
    carrier: Label = ""
    tracking: Code = ""


class Answer(Incoming):
    """What the customer answered."""

    request_id: Id
    choice: Literal["keep", "cancel", "alternative"]
    sku: Id | None = None
    quantity: Units | None = None
    until: Day | None = None
    indefinite: Flag = False
    revision: Revision | None = None
    via: ShortLabel = "agent"
    received_at: Instant | None = None
    evidence: Words = ""

    @model_validator(mode="after")
    def _whole(self) -> Answer:
        if (self.choice == "alternative") != (self.sku is not None):
            raise _wrong("sku", "goes with the choice alternative, and only with it")
        if self.choice != "keep" and (self.until or self.indefinite):
            named = ", ".join(name for name in ("until", "indefinite") if getattr(self, name))
            raise _wrong(named, "goes with the choice keep")
        return self


class HoldRequest(Incoming):
    """No messages till then."""

    request_id: Id
    until: Instant
    reason: Reason


class FlagDone(Incoming):
    """A person did what a line needed of one. flag: as `needs` names it; note: what they did; actor: who."""

    request_id: Id
    flag: Label
    note: Words
    actor: Actor

    @model_validator(mode="after")
    def _says_something(self) -> FlagDone:
        if not self.note.strip():
            raise _wrong("note", "say in a few words what was done")
        return self


class NoteText(Incoming):
    """What a person wrote down about a line or a task. actor: who."""

    request_id: Id
    text: Words
    actor: Actor = "agent"

    @field_validator("text", mode="after")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("is empty: write down a few words")
        return text.strip()


class RefundReport(Incoming):
    """Money that was sent back (sent_at), or turned out not to arrive (failed_at). means: how it went."""

    refund_id: Id
    amount: Annotated[Price, Field(gt=0)]
    sent_at: Instant | None = None
    failed_at: Instant | None = None
    means: Label = ""

    @model_validator(mode="after")
    def _one_of(self) -> RefundReport:
        if self.sent_at and self.failed_at:
            raise _wrong("sent_at, failed_at", "say one of them: they are two reports")
        return self


class PaymentReport(Incoming):
    """How the payment stands. at: since when; of several reports the latest instant counts."""

    request_id: Id
    state: Literal["captured", "authorized", "unpaid"]
    at: Instant | None = None
    expires_at: Instant | None = None


class Prioritising(Incoming):
    """A line moves in its queue."""

    priority: Priority
    reason: Reason
    by: Actor


class ChannelPause(Incoming):
    """Nothing goes out by a channel until a person lets it go on, or until then."""

    by: Actor
    reason: Reason
    until: Instant | None = None


class Decision(Incoming):
    """Who decides: about a date that waits, or that a channel goes on."""

    by: Actor


class Reassignment(Incoming):
    """What is outstanding of a purchase-order line is ordered elsewhere."""

    supplier: Id
    new_order: Id


def parse(
    model: type[ModelT],
    raw: Mapping[str, Any],
    *,
    now: datetime | None = None,
    zone: str | None = None,
    usual: Mapping[str, Any] | None = None,
    typed: bool = False,
) -> ModelT:
    """Check raw input. Raises RefusedError with every fault, each with the field it is about.

    now: the business instant, that bounds what may have happened and what may come. zone: the shop's, in
    which a time without a zone is read; None refuses such a time. usual: what counts where a field was not
    given; such a field does not count as given (`model_fields_set`). typed: a person said it at this moment,
    so that a time may be a length such as 3d: from now on, and back for what happened. Needs now and zone.
    """
    noted: list[str] = []
    context: dict[str, Any] = {
        "now": now,
        "zone": zone,
        "warnings": noted,
        "back": HAPPENED if typed else None,
    }
    context["usual"] = (usual or {}).keys() - raw.keys()
    try:
        found = model.model_validate({**(usual or {}), **raw}, context=context)
    except ValidationError as error:
        raise RefusedError(list(_faults(error))) from None
    found._warnings = tuple(noted)
    found.__pydantic_fields_set__.difference_update((usual or {}).keys() - raw.keys())
    return found


def _wrong(fields: str, words: str) -> PydanticCustomError:
    """What is wrong with fields of a model together, or with one because of another."""
    return PydanticCustomError("fields", "{words}", {"fields": fields, "words": words})


def _exact(amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
    currency = info.data.get("currency")
    if amount is None or not currency:
        return amount
    if fault := fault_of_amount(amount, currency):
        raise ValueError(fault)
    return rounded(amount, currency)


def _before(day: date, instant: datetime) -> bool:
    """Whether a day was over, everywhere on earth, before an instant."""
    return (instant.date() - day).days > 1


_KINDS = {
    "missing": "is missing",
    "extra_forbidden": "is unknown here",
    "model_type": "must be an object with a name for each field",
    "model_attributes_type": "must be an object with a name for each field",
    "tuple_type": "must be a list",
    "invalid_key": "is no name of a field",
    "string_unicode": "a field's name holds half a character, which nothing can store",
}


def _faults(error: ValidationError) -> Iterable[str]:
    found = error.errors(include_url=False, include_input=False)
    inner = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    for each in found:
        if each["type"] == "too_short" and each["loc"] in inner:
            continue  # there are entries, and they are what is wrong
        where = ".".join(shown(part)[1:-1] for part in each["loc"])
        if each["type"] == "fields":
            named = each["ctx"]["fields"].split(", ")
            where = ", ".join(f"{where}.{name}" if where else name for name in named)
        words = _KINDS.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        if each["type"] in ("too_long", "too_short"):
            most, there = each["ctx"].get("max_length"), each["ctx"]["actual_length"]
            words = f"{most:,} are the most, not {there:,}" if most else "at least one has to be said"
        if each["type"] == "literal_error":
            words = f"must be {each['ctx']['expected'].replace(chr(39), '')}"
        words = words[:1].lower() + words[1:] if not words.startswith('"') else words
        yield f"{where}: {words}" if where else words
