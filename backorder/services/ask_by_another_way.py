"""Who stops texts stops no deadline: a question that went to what is closed goes on by another way.

Where there is none, its message finds no way, and a person has to reach the customer.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from backorder.services.lock_messages import lock_every_line
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
    select(message_items.c.step, sends.c.channel, sends.c.address, sends.c.delivery)
    .join(messages, messages.c.id == message_items.c.message)
    .join(sends, sends.c.message == messages.c.id)
    .where(
        message_items.c.backorder == bindparam("line"),
        messages.c.kind == Kind.CONSENT_REQUEST.value,
        sends.c.state.in_(_GONE),
    )
)


def ask_by_another_way(
    connection: Connection, policies: PolicyRepository, channel: str, address: str, *, by: str, at: datetime
) -> Notify:
    """Ask by the other channel what is open of those who are reached at an address that takes nothing more,
    where it was asked by nothing else.

    channel: of the address. at: business time. Returns whom to wake.
    """
    after, other = Notify(), "email" if channel == "sms" else "sms"
    for customer in customers_at(connection, channel, address):
        rows = connection.execute(_OPEN, {"customer": customer})
        found, _ = sound(rows, _line, lambda row: line(row.id))
        lines = [id for id, keys in found if _went_there_alone(connection, id, keys, (channel, address))]
        if not lines:
            continue
        lock_every_line(connection, lines)
        change = Change(fields=("suppression",), reached=False, by=by, channel=other)
        shard = dispatchers.shard_of(connection, joined("customer", customer))
        after = after.and_also(Notify(due=((shard, at),)))
        after = after.and_also(tell_lines(connection, policies, customer, change, at, lines=lines)[1])
    return after


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


def _went_there_alone(connection: Connection, line: str, keys: frozenset[str], way: tuple[str, str]) -> bool:
    """Whether a question went to an address, and by no other channel, or came back from there."""
    channel, address = way
    there = False
    for row in connection.execute(_ASKED, {"line": line}) if keys else ():
        if original_key(row.step.removesuffix(SUFFIX)) not in keys or row.delivery == _BACK:
            continue
        if row.channel != channel:
            return False
        there = there or canonical(channel, row.address or "") == canonical(channel, address)
    return there
