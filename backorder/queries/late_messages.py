"""Messages that could have gone by now and have not: what lags and what is overdue are read from."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, text

from backorder.storage.isolation import known, not_aside
from backorder.storage.tables import channels, messages

NEVER_TRIED = messages.c.try_at.is_(None)
_PAUSED = select(channels.c.name).where(channels.c.paused)


def could_have_gone() -> tuple[ColumnElement[bool], ...]:
    """The conditions on `messages`. Parameters: at (business time), now (machine time).

    What waits for an acknowledgement, for a channel that is paused, or for a later try is none of them.
    """
    return (
        # Word for word the partial index's condition.
        text("messages.state IN ('planned', 'claimed', 'unknown')"),  # type: ignore[return-value]
        messages.c.awaits.is_(None),
        messages.c.not_before <= bindparam("at"),
        or_(NEVER_TRIED, messages.c.try_at <= bindparam("now")),
        or_(messages.c.state != "planned", messages.c.channel.is_(None), messages.c.channel.not_in(_PAUSED)),
        not_aside("message/", messages.c.id),
    )


def oldest_late(
    connection: Connection, at: datetime, now: datetime, rate: float
) -> tuple[str, datetime] | None:
    """The message that could have gone first, and since when: business time.

    at: business time; now: machine time; rate: of business time.
    """
    found = []
    for since, tried in ((messages.c.not_before, NEVER_TRIED), (messages.c.try_at, ~NEVER_TRIED)):
        query = select(messages.c.id, since).where(*could_have_gone(), tried).order_by(since).limit(1)
        for id, due in connection.execute(query, {"at": at, "now": now}):
            instant = known(due)
            if instant is not None:
                found.append((id, instant if since is messages.c.not_before else at - (now - instant) * rate))
    return min(found, key=itemgetter(1), default=None)
