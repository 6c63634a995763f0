"""How statuses, days, steps and reasons read on a terminal. Text comes back as rich markup, escaped."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.markup import escape

from backorder.domain.notifications import NOTIFICATIONS
from backorder.domain.policy.policy import STAGE_ACTIONS

STATUS_COLOURS = {
    "waiting": "yellow",
    "allocated": "cyan",
    "closing": "magenta",
    "fulfilled": "green",
    "cancelled": "red",
    "substituted": "blue",
}
STEPS = {kind.value: row.next for kind, row in NOTIFICATIONS.items()}
STEPS |= {action: row.next for action, row in STAGE_ACTIONS.items()}
STEPS |= {
    "coupon_issued": "issue the coupon",
    "ending_due": "announce the ending",
    "escalated": "escalate to a person",
    "refund_due": "ask for the refund",
    "refund_overdue": "refund overdue",
    "authorization_expiring": "warn: authorization ends",
    "capture_due": "ask for the capture",
    "void_due": "ask to void the payment",
    "allocated": "hand the units to shipping",
    "hold": "end of the hold",
    "start": "first look",
    "second_way": "the notice, by another channel too",
}
MESSAGES = {kind.value: row.label for kind, row in NOTIFICATIONS.items()}
_WHY = {
    "no_supply": "not enough is on order to cover it",
    "supplier_unsure": "the supplier cannot say",
    "overdue": "the date passed without news",
    "uncertain": "the forecast is later by now",
    "unstated": "nobody has stated one, and it was moved too often to guess again",
    "unsent": "its units are here but have not left as planned",
    "supply_moved": "what was planned for it comes later",
    "withdrawn": "units set aside were not there",
}


_OF_MESSAGES = (" was sent", " is sent again", " was taken back before it went")
"""What reasons say behind a kind of message, and the event that they belong to says too."""
_FLAG = re.compile(r"(\S+) (needs nobody any more|is done)")
_ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b(?!T)")


def status(name: str) -> str:
    """A status with its colour."""
    colour = STATUS_COLOURS.get(name, "white")
    return f"[{colour}]●[/] {name}"


def day(value: date | None, today: date | None = None) -> str:
    """A day, short; with its year where that is not today's. "–" for none."""
    if value is None:
        return "[dim]–[/]"
    words = f"{value:%a} {value.day} {value:%b}"
    return words if today is not None and value.year == today.year else f"{words} {value.year}"


def dated(text: str, today: date | None = None) -> str:
    """The text with its ISO days in the form of all others."""

    def said(found: re.Match[str]) -> str:
        try:
            return day(date.fromisoformat(found.group()), today)
        except ValueError:
            return found.group()

    return _ISO.sub(said, text)


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
    return escape(STEPS.get(name, name.replace("_", " ")))


def reason(text: str, *, named: bool = True) -> str:
    """Why something was or will be done. named: with the step in front of each reason."""
    parts = []
    for part in text.split("; "):
        done = next((each for each in _OF_MESSAGES if part.endswith(each)), None)
        if done is not None:
            name = part.removesuffix(done)
            parts.append(MESSAGES.get(name, name.replace("_", " ")))
            continue
        if flag := _FLAG.fullmatch(part):
            parts.append(f"“{need_in_words(flag[1])}” {flag[2]}")
            continue
        name, colon, words = part.partition(": ")
        stage = name.removeprefix("stage/")
        known = stage != name or name in STEPS
        if known and colon and not named:
            parts.append(words)
        elif known and colon:
            parts.append(f"{f'stage {stage}' if stage != name else step(name)}: {words}")
        else:
            parts.append(part)
    return escape("; ".join(dict.fromkeys(parts)))


def kind(name: str) -> str:
    """A kind of message."""
    return escape(MESSAGES.get(name, name.replace("_", " ")))


def why(name: str | None) -> str:
    """Why a date is missing or moved."""
    return escape(_WHY.get(name, name.replace("_", " "))) if name else ""


def need(name: str) -> str:
    """What waits for a person."""
    return escape(need_in_words(name))


def need_in_words(name: str) -> str:
    """What waits for a person, for what is not drawn with markup."""
    from backorder.domain.tasks import ESCALATED, ask_of

    stage = name.removeprefix(ESCALATED)
    return f"{ask_of(name).what} {stage}" if stage != name else ask_of(name).what


def commands_for(name: str, backorder: str, customer: str) -> list[str]:
    """The commands that end what a line needs. customer: their ID."""
    from backorder.domain.tasks import ask_of

    ask, about, who = ask_of(name), shlex.quote(backorder), shlex.quote(customer)
    done = [f"backorder task done {about} {shlex.quote(name)} --note … --by NAME"] if ask.by_hand else []
    return [*(each.format(about=about, customer=who) for each in ask.commands), *done]


def needs(names: Sequence[str]) -> str:
    """What waits for a person, in short."""
    stages = [name.removeprefix("escalated:") for name in names if name.startswith("escalated:")]
    others = [need(name) for name in names if not name.startswith("escalated:")]
    return "; ".join([*([f"escalated: {escape(', '.join(stages))}"] if stages else []), *others])


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency."""
    from backorder.domain.money import rounded

    return f"{rounded(amount, currency):f} {currency}"


def cancelled_by(who: str) -> str:
    """Who cancelled, or what did: cancelled by the shop."""
    usual = {"policy": "cancelled by the policy", "no_consent": "cancelled as no consent came"}
    return usual.get(who, f"cancelled by the {escape(who)}")


def days(count: int) -> str:
    """A number of days."""
    return f"{count} day" if count == 1 else f"{count} days"


def units(count: int) -> str:
    """A number of units."""
    return f"{count} unit" if count == 1 else f"{count} units"
