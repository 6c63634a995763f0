"""Days that a person told a line's customer by a call or a letter: no message carries them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, bindparam, func, select

from backorder.domain.notifications import DATED_KINDS
from backorder.storage.codec import load_facts
from backorder.storage.compiled import fetch, only
from backorder.storage.isolation import known
from backorder.storage.tables import messages, promises, timeline

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow


_BY_HAND = (
    select(
        promises.c.backorder,
        promises.c.revision,
        promises.c.by,
        func.coalesce(timeline.c.at, promises.c.told_at).label("recorded_at"),
    )
    .outerjoin(
        timeline,
        and_(timeline.c.backorder == promises.c.backorder, timeline.c.place == promises.c.place + 1),
    )
    .where(
        promises.c.backorder.in_(bindparam("lines", expanding=True)),
        promises.c.message.is_(None),
        promises.c.takes_back.is_(None),
    )
    .order_by(promises.c.backorder, promises.c.revision)
)
"""What was told by a call or a letter. recorded_at: when its line heard of it, as the entry says that was
written with it: a call may be written down long after it.
"""
_PLANNED = select(messages.c.created_at).where(messages.c.id == bindparam("message"))


def told_by_hand(connection: Connection, row: MessageRow, items: Sequence[ItemRow]) -> frozenset[str]:
    """The lines of a message of which a person has told another day since it was put into words.

    row: the message; items: its rows. Of what names no day, none. A copy was put into words with what it is
    the copy of.
    """
    if row.kind not in DATED_KINDS:
        return frozenset()
    found = {
        each.backorder: each
        for each in fetch(connection, _BY_HAND, {"lines": sorted({item.backorder for item in items})})
    }
    if not found:
        return frozenset()
    planned_at = row.created_at
    if row.copy_of is not None:
        planned_at = only(connection, _PLANNED, {"message": row.copy_of}).created_at
    return frozenset(
        item.backorder
        for item in items
        if (told := found.get(item.backorder)) is not None
        and _is_later(item, planned_at, told.revision, told.recorded_at)
        and load_facts(item.facts).by != told.by
    )


def _is_later(item: ItemRow, planned_at: datetime, revision: int, recorded_at: datetime) -> bool:
    """Whether a day went on record after an item was planned: what promises nothing has no revision."""
    mine = known(item.revision)
    return revision > mine if mine is not None else recorded_at > planned_at
