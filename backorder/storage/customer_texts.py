"""What customers texted, by the IDs of their texts: tasks name those, and keep no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, select

from backorder.storage.tables import inbound_texts
from backorder.storage.types import Unreadable

_BODIES = select(inbound_texts.c.sid, inbound_texts.c.body, inbound_texts.c.sender).where(
    inbound_texts.c.sid.in_(bindparam("sids", expanding=True))
)


def with_words(connection: Connection, details: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """What tasks say, with the words of the text (`wrote`) in those that are about one; of a text that no
    customer is known to have sent (`unknown`) its number (`sender`) too.
    """
    found = list(details)
    sids = sorted({sid for each in found if isinstance(sid := each.get("text"), str)})
    if not sids:
        return found
    texts = {
        row.sid: {"wrote": row.body} | ({"sender": row.sender} if row.body else {})
        for row in connection.execute(_BODIES, {"sids": sids})
        if not isinstance(row.body, Unreadable)
    }
    return [{**each, **_shown(each, texts.get(each.get("text", ""), {}))} for each in found]


def _shown(detail: Mapping[str, object], text: Mapping[str, object]) -> Mapping[str, object]:
    return text if detail.get("unknown") else {name: text[name] for name in text if name != "sender"}
