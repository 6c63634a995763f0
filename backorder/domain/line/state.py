"""What is known of one backorder: the state that decides, and that a person reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, get_args

from backorder.domain.complaints import Complaint
from backorder.domain.law.delay_notices import Silence
from backorder.domain.law.terms import Terms
from backorder.domain.line.money_facts import Payment, PaymentDue, Refund, SentRefund
from backorder.domain.notifications import Alternative, Kind, Part, Why
from backorder.domain.records import Record, made_at_once, record

ConsentState = Literal["none", "implied", "asked", "given", "indefinite", "refused", "expired"]


class Status(StrEnum):
    """Where a backorder stands."""

    WAITING = "waiting"
    ALLOCATED = "allocated"
    CLOSING = "closing"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"


_WAITING, _ALLOCATED, _CLOSING = Status.WAITING, Status.ALLOCATED, Status.CLOSING
ENDED = frozenset({Status.FULFILLED, Status.CANCELLED, Status.SUBSTITUTED})
OPEN = frozenset({Status.WAITING, Status.ALLOCATED})
CLOSED = frozenset(status.value for status in ENDED)
"""The phases in which a line has ended."""
PHASES = CLOSED | {"open", Status.CLOSING.value}
"""Every phase that there is."""


def phase(status: Status) -> str:
    """What of a status does not depend on how many units are set aside: "open", or the status itself."""
    return "open" if status in OPEN else status.value


@record(frozen=True, kw_only=True, slots=True)
class Quantity:
    """Units of the line: ordered = waiting + allocated + shipped + cancelled + substituted, always."""

    ordered: int
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0
    substituted: int = 0

    def __post_init__(self) -> None:
        parts = (self.allocated, self.shipped, self.cancelled, self.substituted, self.waiting)
        if self.ordered < 1 or min(parts) < 0:
            raise ValueError(f"these units do not add up: {parts} of {self.ordered}")

    def with_allocated(self, units: int) -> Quantity:
        """The same with so many units set aside. Raises ValueError where they do not add up."""
        return Quantity(
            ordered=self.ordered,
            allocated=units,
            shipped=self.shipped,
            cancelled=self.cancelled,
            substituted=self.substituted,
        )

    @property
    def open(self) -> int:
        """Units that still have to come to an end."""
        return self.ordered - self.shipped - self.cancelled - self.substituted

    @property
    def waiting(self) -> int:
        """Open units that nothing on hand is set aside for."""
        return self.ordered - self.allocated - self.shipped - self.cancelled - self.substituted


@record(frozen=True, kw_only=True, slots=True)
class Arrival:
    """Units on their way to a line: when they are likely (P50) and nearly sure (P90) to be at the dock."""

    quantity: int
    likely: date | None
    by: date | None


@record(frozen=True, kw_only=True, slots=True)
class Window:
    """The days between which a line ships.

    likely, by: both None where no date can be said, and `why` says the reason. parts: where the line ships
    in parts, each with its own window; `by` is that of the last one.
    """

    likely: date | None
    by: date | None
    parts: tuple[Part, ...] = ()
    why: Why | None = None


@record(frozen=True, kw_only=True, slots=True)
class PromisedWindow:
    """A window that customer service promised. instead_of: what the supply said, as long as it does.

    rejoins: the line comes back to its queue with it, and what the supply says there is not known yet.
    untold: it is not known that the customer was told, who is owed it. falls: units of the line went to
    others, so that it stands until anything is worked out anew. at: when it was promised; None where an
    earlier version kept it.
    """

    window: Window
    instead_of: Window | None
    rejoins: bool = False
    untold: bool = False
    falls: bool = False
    at: datetime | None = None


@record(frozen=True, kw_only=True, slots=True)
class Promise:
    """What the customer was last told. told_on: the shop's day of told_at."""

    revision: int
    window: Window
    told_at: datetime
    told_on: date

    @property
    def by(self) -> date | None:
        """The last day on which the goods go to the carrier, as told."""
        return self.window.by


