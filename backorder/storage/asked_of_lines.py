"""What a change asked of lines, and wrote down about them or tasks, as the audit says it.

It has the ID by which the outcome is found, the kind, and the fields that were said. Of what people wrote in
their own words it has the names, as of contacts: the rows that it names hold it, and can be emptied.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Column, Connection, select

from backorder.domain.erasure import WORDS
from backorder.storage import tables as t

UNSAID = "…"
"""What stands in the audit for a value that it does not hold."""
_CARRIED = frozenset({"at", "day", "request"})
"""Fields of an event that its entry or its ID say already."""
_IDS_A_QUERY = 200


class Asked(NamedTuple):
    """The ID of a request or a note, its kind, and what was said."""

    id: str
    kind: str
    fields: Mapping[str, object]


Known = Collection[tuple[str, str, str, str]]
"""Requests and notes, each by the kind of its object, its table, the object, and its ID."""
_PLACES: Mapping[str, Sequence[tuple[str, Column[str], Column[str]]]] = {
    "backorder": (
        ("requests", t.requests.c.backorder, t.requests.c.id),
        ("notes", t.notes.c.backorder, t.notes.c.id),
    ),
    "task": (("notes", t.notes.c.task, t.notes.c.id),),
}
"""By kind of object: the tables of what is asked of it, with the columns of whose it is and of its ID."""


def known(connection: Connection, objects: Sequence[tuple[str, str]]) -> Known:
    """What was asked of objects so far. objects: each with its kind."""
    found: set[tuple[str, str, str, str]] = set()
    for kind, places in _PLACES.items():
        ids = [id for each, id in objects if each == kind]
        for first in range(0, len(ids), _IDS_A_QUERY):
            some = ids[first : first + _IDS_A_QUERY]
            for table, owner, id in places:
                rows = connection.execute(select(owner, id).where(owner.in_(some)))
                found |= {(kind, table, *row) for row in rows}
    return found


def since(
    connection: Connection, objects: Sequence[tuple[str, str]], before: Known
) -> Mapping[tuple[str, str], Sequence[Asked]]:
    """What was asked of objects besides what was known before."""
    found = defaultdict(list)
    for kind, table, owner, id in sorted({*known(connection, objects)}.difference(before)):
        one = Asked(id, "note", {"text": UNSAID}) if table == "notes" else _request(connection, owner, id)
        found[kind, owner].append(one)
    return found


def _request(connection: Connection, backorder: str, id: str) -> Asked:
    request = t.requests.c
    query = select(request.kind, request.content, request.evidence)
    row = connection.execute(query.where(request.backorder == backorder, request.id == id)).one()
    evidence = {"evidence": UNSAID} if row.evidence else {}
    return Asked(id, row.kind, _fields(json.loads(row.content)) | evidence)


def _fields(event: Mapping[str, object]) -> dict[str, object]:
    """What an event says, without what it leaves open and what only the program knows of it."""
    return {
        name: UNSAID if name in WORDS else value
        for name, value in event.items()
        if name not in _CARRIED and value not in (None, "", False) and _is_plain(value)
    }


def _is_plain(value: object) -> bool:
    """Whether somebody said it: an object of several parts is how things stood."""
    return isinstance(value, bool | int | float | str)
