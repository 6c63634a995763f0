"""The last look at a message before it goes: what has become untrue is not said. Pure."""

from __future__ import annotations

from collections.abc import Iterable
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


def refusal(kind: Kind, lines: Iterable[Passing], today: date) -> str:
    """Why a message must not go any more, in words; "" lets it through. today: the shop's day."""
    row = NOTIFICATIONS[kind]
    if row.owed or row.audience == "supplier":
        return ""
    found = list(lines)
    if found and all(line.ended for line in found):
        return "its line has come to an end"
    if row.dated and any(line.overtaken for line in found):
        return "a later message has gone"
    if row.dated and any(line.by is not None and line.by < today for line in found):
        return "the day that it names has passed"
    return ""
