"""How statuses, days, steps and reasons read on a terminal. Text comes back as rich markup, escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.markup import escape

from backorder.queries import case_words

STATUS_COLOURS = {
    "waiting": "yellow",
    "allocated": "cyan",
    "closing": "magenta",
    "fulfilled": "green",
    "cancelled": "red",
    "substituted": "blue",
}


def status(name: str) -> str:
    """A status with its colour."""
    colour = STATUS_COLOURS.get(name, "white")
    return f"[{colour}]●[/] {name}"


def day(value: date | None, today: date | None = None) -> str:
    """A day, short; with its year where that is not today's. "–" for none."""
    return "[dim]–[/]" if value is None else case_words.day_in_words(value, today)


def dated(text: str, today: date | None = None) -> str:
    """The text with its ISO days in the form of all others."""
    return case_words.dated(text, lambda value: day(value, today))


def moment(value: datetime, zone: str, today: date | None = None) -> str:
    """An instant as the shop's clock shows it."""
    local = value.astimezone(_zone(zone))
    return f"{day(local.date(), today)} {local:%H:%M}"


def soon(value: datetime, zone: str, today: date) -> str:
    """A day to come; the time where it is today."""
    words = moment(value, zone, today)
    return words if value.astimezone(_zone(zone)).date() == today else words[:-6]


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def window(likely: date | None, by: date | None, today: date | None = None) -> str:
    """A window of days."""
    if by is None:
        return day(None)
    return day(by, today) if likely in (None, by) else f"{day(likely, today)} – {day(by, today)}"


def delayed(days: int) -> str:
    """A delay in days; below zero for a date that is earlier."""
    if not days:
        return "[dim]–[/]"
    return f"[{'green' if days < 0 else 'red' if days >= 10 else 'yellow'}]{days:+d} d[/]"


def step(name: str) -> str:
    """A thing to come."""
    return escape(case_words.step(name))


def reason(text: str, *, named: bool = True) -> str:
    """Why something was or will be done. named: with the step in front of each reason."""
    return escape(case_words.reason(text, named=named))


def kind(name: str) -> str:
    """A kind of message."""
    return escape(case_words.kind(name))


def why(name: str | None) -> str:
    """Why a date is missing or moved."""
    return escape(case_words.why(name))


def need(name: str) -> str:
    """What waits for a person."""
    return escape(case_words.need(name))


def needs(names: Sequence[str]) -> str:
    """What waits for a person, in short."""
    return escape(case_words.needs(names))


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency."""
    from backorder.domain.money import rounded

    return f"{rounded(amount, currency):f} {currency}"


def cancelled_by(who: str) -> str:
    """Who cancelled, or what did: cancelled by the shop."""
    return escape(case_words.cancelled_by(who))


def days(count: int) -> str:
    """A number of days."""
    return f"{count} day" if count == 1 else f"{count} days"


def units(count: int) -> str:
    """A number of units."""
    return f"{count} unit" if count == 1 else f"{count} units"
