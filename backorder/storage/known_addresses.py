"""Whose an address is, in whatever way it is written, and by which ones somebody was ever reached."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, bindparam, literal_column, select

from backorder.domain.contacts import canonical, spellings
from backorder.domain.keys import joined, parts
from backorder.domain.search_terms import LONGEST, fold
from backorder.storage.tables import (
    backorders,
    customer_terms,
    customers,
    inbound_texts,
    messages,
    requests,
    sends,
    suppliers,
    tasks,
)

_BY_EMAIL = (
    select(customers.c.id, customers.c.email)
    .join(customer_terms, customer_terms.c.customer == customers.c.id)
    .where(customer_terms.c.term == bindparam("term"))
)
_BY_PHONE = select(customers.c.id).where(customers.c.phone.in_(bindparam("numbers", expanding=True)))

BY_TEXT = "twilio/"
"""How the evidence of what a text asked for begins; its ID follows."""
_WRITTEN_TO = (
    select(sends.c.channel, sends.c.address)
    .join(messages, messages.c.id == sends.c.message)
    .where(messages.c.person == bindparam("person"), sends.c.address.is_not(None))
    .distinct()
)
_BY_TEXT = (
    select(requests.c.evidence)
    .join(backorders, backorders.c.id == requests.c.backorder)
    .where(backorders.c.customer == bindparam("customer"), requests.c.evidence.startswith(BY_TEXT))
)
_TEXTED = (
    select(messages.c.person)
    .join(sends, sends.c.message == messages.c.id)
    .where(
        literal_column("sends.channel = 'sms'"),  # as the index says it
        sends.c.address.in_(bindparam("numbers", expanding=True)),
        messages.c.person.startswith(joined("customer", "")),
    )
    .distinct()
)
_SUPPLIERS = select(suppliers.c.email).where(suppliers.c.email.is_not(None))
_READ_BY_PEOPLE = select(tasks.c.detail).where(tasks.c.subject == bindparam("customer"))
_SENDERS = (
    select(inbound_texts.c.sender)
    .where(inbound_texts.c.sid.in_(bindparam("sids", expanding=True)))
    .distinct()
)


def ways_of(
    connection: Connection, customer: str, email: str | None, phone: str | None
) -> list[tuple[str, str]]:
    """Addresses and numbers by which a customer is reached, was written to or has texted; channel first.

    One of before that is another customer's by now is theirs, and left out. email, phone: as of now.
    """
    now = {("email", email or ""), ("sms", phone or "")}
    before = set[tuple[str, str]]()
    for channel, address in connection.execute(_WRITTEN_TO, {"person": joined("customer", customer)}):
        if isinstance(address, str):
            before.add((channel, address))
    sids = sorted(set(texts_of(connection, customer)))
    if sids:
        found = connection.execute(_SENDERS, {"sids": sids}).scalars()
        before |= {("sms", each) for each in found if isinstance(each, str)}
    mine = now | {way for way in before - now if set(customers_at(connection, *way)) <= {customer}}
    return sorted(way for way in mine if way[1])


def texts_of(connection: Connection, customer: str) -> Iterator[str]:
    """IDs of the texts that asked for something about a customer's lines, or that a person has read."""
    for evidence in connection.execute(_BY_TEXT, {"customer": customer}).scalars():
        yield evidence.removeprefix(BY_TEXT)
    for detail in connection.execute(_READ_BY_PEOPLE, {"customer": customer}).scalars():
        text = json.loads(detail).get("text") if isinstance(detail, str) else None
        if isinstance(text, str):
            yield text


def customers_at(connection: Connection, channel: str, address: str) -> list[str]:
    """IDs of the customers who are reached there, in order."""
    wanted = canonical(channel, address)
    if channel == "sms":
        found = connection.execute(_BY_PHONE, {"numbers": list(spellings(address))}).scalars()
        return sorted(found)
    rows = connection.execute(_BY_EMAIL, {"term": fold(wanted)[:LONGEST]})
    return sorted(
        row.id for row in rows if isinstance(row.email, str) and canonical("email", row.email) == wanted
    )


def customers_of_number(connection: Connection, number: str) -> list[str]:
    """IDs of the customers whose a number is, in order: they are reached there, or, where nobody is by now,
    were texted there.
    """
    if found := customers_at(connection, "sms", number):
        return found
    texted = connection.execute(_TEXTED, {"numbers": list(spellings(number))}).scalars()
    return sorted(parts(person)[1] for person in texted)


def supplier_addresses(connection: Connection) -> frozenset[str]:
    """The email addresses of all suppliers, in the form in which they are compared."""
    found = connection.execute(_SUPPLIERS).scalars()
    return frozenset(canonical("email", each) for each in found if isinstance(each, str))
