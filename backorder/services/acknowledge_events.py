"""A reader of the feed takes events over by reading on behind them; what waits for that goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from backorder.ports import Notify
from backorder.storage import acknowledgements, dispatchers
from backorder.storage.engine import reading, writing
from backorder.storage.event_positions import last_position
from backorder.storage.tables import api_keys


def acknowledge(engine: Engine, key: str, after: int, at: datetime) -> Notify:
    """A key has read everything up to a position. at: business time. Returns whom to wake.

    Nothing comes of it for a key that does not acknowledge, or that has read further before.
    """
    with reading(engine) as connection:
        if not _is_further(connection, key, after):
            return Notify()
    with writing(engine) as connection:
        read = min(after, last_position(connection))
        further = (api_keys.c.id == key) & (api_keys.c.acknowledged_position < read)
        if not connection.execute(
            update(api_keys).where(further).values(acknowledged_position=read)
        ).rowcount:
            return Notify()
        freed = acknowledgements.release(connection, at)
        acknowledgements.heed_readers(connection, at)
        return dispatchers.wake(connection, freed)


def release(engine: Engine, at: datetime) -> Notify:
    """Let messages go that wait for nobody any more, as when a key was revoked. at: business time.

    People hear of keys whose readers have stopped, and no more of events for which nothing waits.
    """
    with reading(engine) as connection:
        if not (acknowledgements.are_awaited(connection) or acknowledgements.are_tasks_open(connection)):
            return Notify()
    with writing(engine) as connection:
        after = acknowledgements.release(connection, at)
        acknowledgements.heed_readers(connection, at)
        acknowledgements.end_tasks(connection, at)
        return dispatchers.wake(connection, after)


def _is_further(connection: Connection, key: str, after: int) -> bool:
    query = select(api_keys.c.acknowledged_position).where(api_keys.c.id == key, api_keys.c.acknowledges)
    known = connection.execute(query).scalar_one_or_none()
    return known is not None and known < min(after, last_position(connection))
