"""What a change asked of lines, wrote down about them or tasks, or stated of supply, as the audit says it.

It has the ID by which the outcome is found, the kind, and the fields that were said. Of what people wrote in
their own words it has the names, as of contacts: the rows that it names hold it, and can be emptied.

A transaction notes the rows that it wrote: what is there after it and was not before may be another's.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Table, insert, select, tuple_

from backorder.domain.erasure import WORDS
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.storage import tables as t
from backorder.storage.engine import add, add_all, caller

UNSAID = "…"
"""What stands in the audit for a value that it does not hold."""
_CARRIED = frozenset({"at", "day", "request"})
"""Fields of an event that its entry or its ID say already."""
_NOTE = "note"
_ROWS_A_QUERY = 200
_COUNTED: Mapping[str, tuple[str, ...]] = {"backorder": ("requests", "notes"), "task": ("notes",)}
"""By kind of object: of which tables its snapshot has the number of rows."""


class Asked(NamedTuple):
    """The ID of a request, a note or a fact, its kind, and what was said."""

    id: str
    kind: str
    fields: Mapping[str, object]


class _Written(NamedTuple):
    """A row by the kind and the ID of what it is about, and its own ID."""

    kind: str
    object: str
    table: str
    id: str


_written: WeakKeyDictionary[Connection, set[_Written]] = WeakKeyDictionary()
"""What the transactions that are audited wrote so far."""


_stated: WeakKeyDictionary[Connection, dict[tuple[str, str, str, str], Asked]] = WeakKeyDictionary()
"""What they stated of objects whose rows do not say it, by the object, and the fact's kind and ID."""


def begin(connection: Connection) -> None:
    """From here on note what the transaction asks of lines, and writes down about them or tasks."""
    _written[connection] = set()
    _stated[connection] = {}


def note_stated(
    connection: Connection, kind: str, object: str, id: str, what: str, fields: Mapping[str, object]
) -> None:
    """A fact that the transaction states of an object, which is another after it. what: the fact's kind.

    Of people's own words the entry has the names, save the reason of an adjustment: it is one of stock.
    """
    if (mine := _stated.get(connection)) is not None:
        said = {name: value for name, value in fields.items() if value not in (None, "")}
        mine[kind, object, what, id] = Asked(id, what, said)


def add_request(connection: Connection, row: Mapping[str, object]) -> bool:
    """Put a request on record, with who asks, unless one with its key is there. Returns whether it is new."""
    new = add(connection, t.requests, {**row, "asked_by": caller()})
    if new:
        _note(connection, "backorder", str(row["backorder"]), t.requests, str(row["id"]))
    return new


def add_requests(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """The same of many."""
    for row in add_all(connection, t.requests, [{**row, "asked_by": caller()} for row in rows]):
        _note(connection, "backorder", row.backorder, t.requests, row.id)


def add_note(connection: Connection, row: Mapping[str, object]) -> None:
    """Keep a note about a line or a task."""
    connection.execute(insert(t.notes), row)
    kind = "backorder" if "backorder" in row else "task"
    _note(connection, kind, str(row[kind]), t.notes, str(row["id"]))


def _note(connection: Connection, kind: str, object: str, table: Table, id: str) -> None:
    if (mine := _written.get(connection)) is not None:
        mine.add(_Written(kind, object, table.name, id))


def since(connection: Connection) -> Mapping[tuple[str, str], Sequence[Asked]]:
    """What the transaction asked since `begin`, by kind and ID of the objects. It notes no more."""
    places: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for each in sorted(_written.pop(connection, ())):
        places[each.kind, each.table].append((each.object, each.id))
    found = defaultdict(list)
    for (kind, table), ids in places.items():
        read = _requests if table == t.requests.name else _notes
        for first in range(0, len(ids), _ROWS_A_QUERY):
            for object, asked in read(connection, kind, ids[first : first + _ROWS_A_QUERY]):
                found[kind, object].append(asked)
    for (kind, object, _, _), stated in _stated.pop(connection, {}).items():
        found[kind, object].append(stated)
    return found


def calls_that_asked(
    connection: Connection, asked: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], str]:
    """By which call a request was asked, by its line and its ID; those of which the audit says nothing are
    not there.
    """
    found, wanted = dict[tuple[str, str], str](), set(asked)
    lines, entry = sorted({line for line, _ in wanted}), t.audit.c
    for first in range(0, len(lines), _ROWS_A_QUERY):
        mine = (entry.kind == "backorder") & entry.object.in_(lines[first : first + _ROWS_A_QUERY])
        for row in connection.execute(select(entry.object, entry.call, entry.after).where(mine)):
            for each in json.loads(row.after or "{}").get("asked", ()):
                if (key := (row.object, each["id"])) in wanted and each["kind"] != _NOTE:
                    found[key] = row.call
    return found


def _requests(
    connection: Connection, _kind: str, ids: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, Asked]]:
    """Requests with their lines; what was tried and taken back is not there."""
    request = t.requests.c
    query = select(request.backorder, request.id, request.kind, request.content, request.evidence)
    mine = tuple_(request.backorder, request.id).in_(ids)
    for row in connection.execute(query.where(mine).order_by(request.backorder, request.id)):
        evidence = {"evidence": UNSAID} if row.evidence else {}
        said = _fields(row.kind, json.loads(row.content))
        yield row.backorder, Asked(row.id, row.kind, said | evidence)


def _notes(connection: Connection, kind: str, ids: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Asked]]:
    """The same of notes."""
    owner, id = t.notes.c[kind], t.notes.c.id
    for row in connection.execute(select(owner, id).where(tuple_(owner, id).in_(ids)).order_by(owner, id)):
        yield row[0], Asked(row[1], _NOTE, {"text": UNSAID})


def beside_others(
    kind: str, before: Mapping[str, object], after: Mapping[str, object], asked: Sequence[Asked]
) -> Mapping[str, object]:
    """How an object was before, with the rows that others wrote about it during the transaction.

    asked: what the transaction itself asked of it.
    """
    mine = Counter("notes" if each.kind == _NOTE else "requests" for each in asked)
    counts = {name: int(str(after[name])) - mine[name] for name in _COUNTED.get(kind, ())}
    return {**before, **counts}


def _fields(kind: str, event: Mapping[str, object]) -> dict[str, object]:
    """What a request says, without what it leaves open and what only the program knows of it."""
    usual = {
        each.name: each.default for each in fields(REQUEST_KINDS[kind].event) if each.default is not MISSING
    }
    return {
        name: UNSAID if name in WORDS else value
        for name, value in event.items()
        if name not in _CARRIED
        and value not in (None, "")
        and (name not in usual or value != usual[name])
        and _is_plain(value)
    }


def _is_plain(value: object) -> bool:
    """Whether somebody said it: an object of several parts is how things stood."""
    return isinstance(value, bool | int | float | str)
