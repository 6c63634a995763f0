"""For how long what is due waits for the dispatchers: of each shard's messages, and of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, func, or_, select, text

from backorder.domain.clock import Clock
from backorder.queries.late_messages import NEVER_TRIED, could_have_gone
from backorder.storage import dispatchers
from backorder.storage.isolation import known
from backorder.storage.receivers import LIVE
from backorder.storage.tables import deliveries, events, messages

_OLDEST = (
    select(
        messages.c.shard,
        func.min(case((NEVER_TRIED, messages.c.not_before))).label("due"),
        func.min(messages.c.try_at).label("to_try"),
    )
    .where(*could_have_gone())
    .group_by(messages.c.shard)
)
# Word for word the partial indexes' conditions.
_UNPLACED = select(func.min(events.c.at)).where(text("events.position IS NULL"))
_TO_CALL = select(func.min(deliveries.c.due_at)).where(
    text("deliveries.state = 'pending'"),
    deliveries.c.receiver.in_(LIVE),
    deliveries.c.due_at <= bindparam("now"),
    or_(deliveries.c.claimed_until.is_(None), deliveries.c.claimed_until <= bindparam("now")),
)
_NOTHING = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DispatchLags:
    """How long the oldest of each has waited though it could have gone: machine time, 0 where nothing waits.

    shards: by their numbers. A message on a paused channel, or with a later try agreed on, is none of them.
    """

    shards: Mapping[int, timedelta]
    events: timedelta


def dispatch_lags(connection: Connection, clock: Clock, now: datetime) -> DispatchLags:
    """Read it. now: machine time."""
    at = clock.business(now)

    def late(due: datetime | None, to_try: datetime | None) -> timedelta:
        """Since a business instant, or a machine one, whichever is longer ago."""
        waited = clock.machine(at - due) if due is not None else _NOTHING
        return max(waited, now - to_try if to_try is not None else _NOTHING, _NOTHING)

    found = dict.fromkeys(dispatchers.shards(connection), _NOTHING)
    for row in connection.execute(_OLDEST, {"at": at, "now": now}):
        found[row.shard] = late(known(row.due), known(row.to_try))
    unplaced = known(connection.execute(_UNPLACED).scalar_one())
    to_call = known(connection.execute(_TO_CALL, {"now": now}).scalar_one())
    return DispatchLags(shards=found, events=late(unplaced, to_call))
