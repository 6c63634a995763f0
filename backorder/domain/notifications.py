"""What is said to people: the kinds of message and the facts that each one states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from backorder.domain.money import Money
from backorder.domain.records import Record, made_at_once, record


class Kind(StrEnum):
    """Every reason to write to somebody."""

    CONFIRMED = "confirmed"
    STILL_WAITING = "still_waiting"
    LAST_DAY_REMINDER = "last_day_reminder"
    DELAYED = "delayed"
    EARLIER = "earlier"
    APOLOGY = "apology"
    CONSENT_REQUEST = "consent_request"
    ANSWER_RECEIVED = "answer_received"
    ALTERNATIVES = "alternatives"
    COUPON = "coupon"
    COUPON_RESTORED = "coupon_restored"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    SHIPPING_UPGRADE = "shipping_upgrade"
    PAYMENT_DUE = "payment_due"
    SWAP_FAILED = "swap_failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    SUBSTITUTED = "substituted"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_CLOSED = "complaint_closed"
    NEW_LINK = "new_link"
    CONFIRM_ADDRESS = "confirm_address"
    ADDRESS_CHANGED = "address_changed"
    CONFIRM_DATE = "confirm_date"
    SUPPLIER_OVERDUE = "late"


KINDS = tuple(kind.value for kind in Kind)
"""As rows hold them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notification:
    """What holds for every message of a kind.

    label: how a person calls a message of it. next: what the engine is about to do, for lists of what comes
    next. audience: whom it is written to. promises: it puts a new promise into words, which counts as told
    once it has gone. dated: it states a date. offer: it offers the customer something. recalled: it is taken
    back, if it has not gone, once there is nothing left to say it about. commercial: it promotes something,
    which needs marketing consent, a postal address and a way to opt out. legal: the law wants it told, so it
    waits for no channel that is in trouble. owed: it says what happened; it is true whenever it is read, and
    no later message makes good for it. counts: a person gets only so many of those a week. gathers: what is
    due about several lines of an order is one message. answers: it says what came of a request, so that what
    one word for several lines led to is one message. digits: its text asks for a digit where it can be
    answered. beside: it is about the way to the customer, and its lines hear nothing of it.
    """

    label: str
    next: str
    audience: Literal["customer", "supplier"] = "customer"
    promises: bool = False
    dated: bool = False
    offer: bool = False
    recalled: bool = False
    commercial: bool = False
    legal: bool = False
    owed: bool = False
    counts: bool = False
    gathers: bool = False
    answers: bool = False
    digits: bool = False
    beside: bool = False


NOTIFICATIONS: Mapping[Kind, Notification] = {
    Kind.CONFIRMED: Notification(
        label="order confirmed", next="confirm the order", promises=True, dated=True, gathers=True
    ),
    Kind.STILL_WAITING: Notification(
        label="regular update", next="regular update", dated=True, recalled=True, counts=True, gathers=True
    ),
    Kind.LAST_DAY_REMINDER: Notification(
        label="reminder of the last day", next="remind of their last day", dated=True
    ),
    Kind.DELAYED: Notification(
        label="delay", next="tell about the delay", promises=True, dated=True, gathers=True
    ),
    Kind.EARLIER: Notification(
        label="earlier date", next="tell the good news", promises=True, dated=True, gathers=True
    ),
    Kind.APOLOGY: Notification(label="apology", next="apologise", promises=True, dated=True, gathers=True),
    Kind.CONSENT_REQUEST: Notification(
        label="consent asked for",
        next="ask to keep waiting",
        promises=True,
        dated=True,
        legal=True,
        gathers=True,
        digits=True,
    ),
    Kind.ANSWER_RECEIVED: Notification(
        label="answer received", next="acknowledge the answer", owed=True, answers=True
    ),
    Kind.ALTERNATIVES: Notification(
        label="alternatives offered", next="offer alternatives", offer=True, recalled=True, counts=True
    ),
    Kind.COUPON: Notification(
        label="coupon", next="offer a coupon", offer=True, recalled=True, commercial=True, counts=True
    ),
    Kind.COUPON_RESTORED: Notification(
        label="coupon counts again", next="tell that the coupon counts again", owed=True
    ),
    Kind.PART_SHIPPED: Notification(label="part shipped", next="tell what shipped", owed=True),
    Kind.SHIPPED: Notification(label="shipped", next="tell that it shipped", owed=True),
    Kind.SHIPPING_UPGRADE: Notification(
        label="shipping upgraded", next="tell about better shipping", offer=True, recalled=True, counts=True
    ),
    Kind.PAYMENT_DUE: Notification(label="payment needed", next="ask for the payment"),
    Kind.SWAP_FAILED: Notification(label="swap failed", next="tell that the swap failed", owed=True),
    Kind.CANCELLED: Notification(label="cancelled", next="cancel", owed=True, answers=True),
    Kind.REFUNDED: Notification(label="refunded", next="confirm the refund", owed=True),
    Kind.SUBSTITUTED: Notification(label="substituted", next="confirm the alternative", owed=True),
    Kind.COMPLAINT_RECEIVED: Notification(
        label="complaint received", next="acknowledge the complaint", legal=True, owed=True
    ),
    Kind.COMPLAINT_CLOSED: Notification(
        label="complaint answered", next="tell what came of the complaint", legal=True, owed=True
    ),
    Kind.NEW_LINK: Notification(label="new link", next="send a new link", owed=True, beside=True),
    Kind.CONFIRM_ADDRESS: Notification(
        label="address to confirm", next="ask at a new address", owed=True, beside=True
    ),
    Kind.ADDRESS_CHANGED: Notification(
        label="address changed", next="tell the address of before", owed=True, beside=True
    ),
    Kind.CONFIRM_DATE: Notification(
        label="supplier asked", next="ask the supplier to confirm", audience="supplier", gathers=True
    ),
    Kind.SUPPLIER_OVERDUE: Notification(
        label="supplier overdue", next="ask the supplier again", audience="supplier", gathers=True
    ),
}
"""Every kind, one row each: what is said of kinds elsewhere follows from here."""


