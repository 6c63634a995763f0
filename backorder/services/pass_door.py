"""What the door is told about a message: where its lines stand, and what was said after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, bindparam, select

from backorder.domain.calendar import Calendar
from backorder.domain.keys import parts
from backorder.domain.line.decision_builder import RECALLED
from backorder.domain.line.legal_dates import open_question
from backorder.domain.message_door import Passing, refusal
from backorder.domain.notifications import DATED_KINDS, OFFER_KINDS, Kind
from backorder.domain.rest_periods import offers_rest_until
from backorder.storage import asked_addresses
from backorder.storage.codec import load_facts, load_state
from backorder.storage.compiled import fetch, only
from backorder.storage.isolation import known
from backorder.storage.tables import backorders, customers, message_items, messages
from backorder.storage.told_by_hand import told_by_hand

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow, SaidRow


ERASED = "its customer was erased: whoever has their ID now is somebody else"
"""Why nothing is said of a line any more."""
WERE_TOLD = and_(
    message_items.c.backorder.in_(bindparam("lines", expanding=True)),
    messages.c.state == "sent",
    messages.c.copy_of.is_(None),
    messages.c.kind.in_([kind.value for kind in DATED_KINDS]),
)
"""The condition that picks the messages with a date that some lines have had."""
_LATER = (
    select(messages.c.id, messages.c.number, message_items.c.backorder)
    .join(message_items, message_items.c.message == messages.c.id)
    .where(WERE_TOLD)
)
_LINES = (
    select(backorders.c.id, backorders.c.state, customers.c.complained_at, customers.c.cancelled_at)
    .join(customers, customers.c.id == backorders.c.customer)
    .where(backorders.c.id.in_(bindparam("lines", expanding=True)))
)
_RECALLING = (
    select(message_items.c.backorder, message_items.c.step, backorders.c.state)
    .join(messages, messages.c.id == message_items.c.message)
    .join(backorders, backorders.c.id == message_items.c.backorder)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .where(messages.c.state == "planned", messages.c.copy_of.is_(None))
    .where(backorders.c.state.contains('"recalled"'))
)
_NUMBER = select(messages.c.number).where(messages.c.id == bindparam("message"))


def refused(
    connection: Connection,
    row: MessageRow,
    items: Sequence[SaidRow],
    phases: Mapping[str, str],
    *,
    at: datetime,
    calendar: Calendar,
) -> list[tuple[ItemRow, str]]:
    """The items of a message that must not be said any more, each with the reason.

    row: the message; items: its rows; phases: where its lines stand; at: the business instant; calendar: the
    shop's.
    """
    offering = _offering(connection, row, [item.backorder for item in items], at)
    since = _since(connection, row, items)
    planned_on, today = calendar.day(row.created_at), calendar.day(at)
    recalled = recalled_items(connection, [row.id]) if row.attempts else ()
    found: list[tuple[ItemRow, str]] = []
    for item in items:
        if item.erased_at is not None or (item.backorder, item.step) in recalled:
            found.append((item, RECALLED if item.erased_at is None else ERASED))
            continue
        facts = load_facts(item.facts)
        by = facts.by
        line = Passing(
            ended=phases.get(item.backorder, "open") != "open",
            by=by if by is not None and by >= planned_on else None,
            overtaken=item.backorder in since.later,
            told_by_hand=item.backorder in since.by_hand,
            unasked=since.unasked,
            asked=item.backorder in offering.asked,
            rests=offering.rests,
            valid_until=facts.valid_until,
        )
        if reason := refusal(Kind(row.kind), line, today):
            found.append((item, reason))
    return found


def recalled_items(connection: Connection, ids: Collection[str]) -> Collection[tuple[str, str]]:
    """What lines took back while it was on its way, of messages that have come back unsent: line and step.

    ids: of the messages, which are locked: whoever takes one back from then on sees that it waits again.
    """
    rows = fetch(connection, _RECALLING, {"messages": sorted(ids)}) if ids else ()
    return {(row.backorder, row.step) for row in rows if row.step in load_state(row.state).recalled}


@dataclass(frozen=True, slots=True)
class _Offering:
    """What stands in the way of an offer. asked: lines on which a question of the law is open.

    rests: the customer is left in peace.
    """

    asked: frozenset[str] = frozenset()
    rests: bool = False


def _offering(connection: Connection, row: MessageRow, lines: Sequence[str], at: datetime) -> _Offering:
    """Of messages that offer nothing, nothing."""
    if Kind(row.kind) not in OFFER_KINDS:
        return _Offering()
    found = fetch(connection, _LINES, {"lines": list(lines)})
    ends = [offers_rest_until(known(each.complained_at), known(each.cancelled_at)) for each in found]
    asked = frozenset(each.id for each in found if open_question(load_state(each.state)) is not None)
    return _Offering(asked, any(end is not None and at < end for end in ends))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Since:
    """What came after a message was planned. later, by_hand: lines of which a later message has gone, or a
    person has told another day. unasked: the link by which it asks at an address counts no more.
    """

    later: Collection[str]
    by_hand: Collection[str]
    unasked: bool


def _since(connection: Connection, row: MessageRow, items: Sequence[SaidRow]) -> _Since:
    waited = row.attempts or row.copy_of is not None  # a day that is told takes back what nobody has tried
    asks = row.kind == Kind.CONFIRM_ADDRESS
    return _Since(
        later=_later(connection, row, [item.backorder for item in items]),
        by_hand=told_by_hand(connection, row, items) if waited else (),
        unasked=asks and not asked_addresses.is_asked(connection, parts(row.person)[1], row.id),
    )


def _later(connection: Connection, row: MessageRow, lines: Sequence[str]) -> Collection[str]:
    """Lines of which a later message with a date has gone."""
    if Kind(row.kind) not in DATED_KINDS:
        return ()
    found = fetch(connection, _LATER, {"lines": list(lines)})
    number = row.number
    if row.copy_of is not None:
        number = only(connection, _NUMBER, {"message": row.copy_of}).number
    return {each.backorder for each in found if each.number > number}
