"""What people and programs read of a backorder. Days are the shop's, instants are UTC business time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Never, cast, overload

from backorder.domain.json_types import Json
from backorder.domain.notifications import Part
from backorder.storage.notes import Note

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, kw_only=True, slots=True)
class QuantityView:
    """Units: ordered = waiting + allocated + shipped + cancelled + substituted."""

    ordered: int
    waiting: int
    allocated: int
    shipped: int
    cancelled: int
    substituted: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseView:
    """What the customer was last told. by None: that no date can be said, and `why`.

    likely, by: between these days the goods go to the carrier. first_by: the first last day ever told.
    deliver_by: the last day on which they are at the door. parts: where the line ships in several.
    """

    likely: date | None
    by: date | None
    first_by: date | None
    deliver_by: date | None
    parts: tuple[Part, ...]
    why: str | None
    told_at: datetime
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastView:
    """Between which days the goods go to the carrier as things stand. None: no date, and `why`."""

    likely: date | None
    by: date | None
    why: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplyView:
    """Units that serve the line. source: shelf (set aside), incoming, or none (nothing covers them).

    purchase_order, line: of incoming units. stated: the supplier's date. likely, by: at the dock.
    words: what the days rest on.
    """

    quantity: int
    source: str
    purchase_order: str = ""
    line: str = ""
    stated: date | None = None
    likely: date | None = None
    by: date | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentView:
    """The customer's consent to wait. until: the day that it covers.

    answer_by: where it is asked, the last day for an answer; silence: what none means (agreed, cancelled,
    nothing); ends_on: the day on which the line is cancelled then. last_day: the day after which the customer
    does not want it any more. essential: a delivery is late whose day was essential to them. kept: of how
    many units an answer to the open question said that they are waited for; it asks about the others.
    staying: of those, units that are not cancelled without an answer, as consent to a later day holds.
    """

    state: str
    until: date | None
    answer_by: date | None
    silence: str = ""
    ends_on: date | None = None
    last_day: date | None = None
    essential: bool = False
    kept: int = 0
    staying: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyView:
    """A rule of law that applies, and when it falls due."""

    rule: str
    due: date


@dataclass(frozen=True, kw_only=True, slots=True)
class SpokenView:
    """Words in one language. locale: as BCP 47 has it, like en or pt-BR."""

    locale: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOutView:
    """What a call has to say so that it counts as a legal notice.

    by: the day that is asked for, to be recorded as the notice's `by_date`; None where none can be named.
    answer_by: the last day for an answer, None for none. words: to be read out, in the customer's language,
    then in English.
    """

    by: date | None
    answer_by: date | None
    words: tuple[SpokenView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyView:
    """The policy version that the line keeps."""

    name: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentDueView:
    """A payment that is waited for, because no authorization holds. amount: of these units, in major units.

    kept_until: the last day on which they are kept for the customer; None where they went to the next in the
    queue already. pay_url: where it can be paid, "" where nobody said. leaving: other open units that leave
    as they are, since the order system was told in time that they may.
    """

    units: int
    amount: Decimal
    kept_until: date | None
    pay_url: str
    leaving: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentView:
    """The money of the line, in major units of the currency.

    captured: the shop has the customer's money; captured_in_part: it has what is for the units that left.
    expired: it was held once, and neither is nor was taken.
    due: what has to be paid before units leave. shipping_back: what of shipping_paid is still to go back if
    nothing of the order is kept. free_shipping_back: what of it is still to go back because shipping became
    free, once the line is over. free_shipping_by: its last day, None where the offer alone promised it.
    shipping_failed: what of it was sent, did not arrive, and has not been sent again. shipping_failed_by: its
    last day.
    """

    state: str
    currency: str
    unit_price: Decimal
    line_paid: Decimal
    shipping_paid: Decimal
    expires_at: datetime | None
    captured: bool
    expired: bool
    due: PaymentDueView | None
    shipping_back: Decimal = Decimal(0)
    free_shipping_back: Decimal = Decimal(0)
    free_shipping_by: date | None = None
    shipping_failed: Decimal = Decimal(0)
    shipping_failed_by: date | None = None
    captured_in_part: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SentBack:
    """Money that was sent back. refund: its ID. sent_at: when, where that is known. means: how."""

    refund: str
    amount: Decimal
    sent_at: datetime | None = None
    means: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundView:
    """Money that goes back for one cancellation, withdrawal or substitution.

    state: due, overdue, sent, excess (more was sent than is owed), refused (for force majeure). request: what
    it goes back for. by: who cancelled, "" for a substitution. units: how many; sent_back: of them those that
    had left. failed: money was sent for it that did not arrive. shipping: what was sent with it of that which
    was paid for shipping, beside amount; or refused with it.
    """

    currency: str
    amount: Decimal
    vested_at: datetime
    due_by: date
    sent: tuple[SentBack, ...]
    remaining: Decimal
    state: str
    request: str = ""
    by: str = ""
    units: int = 0
    failed: bool = False
    shipping: Decimal = Decimal(0)
    sent_back: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ShipmentView:
    """Units that left. shipment: its ID. carrier, tracking: "" where nobody said."""

    shipment: str
    quantity: int
    shipped_at: datetime
    carrier: str
    tracking: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CancellationView:
    """Units that were cancelled. by: who, or policy, no_consent. received_at: the instant that counts."""

    request: str
    units: int
    by: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RevocableView:
    """A cancellation by link of which nothing is carried out yet. units: None for every open one.

    until: up to then the customer may take it back. withdraws: it is a withdrawal from the contract.
    """

    request: str
    units: int | None
    received_at: datetime
    until: datetime
    withdraws: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferView:
    """What the customer was offered. kind: alternatives or coupon. taken: the SKU that was chosen.

    told: whether the customer knows of it: a message about it went, or they asked for its code on their page.
    void: it counts no more.
    """

    kind: str
    on: date
    alternatives: tuple[AlternativeView, ...]
    percent: Decimal | None
    code: str
    valid_until: date | None
    taken: str
    told: bool
    void: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AlternativeView:
    """Another product that was offered, as it is to be had now, for all open units.

    price: of one. refund: what comes back of what was paid. available: False where it is not to be had any
    more; the price is then that of the offer.
    """

    sku: str
    name: str
    price: Decimal
    currency: str
    refund: Decimal = Decimal(0)
    available: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldView:
    """No messages until then, legal ones excepted."""

    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SuppressionView:
    """An address on the list. cause: a short name; why: in words. covers: all messages, or marketing alone.

    at: since when, machine time. by: the provider or person; evidence: the report or text that it follows
    from; note: a person's words. lifted_at, lifted_by: where it is off the list again.
    """

    channel: str
    address: str
    cause: str
    why: str
    covers: str
    at: datetime
    by: str
    evidence: str
    note: str
    lifted_at: datetime | None
    lifted_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactView:
    """Who waits, and how they are reached. contact: usual, or none (a person takes over).

    update_days: how often they wish to hear when nothing changes; None: as often as the policy says.
    suppressed: why nothing, or no promotion, goes to the address or number. erased_at: when all that was held
    was erased; what was said to and by them is then in no case.
    """

    customer: str
    kind: str
    name: str
    email: str | None
    phone: str | None
    contact: str
    locale: str | None
    time_zone: str | None
    region: str
    sms_consent: bool
    marketing_consent: tuple[str, ...]
    update_days: int | None = None
    suppressed: tuple[SuppressionView, ...] = ()
    erased_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherLine:
    """Another line of the same customer. product: its name."""

    id: str
    sku: str
    product: str
    status: str
    promised_by: date | None


MESSAGE_HELD, MESSAGE_GOES = "the message waits for an acknowledgement", "the message is waiting to go"
MESSAGE_WAITS = frozenset({MESSAGE_HELD, MESSAGE_GOES})
"""Why something is next that is decided and only has to be told."""


@dataclass(slots=True)  # as LineView, which has one
class NextView:
    """Something that will happen if nothing new is heard. again, last: how often more, and when it ends."""

    at: datetime
    what: str
    why: str
    again: int = 0
    last: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SendView:
    """One text handed to a provider, or about to be. html: of an email; "" for a text message. provider_id:
    the ID that the provider gave it. code: what the provider said of what did not go.

    delivery: where it stands by what the provider reported: sent, delivered, complained or bounced.
    """

    channel: str
    state: str
    subject: str
    text: str
    html: str
    provider_id: str | None
    code: str | None
    reason: str | None
    delivery: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WayView:
    """A channel by which a message that waits can go. state: open, waiting (it takes the message if the one
    before it cannot), resting (it is tried again), paused (nothing goes by it), failed (it never takes this
    one), lost (the provider did not know it), unknown (it is looked up there).

    reason: in words. try_at: when it is tried, or asked, next; None: at once, never, or when it is resumed.
    """

    channel: str
    state: str
    reason: str | None
    try_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageView:
    """One message. state: planned, claimed, sent, failed, withdrawn, unknown (nobody knows if it went).

    at: when it went, else the instant before which it does not go. step: why it is written, once in a life.
    reason: why it has not gone. try_at: the next try by any of its ways, or the next look-up at the provider.
    subject, text: as the customer reads them; "" until the message is put into words. delivery: of its last
    send, see `SendView`. ways: by which it can go while it waits, the one of `channel` first.
    """

    id: str
    kind: str
    step: str
    state: str
    at: datetime
    channel: str | None
    subject: str
    text: str
    reason: str | None
    try_at: datetime | None
    delivery: str | None = None
    ways: tuple[WayView, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeMessage:
    """One message with every send. at: when it went, else the instant before which it does not go.

    person: `customer/{id}` or `supplier/{id}`. sends: each try on each channel, the first one first.
    """

    id: str
    kind: str
    state: str
    at: datetime
    person: str
    backorders: tuple[str, ...]
    sends: tuple[SendView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineView:
    """Something that happened, and what it led to. verdict: accepted, ignored, recorded, rejected.

    Of what somebody asked for: request, its ID; via, how it came, or how money went; until, how long it
    holds (a day or an instant), indefinite: without an end; reason, in their words; evidence, where it is
    on record; happened_at, the instant that counts.
    """

    at: datetime
    what: str
    by: str
    detail: str
    verdict: str
    request: str = ""
    via: str = ""
    until: date | datetime | None = None
    indefinite: bool = False
    reason: str = ""
    evidence: str = ""
    happened_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplaintView:
    """A complaint. text: the customer's words; answer_by: the last day for ending it.

    closed_at, answer: when a person ended it, and what came of it; None and "" while it is open.
    """

    ticket: str
    received_at: datetime
    answer_by: date
    text: str
    closed_at: datetime | None
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A whole case. withdrawal: the law lets its customer withdraw from the contract; withdrawn: they did,
    after it had left. send_now: units that the customer may have sent before the rest. offers_rest: the
    customer is offered nothing for now, as the law has them asked, or they have just complained or cancelled.

    product: its name. refund: the earliest open one of the refunds, else the last. needs: what waits for a
    person. read_out: what a call has to say where the law wants the customer told; None for nothing. seen_at:
    when it was read.
    """

    id: str
    order_id: str
    line_id: str
    status: str
    sku: str
    product: str
    quantity: QuantityView
    promise: PromiseView | None
    forecast: ForecastView
    delay_days: int
    queue_position: int | None
    supply: tuple[SupplyView, ...]
    consent: ConsentView
    duties: tuple[DutyView, ...]
    read_out: ReadOutView | None
    policy: PolicyView
    payment: PaymentView
    refund: RefundView | None
    refunds: tuple[RefundView, ...]
    shipments: tuple[ShipmentView, ...]
    cancellations: tuple[CancellationView, ...]
    revocable: tuple[RevocableView, ...]
    withdrawal: bool
    withdrawn: bool
    send_now: int
    offers_rest: bool
    offers: tuple[OfferView, ...]
    needs: tuple[str, ...]
    complaints: tuple[ComplaintView, ...]
    hold: HoldView | None
    contact: ContactView
    other_lines: tuple[OtherLine, ...]
    next: tuple[NextView, ...]
    messages: tuple[MessageView, ...]
    notes: tuple[Note, ...]
    timeline: tuple[TimelineView, ...]
    ordered_at: datetime
    closed_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultView:
    """Why a line cannot be looked at. what: the kind of error; words: in a line; times: how often in a row.

    since, again: when it failed first, and when it is looked at again; machine time, None where nobody
    but the reader has noticed.
    """

    what: str
    words: str
    times: int = 0
    since: datetime | None = None
    again: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortCase:
    """What can be read of a case that this version cannot look at. None: not even that."""

    id: str
    order_id: str
    line_id: str
    status: str
    sku: str
    product: str
    supplier: str
    customer: str
    promised_by: date | None
    first_by: date | None
    needs: tuple[str, ...]
    faults: tuple[FaultView, ...]
    messages: tuple[MessageView, ...]
    notes: tuple[Note, ...]
    timeline: tuple[TimelineView, ...]
    ordered_at: datetime | None
    closed_at: datetime | None
    seen_at: datetime