@record(frozen=True, kw_only=True, slots=True)
class Told:
    """A promise as it was told. stands_as: its revision in the state. guess: time alone had made it. key: of
    the answer that told it; "" for a message that is about the promise.
    """

    promise: Promise
    stands_as: int
    kind: Kind | None = None
    guess: bool = False
    key: str = ""


@made_at_once
@dataclass(frozen=True, kw_only=True)
class LastContacts(Record):
    """Days of the last letter to the customer: with a date, any, good news, an offer, a delay."""

    dated: date | None = None
    message: date | None = None
    earlier: date | None = None
    offer: date | None = None
    delayed: date | None = None


@record(frozen=True, kw_only=True, slots=True)
class Pending:
    """A promise in a message that has not gone yet.

    before: the last contacts to return to if it never goes. guess: a delay that time alone has made.
    """

    key: str
    kind: Kind
    revision: int
    window: Window
    not_before: datetime
    before: LastContacts
    guess: bool = False


@record(frozen=True, kw_only=True, slots=True)
class PaidUnits:
    """Units that were here and had no day before they were paid for. on: the shop's day of the payment."""

    units: int
    on: date


@record(frozen=True, kw_only=True, slots=True)
class AutomaticCancellation:
    """An ending by policy that was announced. on: the day it happens, unless something changes."""

    stage: str
    on: date


@record(frozen=True, kw_only=True, slots=True)
class Hold:
    """No messages and no stages of the policy until then."""

    until: datetime
    reason: str


@record(frozen=True, kw_only=True, slots=True)
class SentAhead:
    """Units that the customer asked, on a day of the shop's, to have sent before the rest; not sent yet."""

    units: int
    asked_on: date


@record(frozen=True, kw_only=True, slots=True)
class Cancellation:
    """One cancellation.

    request: its ID. key: of the message about it. asked: the units that were named, None for every open one.
    units: how many of them it ended, which facts of earlier instants lower. told: how many its message names.
    received_at: the instant that counts. by: customer, shop, supplier, policy, no_consent. said: what the
    customer said at that instant, cancel or withdraw; "" where they said nothing then. deadline: the day that
    passed without what would have kept the units; None where somebody asked for it. instead: what the
    customer had taken, which came to nothing, where its message says that too.
    """

    request: str
    key: str
    asked: int | None
    units: int
    received_at: datetime
    by: str
    told: int = 0
    said: str = ""
    deadline: date | None = None
    instead: Alternative | None = None


