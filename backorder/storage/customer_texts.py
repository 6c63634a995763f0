"""What customers texted, by the IDs of their texts: tasks name those, and keep no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, select

from backorder.storage.tables import inbound_texts
from backorder.storage.types import Unreadable

_BODIES = select(inbound_texts.c.sid, inbound_texts.c.body).where(
    inbound_texts.c.sid.in_(bindparam("sids", expanding=True))
)


def with_words(connection: Connection, details: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """What tasks say, with the words of the text (`wrote`) in those that are about one."""
    found = list(details)
    sids = sorted({sid for each in found if isinstance(sid := each.get("text"), str)})
    if not sids:
        return found
    bodies = {
        row.sid: row.body
        for row in connection.execute(_BODIES, {"sids": sids})
        if not isinstance(row.body, Unreadable)
    }
    return [
        each if (wrote := bodies.get(each.get("text", ""))) is None else {**each, "wrote": wrote}
        for each in found
    ]
