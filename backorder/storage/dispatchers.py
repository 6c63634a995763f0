"""When each dispatcher looks at its shard at latest: who makes a message due sooner lowers it, and calls.

Instants are business time. On PostgreSQL who plans takes the shard's shared advisory lock as its last one,
and the dispatcher goes to sleep under the exclusive one, so that it sees everything that was planned before
it sleeps, and whoever plans afterwards sees until when it sleeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from weakref import WeakKeyDictionary
from zlib import crc32

from sqlalchemy import Connection, Engine, bindparam, func, select, text, update

from backorder.ports import Notify
from backorder.storage import event_dispatcher
from backorder.storage.compiled import change
from backorder.storage.tables import dispatchers

AWAKE = datetime(2000, 1, 1, tzinfo=UTC)
"""What stands for a dispatcher that is looking anyway: nothing is due sooner, so that nobody calls it."""
_counts: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()
_COUNT = select(func.count()).select_from(dispatchers)
_LOCK_SPACE = 0x6D657373
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_LOCK_SPACE}, :shard)")
_EXCLUSIVE = text(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, :shard)")
_LOWER = (
    update(dispatchers)
    .where(
        dispatchers.c.shard == bindparam("_shard"),
        dispatchers.c.wake_at.is_(None) | (dispatchers.c.wake_at > bindparam("_due")),
    )
    .values(wake_at=bindparam("_due"))
)
_SET = (
    update(dispatchers).where(dispatchers.c.shard == bindparam("_shard")).values(wake_at=bindparam("wake_at"))
)


def shards(connection: Connection) -> range:
    """All shards: as many as the table has rows, which are written once and for all.

    With another number a person would be in two of them.
    """
    count = _counts.get(connection.engine)
    if count is None:
        count = _counts[connection.engine] = connection.execute(_COUNT).scalar_one()
    return range(count)


def shard_of(connection: Connection, person: str) -> int:
    """The shard in which a person's messages are sent, in their order."""
    return crc32(person.encode()) % len(shards(connection))


def wake(connection: Connection, after: Notify) -> Notify:
    """Have each shard looked at when its message is due, at latest: the last that a transaction does.

    Returns whom to call after the commit: only dispatchers that sleep for longer.
    """
    due: dict[int, datetime] = {}
    for shard, at in after.due:
        due[shard] = min(at, due.get(shard, at))
    woken = _lower(connection, due)
    events = after.events and event_dispatcher.wake(connection)
    return replace(after, due=(), shards=tuple(sorted({*after.shards, *woken})), events=events)


def _lower(connection: Connection, due: Mapping[int, datetime]) -> tuple[int, ...]:
    woken = []
    for shard in sorted(due):
        if connection.dialect.name == "postgresql":
            connection.execute(_SHARED, {"shard": shard})
        if change(connection, _LOWER, {"_shard": shard, "_due": due[shard]}):
            woken.append(shard)
    return tuple(woken)


def everybody(connection: Connection, at: datetime) -> Notify:
    """Every shard has something due."""
    return Notify(due=tuple((shard, at) for shard in shards(connection)))


def stay_awake(connection: Connection, shard: int) -> None:
    """The dispatcher of a shard looks until it says otherwise."""
    connection.execute(_SET, {"_shard": shard, "wake_at": AWAKE})


def lock_to_sleep(connection: Connection, shard: int) -> None:
    """From here on whoever plans a message of the shard waits until it is known when it is looked at."""
    if connection.dialect.name == "postgresql":
        connection.execute(_EXCLUSIVE, {"shard": shard})


def sleep(connection: Connection, shard: int, until: datetime | None) -> None:
    """The dispatcher of a shard looks again at a business instant, or when it is called."""
    connection.execute(_SET, {"_shard": shard, "wake_at": until})


def overdue(connection: Connection, before: datetime) -> tuple[int, ...]:
    """Shards that were to be looked at before a business instant, and those that are being looked at."""
    late = select(dispatchers.c.shard).where(dispatchers.c.wake_at < before).order_by(dispatchers.c.shard)
    return tuple(connection.execute(late).scalars())
