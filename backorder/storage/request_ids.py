"""What was asked of a line under an ID, as `record_request.its_row` finds it, in the terms of a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from backorder.storage.tables import requests

FACTS = ("ship", "refund")
"""Kinds of requests that are facts, with an ID of their own among the requests of their line."""
_MOST_FACTS = 3
"""Facts that have an ID, and those next to it, before what is asked under it; more have no like names."""


def is_asked_under(id: str) -> ColumnElement[bool]:
    """That a row is what was asked under an ID: beside the facts that have it, where some do."""
    at_it, before_it = requests.alias(), requests.alias()
    at = exists().where(at_it.c.backorder == requests.c.backorder, at_it.c.id == id, at_it.c.kind.in_(FACTS))
    before = exists().where(
        before_it.c.backorder == requests.c.backorder,
        before_it.c.id + "~" == requests.c.id,
        before_it.c.kind.in_(FACTS),
    )
    ids = [id + "~" * facts for facts in range(1, _MOST_FACTS + 1)]
    beside = and_(requests.c.id.in_(ids), at.correlate(requests), before.correlate(requests))
    return and_(or_(requests.c.id == id, beside), requests.c.kind.not_in(FACTS))
