"""Who stops texts stops no deadline: what went to what is closed, or waits for it, goes on by another way.

Where there is none, its message finds no way, and a person has to reach the customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain.contacts import canonical
from backorder.domain.keys import joined
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.message_keys import original_key
from backorder.domain.line.state import State
from backorder.domain.notifications import Kind
from backorder.ports import Notify
from backorder.services.change_customer import Change, tell_lines
from backorder.services.lock_messages import lock_every_line, lock_messages_of
from backorder.services.lock_units import lock_units_of
from backorder.services.waiting_messages import leave_way, lines_of, waiting_there
from backorder.storage import dispatchers
from backorder.storage.codec import load_state
from backorder.storage.isolation import line, sound
from backorder.storage.known_addresses import customers_at
from backorder.storage.policies import PolicyRepository
from backorder.storage.second_way import SUFFIX
from backorder.storage.tables import backorders, message_items, messages, sends

_OPEN = (
    select(backorders.c.id, backorders.c.state)
    .where(backorders.c.customer == bindparam("customer"), backorders.c.phase == "open")
    .order_by(backorders.c.id)
)
_GONE = ("claimed", "sent", "unknown")
_BACK = "bounced"
_ASKED = (
    select(sends.c.id.label("send"), message_items.c.step, sends.c.channel, sends.c.address, sends.c.delivery)
    .join(messages, messages.c.id == message_items.c.message)
    .join(sends, sends.c.message == messages.c.id)
    .where(
        message_items.c.backorder == bindparam("line"),
        messages.c.kind == Kind.CONSENT_REQUEST.value,
        sends.c.state.in_(_GONE),
    )
)


def ask_by_another_way(
    connection: Connection,
    policies: PolicyRepository,
    channel: str,
    address: str,
    *,
    by: str,
    at: datetime,
    leaving: Collection[str] = (),
) -> Notify:
    """Ask by the other channel what is open of those who are reached at an address that takes nothing more,
    where it was asked by nothing else; what waited to go there goes by the other channel at once.

    channel: of the address. at: business time. leaving: sends that came back, and go on by themselves.
    Returns whom to wake.
    """
    people, other = customers_at(connection, channel, address), "email" if channel == "sms" else "sms"
    asked = {customer: _asked_there(connection, customer, (channel, address), leaving) for customer in people}
    persons = [joined("customer", customer) for customer in people]
    waiting = waiting_there(connection, persons, channel)
    lines = {*lines_of(connection, waiting), *(line for each in asked.values() for line in each)}
    lock_every_line(connection, lines)
    lock_units_of(connection, lines)
    lock_messages_of(connection, waiting, lines)
    after = leave_way(connection, waiting, channel, at)
    change = Change(fields=("suppression",), reached=False, by=by, channel=other)
    for customer, mine in asked.items():
        if mine:
            shard = dispatchers.shard_of(connection, joined("customer", customer))
            after = after.and_also(Notify(due=((shard, at),)))
            after = after.and_also(tell_lines(connection, policies, customer, change, at, lines=mine)[1])
    return after


def _asked_there(
    connection: Connection, customer: str, way: tuple[str, str], leaving: Collection[str]
) -> list[str]:
    """The lines of a customer whose open question went to an address alone."""
    found, _ = sound(connection.execute(_OPEN, {"customer": customer}), _line, lambda row: line(row.id))
    return [id for id, keys in found if _went_there_alone(connection, id, keys, way, leaving)]


class _OpenRow(Protocol):
    id: str
    state: str


def _line(row: _OpenRow) -> tuple[str, frozenset[str]]:
    return row.id, frozenset(_keys(load_state(row.state)))


def _keys(state: State) -> Iterator[str]:
    """The keys of the question that waits for an answer, or of the one that is on its way."""
    question, pending = open_question(state), state.pending
    if pending is not None and pending.kind is Kind.CONSENT_REQUEST:
        yield pending.key
    elif question is not None:
        yield question.key


def _went_there_alone(
    connection: Connection, line: str, keys: frozenset[str], way: tuple[str, str], leaving: Collection[str]
) -> bool:
    """Whether a question went to an address, and by no other channel, or came back from there."""
    channel, address = way
    there = False
    for row in connection.execute(_ASKED, {"line": line}) if keys else ():
        if original_key(row.step.removesuffix(SUFFIX)) not in keys:
            continue
        if row.delivery == _BACK or row.send in leaving:
            continue
        if row.channel != channel:
            return False
        there = there or canonical(channel, row.address or "") == canonical(channel, address)
    return there
