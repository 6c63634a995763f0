"""The past of a line: what happened, who asked for it, how it came, until when it holds, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypedDict

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.events import name_of
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.queries.views import TimelineView
from backorder.storage.codec import load_request
from backorder.storage.compiled import fetch
from backorder.storage.isolation import sound
from backorder.storage.plain_rows import named_rows_of
from backorder.storage.tables import requests, timeline
from backorder.storage.types import among

SHOWN = 200
"""The newest entries that a case shows."""
_ENTRIES = (
    select(*(timeline.c[name] for name in ("number", "at", "what", "by", "verdict", "detail", "request")))
    .where(timeline.c.backorder == bindparam("backorder"))
    .order_by(timeline.c.number.desc())
    .limit(SHOWN)
)
_ANSWERED = select(requests).where(
    requests.c.backorder == bindparam("backorder"), among(requests.c.id, "ids")
)
_RULED_ON = select(requests).where(
    requests.c.backorder == bindparam("backorder"),
    requests.c.decided_at.in_(bindparam("instants", expanding=True)),
)
_BY = {name_of(kind.event): kind.by for kind in REQUEST_KINDS.values() if kind.by}
_KINDS = {name_of(kind.event): name for name, kind in REQUEST_KINDS.items()}
"""The kinds of requests, by what a timeline calls the events that they become."""
_INSTANTS = ("received_at", "shipped_at", "sent_at", "failed_at", "as_of")
"""What a request may call the instant that counts."""


def timeline_of(connection: Connection, backorder: str) -> tuple[TimelineView, ...]:
    """The newest entries, the oldest first, each with what its request says."""
    rows = named_rows_of(connection, _ENTRIES, {"backorder": backorder})
    found, _ = sound(
        reversed(rows), lambda row: (row, _entry(row)), lambda row: (f"timeline/{row.number}", backorder)
    )
    details = _said(connection, backorder, [row for row, _ in found if row.what in _KINDS])
    return tuple(replace(entry, **details.get(row.number, {})) for row, entry in found)


class _Words(TypedDict, total=False):
    """What a request says, as fields of its `TimelineView`."""

    request: str
    via: str
    until: datetime | None
    indefinite: bool
    reason: str
    evidence: str
    happened_at: datetime | None
    by: str


class _EntryRow(Protocol):
    number: int
    request: str | None
    by: str
    what: str
    at: datetime
    detail: str
    verdict: str


def _entry(row: _EntryRow) -> TimelineView:
    by = _BY.get(row.what, row.by) if row.by == "engine" else row.by
    return TimelineView(at=row.at, what=row.what, by=by, detail=row.detail, verdict=row.verdict)


def _said(connection: Connection, backorder: str, asked: Sequence[_EntryRow]) -> Mapping[int, _Words]:
    """What the requests say that entries answered, by the numbers of the entries."""
    if not asked:
        return {}
    ids = [row.request for row in asked if row.request]
    # An entry of an older version names no request: it is the only one of its kind ruled on at that instant.
    instants = [row.at for row in asked if not row.request]
    rows = fetch(connection, _ANSWERED, {"backorder": backorder, "ids": ids}) if ids else []
    if instants:
        read = {row.id for row in rows}
        others = fetch(connection, _RULED_ON, {"backorder": backorder, "instants": instants})
        rows += [row for row in others if row.id not in read]
    found, _ = sound(rows, lambda row: (row, _words(row)), lambda row: (f"request/{row.id}", backorder))
    named = {row.id: words for row, words in found}
    ruled: dict[tuple[str, datetime | None], list[_Words]] = {}
    for row, words in found:
        ruled.setdefault((row.kind, row.decided_at), []).append(words)
    details: dict[int, _Words] = {}
    for each in asked:
        same = ruled.get((_KINDS[each.what], each.at), [])
        mine = named.get(each.request) if each.request else None
        details[each.number] = mine or (same[0] if len(same) == 1 and not each.request else {})
    return details


class _RequestRow(Protocol):
    kind: str
    content: str
    id: str
    evidence: str
    decided_at: datetime | None


def _words(row: _RequestRow) -> _Words:
    """What a request says besides its event's name; nothing for a kind of a newer version."""
    if row.kind not in REQUEST_KINDS:
        return {}
    event = load_request(row.kind, row.content)
    via, means, until, expires_at, reason = (
        getattr(event, name, None) for name in ("via", "means", "until", "expires_at", "reason")
    )
    found: _Words = {
        "request": row.id,
        "via": via or means or "",
        "until": until or expires_at,
        "indefinite": getattr(event, "indefinite", False),
        "reason": str(reason) if reason else getattr(event, "note", ""),
        "evidence": row.evidence,
        "happened_at": next((at for name in _INSTANTS if (at := getattr(event, name, None))), None),
    }
    return found | {"by": "engine"} if getattr(event, "assumed", False) else found
