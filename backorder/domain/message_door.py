"""The last look at a message before it goes: what has become untrue is not said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backorder.domain.notifications import NOTIFICATIONS, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Passing:
    """One line at the door. ended: its outcome is decided. by: the last day that the message states, if any.

    overtaken: a later message about the line has gone. told_by_hand: a person has told another day since, by
    a call or a letter. asked: a question of the law is open on it. rests: its customer has just complained
    or cancelled, about whatever line. valid_until: the last day of what the message gives, None for no
    coupon. unasked: the link by which it asks at an address counts no more.
    """

    ended: bool
    by: date | None
    overtaken: bool
    told_by_hand: bool = False
    asked: bool = False
    rests: bool = False
    valid_until: date | None = None
    unasked: bool = False


def refusal(kind: Kind, line: Passing, today: date) -> str:
    """Why a message must not speak for a line any more, in words; "" lets it. today: the shop's day."""
    row = NOTIFICATIONS[kind]
    if line.unasked:
        return "its link counts no more"
    if row.owed or row.audience == "supplier":
        return ""
    if line.ended:
        return "its line has come to an end"
    if row.dated and line.overtaken:
        return "a later message has gone"
    if row.dated and line.told_by_hand:
        return "a person has told another day since"
    if row.dated and line.by is not None and line.by < today:
        return "the day that it names has passed"
    if line.valid_until is not None and line.valid_until < today:
        return "the coupon is not valid any more"
    if row.offer and line.asked:
        return "its customer is asked first whether they want to wait"
    if row.offer and line.rests:
        return "its customer has just complained or cancelled"
    return ""
