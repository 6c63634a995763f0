"""Keeping the words by which lines are found, see `backorder.storage.find_lines`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert

from backorder.domain.search_terms import parcel_term, terms
from backorder.storage.engine import add
from backorder.storage.tables import customer_terms, parcel_terms, product_terms

if TYPE_CHECKING:
    from backorder.storage.rows import Person


def keep_people(connection: Connection, people: Iterable[Person]) -> None:
    """Keep the words of new customers."""
    rows = [
        {"customer": each.id, "term": term}
        for each in people
        for term in terms(name=each.name, email=each.email, phone=each.phone)
    ]
    if rows:
        connection.execute(insert(customer_terms), rows)


def keep_person(connection: Connection, person: Person) -> None:
    """Keep the words of a customer in place of those before."""
    connection.execute(delete(customer_terms).where(customer_terms.c.customer == person.id))
    keep_people(connection, [person])


def keep_product(connection: Connection, sku: str, name: str) -> None:
    """Keep the words of a product in place of those before."""
    connection.execute(delete(product_terms).where(product_terms.c.product == sku))
    rows = [{"product": sku, "term": term} for term in terms(name=name, email=None, phone=None)]
    if rows:
        connection.execute(insert(product_terms), rows)


def keep_parcel(connection: Connection, backorder: str, tracking: str) -> None:
    """Keep a tracking number of a line."""
    term = parcel_term(tracking)
    if term:
        add(connection, parcel_terms, {"backorder": backorder, "term": term})
