"""The one link of a customer that makes an address theirs: it counts once, and until another one is named."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, select, update

from backorder.domain.contacts import canonical_email
from backorder.domain.keys import joined
from backorder.domain.notifications import Kind
from backorder.storage.tables import customers, messages, sends

NONE_ASKED = ""
"""What stands in place of the message where no link counts."""
_newest = messages.alias()
_ASKED = (
    select(
        messages.c.id,
        messages.c.created_at,
        messages.c.address.label("named"),
        select(_newest.c.address)
        .where(_newest.c.id == customers.c.address_asked)
        .scalar_subquery()
        .label("named_last"),
        sends.c.address,
        customers.c.address_asked,
        customers.c.email,
        customers.c.updated_at,
    )
    .join(messages, messages.c.id == sends.c.message)
    .join(customers, customers.c.id == bindparam("customer"))
    .where(
        sends.c.id == bindparam("send"),
        messages.c.person == bindparam("person"),
        messages.c.kind == Kind.CONFIRM_ADDRESS.value,
    )
)


class _AskedRow(Protocol):
    id: str
    created_at: datetime
    named: str | None
    named_last: str | None
    address: str | None
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
    values = {"customer": customer, "person": joined("customer", customer), "send": send}
    row = connection.execute(_ASKED, values).one_or_none()
    return row is not None and _counts(row)


def _counts(row: _AskedRow) -> bool:
    if row.address_asked is not None:
        return row.address_asked == row.id or _is_named_again(row)
    # Asked by the version before: whether it was used shows in the customer alone.
    return row.address != row.email and row.updated_at <= row.created_at


def _is_named_again(row: _AskedRow) -> bool:
    """Whether the address that was named last is the same, so that either link will do."""
    if row.named is None or row.named_last is None:
        return False
    return canonical_email(row.named) == canonical_email(row.named_last)