def _those(holds: Callable[[Notification], bool]) -> frozenset[Kind]:
    return frozenset(kind for kind, row in NOTIFICATIONS.items() if holds(row))


SUPPLIER_KINDS = _those(lambda row: row.audience == "supplier")
COMMERCIAL_KINDS = _those(lambda row: row.commercial)
PROMISE_KINDS = _those(lambda row: row.promises)
DATED_KINDS = _those(lambda row: row.dated)
OFFER_KINDS = _those(lambda row: row.offer)
LEGAL_KINDS = _those(lambda row: row.legal)
OWED_KINDS = _those(lambda row: row.owed)
COUNTED_KINDS = _those(lambda row: row.counts)
RECALLED_KINDS = _those(lambda row: row.recalled)
BESIDE_KINDS = _those(lambda row: row.beside)
DIGIT_KINDS = _those(lambda row: row.digits)
ANSWER_KINDS = _those(lambda row: row.answers)
GATHERED_NOTICES = _those(lambda row: row.gathers and row.audience == "customer") - {Kind.CONFIRMED}
"""What is said together about the lines of an order that wait, once they were confirmed."""


class Why(StrEnum):
    """Why a line has no date, or why its date moved."""

    NO_SUPPLY = "no_supply"  # nothing is on order that covers it
    SUPPLIER_UNSURE = "supplier_unsure"  # the supplier cannot say when
    UNCERTAIN = "uncertain"  # the date stands as it was told, but the forecast is later by now
    OVERDUE = "overdue"  # the date passed and nobody has said anything new
    UNSTATED = "unstated"  # the date was moved more than once without a word; it is not guessed again
    SUPPLY_MOVED = "supply_moved"  # what was planned for the line comes later, whoever moved it
    UNSENT = "unsent"  # the date passed, though its units are there
    WITHDRAWN = "withdrawn"  # units set aside for the line turned out not to be there
    REFUSED = "refused"  # the shop does not deliver it
    UNPAID = "unpaid"  # its units went to others, because no payment is authorized


@record(frozen=True, kw_only=True, slots=True)
class Part:
    """Some units of a line and the window in which they ship (None: no date can be said)."""

    quantity: int
    likely: date | None
    by: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternative:
    """Another product that could be sent instead."""

    sku: str
    name: str
    price: Money


@record(frozen=True, kw_only=True, slots=True)
class MoneyBack:
    """Money that was sent back: how much, on which day and by what means; None and "" where nobody said."""

    amount: Money
    on: date | None = None
    means: str = ""


