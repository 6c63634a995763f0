"""What a customer has asked for and nobody has ruled on yet, and what came to nothing after they had left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, and_, bindparam, or_, select

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    Complained,
    CouponClaimed,
    SendNowRequested,
)
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.storage.codec import load_request
from backorder.storage.isolation import Apart, Failure, readable
from backorder.storage.tables import requests

Asked = Answered | CancellationTakenBack | SendNowRequested | CouponClaimed | Complained
"""What customers ask for themselves."""
SHOWN_FOR = timedelta(days=14)
"""Business time for which the page says of what came to nothing that it did."""
PROMPT = timedelta(minutes=1)
"""Who is answered within that has read the answer where they asked."""
_DONE = Verdict.ACCEPTED.value
_KINDS = [name for name, kind in REQUEST_KINDS.items() if kind.by == "customer"]
_ASKED = (
    select(requests)
    .where(requests.c.backorder.in_(bindparam("lines", expanding=True)), requests.c.kind.in_(_KINDS))
    .where(
        or_(
            requests.c.verdict.is_(None),
            and_(
                or_(requests.c.refusal.is_not(None), requests.c.verdict == _DONE),
                requests.c.decided_at > bindparam("since"),
            ),
        )
    )
    .order_by(requests.c.requested_at, requests.c.id)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedByCustomer:
    """Something that a customer asked for. request: its ID. text: their words, of a complaint.

    refusal: why it came to nothing, one of `Refusal`; "" while nobody has ruled on it. agreed_until: the day
    until which a "keep" that waits agrees to wait, beside a last day of their own; endless: it agrees to no
    day, however long it takes.
    """

    request: str
    event: Asked
    text: str = ""
    refusal: str = ""
    agreed_until: date | None = None
    endless: bool = False


def asked_by_customer(
    connection: Connection, lines: Sequence[str], at: datetime
) -> Mapping[str, tuple[AskedByCustomer, ...]]:
    """What was asked of each of some lines, the oldest first. at: a business instant.

    What came to nothing is left out once the same was asked again and done: a later answer stands for those
    before it. So is what cannot be read: that the line cannot be looked at either is shown elsewhere.
    """
    found: dict[str, list[tuple[str, AskedByCustomer]]] = defaultdict(list)
    failures: list[Failure] = []
    for row in connection.execute(_ASKED, {"lines": sorted(lines), "since": at - SHOWN_FOR}):
        with Apart(failures, f"backorder/{row.backorder}", row.backorder):
            asked = found[row.backorder]
            if readable(row).verdict == _DONE:
                asked[:] = [each for each in asked if each[0] != row.kind or not each[1].refusal]
            elif row.verdict is None or row.decided_at - row.requested_at > PROMPT:
                asked.append((row.kind, _asked(row)))
    return {line: tuple(each for _, each in asked) for line, asked in found.items() if asked}


class _AskedRow(Protocol):
    verdict: str | None
    kind: str
    content: str
    id: str
    evidence: str
    refusal: str | None


def _asked(row: _AskedRow) -> AskedByCustomer:
    event = load_request(row.kind, row.content)
    if not isinstance(event, Asked):
        raise TypeError(f"{row.kind} is nothing that customers ask for")
    return AskedByCustomer(
        request=row.id,
        event=event,
        text=row.evidence if isinstance(event, Complained) else "",
        refusal=row.refusal or "",
    )


def verdict_on(connection: Connection, line: str, request: str) -> str | None:
    """What was ruled on a request: "" while nobody has, None for one that is not on record."""
    query = select(requests.c.verdict).where(requests.c.backorder == line, requests.c.id == request)
    row = connection.execute(query).one_or_none()
    return None if row is None else row.verdict or ""
