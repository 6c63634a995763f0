"""What the door is told about a message: where its lines stand, and what was said after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select

from backorder.domain.message_door import Passing, refusal
from backorder.domain.notifications import DATED_KINDS, Kind
from backorder.storage.codec import load_facts
from backorder.storage.tables import message_items, messages

_LATER = (
    select(messages.c.id, messages.c.number, message_items.c.backorder)
    .join(message_items, message_items.c.message == messages.c.id)
    .where(
        message_items.c.backorder.in_(bindparam("lines", expanding=True)),
        messages.c.state == "sent",
        messages.c.copy_of.is_(None),
        messages.c.kind.in_([kind.value for kind in DATED_KINDS]),
    )
)
_NUMBER = select(messages.c.number).where(messages.c.id == bindparam("message"))


def refused(
    connection: Connection, row: Any, items: Sequence[Any], phases: Mapping[str, str], today: date
) -> list[tuple[Any, str]]:
    """The items of a message that must not be said any more, each with the reason.

    row: the message; items: its rows; phases: where its lines stand; today: the shop's day.
    """
    later = _later(connection, row, [item.backorder for item in items])
    planned_on = row.created_at.date()
    found = []
    for item in items:
        by = load_facts(item.facts).by
        line = Passing(
            ended=phases.get(item.backorder, "open") != "open",
            by=by if by is not None and by >= planned_on else None,
            overtaken=item.backorder in later,
        )
        if reason := refusal(Kind(row.kind), line, today):
            found.append((item, reason))
    return found


def _later(connection: Connection, row: Any, lines: Sequence[str]) -> Collection[str]:
    """Lines of which a later message with a date has gone."""
    if Kind(row.kind) not in DATED_KINDS:
        return ()
    found = connection.execute(_LATER, {"lines": list(lines)})
    number = row.number
    if row.copy_of is not None:
        number = connection.execute(_NUMBER, {"message": row.copy_of}).scalar_one()
    return {each.backorder for each in found if each.number > number}
