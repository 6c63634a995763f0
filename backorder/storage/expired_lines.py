"""Deleting what is on record of lines that ended long ago, also where the tables refuse all other changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, text, union_all

from backorder.domain.line.state import CLOSED
from backorder.storage import last_positions, suppressions
from backorder.storage import tables as t
from backorder.storage.erasing import OF_SUPPLY
from backorder.storage.known_addresses import ways_of
from backorder.storage.stock_units import lock_all

OF_A_LINE = (
    *(t.demands, t.reservations, t.allocations, t.requests, t.parcel_terms, t.promises, t.timeline),
    *(t.peggings, t.endings, t.notes, t.engine_errors),
)
"""Tables whose rows are a line's own, which their column `backorder` names."""
# What an erased customer's line needs keeps nothing of it: nobody could do it for them. The one flag that
# outlives an erasure, that the shop paid too much, is the shop's own; it had as long to see to it as is kept.
_NEEDS_NOBODY = ~t.backorders.c.needs | t.backorders.c.erased_at.is_not(None)
_NO_ITEM = ~exists().where(t.message_items.c.message == t.messages.c.id)


def ended_before(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Lines that ended before an instant and need nobody, those that ended first."""
    # The condition of a partial index stands in the text: a parameter would not match it.
    query = (
        select(t.backorders.c.id)
        .where(text("closed_at IS NOT NULL"), t.backorders.c.closed_at < before)
        .where(t.backorders.c.phase.in_(sorted(CLOSED)), _NEEDS_NOBODY)
        .order_by(t.backorders.c.closed_at)
        .limit(limit)
    )
    return [each for each in connection.execute(query).scalars() if isinstance(each, str)]


def delete_line(connection: Connection, backorder: str, before: datetime) -> bool:
    """Delete a line that ended before an instant, and its customer with the last of theirs.

    Returns whether it was there. Nothing of it is left: neither its evidence nor the words of its messages.
    """
    mine = t.backorders.c.id == backorder
    customer = connection.execute(select(t.backorders.c.customer).where(mine)).scalar_one_or_none()
    if customer is None:
        return False
    person = connection.execute(
        select(t.customers).where(t.customers.c.id == customer).with_for_update()
    ).one()
    still = mine & (t.backorders.c.closed_at < before) & _NEEDS_NOBODY
    if connection.execute(select(t.backorders.c.id).where(still).with_for_update()).first() is None:
        return False
    _lock(connection, backorder)
    ways = set(ways_of(connection, person.id, person.email, person.phone))
    last_positions.keep(connection)
    # The triggers of tables that refuse deletions let go what is named here.
    connection.execute(insert(t.expired_lines), {"backorder": backorder})
    of_task = t.tasks.c.kind.not_in(OF_SUPPLY) & (t.tasks.c.subject == backorder)
    _delete_tasks(connection, of_task)
    _delete_messages(connection, backorder)
    of_event = t.deliveries.c.event.in_(select(t.events.c.id).where(t.events.c.backorder == backorder))
    connection.execute(delete(t.deliveries).where(of_event))
    connection.execute(delete(t.events).where(t.events.c.backorder == backorder))
    for table in OF_A_LINE:
        connection.execute(delete(table).where(table.c.backorder == backorder))
    of_audit = t.audit.c.kind.in_(("backorder", "evidence")) & (t.audit.c.object == backorder)
    connection.execute(delete(t.audit).where(of_audit))
    connection.execute(delete(t.backorders).where(mine))
    connection.execute(delete(t.expired_lines).where(t.expired_lines.c.backorder == backorder))
    others = select(t.backorders.c.id).where(t.backorders.c.customer == customer).limit(1)
    if connection.execute(others).first() is None:
        _delete_customer(connection, person)
    else:
        ways -= set(ways_of(connection, person.id, person.email, person.phone))
    # Where nothing goes any more outlives whom it led to.
    suppressions.erase(connection, ways)
    return True


def _lock(connection: Connection, backorder: str) -> None:
    """Lock what goes with a line: the units, to which triggers write, then what was said."""
    held = (select(each.c.sku).where(each.c.backorder == backorder) for each in (t.demands, t.reservations))
    lock_all(connection, connection.execute(union_all(*held)).scalars())
    said = select(t.message_items.c.message).where(t.message_items.c.backorder == backorder)
    wanted = select(t.messages.c.id).where(t.messages.c.id.in_(said)).order_by(t.messages.c.id)
    connection.execute(wanted.with_for_update()).all()


def texts_before(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Some of the texts that came before an instant, by the provider's IDs."""
    old = select(t.inbound_texts.c.sid).where(t.inbound_texts.c.received_at < before).limit(limit)
    return list(connection.execute(old).scalars())


def bulk_before(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Some of what was asked of many lines at once before an instant, by ID.

    Should one of its lines be there still, a repetition is known by that line's own request.
    """
    old = select(t.bulk_requests.c.id).where(t.bulk_requests.c.asked_at < before)
    return list(connection.execute(old.order_by(t.bulk_requests.c.asked_at).limit(limit)).scalars())


def delete_bulk(connection: Connection, ids: Sequence[str]) -> None:
    """Delete that it was asked."""
    connection.execute(delete(t.bulk_requests).where(t.bulk_requests.c.id.in_(ids)))


def delete_texts(connection: Connection, sids: Sequence[str]) -> None:
    """Delete texts that customers sent."""
    connection.execute(delete(t.inbound_texts).where(t.inbound_texts.c.sid.in_(sids)))


def _delete_tasks(connection: Connection, wanted: ColumnElement[bool]) -> None:
    ids = connection.execute(select(t.tasks.c.id).where(wanted)).scalars().all()
    if ids:
        connection.execute(delete(t.notes).where(t.notes.c.task.in_(ids)))
        connection.execute(delete(t.tasks).where(t.tasks.c.id.in_(ids)))


def _delete_messages(connection: Connection, backorder: str) -> None:
    """What was said about it; a message that speaks for other lines too goes with the last of them."""
    of_line = t.message_items.c.backorder == backorder
    ids = connection.execute(select(t.message_items.c.message).where(of_line)).scalars().all()
    connection.execute(delete(t.message_items).where(of_line))
    empty = select(t.messages.c.id).where(t.messages.c.id.in_(ids), _NO_ITEM)
    gone = connection.execute(empty).scalars().all() if ids else []
    if not gone:
        return
    sent = select(t.sends.c.id).where(t.sends.c.message.in_(gone))
    connection.execute(delete(t.delivery_reports).where(t.delivery_reports.c.send.in_(sent)))
    connection.execute(delete(t.sends).where(t.sends.c.message.in_(gone)))
    connection.execute(delete(t.messages).where(t.messages.c.id.in_(gone)))
    of_audit = (t.audit.c.kind == "message") & t.audit.c.object.in_(gone)
    connection.execute(delete(t.audit).where(of_audit))


class _CustomerRow(Protocol):
    id: str


def _delete_customer(connection: Connection, row: _CustomerRow) -> None:
    """Somebody of whom no line is left."""
    connection.execute(delete(t.customer_terms).where(t.customer_terms.c.customer == row.id))
    connection.execute(delete(t.consents).where(t.consents.c.customer == row.id))
    of_audit = (t.audit.c.kind == "customer") & (t.audit.c.object == row.id)
    connection.execute(delete(t.audit).where(of_audit))
    _delete_tasks(connection, t.tasks.c.kind.not_in(OF_SUPPLY) & (t.tasks.c.subject == row.id))
    connection.execute(delete(t.customers).where(t.customers.c.id == row.id))
