"""Finding lines by what a caller can say: a name, a part of an address, a number as dialled, a parcel.

The words are kept in tables of their own, so that each question is a range of an index however many lines
there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, false, func, insert, or_, select

from backorder.domain.keys import joined, parts
from backorder.domain.search_terms import numbers, parcel_term, terms, words
from backorder.storage.engine import add
from backorder.storage.tables import (
    backorders,
    customer_terms,
    customers,
    demands,
    parcel_terms,
    products,
    purchase_order_lines,
)

MOST = 200
"""Customers, products or parcels that a question may mean at most; who means more has to say more."""
_PROBE = 1000
_SHORTEST_PARCEL = 6
_SHORTEST_INSIDE = 3
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question means: the condition on lines. more: there are more customers than it looks through."""

    condition: ColumnElement[bool]
    more: bool = False


def keep_people(connection: Connection, people: Iterable[Mapping[str, Any]]) -> None:
    """Keep the words of new customers."""
    rows = [
        {"customer": each["id"], "term": term}
        for each in people
        for term in terms(name=each["name"], email=each["email"], phone=each["phone"])
    ]
    if rows:
        connection.execute(insert(customer_terms), rows)


def keep_person(connection: Connection, person: Mapping[str, Any]) -> None:
    """Keep the words of a customer in place of those before."""
    connection.execute(delete(customer_terms).where(customer_terms.c.customer == person["id"]))
    keep_people(connection, [person])


def keep_parcel(connection: Connection, backorder: str, tracking: str) -> None:
    """Keep a tracking number of a line."""
    term = parcel_term(tracking)
    if term:
        add(connection, parcel_terms, {"backorder": backorder, "term": term})


def meaning(connection: Connection, question: str) -> Meant:
    """What a question means: what it names exactly, or else whatever has words that begin like its own."""
    question = question.strip()
    if exact := list(_exactly(connection, question)):
        return Meant(or_(*exact))
    found, more = _people(connection, question)
    likely = [backorders.c.customer.in_(found)] if found else []
    if skus := _products(connection, question):
        likely.append(backorders.c.sku.in_(skus))
    return Meant(or_(*likely) if likely else false(), more)


def _exactly(connection: Connection, question: str) -> Iterable[ColumnElement[bool]]:
    key = joined(*parts(question))
    if _exists(connection, backorders.c.id, [key]):
        yield backorders.c.id == key
        return
    spellings = list(dict.fromkeys((question, question.upper(), question.lower())))
    for column in (backorders.c.order_id, backorders.c.sku, backorders.c.customer):
        if known := _exists(connection, column, spellings):
            yield column == known
    if parcels := _parcels(connection, question):
        yield backorders.c.id.in_(parcels)
    yield from _purchase_order(connection, spellings)


def _exists(connection: Connection, column: Any, spellings: Sequence[str]) -> str | None:
    """The first of the spellings that some line has."""
    for each in spellings:
        if connection.execute(select(column).where(column == each).limit(1)).first() is not None:
            return each
    return None


def _parcels(connection: Connection, question: str) -> list[str]:
    term = parcel_term(question)
    if len(term) < _SHORTEST_PARCEL:
        return []
    same = select(parcel_terms.c.backorder).where(parcel_terms.c.term == term)
    return list(connection.execute(same.limit(MOST)).scalars())


def _purchase_order(connection: Connection, spellings: Sequence[str]) -> Iterable[ColumnElement[bool]]:
    """Lines that a purchase order, or one of its lines, is to serve."""
    for each in spellings:
        order, *line = parts(each)
        mine = purchase_order_lines.c.purchase_order == order
        if line:
            mine &= purchase_order_lines.c.line == line[0]
        skus = list(connection.execute(select(purchase_order_lines.c.sku).where(mine).distinct()).scalars())
        if skus:
            name = json.dumps(joined(order, *line[:1]) + ("" if line else "/"), ensure_ascii=False)[:-1]
            serves = (demands.c.open > 0) & demands.c.arrivals.contains(name, autoescape=True)
            yield backorders.c.sku.in_(skus) & serves
            return


def _people(connection: Connection, question: str) -> tuple[list[str], bool]:
    """Customers that a question means, and whether there are more."""
    found: list[str] = []
    for number in numbers(question):
        if found := _customers(connection, [number]):
            break
    if not found and (asked := words(question)):
        found = _customers(connection, asked) or _inside(connection, question)
    return found[:MOST], len(found) > MOST


def _customers(connection: Connection, asked: Sequence[str]) -> list[str]:
    """Customers who have a term that begins with each word. The rarest word leads."""
    counts = {word: _count(connection, word) for word in asked}
    if not all(counts.values()):
        return []
    first, *others = sorted(asked, key=lambda word: counts[word])
    query = select(customer_terms.c.customer).where(_begins(customer_terms.c.term, first)).distinct()
    for word in others:
        also = customer_terms.alias()
        query = query.where(
            exists().where(also.c.customer == customer_terms.c.customer, _begins(also.c.term, word))
        )
    return list(connection.execute(query.limit(MOST + 1)).scalars())


def _count(connection: Connection, word: str) -> int:
    few = select(customer_terms.c.term).where(_begins(customer_terms.c.term, word)).limit(_PROBE).subquery()
    return connection.execute(select(func.count()).select_from(few)).scalar_one()


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (column >= word) & (column < word + _LAST)
    return condition


def _inside(connection: Connection, question: str) -> list[str]:
    """The last try: letters from the middle of a name or an address, looked for everywhere."""
    if len(question) < _SHORTEST_INSIDE:
        return []
    asked = question.lower()
    held = or_(
        func.lower(customers.c.name).contains(asked, autoescape=True),
        customers.c.email.contains(asked, autoescape=True),
    )
    return list(connection.execute(select(customers.c.id).where(held).limit(MOST + 1)).scalars())


def _products(connection: Connection, question: str) -> list[str]:
    named = func.lower(products.c.name).contains(question.lower(), autoescape=True)
    return list(connection.execute(select(products.c.sku).where(named).limit(MOST)).scalars())
