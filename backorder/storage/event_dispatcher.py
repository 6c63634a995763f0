"""When the one dispatcher of events looks at latest: who writes an event lowers it, and calls.

As with the dispatchers of messages, but in machine time, and nobody waits for a transaction that stays open:
who cannot lower it calls all the same, and who cannot fall asleep looks on. The lock is the last that a
transaction takes.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, exists, select, text, update

from backorder.storage.compiled import only
from backorder.storage.isolation import known
from backorder.storage.tables import event_dispatch, events

AWAKE = datetime(2000, 1, 1, tzinfo=UTC)
"""What stands for a dispatcher that is looking anyway, so that nobody calls it."""
_LOCK = 0x6576656E
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
_EXCLUSIVE = text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")
_WAKE_AT = select(event_dispatch.c.wake_at)
_LOCKED = select(event_dispatch.c.id).with_for_update(skip_locked=True)
_SET = update(event_dispatch).values(wake_at=bindparam("wake_at"))
# Word for word the partial index's condition.
_UNPLACED = text("events.position IS NULL")


def wake(connection: Connection) -> bool:
    """Have events looked at now: the last of a transaction. Returns whether to call after the commit."""
    if connection.dialect.name == "postgresql":
        connection.execute(_SHARED)
    at, now = known(only(connection, _WAKE_AT, {}).wake_at), datetime.now(UTC)
    if at is not None and at <= now:
        return False
    _set(connection, now)
    return True


def stay_awake(connection: Connection) -> None:
    """The dispatcher looks until it says otherwise."""
    _set(connection, AWAKE)


def _set(connection: Connection, at: datetime | None) -> None:
    if connection.execute(_LOCKED).first() is not None:
        connection.execute(_SET, {"wake_at": at})


def may_sleep(connection: Connection) -> bool:
    """Whether nobody is about to commit an event; who writes one from here on waits for this transaction."""
    if connection.dialect.name == "postgresql":
        return bool(connection.execute(_EXCLUSIVE).scalar_one())
    return True


def sleep(connection: Connection, until: datetime | None) -> None:
    """The dispatcher looks again at a machine instant, or when it is called."""
    _set(connection, until)


def is_overdue(connection: Connection, before: datetime, written_before: datetime) -> bool:
    """Whether it was to look before a machine instant, or an event of before a business one has no place.

    One that is looking counts as overdue: it is called all the same.
    """
    late = select(event_dispatch.c.id).where(event_dispatch.c.wake_at < before)
    forgotten = exists().where(_UNPLACED, events.c.at < written_before)
    return connection.execute(late).first() is not None or bool(
        connection.execute(select(forgotten)).scalar_one()
    )
