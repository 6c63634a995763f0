"""What a supplier said about a purchase-order line, word by word, and what of it waits for the buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, select

from backorder.storage.tables import approvals, stated_dates

SHOWN = 20
"""Words that are read of a line, the newest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedUnits:
    """Some units, and the day that was stated for them; None where the supplier cannot say."""

    quantity: int
    day: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedRevision:
    """One word of a supplier. splits: none where they cannot supply what is outstanding.

    state: of one that a buyer was asked about: waiting, approved, rejected, expired (it took effect without
    them); "" for one that took effect at once. why, until: why they were asked, and when it takes effect all
    the same.
    """

    revision: int
    at: datetime
    source: str
    note: str
    splits: tuple[StatedUnits, ...]
    state: str
    why: str
    until: datetime | None
    decided_by: str


def stated_revisions(connection: Connection, order: str, line: str) -> Sequence[StatedRevision]:
    """What was said about a line, the newest first."""
    words, asked = stated_dates.c, approvals.c
    same = and_(
        asked.purchase_order == words.purchase_order,
        asked.line == words.line,
        asked.revision == words.revision,
    )
    newest = (
        select(words.revision)
        .where(words.purchase_order == order, words.line == line)
        .distinct()
        .order_by(words.revision.desc())
        .limit(SHOWN)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(stated_dates, asked.state, asked.why, asked.until, asked.decided_by)
        .outerjoin(approvals, same)
        .where(words.purchase_order == order, words.line == line, words.revision.in_(newest))
        .order_by(words.revision.desc(), words.split)
    ).all()
    found: dict[int, StatedRevision] = {}
    for row in rows:
        before = found[row.revision].splits if row.revision in found else ()
        said = (StatedUnits(quantity=row.quantity, day=row.day),) if row.quantity else ()
        found[row.revision] = StatedRevision(
            revision=row.revision,
            at=row.at,
            source=row.source,
            note=row.note,
            splits=(*before, *said),
            state=row.state or "",
            why=row.why or "",
            until=row.until,
            decided_by=row.decided_by or "",
        )
    return list(found.values())
