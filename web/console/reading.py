"""How days, instants, money and reasons read on the console's pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from backorder.domain.api_keys import ROLES
from backorder.domain.money import rounded
from backorder.domain.texts import how_many
from backorder.queries import case_words
from backorder.queries.views import MESSAGE_WAITS, MessageView, NextView, TimelineView, WayView

_RULES = {
    "us-ftc-435": "US, 16 CFR Part 435",
    "eu-crd-18": "EU, Directive 2011/83",
    "uk-cra-28": "UK, Consumer Rights Act",
    "in-ecommerce-2020": "India, E-Commerce Rules",
}
_SUPPLY = {"shelf": "on the shelf", "none": "no supply"}
_OUTCOMES = {
    "sent": "sent",
    "delivered": "delivered",
    "bounced": "bounced",
    "complained": "marked as spam",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ComingStep:
    """Something to come, as a page shows it. times: how often again, until `last`."""

    at: datetime
    what: str
    why: str
    times: int
    last: datetime
    is_decided: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseReader:
    """The words of one page. zone: of the shop, IANA. today: the shop's day."""

    zone: str
    today: date

    def day(self, value: date | None) -> str:
        """A day of the shop's, short. "–" for none."""
        return "–" if value is None else case_words.day_in_words(value, self.today)

    def window(self, likely: date | None, by: date | None) -> str:
        """A window of days; where one alone is known, the last."""
        if by is None:
            return "no date"
        return f"by {self.day(by)}" if likely in (None, by) else f"{self.day(likely)} – {self.day(by)}"

    def moment(self, value: datetime) -> str:
        """An instant as the shop's clock shows it."""
        local = value.astimezone(ZoneInfo(self.zone))
        return f"{self.day(local.date())} {local:%H:%M}"

    def clock(self, value: datetime) -> str:
        """The name of the shop's time at an instant, like CET."""
        return value.astimezone(ZoneInfo(self.zone)).tzname() or self.zone

    def day_of(self, value: datetime) -> date:
        """The shop's day of an instant."""
        return value.astimezone(ZoneInfo(self.zone)).date()

    def dated(self, text: str) -> str:
        """A text with its ISO days in the form of all others."""
        return case_words.dated(text, self.day)

    def left(self, due: date) -> str:
        """How far off a last day is."""
        days = (due - self.today).days
        if days < 0:
            return f"{how_many(-days, 'day')} over"
        return ("today", "tomorrow")[days] if days < 2 else f"in {days:,} days"

    def is_near(self, due: date | None) -> bool:
        """Whether a last day is over, today or tomorrow."""
        return due is not None and (due - self.today).days < 2

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency."""
        return f"{rounded(amount, currency):,f} {currency}"

    def units(self, count: int) -> str:
        """A number of units."""
        return how_many(count, "unit")

    def days(self, count: int) -> str:
        """A number of days."""
        return how_many(count, "day")

    def delay(self, days: int) -> str:
        """A delay; "–" for none."""
        return f"{days:+d} d" if days else "–"

    def kind(self, name: str) -> str:
        """A kind of message."""
        return case_words.kind(name)

    def step(self, name: str) -> str:
        """A thing to come."""
        return case_words.step(name)

    def why(self, name: str | None) -> str:
        """Why a date is missing."""
        return case_words.why(name)

    def reason(self, text: str) -> str:
        """Why something was done."""
        return self.dated(case_words.reason(text))

    def need(self, name: str) -> str:
        """What waits for a person."""
        return case_words.need(name)

    def needs(self, names: tuple[str, ...]) -> str:
        """The same of several, in short."""
        return case_words.needs(names)

    def cancelled_by(self, who: str) -> str:
        """Who cancelled."""
        return case_words.cancelled_by(who)

    def rule(self, name: str) -> str:
        """A rule of law, as people name it."""
        pack, _, rule = name.partition("/")
        words = rule.replace("_", " ")
        return f"{words} ({_RULES[pack]})" if pack in _RULES else name

    def source(self, name: str) -> str:
        """Where units come from that are not on a purchase order."""
        return _SUPPLY.get(name, name)

    def state(self, message: MessageView) -> str:
        """Where a message stands."""
        if message.state == "sent":
            return _OUTCOMES.get(message.delivery or "sent", message.delivery or "sent")
        return case_words.unsent(message)

    def ways(self, message: MessageView) -> list[tuple[str, WayView]]:
        """How each channel stands by which a message that waits can go; none where all is well."""
        return case_words.ways(message)

    def steps(self, soon: tuple[NextView, ...]) -> list[ComingStep]:
        """What is to come, with repetitions folded."""
        return [
            ComingStep(
                at=first.at,
                what=case_words.step(first.what),
                why=self.dated(case_words.reason(first.why, named=False)),
                times=count,
                last=last.at,
                is_decided=first.why in MESSAGE_WAITS,
            )
            for first, last, count in case_words.folded(soon)
        ]

    def happened(self, entry: TimelineView) -> str:
        """What an entry of a timeline is about."""
        if entry.what == "message_not_sent" and entry.by != "engine":
            return "taken back"
        return case_words.EVENTS.get(entry.what, entry.what.replace("_", " "))

    def by(self, entry: TimelineView) -> str:
        """Who did it, "" for the engine."""
        if entry.by == "engine":
            return ""
        return f"the {entry.by}" if entry.by in case_words.ROLES else entry.by

    def verdict(self, name: str) -> str:
        """What became of a request, "" where it was done."""
        return "" if name == "accepted" else case_words.VERDICTS.get(name, name)

    def until(self, value: date | datetime) -> str:
        """A day or an instant."""
        return self.moment(value) if isinstance(value, datetime) else self.day(value)

    def roles(self, names: tuple[str, ...]) -> str:
        """What a key is for."""
        return ", ".join(name for name in ROLES if name in names)