@dataclass(slots=True)  # neither frozen nor by keywords: a page makes many, and either takes twice as long
class LineView:
    """One backorder in a list.

    customer: their ID; customer_name: as on record. duties: those that are open, the first to fall due first.
    fault: why it cannot be looked at; its units, dates and next step are then what can be read of them.
    """

    id: str
    order_id: str
    line_id: str
    sku: str
    product: str
    supplier: str
    customer: str
    customer_name: str
    status: str
    ordered: int
    open: int
    allocated: int
    promised_by: date | None
    first_by: date | None
    forecast_by: date | None
    delay_days: int
    queue_position: int | None
    needs: tuple[str, ...]
    ordered_at: datetime | None
    next: NextView | None
    duties: tuple[DutyView, ...] = ()
    fault: FaultView | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some lines. cursor: where the next page begins; None after the last one.

    hint: how to ask, where the question means too much.
    """

    lines: tuple[LineView, ...]
    cursor: str | None
    hint: str = ""


@overload
def as_json(value: DataclassInstance | Mapping[str, object]) -> dict[str, Json]: ...
@overload
def as_json(value: object) -> Json: ...
def as_json(value: object) -> Json:
    """The value in JSON's own types: ISO days, UTC instants with Z, decimals as text."""
    kind: type = value.__class__
    return cast("Json", value) if kind in _PLAIN else _converter(kind)(value)


