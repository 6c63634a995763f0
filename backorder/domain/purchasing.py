"""Looking after a purchase-order line: asking the supplier, chasing, escalating. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from backorder.domain.calendar import ONE_DAY


class Deed(StrEnum):
    """What falls due on a purchase-order line."""

    ASK = "ask"  # ask the supplier to confirm the date
    CHASE = "chase"  # the date passed, or only a part came: ask where the goods are
    ESCALATE = "escalate"  # the supplier does not answer: hand the line to the buyer


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchasing:
    """The shop's rules for its suppliers, in days.

    confirm_before: how long before the date the supplier is asked. chase_every: between two chases.
    chases: how often one date is chased at most.
    """

    confirm_before: int = 7
    chase_every: int = 3
    chases: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenLine:
    """A purchase-order line with units outstanding.

    due: the day that counts: the earliest one stated for outstanding units, else the order plus the stated
    lead time; None where the supplier cannot say. said_on: when the supplier last said something.
    part_on: when a part of it last came. asked_on, chased_on, chases, escalated_on: what was done about the
    supplier's last word; a new word or a part that comes starts anew.
    """

    due: date | None
    said_on: date | None = None
    part_on: date | None = None
    asked_on: date | None = None
    chased_on: date | None = None
    chases: int = 0
    escalated_on: date | None = None


def due_deed(rules: Purchasing, line: OpenLine) -> tuple[date, Deed] | None:
    """What falls due next on the line, and on which day; None where only something new can help.

    The supplier is asked once per stated date, `confirm_before` days ahead, unless the date itself is
    younger than that. The line is chased when the day has passed, and at once when only a part came; a
    bounded number of times, then the buyer gets it.
    """
    if line.escalated_on is not None:
        return None
    first = _first_chase(line)
    if line.chases:
        last = line.chased_on or first
        if last is None:
            return None
        day = last + timedelta(days=rules.chase_every)
        return (day, Deed.CHASE if line.chases < rules.chases else Deed.ESCALATE)
    asking = _asking(rules, line)
    if asking is not None and (first is None or asking < first):
        return asking, Deed.ASK
    return (first, Deed.CHASE) if first is not None else None


def _first_chase(line: OpenLine) -> date | None:
    part = line.part_on
    if part is not None and (line.said_on is None or line.said_on < part):
        return part
    return line.due + ONE_DAY if line.due else None


def _asking(rules: Purchasing, line: OpenLine) -> date | None:
    if line.due is None or line.asked_on is not None:
        return None
    day = line.due - timedelta(days=rules.confirm_before)
    if line.said_on is not None and line.said_on >= day:
        return None
    return day
