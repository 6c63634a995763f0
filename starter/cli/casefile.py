"""A case as people read it on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from backorder.queries import case_words
from starter.cli import refunds, timeline, wording
from starter.cli.panels import case_panel

if TYPE_CHECKING:
    from backorder.queries.views import (
        CaseView,
        ComplaintView,
        ConsentView,
        MessageView,
        OfferView,
        PaymentDueView,
        ReadOutView,
        ShipmentView,
        SupplyView,
        WayView,
    )

_BAR = 24
_WIDE = 110
"""Columns from which on long words stand beside what they are about, not below it."""
_COLOURS = (
    ("shipped", "green"),
    ("substituted", "blue"),
    ("allocated", "cyan"),
    ("waiting", "yellow"),
    ("cancelled", "red"),
)
_SILENCE = {
    "cancelled": "it is cancelled",
    "agreed": "the new date is agreed to",
    "nothing": "nothing changes",
}
_MESSAGE_MARKS = {
    "sent": "[green]✓[/]",
    "planned": "[yellow]…[/]",
    "claimed": "[yellow]→[/]",
    "failed": "[red]✗[/]",
    "unknown": "[red]?[/]",
    "withdrawn": "[dim]–[/]",
}


class CaseFile:
    """Lays one case out. zone: of the shop, IANA. today: the shop's day. width: of the terminal, columns."""

    def __init__(self, case: CaseView, *, today: date, zone: str, width: int) -> None:
        self._wide = width >= _WIDE
        self._case = case
        self._today = today
        self._zone = zone

    def parts(self) -> Iterator[RenderableType]:
        """The parts from top to bottom."""
        yield Padding(self._header(), (0, 0, 1, 0))
        if self._case.read_out is not None:
            yield self._section("To read out on a call, word for word", self._read_out(self._case.read_out))
        if self._case.notes:
            yield self._section("Notes", timeline.notes(self._case.notes, self._moment))
        if self._case.supply:
            yield self._section("Supply", self._supply())
        if self._case.next:
            yield self._section("What happens next, if nothing new is heard", self._next())
        if self._case.messages:
            yield self._section("Messages", self._messages())
        if self._case.other_lines:
            yield self._section("Other lines of this customer", self._others())
        if self._case.timeline:
            past = timeline.timeline(self._case.timeline, self._today, self._moment)
            yield self._section("Timeline", past)

    def _section(self, title: str, body: RenderableType) -> RenderableType:
        return Group(Text(title, style="bold"), Padding(body, (0, 0, 1, 2)))

    def _header(self) -> RenderableType:
        colour = wording.STATUS_COLOURS.get(self._case.status, "white")
        return case_panel(self._case, self._facts(), colour)

    def _facts(self) -> Iterator[tuple[str, str]]:
        case = self._case
        for need in case.needs:
            yield "[bold red]needs you[/]", f"[bold]{wording.need(need)}[/]"
            for command in case_words.commands_for(need, case.id, case.contact.customer):
                yield "", f"[dim]{escape(command)}[/]"
        for each in case.complaints:
            yield "complaint", self._complaint(each)
        for shipment in case.shipments:
            yield "shipped", self._shipment(shipment)
        for cancelled in case.cancellations:
            words = f"{wording.units(cancelled.units)} {wording.cancelled_by(cancelled.by)}"
            yield "cancelled", f"{words} {self._moment(cancelled.received_at)}"
        if case.quantity.substituted:
            yield "swapped", self._swapped()
        yield "promise", self._promise()
        if case.quantity.waiting or case.quantity.allocated:
            yield "forecast", self._forecast()
        yield "units", self._units()
        yield "customer", self._customer()
        payment = case.payment
        paid = wording.money(payment.line_paid, payment.currency)
        expires = f", expires {self._moment(payment.expires_at)}" if payment.expires_at else ""
        yield "payment", f"{paid} {payment.state}{expires}"
        if payment.due is not None:
            yield "", self._payment_due(payment.due, payment.currency)
        for owed in case.refunds:
            for number, words in enumerate(refunds.refund(owed, self._day, self._moment)):
                yield "" if number else "refund", words
        if case.consent.state != "none" or case.consent.last_day:
            yield "consent", self._consent(case.consent)
        yield from self._duties()
        if case.hold:
            yield "hold", f"no messages until {self._moment(case.hold.until)}: {escape(case.hold.reason)}"
        for offer in self._offers():
            yield "offered", offer
        yield "policy", f"{escape(case.policy.name)} [dim]{case.policy.version}[/]"
        end = f", closed {self._moment(case.closed_at)}" if case.closed_at else ""
        yield "ordered", f"{self._moment(case.ordered_at)}{end}"

    def _consent(self, consent: ConsentView) -> str:
        """How it stands, until when an answer counts and what none means, and the customer's own last day."""
        until = f" until {self._day(consent.until)}" if consent.until else ""
        words = [f"{consent.state}{until}"]
        if consent.answer_by is not None and consent.silence in _SILENCE:
            words.append(f"answer by {self._day(consent.answer_by)}, else {_SILENCE[consent.silence]}")
        if consent.last_day is not None:
            words.append(f"not wanted after {self._day(consent.last_day)}")
        return ", ".join(words)

    def _payment_due(self, due: PaymentDueView, currency: str) -> str:
        amount = f"[bold red]{wording.money(due.amount, currency)} to be paid[/]"
        if due.kept_until is None:
            return f"{amount}; what was set aside went to the next in the queue"
        return f"{amount}, {wording.units(due.units)} kept until {self._day(due.kept_until)}"

    def _duties(self) -> Iterator[tuple[str, str]]:
        for number, duty in enumerate(self._case.duties):
            late = "red" if duty.due < self._today else "default"
            due = f"[{late}]{self._day(duty.due)}[/] [dim]{escape(duty.rule)}[/]"
            yield "" if number else "the law wants", due

    def _complaint(self, each: ComplaintView) -> str:
        words = f"{each.ticket} of {self._moment(each.received_at)}: {escape(each.text)}"
        if each.closed_at is None:
            return f"[bold red]{words}[/] [dim]to be ended by {self._day(each.answer_by)}[/]"
        return f"{words} [dim]ended {self._moment(each.closed_at)}: {escape(each.answer)}[/]"

    def _is_over(self) -> bool:
        return not (self._case.quantity.waiting or self._case.quantity.allocated)

    def _shipment(self, shipment: ShipmentView) -> str:
        carrier = f" by {escape(shipment.carrier)}" if shipment.carrier else ""
        tracking = f", tracking {escape(shipment.tracking)}" if shipment.tracking else ""
        return f"{wording.units(shipment.quantity)} {self._moment(shipment.shipped_at)}{carrier}{tracking}"

    def _swapped(self) -> str:
        """The units for which the customer took something else, and what."""
        taken = {offer.taken for offer in self._case.offers}
        names = (each.name for offer in self._case.offers for each in offer.alternatives if each.sku in taken)
        what = next(names, "something else")
        return f"{wording.units(self._case.quantity.substituted)} for {escape(what)}"

    def _promise(self) -> str:
        promise = self._case.promise
        if self._is_over():
            told = "nothing was told" if promise is None else "last told: no date yet"
            if promise is not None and promise.by is not None:
                told = f"last told: by {self._day(promise.by)}"
            return f"[dim]{told}; nothing is open any more[/]"
        if promise is None:
            return "[dim]nothing was told yet[/]"
        if promise.by is None:
            return f"no date: {wording.why(promise.why)} [dim](told {self._moment(promise.told_at)})[/]"
        words = f"ships {self._window(promise.likely, promise.by)}"
        if promise.parts:
            words = "ships " + ", ".join(f"{part.quantity} by {self._day(part.by)}" for part in promise.parts)
        if promise.deliver_by and self._case.status in ("waiting", "allocated"):
            words += f", at the door by {self._day(promise.deliver_by)}"
        first = promise.first_by
        if first and first != promise.by:
            words += f"  [dim]first told {self._day(first)}[/] {wording.delayed((promise.by - first).days)}"
        return words

    def _forecast(self) -> str:
        case = self._case
        if case.forecast.by is None:
            return f"[red]no date[/]: {wording.why(case.forecast.why) or 'nobody knows one'}"
        words = self._window(case.forecast.likely, case.forecast.by)
        if case.promise and case.promise.by:
            slip = (case.forecast.by - case.promise.by).days
            if slip > 0:
                words += f"  [red]{wording.days(slip)} after the promise[/]"
            elif slip < 0:
                words += f"  [green]{wording.days(-slip)} before the promise[/]"
            else:
                words += "  [dim]as promised[/]"
        if case.queue_position:
            words += f"  [dim]number {case.queue_position} in the queue[/]"
        return words

    def _units(self) -> str:
        quantity = self._case.quantity
        bar, words, filled = "", [], 0
        for name, colour in _COLOURS:
            count = getattr(quantity, name)
            if count:
                length = max(1, round(_BAR * count / quantity.ordered))
                length = min(length, _BAR - filled)
                filled += length
                bar += f"[{colour}]{'━' * length}[/]"
                words.append(f"[{colour}]{count}[/] {name}")
        return f"{bar}  {', '.join(words)} [dim]of {quantity.ordered}[/]"

    def _customer(self) -> str:
        contact = self._case.contact
        ways = [contact.email, contact.phone if contact.sms_consent else None]
        reached = ", ".join(escape(way) for way in ways if way)
        if contact.contact == "none" or not reached:
            reached = "[red]cannot be written to[/]"
        closed = [f"[red]{each.channel}: {escape(each.why)}[/]" for each in contact.suppressed]
        often = [f"every {contact.update_days} days at most"] if contact.update_days else []
        reached = "; ".join([reached, *closed, *often])
        region = f"[dim]{escape(contact.region)}[/]"
        return f"{escape(contact.name)} [dim]{escape(contact.customer)}[/]  {reached}  {region}"

    def _offers(self) -> Iterator[str]:
        for offer in self._case.offers:
            if offer.alternatives:
                names = ", ".join(
                    f"{escape(each.name)} ({wording.money(each.price, each.currency)})"
                    for each in offer.alternatives
                )
                taken = f"  [green]{escape(offer.taken)} taken[/]" if offer.taken else ""
                yield f"{names} [dim]{self._day(offer.on)}[/]{taken}{_untold(offer)}"
            else:
                percent = f"{offer.percent.normalize():f} %" if offer.percent else ""
                until = f"[dim]until {self._day(offer.valid_until)}[/]"
                yield f"coupon {escape(offer.code)} {percent} {until}{_untold(offer)}"

    def _read_out(self, view: ReadOutView) -> RenderableType:
        rows = _grid("left", "left")
        for each in view.words:
            rows.add_row(f"[dim]{escape(each.locale)}[/]", escape(each.text))
        return rows

    def _supply(self) -> RenderableType:
        rows = _grid("right", "left", "left", *(("left",) if self._wide else ()))
        for supply in self._case.supply:
            words = f"[dim]{wording.dated(escape(supply.words), self._today)}[/]"
            heads = (f"[bold]{supply.quantity}[/]", _source(supply))
            rows.add_row(*heads, *self._beside(self._arrives(supply), words))
        return rows

    def _beside(self, words: str, more: str) -> tuple[str, ...]:
        """Cells for both: beside each other, or one below the other where the terminal is narrow."""
        return (words, more) if self._wide else ("\n".join(filter(None, (words, more))),)

    def _arrives(self, supply: SupplyView) -> str:
        if supply.source != "incoming":
            return ""
        if supply.by is None:
            return "[red]no date[/]"
        if supply.by < self._today:
            return f"[red]was due {self._day(supply.by)}[/]"
        return f"at the dock {self._window(supply.likely, supply.by)}"

    def _next(self) -> RenderableType:
        rows = _grid("left", "left", *(("left",) if self._wide else ()))
        before = ("", "")
        for first, last, count in case_words.folded(self._case.next):
            at, why = self._moment(first.at), wording.reason(first.why, named=False)
            same_at, same_why = at == before[0], (at, why) == before
            before = (at, why)
            if count:
                until = self._day(last.at.date())
                why += f"; again on {until}" if count == 1 else f"; again {count} times until {until}"
            shown = "" if same_at else f"[cyan]{at}[/]"
            told = "" if same_why else f"[dim]{wording.dated(why, self._today)}[/]"
            rows.add_row(shown, *self._beside(wording.step(first.what), told))
        return rows

    def _messages(self) -> RenderableType:
        rows = _grid("left", "left", "left", "left", *(("left",) if self._wide else ()))
        for each in self._case.messages:
            kind = wording.kind(each.kind)
            what = f"[dim]{kind}[/]" if each.state == "withdrawn" else kind
            if each.channel:
                what += f"  [dim]{'text' if each.channel == 'sms' else each.channel}[/]"
            mark = _MESSAGE_MARKS.get(each.state, "?")
            heads = (mark, f"[dim]{self._moment(each.at)}[/]", f"[dim]{each.id[:8]}[/]")
            rows.add_row(*heads, *self._beside(what, self._said(each)))
        return rows

    def _said(self, message: MessageView) -> str:
        """What a message says once it went; before that why it has not, and when it is tried next."""
        if message.state == "sent":
            return escape(message.subject or " ".join(message.text.split()))
        ways = case_words.ways(message)
        said = [f"{escape(words)}{self._again(each)}" for words, each in ways]
        either = said or [f"{escape(case_words.unsent(message))}{self._again(message)}"]
        return "[dim]" + "\n".join(either) + "[/]"

    def _again(self, message: MessageView | WayView) -> str:
        """When a message is tried next, by all of its ways or one of them."""
        what = "it is looked up" if message.state == "unknown" else "next try"
        return f"; {what} {self._moment(message.try_at)}" if message.try_at else ""

    def _others(self) -> RenderableType:
        rows = _grid("left", "left", "left", "left")
        rows.columns[2].no_wrap = rows.columns[3].no_wrap = True
        rows.columns[1].overflow = "ellipsis"
        for each in self._case.other_lines:
            going_on = each.status in ("waiting", "allocated")
            by = f"by {self._day(each.promised_by)}" if going_on and each.promised_by else ""
            rows.add_row(escape(each.id), escape(each.product), wording.status(each.status), by)
        return rows

    def _day(self, value: date | None) -> str:
        return wording.day(value, self._today)

    def _window(self, likely: date | None, by: date | None) -> str:
        """A window of days; where one alone is known, the last."""
        words = wording.window(likely, by, self._today)
        return f"by {words}" if by is not None and likely in (None, by) else words

    def _moment(self, value: datetime) -> str:
        return wording.moment(value, self._zone, self._today)


def _grid(*aligned: str) -> Table:
    """Rows without lines."""
    rows = Table.grid(padding=(0, 2))
    for place, justify in enumerate(aligned):
        last = place == len(aligned) - 1
        rows.add_column(justify="right" if justify == "right" else "left", no_wrap=not last and place < 2)
    return rows


def _source(supply: SupplyView) -> str:
    if supply.source == "incoming":
        return f"{escape(supply.purchase_order)} line {escape(supply.line)}"
    return "[green]on the shelf[/]" if supply.source == "shelf" else "[red]no supply[/]"


def _untold(offer: OfferView) -> str:
    return "" if offer.told else "  [yellow]not told[/]"
