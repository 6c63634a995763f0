"""The one link of a customer that makes an address theirs: it counts once, and until another one is named."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, select, true, update

from backorder.domain.contacts import canonical_email
from backorder.domain.keys import joined
from backorder.domain.notifications import Kind
from backorder.storage.tables import customers, messages, sends

NONE_ASKED = ""
"""What stands in place of the message where no link counts."""
_newer = messages.alias()
_newest = (
    select(_newer.c.id, _newer.c.address)
    .where(
        _newer.c.person == bindparam("person"),
        _newer.c.kind == Kind.CONFIRM_ADDRESS.value,
    )
    .order_by(_newer.c.number.desc())
    .limit(1)
    .subquery()
)
_ASKED = (
    select(
        messages.c.id,
        messages.c.created_at,
        messages.c.address,
        _newest.c.id.label("newest"),
        _newest.c.address.label("newest_address"),
        customers.c.address_asked,
        customers.c.email,
        customers.c.updated_at,
    )
    .select_from(messages)
    .join(customers, customers.c.id == bindparam("customer"))
    .join(_newest, true())
    .where(
        messages.c.id == bindparam("message"),
        messages.c.person == bindparam("person"),
        messages.c.kind == Kind.CONFIRM_ADDRESS.value,
    )
)
_MESSAGE = select(sends.c.message).where(sends.c.id == bindparam("send"))


class _AskedRow(Protocol):
    id: str
    created_at: datetime
    address: str | None
    newest: str
    newest_address: str | None
    address_asked: str | None
    email: str | None
    updated_at: datetime


def ask(connection: Connection, customer: str, message: str) -> None:
    """Let the link of a message count, and no other."""
    connection.execute(update(customers).where(customers.c.id == customer).values(address_asked=message))


def let_none_count(connection: Connection, customer: str) -> None:
    """No link counts any more: one was used, or the address has been changed by another way."""
    ask(connection, customer, NONE_ASKED)


def counts(connection: Connection, customer: str, send: str) -> bool:
    """Whether the link of a send makes the address to which it went theirs."""
    message = connection.execute(_MESSAGE, {"send": send}).scalar_one_or_none()
    return message is not None and is_asked(connection, customer, message)


def is_asked(connection: Connection, customer: str, message: str) -> bool:
    """Whether the link of a message makes the address at which it asks theirs."""
    values = {"customer": customer, "person": joined("customer", customer), "message": message}
    row = connection.execute(_ASKED, values).one_or_none()
    return row is not None and _is_asked(row)


def _is_asked(row: _AskedRow) -> bool:
    """A process of the version before asks without a word here, also beside those of this one: whether such
    a link was used, or the address changed since, shows in the customer alone.
    """
    unchanged = row.address not in (None, row.email) and row.updated_at <= row.created_at
    if row.address_asked is None:
        return unchanged
    is_last = row.id == row.newest
    if row.address_asked == NONE_ASKED:
        return is_last and unchanged and row.updated_at < row.created_at
    return (is_last or _is_named_again(row)) and (row.address_asked == row.newest or unchanged)


def _is_named_again(row: _AskedRow) -> bool:
    """Whether the address that was named last is the same, so that either link will do."""
    if row.address is None or row.newest_address is None:
        return False
    return canonical_email(row.address) == canonical_email(row.newest_address)
