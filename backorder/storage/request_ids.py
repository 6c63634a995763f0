"""What was asked of a line under an ID, as `record_request.its_row` finds it, in the terms of a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select

from backorder.storage.tables import requests

BESIDE = "~"
"""What an ID gets for each fact that has it, and those next to it, already."""
FACTS = ("ship", "refund")
"""Kinds of requests that are facts, with an ID of their own among the requests of their line."""


def is_asked_under(id: str) -> ColumnElement[bool]:
    """That a row is what was asked under an ID: beside the facts that have it, where some do.

    Those stand next to each other, from the ID itself on, however many they are: a fact may be called by such
    a name too.
    """
    fact = requests.alias()
    length, own = func.length(requests.c.id), func.length(fact.c.id)
    between = (
        select(func.count())
        .select_from(fact)
        .where(
            fact.c.backorder == requests.c.backorder,
            fact.c.kind.in_(FACTS),
            own >= len(id),
            own < length,
            fact.c.id == func.substr(requests.c.id, 1, own),
        )
        .correlate(requests)
        .scalar_subquery()
    )
    bare = func.rtrim(requests.c.id, BESIDE) == id.rstrip(BESIDE)
    beside = and_(bare, length > len(id), between == length - len(id))
    return and_(or_(requests.c.id == id, beside), requests.c.kind.not_in(FACTS))