@record(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """A customer's word that ends the contract, at whose instant nothing was open any more.

    request: its ID. asked: the units that were named, None for all that had left by then.
    """

    request: str
    asked: int | None
    received_at: datetime


@record(frozen=True, kw_only=True, slots=True)
class RevocableCancellation:
    """A cancellation by link: it counts from `received_at`, and is carried out `until` then, if nobody takes
    it back: once its half hour is over or, where it was heard later, what came in meanwhile is heard.

    request: its ID. asked: the units that were named, None for every open one. withdraws: it ends the
    contract, so that units that had left are sent back.
    """

    request: str
    asked: int | None
    received_at: datetime
    until: datetime
    withdraws: bool = False


@record(frozen=True, kw_only=True, slots=True)
class WordToKeep:
    """A word of a customer to have the goods: a cancellation by link of the half hour before it yields to it,
    also if it is heard later.

    request: its ID. units: that it names, None for none named. takes_back: the cancellation that it takes
    back, "" for any; None where it is a word to wait on, or to take something else.
    """

    request: str
    received_at: datetime
    units: int | None = None
    takes_back: str | None = None


@record(frozen=True, kw_only=True, slots=True)
class Swap:
    """An alternative that the customer took: it is set aside, and so are the line's own units and its place,
    until the order system has taken it over, `until` at the latest.

    request: of the answer. units: all that were open. received_at: of the answer.
    """

    request: str
    units: int
    chosen: Alternative
    received_at: datetime
    until: datetime


@record(frozen=True, kw_only=True, slots=True)
class Substitution:
    """Units for which the customer took something else. price: of all of it, in major units.

    taken_over_at: when the order system took it over, which is the instant that counts beside shipments and
    cancellations; None where nobody was asked: then it is received_at. assumed: nobody was there to
    acknowledge it, so that it counted with the choice.
    """

    request: str
    units: int
    received_at: datetime
    price: Decimal
    taken_over_at: datetime | None = None
    assumed: bool = False

    @property
    def counts_from(self) -> datetime:
        """The instant that counts."""
        return self.taken_over_at or self.received_at


@record(frozen=True, kw_only=True, slots=True)
class Shipment:
    """Units that left. quantity: as reported, also where their outcome had been decided before."""

    id: str
    quantity: int
    shipped_at: datetime


@record(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a customer was offered. kind: alternatives, coupon or shipping_upgrade.

    units: for how many the alternatives were offered; 0 where an earlier version did not say.
    code: "" while it waits on the customer's page. void: it counts no more; void_told: the key of the message
    that says so. restored: how often it came to count again. upgrade: of the shipping, free or faster.
    """

    key: str
    kind: Kind
    on: date
    alternatives: tuple[Alternative, ...] = ()
    units: int = 0
    percent: Decimal = Decimal(0)
    code: str = ""
    valid_until: date | None = None
    taken: str = ""
    void: bool = False
    void_told: str = ""
    restored: int = 0
    upgrade: str = ""


@record(frozen=True, kw_only=True, slots=True)
class Consent:
    """The customer's consent to wait. until: the date that it covers; answer_by: where it was asked."""

    state: ConsentState = "none"
    until: date | None = None
    answer_by: date | None = None


BY_HAND = "notice/"
"""How the key of a call or a letter begins."""


@record(frozen=True, kw_only=True, slots=True)
class Question:
    """A legal notice that asks the customer to wait for a later date.

    revision, key: of its message, or of the call or letter that asked. by: the day that consent would cover,
    None where no day could be named. answer_by: the last day on which an answer counts. silence: what no
    answer means. told_at: None until it has gone, and again once it came back. delivered: it is known to
    have arrived. limit: the last day on which it is given in time; None where an earlier version asked.
    answered: it was, for all open units; kept: for how many units so far. refused: it says that the shop does
    not deliver. asked_at: when its message was planned; None where a call asked, or an earlier version.
    """

    revision: int
    key: str
    by: date | None
    answer_by: date
    silence: Silence
    told_at: datetime | None = None
    delivered: bool = True
    limit: date | None = None
    answered: bool = False
    kept: int = 0
    refused: bool = False
    asked_at: datetime | None = None

    def is_same(self, other: Question) -> bool:
        """Whether it is that question, whatever is known of it by now."""
        return (self.revision, self.key) == (other.revision, other.key)

    @property
    def by_hand(self) -> bool:
        """Whether a call or a letter asked it, so that its revision says nothing of when."""
        return self.key.startswith(BY_HAND)


@record(frozen=True, kw_only=True, slots=True)
class Agreement:
    """The customer's own word that they wait. until: the last day of it; None for as long as it takes.

    units: None for all that were open. revision: of the promise that it is about; 0 where none is known.
    """

    request: str
    until: date | None
    received_at: datetime
    units: int | None = None
    revision: int = 0


SeldomAsked = Literal["gone", "alternatives", "coupons"]
"""What of a decision's context next to no decision asks for."""
SELDOM_ASKED: frozenset[SeldomAsked] = frozenset(get_args(SeldomAsked))
"""All of it."""


@made_at_once
@dataclass(frozen=True, kw_only=True)
class DecisionContext(Record):
    """What the review finds around the line: read with the state each time, never kept in it.

    free: units of the SKU on hand that are set aside for nobody. held: those set aside for others.
    alternatives: what could be offered now. marketing: by which channels they can be
    reached and agreed to promotions. code: a
    random one, for a coupon that is given out now. in_flight: the pending message was already handed to the
    provider or is about to be. gone: keys of all the line's
    messages of which that is so. zones: where the customer may be, as IANA names; empty: where the shop is.
    by_hand: nothing can be written to them. update_days: how often they wish to hear when nothing changes; 0:
    as often as the policy says. filled_at: when the last ending by policy happened that an hour
    allows; None while there is room. coupons: how many codes each stage with a budget has given out, by its
    ID and the month (2026-03). complained_at, cancelled_at: when the customer last complained, or
    cancelled, about any of their lines. left_out: what was not read, as next to no decision asks for it; one
    that does says what it lacks (see `seldom_asked`); of the coupons each month of a stage by itself.
    """

    free: int = 0
    held: int = 0
    gone: frozenset[str] = frozenset()
    alternatives: tuple[Alternative, ...] = ()
    marketing: tuple[str, ...] = ()
    code: str = field(default="", compare=False)
    coupons: dict[tuple[str, str], int] = field(default_factory=dict, compare=False)
    in_flight: bool = False
    zones: tuple[str, ...] = ()
    by_hand: bool = False
    update_days: int = 0
    filled_at: datetime | None = None
    complained_at: datetime | None = None
    cancelled_at: datetime | None = None
    left_out: frozenset[SeldomAsked] = frozenset()


NO_CONTEXT = DecisionContext()
"""What lies around a line of which nobody has looked."""
_NO_TERMS, _NO_CONTACTS, _NO_CONSENT = Terms(), LastContacts(), Consent()


@made_at_once
@dataclass(frozen=True, kw_only=True)
class State(Record):
    """One backorder.

    terms: the law of the line, pinned when it starts. ordered_on: the shop's day of ordered_at. opened_at:
    when the engine learnt of the line. arrivals, allocated_on, supply_at: the supply as last looked at:
    what is on its way, the day on which units were last set aside, and since when it looks like this.
    forecast: the window that follows, or that somebody promised in its place (stated). moved_by_time_alone:
    it differs from what was told through time passing alone. guesses: delays in a row that were told for no
    other reason. dateless_on: since when no date can be said. promise, pending, revision: what was told,
    what is about to be, and the last revision's number. told: the promises that were told and are not known
    to have come back; the last one is what stands. lost, lost_at: how many promises and updates in a row
    did not arrive, and when the last was given up. told_anew_from: before then nothing is told anew of what
    a person took back. first_by: the first date ever told. missed: the promised day that passed, until a
    new one is told. unsent: keys of the updates and offers that are not known to have gone. recalled: keys of
    messages that were taken back while they were on their way: they do not go if they come back. done: step
    keys with the day they were done. allocation_reported: allocated units that the order system knows of.
    withdrawn: units were taken back and the customer does not know yet. ahead: what the customer wants sent
    before the rest. payment_due: units wait for an authorization. paid: what a payment came for at last, and
    counts its days from it. passed_over: others get the units that
    come until there is one. decided: no unit is open any more. closed: the ending, once nothing is
    unsettled. revocable: cancellations that may still be taken back; nothing of them is carried out yet.
    to_keep: the last words that a cancellation yields to which is heard after them.
    swap: an alternative that was taken and that the order system has not taken over yet. failed_swap: the
    last one that came to nothing, for which the customer is owed an apology. cancellations, substitutions,
    shipments, money_sent: the facts as they were told; what they come to follows from their
    instants. returned: units that the line gave back to stock and that did not leave with a late
    shipment. uncancelled: units that the customer read to be cancelled and later that they were not.
    refunds: what is owed for each cancellation, worked out from the facts. questions, agreements: what the
    law had the customer asked, and what they agreed to. last_day: the day after which they do not want it
    any more, as of last_day_said_at. delivery_refused_at: when the shop said that it does not deliver what
    is open, unless it has promised a day since. ending_told: the day of an ending for want of consent that
    the order system was told. reviewed_from: before then nothing ends for a duty that was broken at the
    start. withdrawals: requests to withdraw from the contract by which units that had left are sent back;
    sent_back: how many units those are, as the order system knows. after_shipment: words that withdrew when
    nothing was open, which stand among no cancellations. ended_late: units that had left too late, and that
    the customer cancelled all the same: what was paid for them may go back; late_unworded: those of which a
    version before kept no word. refund_told: how much of the money sent the customer knows of.
    owed_most: the most that was ever owed.
    refused: the cancellations whose refund a person refuses, for force majeure. needs: what waits for a
    person.
    """

    id: str
    order_id: str
    line_id: str
    sku: str
    quantity: Quantity
    ordered_at: datetime
    ordered_on: date
    opened_at: datetime
    payment: Payment
    terms: Terms = _NO_TERMS
    arrivals: tuple[Arrival, ...] = ()
    allocated_on: date | None = None
    supply_at: datetime | None = None
    supply_why: Why | None = None
    moved_by_time_alone: bool = False
    guesses: int = 0
    forecast: Window | None = None
    stated: PromisedWindow | None = None
    dateless_on: date | None = None
    promise: Promise | None = None
    pending: Pending | None = None
    revision: int = 0
    told: tuple[Told, ...] = ()
    lost: int = 0
    lost_at: datetime | None = None
    told_anew_from: datetime | None = None
    first_by: date | None = None
    missed: date | None = None
    last_contacts: LastContacts = _NO_CONTACTS
    unsent: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()
    done: tuple[tuple[str, date], ...] = ()
    automatic_cancellation: AutomaticCancellation | None = None
    hold: Hold | None = None
    allocation_reported: int = 0
    withdrawn: bool = False
    ahead: SentAhead | None = None
    payment_due: PaymentDue | None = None
    paid: PaidUnits | None = None
    passed_over: bool = False
    decided: bool = False
    closed: Status | None = None
    revocable: tuple[RevocableCancellation, ...] = ()
    to_keep: tuple[WordToKeep, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    swap: Swap | None = None
    failed_swap: Swap | None = None
    money_sent: tuple[SentRefund, ...] = ()
    refunds: tuple[Refund, ...] = ()
    refund_told: Decimal = Decimal(0)
    owed_most: Decimal = Decimal(0)
    refused: tuple[str, ...] = ()
    returned: int = 0
    uncancelled: int = 0
    offers: tuple[Offer, ...] = ()
    consent: Consent = _NO_CONSENT
    questions: tuple[Question, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    last_day: date | None = None
    last_day_said_at: datetime | None = None
    delivery_refused_at: datetime | None = None
    ending_told: date | None = None
    reviewed_from: date | None = None
    withdrawals: tuple[str, ...] = ()
    sent_back: int = 0
    ended_late: int = 0
    late_unworded: int = 0
    after_shipment: tuple[Withdrawal, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    needs: tuple[str, ...] = ()
    context: DecisionContext = NO_CONTEXT

    @property
    def status(self) -> Status:
        """Where the line stands, from its units and its money."""
        if self.closed is not None:
            return self.closed
        if self.decided:
            return _CLOSING
        return _WAITING if self.quantity.waiting else _ALLOCATED

    @property
    def refund(self) -> Refund | None:
        """The refund to look at first: the earliest open one, else one in excess, else the last."""
        still_open = [each for each in self.refunds if each.remaining > 0]
        if still_open:
            return min(still_open, key=lambda each: (each.due_by, each.vested_at))
        excess = [each for each in self.refunds if each.remaining < 0 and each.amount]
        return next(reversed(excess or self.refunds), None)

    def is_done(self, key: str) -> bool:
        """Whether a step was done, or skipped for good."""
        return key in dict(self.done)
