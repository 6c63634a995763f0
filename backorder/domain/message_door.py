"""The last look at a message before it goes: what has become untrue is not said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backorder.domain.notifications import NOTIFICATIONS, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Passing:
    """One line at the door. ended: its outcome is decided. by: the last day that the message states, if any.

    overtaken: a later message about the line has gone.
    """

    ended: bool
    by: date | None
    overtaken: bool


def refusal(kind: Kind, line: Passing, today: date) -> str:
    """Why a message must not speak for a line any more, in words; "" lets it. today: the shop's day."""
    row = NOTIFICATIONS[kind]
    if row.owed or row.audience == "supplier":
        return ""
    if line.ended:
        return "its line has come to an end"
    if row.dated and line.overtaken:
        return "a later message has gone"
    if row.dated and line.by is not None and line.by < today:
        return "the day that it names has passed"
    return ""
