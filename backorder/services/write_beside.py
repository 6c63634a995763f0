"""Messages that no line decides: about the way to a customer, asked for on their page."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, exists, insert, select

from backorder.domain.keys import joined
from backorder.domain.line.state import CLOSED
from backorder.domain.notifications import BESIDE_KINDS, Facts, Kind
from backorder.domain.page_limits import BETWEEN_LINKS, MOST_ADDRESSES
from backorder.ports import Notify
from backorder.queries.customer_page import is_over
from backorder.storage import asked_addresses, dispatchers
from backorder.storage.codec import dump_facts
from backorder.storage.engine import reading, writing
from backorder.storage.people import lock_people
from backorder.storage.statements import AnyRow
from backorder.storage.tables import backorders, message_items, messages

_ORDER = (
    select(backorders.c.id, backorders.c.customer, backorders.c.phase, backorders.c.closed_at)
    .where(backorders.c.order_id == bindparam("order"), backorders.c.erased_at.is_(None))
    .order_by(backorders.c.id)
)
_LATELY = (
    select(messages.c.id)
    .where(
        messages.c.person == bindparam("person"),
        messages.c.kind == bindparam("kind"),
        messages.c.created_at > bindparam("since"),
    )
    .limit(MOST_ADDRESSES)
)
_ABOUT_ORDER = exists().where(
    message_items.c.message == messages.c.id,
    message_items.c.backorder == backorders.c.id,
    backorders.c.order_id == bindparam("order"),
)


def plan_beside(
    connection: Connection,
    customer: str,
    lines: Sequence[str],
    kind: Kind,
    at: datetime,
    *,
    address: str | None = None,
) -> Notify:
    """Plan a message of a kind that stands beside the lines. lines: about which it is, at least one.

    address: where it goes, if not to what is on record; asked there whether it is theirs, no link that was
    sent before counts any more. at: a business instant.
    """
    if kind not in BESIDE_KINDS:
        raise ValueError(f"{kind} is decided by lines")
    person, id = joined("customer", customer), secrets.token_hex(12)
    shard = dispatchers.shard_of(connection, person)
    row: dict[str, object] = {"id": id, "person": person, "kind": kind.value, "state": "planned"}
    row |= {"not_before": at, "created_at": at, "shard": shard, "address": address}
    connection.execute(insert(messages), row)
    if kind is Kind.CONFIRM_ADDRESS:
        asked_addresses.ask(connection, customer, id)
    facts = dump_facts(Facts())
    connection.execute(
        insert(message_items),
        [
            {"backorder": line, "step": f"{kind.value}/{id}", "message": id, "facts": facts}
            for line in sorted(lines)
        ],
    )
    return Notify(due=((shard, at),))


class NewLinks:
    """New links for those whose old one opens nothing any more."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, order: str, at: datetime) -> Notify:
        """Send one to everybody who has lines of an order that can still be looked at, by what is on record.

        Nobody is told whether there was one: who asks need not be the customer.
        """
        with writing(self._engine) as connection:
            theirs: dict[str, list[AnyRow]] = {}
            for row in connection.execute(_ORDER, {"order": order}):
                theirs.setdefault(row.customer, []).append(row)
            after = Notify()
            for customer, rows in sorted(theirs.items()):
                if is_over(rows, at) or _has_new_link(connection, customer, order, at):
                    continue
                goes_on = [row.id for row in rows if row.phase not in CLOSED]
                lines = goes_on or [row.id for row in rows]
                after = after.and_also(plan_beside(connection, customer, lines, Kind.NEW_LINK, at))
            return dispatchers.wake(connection, after)


def may_ask_address(engine: Engine, customer: str, at: datetime) -> bool:
    """Whether a customer may name one more address: only so many are asked within a day."""
    with reading(engine) as connection:
        return _may_ask(connection, customer, at)


def ask_address(
    engine: Engine, customer: str, lines: Sequence[str], address: str, at: datetime
) -> Notify | None:
    """Ask at a new address whether it is the customer's: only who reads there can say so.

    None: they named so many within a day that this one is not asked.
    """
    with writing(engine) as connection:
        lock_people(connection, [customer])
        if not _may_ask(connection, customer, at):
            return None
        after = plan_beside(connection, customer, lines, Kind.CONFIRM_ADDRESS, at, address=address)
        return dispatchers.wake(connection, after)


def _may_ask(connection: Connection, customer: str, at: datetime) -> bool:
    values = _written(customer, Kind.CONFIRM_ADDRESS, at - timedelta(days=1))
    return len(connection.execute(_LATELY, values).all()) < MOST_ADDRESSES


def _has_new_link(connection: Connection, customer: str, order: str, at: datetime) -> bool:
    """Whether one to this order went lately: a link opens no other order of theirs."""
    values = _written(customer, Kind.NEW_LINK, at - BETWEEN_LINKS) | {"order": order}
    return connection.execute(_LATELY.where(_ABOUT_ORDER), values).first() is not None


def _written(customer: str, kind: Kind, since: datetime) -> dict[str, object]:
    return {"person": joined("customer", customer), "kind": kind.value, "since": since}
