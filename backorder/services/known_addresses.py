"""Whose an address is, in whatever way it is written."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from backorder.domain.contacts import canonical, spellings
from backorder.domain.search_terms import LONGEST, fold
from backorder.storage.tables import customer_terms, customers

_BY_EMAIL = (
    select(customers.c.id, customers.c.email)
    .join(customer_terms, customer_terms.c.customer == customers.c.id)
    .where(customer_terms.c.term == bindparam("term"))
)
_BY_PHONE = select(customers.c.id).where(customers.c.phone.in_(bindparam("numbers", expanding=True)))


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
