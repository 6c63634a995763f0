"""The lines of a customer's page, put into the reader's own form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from backorder.domain.complaints import answer_by, ticket_of
from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.line.events import CouponClaimed
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.unpaid_parts import unpaid_apart
from backorder.domain.means_of_payment import is_shown_by_a_bank
from backorder.domain.money import Money
from backorder.domain.notifications import DATED_KINDS, KINDS, Facts, Kind, Why
from backorder.domain.page_limits import BANKS_TAKE, ON_ITS_WAY
from backorder.domain.quiet_hours import zone_read
from backorder.messaging import formats
from backorder.messaging.carriers import carrier_name, tracking_link
from backorder.messaging.message_content import ContentItem
from backorder.messaging.page_track import Track, track
from backorder.messaging.ship_windows import window_of
from backorder.messaging.template_variables import Day, Line, Names, clean, line_of, web
from backorder.queries.asked_by_customer import AskedByCustomer
from backorder.queries.customer_page import shown
from backorder.queries.served_from import ServedFrom
from backorder.queries.views import (
    AlternativeView,
    CaseView,
    ComplaintView,
    MessageView,
    RefundView,
    SentBack,
)
from web.customer_page.asked_of_customer import ends_unasked, is_asked, kept_until, with_consent
from web.customer_page.line_standing import (
    cancelled_at,
    comes,
    in_doubt,
    is_as_told,
    is_awaited,
    status_of,
)
from web.customer_page.page_line import (
    ComplaintTicket,
    Coupon,
    Instead,
    MoneySent,
    PageLine,
    PageRequest,
    Parcel,
    PaymentNeeded,
    Repayment,
    SentMessage,
    ServedShare,
)
from web.customer_page.page_requests import asked_facts, complains, done_soon, waiting, withdraws
from web.customer_page.revocable_words import ahead, in_time, revocable_of, uncancelled
from web.customer_page.right_to_withdraw import may_still_withdraw, units_sent_back
from web.customer_page.shipping_money import shipping_money

if TYPE_CHECKING:
    from babel import Locale

LONGEST = 2000
"""Letters of a complaint, or of the answer to it, that the page shows."""
TRAVELS = timedelta(days=3)
"""How far behind its shipment the door is drawn; no day is named for it."""


class LineViews:
    """Puts the lines of a page into views. locale: of Babel; zone: the shop's; at: now; today: its day."""

    def __init__(self, locale: Locale, zone: str, today: date, at: datetime) -> None:
        self._locale = locale
        self._zone = ZoneInfo(zone)
        self._today, self._now = today, at
        self._names = Names()

    def on(self, day: date | None) -> Day:
        """A day in the reader's form."""
        if day is None:
            return Day()
        return Day(formats.day(day, self._locale), formats.brief_day(day, self._locale))

    def _at(self, instant: datetime | None) -> Day:
        """The shop's day of an instant."""
        return self.on(instant.astimezone(self._zone).date() if instant else None)

    def number(self, count: int) -> str:
        """A number in the reader's form."""
        return formats.number(count, self._locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """Money in the reader's form."""
        return formats.money(Money(amount, currency), self._locale)

    def of(
        self,
        case: CaseView,
        number: int,
        served: ServedFrom | None,
        asked: Sequence[AskedByCustomer] = (),
        order: Sequence[CaseView] = (),
    ) -> PageLine:
        """One line. served: from what, as told. asked: by its customer, not done. order: all its lines."""
        quantity, promise = case.quantity, case.promise
        units = quantity.waiting + quantity.allocated
        facts, back = self._facts(case, units), units_sent_back(case)
        ordered_on = case.ordered_at.astimezone(self._zone).date()
        coming = {each.what: each.at.astimezone(self._zone).date() for each in ahead(case)}
        payment = self._payment(case, units, coming.get(Kind.CANCELLED.value))
        waits = waiting(case, asked, units) or done_soon(case, units, self._now)
        reader = (self._locale, self._reader_zone(case))
        gone = None if waits.undoes else revocable_of(case, units, self._now, *reader)
        chosen, replaced = self._chosen(case), 0 if units else quantity.substituted
        sure = quantity.cancelled and not gone and facts.why is not Why.REFUSED
        others = quantity.ordered - quantity.cancelled - quantity.substituted - back if sure else 0
        ends, stays = gone is not None and not gone.units, units if waits.undoes else uncancelled(case, units)
        never = ends or bool(chosen and units) or waits.carried == "all"
        # What is told of it is true no more.
        undone = never or (payment is not None and payment.all)
        leaves = facts.replace(likely=None, by=None) if undone else facts
        return PageLine(
            key=case.id,
            anchor=f"line-{number}",
            shown=shown(case),
            line=self._line(case, facts),
            contract=self._line(case, Facts(quantity=(stays or units) + quantity.shipped)),
            status=status_of(case, units),
            open=units,
            told=promise is not None,
            asked=is_asked(case, self._now, self._zone)
            and stays > case.consent.kept
            and not (never or waits.answers),
            kept=case.consent.state in ("given", "indefinite"),
            kept_until=self.on(kept_until(case, coming.get(Kind.CANCELLED.value))),
            last_day=self.on(case.consent.last_day),
            earliest=self._today.isoformat(),
            may_withdraw=case.withdrawal
            and may_still_withdraw(case, order, 0 if ends else units, self._zone, self._today)
            and not withdraws(case, asked),
            withdrawn=case.withdrawn,
            sent_back=self.number(back) if back < quantity.shipped else "",
            keeps=bool(units or quantity.substituted or back < quantity.shipped),
            ordered_on=self.on(ordered_on),
            today=self.on(self._today),
            told_on=self._at(promise.told_at if promise and not undone and is_as_told(facts) else None),
            in_doubt=in_doubt(case),
            share=self._share(served, case) if served and units and comes(facts) and not undone else None,
            left_on=self.on(self._left_on(case) if not units else None),
            travelling=not case.withdrawn
            and self._today <= (self._left_on(case) or self._today) + ON_ITS_WAY,
            ended_on=self._at(cancelled_at(case, units)),
            deliver_by=self.on(promise.deliver_by if promise and leaves.by and units else None),
            track=None if never else self._track(case, leaves, ordered_on, units),
            news_on=self.on(min((coming[kind] for kind in DATED_KINDS & coming.keys()), default=None)),
            ends_on=self.on(ends_unasked(case, coming)),
            paid=self.money(case.payment.line_paid, case.payment.currency),
            paid_for=self.number(quantity.ordered) if units < quantity.ordered else "",
            charged=case.payment.captured,
            charged_in_part=case.payment.captured_in_part,
            expired=case.payment.expired,
            payment=None if waits.ends else payment,
            cancelled=tuple(self._cancelled(case)),
            others=self.number(others) if others else "",
            others_count=others,
            repayments=tuple(self._repayment(case, each) for each in case.refunds),
            shipping=shipping_money(case, order, self._locale, self._today),
            parcels=tuple(self._parcels(case)),
            instead=tuple(self._instead(case)),
            chosen=chosen,
            replaced=self.number(replaced) if replaced else "",
            replaced_count=replaced,
            coupons=tuple(self._coupons(case, waits=bool(units) and is_awaited(case) and not waits.ends)),
            complaints=(*map(self._ticket, case.complaints), *self._new_tickets(case, asked)),
            said=tuple(self._sent_message(each) for each in reversed(case.messages) if each.state == "sent"),
            revocable=gone,
            send_now=self.number(case.send_now) if case.send_now else "",
            requests=tuple(self._page_request(case, units, each) for each in asked if not complains(each)),
            looked_into=LEFT_TOO_LATE in case.needs,
            carried=waits.carried,
            received=waits.choice,
            own_day=waits.own_day,
            keep_until=in_time(waits.until, self._now, *reader),
            at_rest=waits.undoes and not uncancelled(case, units),
        )

    def kept(self, case: CaseView, line: PageLine) -> PageLine:
        """A line with the units alone that its customer has not cancelled, which a "keep" is about."""
        stays = uncancelled(case, line.open)
        return replace(line, line=self._line(case, self._facts(case, stays)), open=stays) if stays else line

    def _line(self, case: CaseView, facts: Facts) -> Line:
        item = ContentItem(order=case.order_id, product=case.product, facts=facts)
        return line_of(item, self._locale, self._names)

    def _facts(self, case: CaseView, units: int) -> Facts:
        """What stands, as it was told; a day that is over is no date any more."""
        promise, quantity = case.promise, case.quantity
        all_of_it = units or quantity.shipped or quantity.substituted or quantity.ordered
        ready = bool(units) and not quantity.waiting
        facts = with_consent(Facts(quantity=all_of_it, ready=ready), case, self._now, self._zone)
        if promise is None:
            return facts
        why = Why(promise.why) if promise.why else None
        if promise.by is not None and promise.by < self._today:
            over = Why.UNSENT if ready else Why.OVERDUE
            return facts.replace(previous_by=promise.by, why=over)
        facts = facts.replace(
            likely=promise.likely and max(promise.likely, self._today),
            by=promise.by,
            parts=promise.parts,
            set_aside=quantity.allocated,
            why=why,
        )
        due = case.payment.due
        return facts if due is None else unpaid_apart(facts, due.leaving, due.units, units)

    def _payment(self, case: CaseView, units: int, ends: date | None) -> PaymentNeeded | None:
        due = case.payment.due
        if due is None or not units:
            return None
        answer, kept = case.consent.answer_by, due.kept_until
        return PaymentNeeded(
            self.number(due.units),
            due.units,
            due.units >= units,
            self.money(due.amount, case.payment.currency),
            self.on(kept),
            web(due.pay_url),
            kept is not None and all(kept <= each for each in (answer, ends) if each is not None),
        )

    def _share(self, served: ServedFrom, case: CaseView) -> ServedShare:
        return ServedShare(
            served.here,
            window_of(served.likely, served.by, self._locale),
            self.number(served.units),
            served.units,
            self.number(served.ahead),
            served.ahead,
            served.several or case.quantity.shipped > 0 or (case.quantity.allocated > 0 and not served.here),
        )

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
        if facts.why is Why.REFUSED:
            return None
        return track(
            ordered_on,
            self._today,
            likely=facts.likely,
            by=facts.by,
            door=case.promise.deliver_by if case.promise else None,
            from_start=from_start,
        )

    def _cancelled(self, case: CaseView) -> Iterator[Line]:
        """What was cancelled, by whom: units that went one by one are said together."""
        units: dict[str, int] = {}
        for each in case.cancellations:
            units[each.by] = units.get(each.by, 0) + each.units
        for by, count in units.items():
            rest = case.quantity.ordered - count
            yield self._line(case, Facts(quantity=count, remaining=rest, reason=by))

    def _repayment(self, case: CaseView, refund: RefundView) -> Repayment:
        amount = refund.amount + refund.shipping or sum((each.amount for each in refund.sent), Decimal(0))
        return Repayment(
            self.money(amount, refund.currency),
            self.money(refund.shipping, refund.currency) if refund.shipping else "",
            refund.amount > 0,
            self.on(refund.due_by),
            self.money(refund.remaining, refund.currency) if refund.remaining > 0 else "",
            refund.state == "overdue",
            "refund_failed" in case.needs and refund.failed,
            refund.state == "refused",
            tuple(
                MoneySent(
                    self.money(each.amount, refund.currency),
                    self._at(each.sent_at),
                    clean(each.means, 80),
                    self.on(self._there_by(each)),
                )
                for each in refund.sent
            ),
            refund.sent_back > 0,
            refund.units > 0 and not refund.by,
            self._things(case, refund.units) if refund.amount > 0 and refund.units and refund.by else "",
        )

    def _things(self, case: CaseView, units: int) -> str:
        return (f"{self.number(units)} × " if case.quantity.ordered > 1 else "") + clean(case.product)

    def _there_by(self, sent: SentBack) -> date | None:
        """By when a bank shows the money; None where none does."""
        if sent.sent_at is None or not is_shown_by_a_bank(sent.means):
            return None
        return sent.sent_at.astimezone(self._zone).date() + BANKS_TAKE

    def _reader_zone(self, case: CaseView) -> ZoneInfo:
        return zone_read(case.contact.time_zone, case.contact.region, self._zone.key)

    def _parcels(self, case: CaseView) -> Iterator[Parcel]:
        for each in case.shipments:
            number = clean(each.tracking, 80)
            yield Parcel(
                self.number(each.quantity),
                each.quantity,
                self._at(each.shipped_at),
                carrier_name(clean(each.carrier, 80)),
                number,
                tracking_link(each.carrier, number),
            )

    def _instead(self, case: CaseView) -> Iterator[Instead]:
        offer = next((each for each in reversed(case.offers) if each.alternatives), None)
        if offer is None or offer.taken or not case.quantity.waiting:
            return
        for each in offer.alternatives:
            if each.available:
                yield self.instead(each)

    def instead(self, now: AlternativeView | OfferTerms) -> Instead:
        """Another product as it is to be had now; without a price where it is not any more."""
        price, refund = Decimal(now.price), Decimal(now.refund)
        back = self.money(refund, now.currency) if now.available and refund > 0 else ""
        shown_price = self.money(price, now.currency) if now.available else ""
        return Instead(now.sku, clean(now.name), shown_price, back, str(now.price))

    def _chosen(self, case: CaseView) -> str:
        taken = {each.taken for each in case.offers if each.taken}
        names: dict[str, AlternativeView] = {a.sku: a for each in case.offers for a in each.alternatives}
        return next((clean(names[sku].name) for sku in taken if sku in names), "")

    def _coupons(self, case: CaseView, *, waits: bool) -> Iterator[Coupon]:
        """Those that count. waits: the line does, so that a code may be asked for unless offers rest."""
        waits = waits and not case.offers_rest
        for each in case.offers:
            over = each.void or (each.valid_until is not None and each.valid_until < self._today)
            if each.kind == Kind.COUPON and not over and (each.told if each.code else waits):
                percent = formats.percent(each.percent, self._locale) if each.percent else ""
                yield Coupon(percent, clean(each.code, 80), self.on(each.valid_until))

    def _ticket(self, complaint: ComplaintView) -> ComplaintTicket:
        return ComplaintTicket(
            complaint.ticket,
            self._at(complaint.received_at),
            self.on(complaint.answer_by),
            clean(complaint.text, LONGEST),
            self._at(complaint.closed_at),
            clean(complaint.answer, LONGEST),
            complaint.closed_at is None and complaint.answer_by < self._today,
        )

    def _new_tickets(self, case: CaseView, asked: Sequence[AskedByCustomer]) -> Iterator[ComplaintTicket]:
        """Complaints that the line has not heard of yet: they have their tickets all the same."""
        for each in asked:
            if complains(each) and not each.refusal:
                received_on = each.event.received_at.astimezone(self._zone).date()
                yield ComplaintTicket(
                    ticket_of(case.id, each.request),
                    self.on(received_on),
                    self.on(answer_by(received_on)),
                    clean(each.text, LONGEST),
                )

    def _page_request(self, case: CaseView, units: int, asked: AskedByCustomer) -> PageRequest:
        event = asked.event
        return PageRequest(
            self._line(case, asked_facts(case, units, asked)),
            isinstance(event, CouponClaimed),
            self._at(event.received_at),
            formats.clock(event.received_at, self._reader_zone(case), self._locale),
            asked.refusal,
            asked.endless,
        )

    def _sent_message(self, message: MessageView) -> SentMessage:
        words = message.subject or message.text.partition(" http")[0]
        return SentMessage(
            self._at(message.at), message.channel or "", clean(words, 140) if message.kind in KINDS else ""
        )