_PLAIN = frozenset((str, int, float, bool, type(None)))


@cache
def _converter(kind: type) -> Callable[[object], Json]:
    """What makes JSON of values of a type; looked up once a type, since a page has a thousand values."""
    if is_dataclass(kind):
        return _of_fields(tuple(field.name for field in fields(kind)))
    found = next((convert for base, convert in _CONVERTERS if issubclass(kind, base)), lambda value: value)
    return cast("Callable[[object], Json]", found)  # it gets values of its own row alone


def _of_fields(names: tuple[str, ...]) -> Callable[[object], dict[str, Json]]:
    if len(names) < 2:  # attrgetter of one name gives no tuple
        return lambda value: {name: as_json(getattr(value, name)) for name in names}
    values_of = attrgetter(*names)
    return lambda value: {
        name: each if each.__class__ in _PLAIN else as_json(each)
        for name, each in zip(names, values_of(value), strict=True)
    }


def _of_names(value: Mapping[object, object]) -> Json:
    return {str(key): as_json(each) for key, each in value.items()}


def _of_several(value: Iterable[object]) -> Json:
    return [as_json(each) for each in value]


def _of_instant(value: datetime) -> Json:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _of_member(value: Enum) -> Json:
    found: Json = value.value
    return found


def _of_amount(value: Decimal) -> Json:
    return f"{value:f}"


_CONVERTERS: tuple[tuple[type | tuple[type, ...], Callable[[Never], Json]], ...] = (
    (dict, _of_names),
    ((list, tuple, set, frozenset), _of_several),
    (datetime, _of_instant),
    (date, date.isoformat),
    (Enum, _of_member),
    (Decimal, _of_amount),
)
