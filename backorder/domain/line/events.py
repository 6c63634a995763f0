"""What happens to a backorder. Each carries the business instant (`at`) and the shop's day (`day`)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from backorder.domain.line.money_facts import PaymentState
from backorder.domain.line.saying import Saying
from backorder.domain.line.state import Arrival, Window
from backorder.domain.notifications import Facts, Kind, Why
from backorder.domain.records import record


@record(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened. at: aware business instant; day: its day at the shop."""

    at: datetime
    day: date


def name_of(event: type[Event]) -> str:
    """What a timeline calls a kind of event, like cancel_requested."""
    words = event.__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words).lstrip("_")


@record(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something the customer was told before the engine knew of the line.

    offered: it offered to cancel with a refund.
    """

    at: datetime
    on: date
    medium: str
    by_date: date | None
    offered: bool = False


@record(frozen=True, kw_only=True, slots=True)
class Ticked(Event):
    """The timer fired, or somebody asks for a look."""


@record(frozen=True, kw_only=True, slots=True)
class SupplyChanged(Event):
    """The line's supply as it stands now, in full; hearing it twice changes nothing.

    allocated: units set aside. allocated_on: the day on which they last grew. arrivals: the waiting units
    that a supply covers, in the order of their arrival; what is missing has no supply. since: when it came
    to look like this. moved_by_time_alone: it came from time passing alone, nobody said anything new.
    """

    allocated: int
    allocated_on: date | None
    arrivals: tuple[Arrival, ...]
    since: datetime
    moved_by_time_alone: bool = False
    why: Why | None = None


@record(frozen=True, kw_only=True, slots=True)
class Started(Event):
    """The engine learns of a line.

    supply: what is there for it. promised_by, told_at, told_on: what it was already promised.
    """

    supply: SupplyChanged
    promised_by: date | None = None
    told_at: datetime | None = None
    told_on: date | None = None
    notices: tuple[Notice, ...] = ()


@record(frozen=True, kw_only=True, slots=True)
class NoticeGiven(Event):
    """Customer service told the customer by a call or a letter, at `as_of`. by_date: None without a day.

    offered: the words offered to cancel with a prompt refund, so that it counts as a legal notice.
    """

    request: str
    as_of: datetime
    medium: str
    by_date: date | None
    offered: bool


@record(frozen=True, kw_only=True, slots=True)
class PromiseMade(Event):
    """Customer service promises a day that the forecast does not say. by_date: the last day of it."""

    request: str
    by_date: date
    reason: str


@record(frozen=True, kw_only=True, slots=True)
class CancelRequested(Event):
    """Somebody cancels the line or a part. quantity None: every open unit. by: customer, shop, supplier.

    reason: in their words; what the customer reads follows from `by` alone.
    """

    request: str
    quantity: int | None
    reason: str
    by: str
    received_at: datetime


@record(frozen=True, kw_only=True, slots=True)
class Shipped(Event):
    """The carrier holds units."""

    shipment: str
    quantity: int
    shipped_at: datetime
    carrier: str = ""
    tracking: str = ""


@record(frozen=True, kw_only=True, slots=True)
class Answered(Event):
    """The customer answered.

    choice: "cancel" ends what is open; "withdraw" ends the contract: what has shipped is sent back too.
    until: the day after which they do not want it any more. indefinite: they wait as long as it takes.
    revision: of the promise that they answer. rest: what becomes of the units that a "keep" leaves out:
    "cancel", or "" for nothing yet. price: of one unit of the alternative, as it was shown to who answers;
    None: as it was offered.
    """

    request: str
    choice: Literal["keep", "cancel", "withdraw", "alternative"]
    received_at: datetime
    sku: str = ""
    quantity: int | None = None
    until: date | None = None
    indefinite: bool = False
    revision: int | None = None
    via: str = ""
    rest: str = ""
    price: Decimal | None = None


@record(frozen=True, kw_only=True, slots=True)
class SubstitutionRuled(Event):
    """The order system has taken an alternative over that a customer chose, or cannot (taken False).

    swap: the answer that chose it; "" for the one that waits. reason: why not, in words. received_at: when it
    said so. assumed: it said nothing, as nobody is there to acknowledge events; it counts with the choice.
    """

    request: str
    taken: bool
    received_at: datetime
    swap: str = ""
    reason: str = ""
    assumed: bool = False


@record(frozen=True, kw_only=True, slots=True)
class CancellationTakenBack(Event):
    """The customer takes back what they cancelled by link. cancellation: the request; "" for all of them."""

    request: str
    received_at: datetime
    cancellation: str = ""


@record(frozen=True, kw_only=True, slots=True)
class CouponClaimed(Event):
    """The customer asks on their page for the code of their coupon."""

    request: str
    received_at: datetime


@record(frozen=True, kw_only=True, slots=True)
class SendNowRequested(Event):
    """The customer wants what is there sent now, and the rest once it is whole."""

    request: str
    received_at: datetime


@record(frozen=True, kw_only=True, slots=True)
class DeliveryRefused(Event):
    """The shop says that it does not deliver what is open of the line.

    reason: why, in words. by: who says so.
    """

    request: str
    reason: str
    by: str


@record(frozen=True, kw_only=True, slots=True)
class Complained(Event):
    """The customer complains; their words stand beside the request."""

    request: str
    received_at: datetime


@record(frozen=True, kw_only=True, slots=True)
class ComplaintClosed(Event):
    """A person has ended a complaint. by: who they are.

    text: what came of it, as the customer reads it; known once the line rules on it.
    """

    request: str
    ticket: str
    by: str = ""
    text: str = ""


@record(frozen=True, kw_only=True, slots=True)
class Held(Event):
    """Customer service asks for silence until then."""

    until: datetime
    reason: str


@record(frozen=True, kw_only=True, slots=True)
class PolicyMoved(Event):
    """A person moves the line to another policy. by: who they are.

    version: of the new one, "" for a name that no policy has. kept: name and version of the one before.
    due_before: keys of the stages that were due by that. All three are known once the line rules on it.
    """

    policy: str
    reason: str
    by: str
    version: str = ""
    kept: tuple[str, str] = ("", "")
    due_before: tuple[str, ...] = ()


@record(frozen=True, kw_only=True, slots=True)
class RefundSent(Event):
    """The order system sent money back, or learnt that it did not arrive (failed_at).

    amount: major units of the line's currency. means: how it was sent, in words. agreed: the customer paid by
    these means, or expressly agreed to them.
    """

    refund: str
    amount: Decimal
    sent_at: datetime | None
    failed_at: datetime | None = None
    means: str = ""
    agreed: bool = False


@record(frozen=True, kw_only=True, slots=True)
class ForceMajeureDecided(Event):
    """A person decides that an event beyond the shop's control excuses a late delivery.

    reason: what happened, in their words. by: who they are.
    """

    request: str
    reason: str
    by: str


@record(frozen=True, kw_only=True, slots=True)
class PaymentChanged(Event):
    """The payment moved on. expires_at: of an authorization. as_of: when it did; None: at the event.

    pay_url: where the customer can authorize it again.
    """

    state: PaymentState
    expires_at: datetime | None = None
    as_of: datetime | None = None
    pay_url: str = ""


@record(frozen=True, kw_only=True, slots=True)
class MessageSent(Event):
    """A provider accepted a message. revision, window: the promise that it put into words, if it did.

    delivered: nothing more is heard of its arrival, as of what stays in the database. again: that promise
    counted as told and came back, and counts once more.
    """

    key: str
    kind: Kind
    revision: int | None = None
    window: Window | None = None
    delivered: bool = True
    again: bool = False


@record(frozen=True, kw_only=True, slots=True)
class MessageDelivered(Event):
    """A provider reports that a legal notice arrived, by any of its ways."""

    key: str


@record(frozen=True, kw_only=True, slots=True)
class MessageFailed(Event):
    """No channel could carry a message, or what one had taken came back. revision: of the promise in it.

    narrow: not every way to the customer was open to it, so that it says nothing about the others.
    """

    key: str
    reason: str
    revision: int | None = None
    narrow: bool = False


@record(frozen=True, kw_only=True, slots=True)
class ContactChanged(Event):
    """What is on record about the customer was corrected. fields: names, not values. by: who said so.

    reached: they are reached by another way now. channel: that of an address that is new; "" for none.
    failed: what did not reach them lately and says what happened.
    """

    fields: tuple[str, ...]
    reached: bool
    by: str
    channel: str = ""
    failed: tuple[Saying, ...] = ()


@record(frozen=True, kw_only=True, slots=True)
class FlagCleared(Event):
    """A person says that what the line needed of one is done. note: what they did; by: who they are."""

    flag: str
    note: str
    by: str


@record(frozen=True, kw_only=True, slots=True)
class MessageUnknown(Event):
    """A provider may or may not have a message, and did not find it when it was first asked.

    It holds back nothing of its line any more. That it went can still be heard later.
    """

    key: str


@record(frozen=True, kw_only=True, slots=True)
class MessageNotSent(Event):
    """A message certainly did not go and never will: not processed, refused at the door, or overtaken.

    by: the person who took it back, "" for nobody. revision: of the promise in it, which counts no more where
    a provider had taken it before it came back.
    """

    key: str
    reason: str
    by: str = ""
    revision: int | None = None


@record(frozen=True, kw_only=True, slots=True)
class ResendRequested(Event):
    """A person asks to say once more what was said.

    request: its ID. message: the message that said it. key: of this attempt. kind, facts, revision: what it
    says. state: what became of the message so far. reachable: the customer has an address or a number.
    by: who asks; reason: why, in their words.
    """

    request: str
    message: str
    key: str
    kind: Kind
    facts: Facts
    state: str
    reachable: bool
    by: str
    revision: int | None = None
    reason: str = ""
