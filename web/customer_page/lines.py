"""The lines of a customer's page, as its templates see them.

Strings are clean and in the reader's own form; "" where there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backorder.domain.money import Money
from backorder.domain.notifications import KINDS, Alternative, Facts, Kind, Why
from backorder.messaging import formats
from backorder.messaging.carriers import tracking_link
from backorder.messaging.letter import LetterItem
from backorder.messaging.page_track import Track, track
from backorder.messaging.template_variables import Day, Line, Names, clean, line_of
from backorder.queries.customer_page import shown
from backorder.queries.views import CaseView, MessageView, OfferView, RefundView

BANKS_TAKE = timedelta(days=10)
"""After so long money that was sent should have arrived; then the customer is told whom to ask."""

WITHDRAWN_WITHIN = timedelta(days=30)
"""How long after a shipment the page offers to withdraw: 14 days by law, from when the goods came."""
TRAVELS = timedelta(days=3)
"""How far behind its shipment the door is drawn; no day is named for it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it went: on which day, by which channel, and its first words."""

    on: Day
    channel: str
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Money that was sent. missed_from: when the customer should ask, if it is not there."""

    amount: str
    on: Day
    means: str
    missed_from: Day


@dataclass(frozen=True, slots=True)
class Repayment:
    """Money that goes back. left: what is still to be sent, "" for nothing."""

    amount: str
    by: Day
    left: str
    late: bool
    sent: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Units that left."""

    quantity: str
    count: int
    on: Day
    carrier: str
    tracking: str
    link: str


@dataclass(frozen=True, slots=True)
class Instead:
    """Another product that may be taken. difference: what comes back, "" for nothing.

    amount: the price of one, as an answer names it.
    """

    sku: str
    name: str
    price: str
    difference: str
    amount: str


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon for the next order."""

    percent: str
    code: str
    until: Day


