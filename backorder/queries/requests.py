"""Reading what was asked of a line, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from backorder.domain.line.events import FlagCleared
from backorder.errors import UnknownError
from backorder.storage.codec import load_request
from backorder.storage.request_ids import is_asked_under
from backorder.storage.tables import requests


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestView:
    """Something asked of a line. verdict: pending until it was ruled on. Instants are business time."""

    backorder: str
    request: str
    kind: str
    verdict: str
    effect: bool
    reason: str
    requested_at: datetime
    decided_at: datetime | None


def request(connection: Connection, backorder: str, id: str, asked_by: str | None = None) -> RequestView:
    """One request. asked_by: who has to have asked for it; None for whoever did. Raises UnknownError."""
    columns = (requests.c.kind, requests.c.verdict, requests.c.reason)
    query = select(*columns, requests.c.requested_at, requests.c.decided_at)
    query = query.where(requests.c.backorder == backorder, requests.c.id == id)
    if asked_by is not None:
        query = query.where(requests.c.asked_by == asked_by)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownError(f"nothing was asked of {backorder} under the ID {id}")
    return RequestView(
        backorder=backorder,
        request=id,
        kind=row.kind,
        verdict=row.verdict or "pending",
        effect=row.verdict == "accepted",
        reason=row.reason or "",
        requested_at=row.requested_at,
        decided_at=row.decided_at,
    )


def last_clearing(connection: Connection, backorder: str, flag: str) -> FlagCleared | None:
    """What somebody said last who ended what a line needed of a person; None where nobody did."""
    mine = (requests.c.backorder == backorder) & (requests.c.kind == "clear")
    query = select(requests.c.content).where(mine, requests.c.verdict == "accepted")
    for content in connection.execute(query.order_by(requests.c.decided_at.desc())).scalars():
        cleared = load_request("clear", content)
        if isinstance(cleared, FlagCleared) and cleared.flag == flag:
            return cleared
    return None


def has_complaint(connection: Connection, backorder: str, id: str) -> bool:
    """Whether a complaint is on record under an ID, or beside the facts that have this ID."""
    of_line = (requests.c.backorder == backorder) & (requests.c.kind == "complain")
    mine = select(requests.c.id).where(of_line, is_asked_under(id))
    return connection.execute(mine).first() is not None
