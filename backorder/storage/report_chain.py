"""The chain of what a provider reported of a send: whoever adds to it holds the row of its message."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, bindparam, select, update

from backorder.domain import evidence
from backorder.domain.evidence import Chain
from backorder.storage.tables import delivery_reports, sends

_ENDS = select(sends.c.id, sends.c.reported_length, sends.c.reported_head).where(
    sends.c.id.in_(bindparam("ids", expanding=True))
)
_BIND = update(delivery_reports).where(delivery_reports.c.id == bindparam("_id"))
_END = update(sends).where(sends.c.id == bindparam("_id"))


class Words(TypedDict):
    """The digest of a report's words, and its salt."""

    salt: str
    words: str


class Bound(Words):
    """What is bound of a report. send: of which it is, None for none that is known."""

    id: str
    send: str | None
    says: str
    said: str
    code: str
    reason: str
    at: datetime
    received_at: datetime


def of_report(reason: str) -> Words:
    """The digest of a report's words, and its salt."""
    salt = secrets.token_hex(16)
    return {"salt": salt, "words": evidence.digest(salt, evidence.of_report({"reason": reason}))}


def bind(connection: Connection, rows: Iterable[Bound]) -> None:
    """Bind reports of sends, as they were just written, to those that came before.

    The send keeps where its chain ends, so that a tail that somebody cut off is missed.
    """
    sent = ((each["id"], send, each) for each in rows if (send := each["send"]) is not None)
    new = sorted(sent, key=lambda each: each[0])
    if not new:
        return
    found = connection.execute(_ENDS, {"ids": sorted({send for _, send, _ in new})})
    chains = {
        row.id: Chain(evidence.name_of_reports(row.id), row.reported_length or 0, row.reported_head or "")
        for row in found
    }
    bound = []
    for id, send, each in new:
        link = chains[send].add(evidence.report(each, send))
        bound.append({"_id": id, "place": link.place, "hash": link.hash})
    connection.execute(_BIND.values(place=bindparam("place"), hash=bindparam("hash")), bound)
    ends = [
        {"_id": id, "reported_length": chain.length, "reported_head": chain.head}
        for id, chain in chains.items()
    ]
    connection.execute(
        _END.values(reported_length=bindparam("reported_length"), reported_head=bindparam("reported_head")),
        ends,
    )