@made_at_once
@dataclass(frozen=True, kw_only=True)
class Facts(Record):
    """What one message says about one order line. Only what the kind needs is set.

    quantity: units that the message is about (open ones; for shipments and cancellations the units
        concerned). remaining: units still to come afterwards.
    likely, by: the window now promised; both None means that no date can be said (`why` says the reason).
    ready: every open unit is set aside. since: the day on which the customer was told what still stands.
    previous_by: the promise that this one replaces.
    parts: the windows of the parts, where a line ships in several. set_aside: units that are set aside, where
        a part has no date.
    carrier, tracking: of a shipment.
    refund, refund_by: money that goes back, and the last day for it. refund_sent: what had gone back of it
        before, beside it. refund_sent_on: the day on which it went, where it has; means: how. refunds: each
        sum that went, in order, where there are several and they differ in day or means. shipping: what
        was paid for shipping, which goes back too if nothing of the order ships; of a withdrawal: unless
        something of the order is kept, of which this may be a part. uncharged: no money was
        taken, and none will be. kept_back: what a person decided is not owed, since force majeure excuses the
        delay; `shipping` is a part of it then.
    uncancelled: units of a shipment, or of an answer that came in time, of which the customer read that they
        were cancelled (`refund`: what they read would come back for them).
    percent, code, valid_until: of a coupon. alternatives: of an offer. void_code: of a coupon that counts no
        more. upgrade: what is better about the shipping now (free, faster); free: `shipping` goes back,
        whatever else of the order ships.
    amount, pay_url: what has to be paid for units to ship, and where; `until` says until when they are kept.
    unpaid: nothing ships before it is paid; pay_by: so long it stays set aside for that: all of it, or the
        part `pay_part`: units behind those of `set_aside` that are here and wait for it, without a day.
        pay_others: of a question: units that ship once they are paid for, beside others that leave anyway.
    chosen: the alternative that was taken. choice, until: of an answer (keep, cancel, withdraw, alternative).
    dropped_day: the customer's own last day that their answer ends. asks_again: a later question is open
        still, which their answer is not about; answer_by: until when, where that is not what it said.
        asks_beyond: they are still to be asked should it not ship by `until`.
        unanswered: units of the open question that their answers
        leave out; `answer_by` and `silence` are about those. received_at: when it came in, on the
        shop's clock. not_shipped: of a withdrawal: units that had not left; the others are sent back. Also
        of a cancellation, where the same word sends others back.
        left_late: of a cancellation: they had left by then, too late, and a person looks into the refund.
    answer_by, ends_on, silence: of a consent request: the last day for an answer, the day on which the line
        is cancelled without one, and what silence means (agreed, cancelled, nothing). staying: units of
        these (of a payment: of all that are open) that are not cancelled then, as their customer agreed to
        wait longer. ask_until: the day that is asked for, where it is not `by`. last_day: the customer's
        own, after which it is cancelled for them. refundable: money comes back after a cancellation; False
        where nothing was charged. due_by: by when it was to be with the customer, of a notice that this day
        passed; essential: that day was essential to them. limit: the last day on which the notice is given
        in time.
    reason: of a cancellation
        (customer, shop, policy, supplier, no_consent); of an answer: its day is over as well (no_consent).
        part_of_line: other units of the line were shipped, or
        replaced, before; of a withdrawal: others are kept, or still to come. ticket: of a complaint; text:
        what came of it.
    purchase_order, po_line, due: what a supplier is asked about.
    """

    quantity: int = 0
    remaining: int = 0
    likely: date | None = None
    by: date | None = None
    ready: bool = False
    since: date | None = None
    previous_by: date | None = None
    why: Why | None = None
    parts: tuple[Part, ...] = ()
    set_aside: int = 0
    carrier: str = ""
    tracking: str = ""
    refund: Money | None = None
    refund_by: date | None = None
    refund_sent: Money | None = None
    refund_sent_on: date | None = None
    means: str = ""
    refunds: tuple[MoneyBack, ...] = ()
    shipping: Money | None = None
    uncharged: bool = False
    kept_back: Money | None = None
    uncancelled: int = 0
    part_of_line: bool = False
    percent: Decimal | None = None
    code: str = ""
    valid_until: date | None = None
    void_code: str = ""
    upgrade: str = ""
    amount: Money | None = None
    pay_url: str = ""
    unpaid: bool = False
    pay_by: date | None = None
    pay_part: int = 0
    pay_others: int = 0
    alternatives: tuple[Alternative, ...] = ()
    chosen: Alternative | None = None
    choice: str = ""
    until: date | None = None
    dropped_day: date | None = None
    asks_again: bool = False
    asks_beyond: bool = False
    unanswered: int = 0
    received_at: datetime | None = None
    not_shipped: int = 0
    left_late: bool = False
    answer_by: date | None = None
    ends_on: date | None = None
    silence: str = ""
    staying: int = 0
    ask_until: date | None = None
    last_day: date | None = None
    refundable: bool = True
    due_by: date | None = None
    essential: bool = False
    limit: date | None = None
    reason: str = ""
    ticket: str = ""
    text: str = ""
    purchase_order: str = ""
    po_line: str = ""
    due: date | None = None


def ends_without_a_word(facts: Facts) -> bool:
    """Whether the line, or what is still to come of it, ends if its customer does nothing: no message may say
    then that they need not do anything.
    """
    left_out = facts.unanswered > 0 and facts.silence == "cancelled"
    return facts.ends_on is not None or facts.last_day is not None or left_out


def names_day(facts: Facts) -> bool:
    """Whether it says on which day something of the line ships."""
    return facts.by is not None or any(part.by is not None for part in facts.parts)