@dataclass(frozen=True, slots=True)
class Revocable:
    """A cancellation that can be taken back until a time of day. units: "" for all of them."""

    units: str
    until: str


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of the order. line: it in the words of messages, with the dates as they were told.

    key, shown: what an answer names. anchor: where it stands on the page. status: waiting, ready, shipped,
    cancelled or substituted. open: units that are still to come. told: whether the customer heard a date, or
    that there is none. kept: it was agreed to wait, until `kept_until` or without an end ("").
    """

    key: str
    anchor: str
    shown: str
    line: Line
    status: str
    open: int
    told: bool
    asked: bool
    kept: bool
    kept_until: Day
    last_day: Day
    may_withdraw: bool
    ordered_on: Day
    today: Day
    told_on: Day
    left_on: Day
    deliver_by: Day
    track: Track | None
    news_on: Day
    ends_on: Day
    paid: str
    charged: bool
    cancelled: tuple[Line, ...]
    repayments: tuple[Repayment, ...]
    parcels: tuple[Parcel, ...]
    instead: tuple[Instead, ...]
    chosen: str
    coupons: tuple[Coupon, ...]
    said: tuple[Said, ...]
    revocable: Revocable | None


class LineViews:
    """Puts the lines of a page into views. locale: of Babel; zone: the shop's; today: its day."""

    def __init__(self, locale: Any, zone: str, today: date) -> None:
        self._locale = locale
        self._zone = ZoneInfo(zone)
        self._today = today
        self._names = Names()

    def on(self, day: date | None) -> Day:
        """A day in the reader's form."""
        if day is None:
            return Day()
        return Day(formats.day(day, self._locale), formats.brief_day(day, self._locale))

    def number(self, count: int) -> str:
        """A number in the reader's form."""
        return formats.number(count, self._locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """Money in the reader's form."""
        return formats.money(Money(amount, currency), self._locale)

    def of(self, case: CaseView, number: int) -> PageLine:
        """One line."""
        quantity, promise = case.quantity, case.promise
        units = quantity.waiting + quantity.allocated
        facts = self._facts(case, units)
        ordered_on = case.ordered_at.astimezone(self._zone).date()
        coming = {each.what: each.at.astimezone(self._zone).date() for each in reversed(case.next)}
        kept = case.consent.state in ("given", "indefinite")
        return PageLine(
            key=case.id,
            anchor=f"line-{number}",
            shown=shown(case),
            line=self._line(case, facts),
            status=_status(case, units),
            open=units,
            told=promise is not None,
            asked=case.consent.state == "asked",
            kept=kept,
            kept_until=self.on(case.consent.until) if case.consent.state == "given" else Day(),
            last_day=self.on(case.consent.last_day),
            may_withdraw=case.withdrawal and self._may_still_withdraw(case),
            ordered_on=self.on(ordered_on),
            today=self.on(self._today),
            told_on=self.on(promise.told_at.astimezone(self._zone).date() if promise else None),
            left_on=self.on(self._left_on(case) if not units else None),
            deliver_by=self.on(promise.deliver_by if promise and facts.by and units else None),
            track=self._track(case, facts, ordered_on, units),
            news_on=self.on(coming.get(Kind.STILL_WAITING.value)),
            ends_on=self.on(coming.get(Kind.CANCELLED.value)),
            paid=self.money(case.payment.line_paid, case.payment.currency),
            charged=case.payment.state == "captured",
            cancelled=tuple(self._cancelled(case)),
            repayments=tuple(map(self._repayment, case.refunds)),
            parcels=tuple(self._parcels(case)),
            instead=tuple(self._instead(case, units)),
            chosen=self._chosen(case),
            coupons=tuple(self._coupons(case.offers)),
            said=tuple(self._said(each) for each in reversed(case.messages) if each.state == "sent"),
            revocable=self._revocable(case, units),
        )

    def _line(self, case: CaseView, facts: Facts) -> Line:
        item = LetterItem(order=case.order_id, product=case.product, facts=facts)
        return line_of(item, self._locale, self._names)

    def _facts(self, case: CaseView, units: int) -> Facts:
        """What stands, as it was told; a day that is over is no date any more."""
        promise, quantity = case.promise, case.quantity
        all_of_it = units or quantity.ordered
        ready = bool(units) and not quantity.waiting
        consent = case.consent
        asked: dict[str, Any] = {}
        if consent.state == "asked":
            asked = {"answer_by": consent.answer_by if consent.silence != "nothing" else None}
            asked |= {"ends_on": consent.ends_on, "silence": consent.silence}
        if promise is None:
            return Facts(quantity=all_of_it, ready=ready, **asked)
        why = Why(promise.why) if promise.why else None
        if promise.by is not None and promise.by < self._today:
            over = Why.UNSENT if ready else Why.OVERDUE
            return Facts(quantity=all_of_it, ready=ready, previous_by=promise.by, why=over, **asked)
        return Facts(
            quantity=all_of_it,
            likely=promise.likely and max(promise.likely, self._today),
            by=promise.by,
            parts=promise.parts,
            why=why,
            ready=ready,
            **asked,
        )

    def _may_still_withdraw(self, case: CaseView) -> bool:
        """Whether the goods can have come so lately that the law's 14 days are not over."""
        left_on = self._left_on(case)
        gone = not (case.quantity.waiting or case.quantity.allocated or case.quantity.shipped)
        return not gone and (left_on is None or self._today <= left_on + WITHDRAWN_WITHIN)

    def _left_on(self, case: CaseView) -> date | None:
        return max((each.shipped_at.astimezone(self._zone).date() for each in case.shipments), default=None)

    def _track(self, case: CaseView, facts: Facts, ordered_on: date, units: int) -> Track | None:
        """The way of what is still to come, or of what has left; None for what never comes."""
        from_start = self._locale.text_direction != "rtl"
        if not units:
            left_on = self._left_on(case)
            if left_on is None:
                return None
            door = left_on + TRAVELS
            return track(
                ordered_on, self._today, likely=left_on, by=left_on, door=door, from_start=from_start
            )
        return track(
            ordered_on,
            self._today,
            likely=facts.likely,
            by=facts.by,
            door=case.promise.deliver_by if case.promise else None,
            from_start=from_start,
        )

    def _cancelled(self, case: CaseView) -> Iterator[Line]:
        for each in case.cancellations:
            yield self._line(case, Facts(quantity=each.units, reason=each.by))

    def _repayment(self, refund: RefundView) -> Repayment:
        return Repayment(
            self.money(refund.amount, refund.currency),
            self.on(refund.due_by),
            self.money(refund.remaining, refund.currency) if refund.remaining > 0 else "",
            refund.state == "overdue",
            tuple(
                Sent(
                    self.money(each.amount, refund.currency),
                    self.on(each.sent_at.astimezone(self._zone).date() if each.sent_at else None),
                    clean(each.means, 80),
                    self.on(
                        each.sent_at.astimezone(self._zone).date() + BANKS_TAKE if each.sent_at else None
                    ),
                )
                for each in refund.sent
            ),
        )

    def _revocable(self, case: CaseView, units: int) -> Revocable | None:
        """What was cancelled and can still be taken back, all of it together."""
        if not case.revocable or not units:
            return None
        gone = min(units, sum(each.units or units for each in case.revocable))
        until = min(each.until for each in case.revocable)
        zone = ZoneInfo(case.contact.time_zone) if case.contact.time_zone else self._zone
        return Revocable("" if gone == units else self.number(gone), formats.clock(until, zone, self._locale))

    def _parcels(self, case: CaseView) -> Iterator[Parcel]:
        for each in case.shipments:
            number = clean(each.tracking, 80)
            yield Parcel(
                self.number(each.quantity),
                each.quantity,
                self.on(each.shipped_at.astimezone(self._zone).date()),
                clean(each.carrier, 80),
                number,
                tracking_link(each.carrier, number),
            )

    def _instead(self, case: CaseView, units: int) -> Iterator[Instead]:
        offer = next((each for each in reversed(case.offers) if each.alternatives), None)
        if offer is None or offer.taken or not case.quantity.waiting:
            return
        for each in offer.alternatives:
            if each.available:
                back = self.money(each.refund, each.currency) if each.refund > 0 else ""
                price = self.money(each.price, each.currency)
                yield Instead(each.sku, clean(each.name), price, back, str(each.price))

    def _chosen(self, case: CaseView) -> str:
        taken = {each.taken for each in case.offers if each.taken}
        names: dict[str, Alternative | Any] = {a.sku: a for each in case.offers for a in each.alternatives}
        return next((clean(names[sku].name) for sku in taken if sku in names), "")

    def _coupons(self, offers: tuple[OfferView, ...]) -> Iterator[Coupon]:
        for each in offers:
            if each.code and each.told and not (each.valid_until and each.valid_until < self._today):
                percent = formats.percent(each.percent, self._locale) if each.percent else ""
                yield Coupon(percent, clean(each.code, 80), self.on(each.valid_until))

    def _said(self, message: MessageView) -> Said:
        words = message.subject or message.text.partition(" http")[0]
        on = self.on(message.at.astimezone(self._zone).date())
        return Said(on, message.channel or "", clean(words, 140) if message.kind in KINDS else "")


def _status(case: CaseView, units: int) -> str:
    quantity = case.quantity
    if units:
        return "waiting" if quantity.waiting else "ready"
    if quantity.shipped:
        return "shipped"
    return "substituted" if quantity.substituted else "cancelled"


def masked_email(address: str) -> str:
    """An address that its owner knows again, and nobody else learns."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}" if local else ""


def masked_phone(number: str) -> str:
    """A number with its last three digits."""
    return f"•••{number[-3:]}" if number else ""
