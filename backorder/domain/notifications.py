"""What is said to people: the kinds of message and the facts that each one states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backorder.domain.money import Money


class Kind(StrEnum):
    """Every reason to write to somebody."""

    CONFIRMED = "confirmed"
    STILL_WAITING = "still_waiting"
    DELAYED = "delayed"
    EARLIER = "earlier"
    APOLOGY = "apology"
    CONSENT_REQUEST = "consent_request"
    ANSWER_RECEIVED = "answer_received"
    ALTERNATIVES = "alternatives"
    COUPON = "coupon"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    SUBSTITUTED = "substituted"
    COMPLAINT_RECEIVED = "complaint_received"
    CONFIRM_DATE = "confirm_date"
    LATE = "late"


KINDS = tuple(kind.value for kind in Kind)
"""As rows hold them."""
SUPPLIER_KINDS = frozenset({Kind.CONFIRM_DATE, Kind.LATE})
COMMERCIAL_KINDS = frozenset({Kind.COUPON})
"""Kinds that promote something: they need marketing consent, a postal address and a way to opt out."""
PROMISE_KINDS = frozenset({Kind.CONFIRMED, Kind.DELAYED, Kind.EARLIER, Kind.APOLOGY})
"""Kinds that put a new promise into words; the promise counts as told once one of them has gone."""
LEGAL_KINDS = frozenset({Kind.CONSENT_REQUEST})
"""Kinds that the law wants told: they wait for no channel that is in trouble."""
OWED_KINDS = frozenset(
    {
        Kind.SHIPPED,
        Kind.PART_SHIPPED,
        Kind.CANCELLED,
        Kind.REFUNDED,
        Kind.SUBSTITUTED,
        Kind.ANSWER_RECEIVED,
        Kind.COMPLAINT_RECEIVED,
    }
)
"""Kinds that say what happened: true whenever they are read, and never made good for by a later message."""
RECALLED_KINDS = frozenset({Kind.STILL_WAITING, Kind.ALTERNATIVES, Kind.COUPON})
"""Kinds that are taken back, if they have not gone, once there is nothing left to say them about."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What one message says about one order line. Only what the kind needs is set.

    quantity: units that the message is about (open ones; for shipments and cancellations the units
        concerned). remaining: units still to come afterwards.
    likely, by: the window now promised; both None means that no date can be said (`why` says the reason).
    ready: every open unit is set aside. since: the day on which the customer was told what still stands.
    previous_by: the promise that this one replaces.
    parts: the windows of the parts, where a line ships in several.
    carrier, tracking: of a shipment.
    refund, refund_by: money that goes back, and the last day for it. refund_sent_on: the day on which it
        went, where it has; means: how. shipping: what was paid for shipping, which goes back too if nothing
        of the order ships.
    uncancelled: units of a shipment of which the customer read that they were cancelled (`refund`: what they
        read would come back for them).
    percent, code, valid_until: of a coupon. alternatives: of an offer.
    chosen: the alternative that was taken. choice, until: of an answer (keep, cancel, alternative).
    answer_by, ends_on: of a consent request. reason: of a cancellation
        (customer, shop, policy, supplier, no_consent). ticket, text: of a complaint.
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
    carrier: str = ""
    tracking: str = ""
    refund: Money | None = None
    refund_by: date | None = None
    refund_sent_on: date | None = None
    means: str = ""
    shipping: Money | None = None
    uncancelled: int = 0
    percent: Decimal | None = None
    code: str = ""
    valid_until: date | None = None
    alternatives: tuple[Alternative, ...] = ()
    chosen: Alternative | None = None
    choice: str = ""
    until: date | None = None
    answer_by: date | None = None
    ends_on: date | None = None
    reason: str = ""
    ticket: str = ""
    purchase_order: str = ""
    po_line: str = ""
    due: date | None = None
