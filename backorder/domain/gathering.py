"""Which messages to one person are said together: one message that names each line. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backorder.domain.calendar import Calendar
from backorder.domain.line.message_keys import original_key
from backorder.domain.notifications import ANSWER_KINDS, GATHERED_NOTICES, Kind
from backorder.domain.policy.policy import UpdateRules

AT_MOST = timedelta(minutes=5)
"""Business time for which the first of an order's confirmations waits for its siblings, renewed by each."""
ITEMS = 50
"""Lines that one message names at most."""
BY_REQUEST = ("answer/", "cancelled/")
"""How the keys begin of what a request led to, whose ID follows."""


def goes_at(kind: Kind, not_before: datetime, gather: timedelta) -> datetime:
    """When a message goes at the earliest: a confirmation waits for those of its order's other lines."""
    return not_before + gather if kind is Kind.CONFIRMED else not_before


def notice_goes_at(
    kind: Kind, not_before: datetime, planned_at: datetime, updates: UpdateRules, calendar: Calendar
) -> datetime:
    """When news goes at the earliest that may go from an instant on; of other kinds, that instant.

    Lines that are looked at on the same morning are planned one after the other: what is due when it is
    planned waits for its siblings as a confirmation does, unless its day, on which it may have to be told,
    would be over.
    """
    until = planned_at + updates.gather
    if kind not in GATHERED_NOTICES or until <= not_before:
        return not_before
    return until if calendar.day(until) == calendar.day(not_before) else not_before


def asked_by(kind: Kind, step: str) -> str:
    """The request that a message answers, with what else that led to; "" for none."""
    key = original_key(step)
    answers = kind in ANSWER_KINDS and key == step and key.startswith(BY_REQUEST)
    return key.partition("/")[2] if answers else ""


def way_of(kind: Kind, rules: UpdateRules) -> str:
    """How messages of a kind go by a policy: what goes another way, or at other hours, is said apart."""
    return repr((rules.channels, kind in rules.both, rules.quiet_hours, rules.fallback_after, rules.per_week))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sibling:
    """A message that waits. number: its place among all; items: lines that it names.

    about: messages with the same words here are said together: the person, the kind, the order, and the way
    that they go. told: the place of the last message with a date that one of its lines has had. tried: it was
    handed over before, and certainly not taken.
    """

    id: str
    number: int
    about: tuple[str, ...]
    items: int
    not_before: datetime
    created_at: datetime
    told: int = 0
    tried: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """Messages that become one. head: the one that stays; others: what goes into it.

    not_before: of the whole.
    """

    head: str
    others: tuple[str, ...]
    not_before: datetime


def gathered(siblings: Iterable[Sibling]) -> list[Gathered]:
    """What becomes of messages that may be said together; what stays by itself is left out.

    The first one stays, and waits for the last one's own instant, but no longer than `AT_MOST`, or until what
    is due first is due. Into one that was planned before a line was told something newer nothing of that line
    goes: it would count as overtaken. What was tried goes into no other, since its tries are on record.
    """
    groups = defaultdict(list)
    for each in sorted(siblings, key=lambda each: each.number):
        groups[each.about].append(each)
    return [_one(part) for group in groups.values() for part in _parts(group) if len(part) > 1]


def _parts(group: Sequence[Sibling]) -> Iterable[list[Sibling]]:
    part: list[Sibling] = []
    for each in group:
        full = sum(other.items for other in part) + each.items > ITEMS
        if full or (part and (each.tried or each.told > part[0].number)):
            yield part
            part = []
        part.append(each)
    yield part


def _one(part: Sequence[Sibling]) -> Gathered:
    head, last = part[0], max(each.not_before for each in part)
    latest = max(min(each.not_before for each in part), min(each.created_at for each in part) + AT_MOST)
    return Gathered(head=head.id, others=tuple(each.id for each in part[1:]), not_before=min(last, latest))
