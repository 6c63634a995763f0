"""The ways out as they stand: what is tried, what is paused, and the one task that says so."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, text, update

from backorder.domain.channels import Standing, accepted
from backorder.storage import tasks
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import known, sound
from backorder.storage.tables import channels, messages

log = logging.getLogger(__name__)
TASK = "channel_paused"
_ROW = select(channels).where(channels.c.name == bindparam("name"))
_LOCKED = _ROW.with_for_update()
_VALUES = ("paused", "since", "reason", "account_errors", "probe_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelView:
    """One channel. state: open, failing (the last try came to nothing) or paused (nothing is tried).

    since: since when, machine time. reason: in words. waiting: messages that wait for it. unclear: messages
    of which nobody knows yet whether they went.
    """

    name: str
    state: str
    since: datetime | None
    reason: str
    waiting: int
    unclear: int


def standing(connection: Connection, name: str, *, lock: bool = False) -> Standing:
    """How a channel stands."""
    rows = connection.execute(_LOCKED if lock else _ROW, {"name": name}).all()
    # One that cannot be read starts anew: trying shows how the channel stands.
    found, _ = sound(rows, _standing, lambda row: (f"channel/{row.name}", ""))
    return found[0] if found else Standing()


def _standing(row: Any) -> Standing:
    return Standing(**{value: getattr(row, value) for value in _VALUES})


def keep(connection: Connection, name: str, before: Standing, after: Standing, at: datetime) -> None:
    """Write down how a channel stands, if that changed. at: the business instant, for the task."""
    if before == after:
        return
    values = {value: getattr(after, value) for value in _VALUES}
    if connection.execute(update(channels).where(channels.c.name == name).values(values)).rowcount == 0:
        connection.execute(insert(channels), {"name": name} | values)
    if after.paused and not before.paused:
        _pause(connection, name, after, at)
    elif before.paused and not after.paused:
        _resume(connection, name, at)


def back(engine: Engine, names: Iterable[str], at: datetime) -> None:
    """Channels that need no provider any more are in no trouble."""
    with writing(engine) as connection:
        for name in names:
            before = standing(connection, name, lock=True)
            keep(connection, name, before, accepted(before), at)


def all_channels(engine: Engine) -> list[ChannelView]:
    """Every channel that was ever used, with what waits for it."""
    counted = (
        select(messages.c.channel, messages.c.state, func.count())
        # Word for word the partial index's condition, which a parameter would not match.
        .where(text("messages.state IN ('planned', 'claimed', 'unknown')"))
        .group_by(messages.c.channel, messages.c.state)
    )
    with reading(engine) as connection:
        rows = {row.name: row for row in connection.execute(select(channels))}
        counts = {(channel, state): number for channel, state, number in connection.execute(counted)}
    names = sorted(rows.keys() | {"email", "sms"})
    return [_view(name, rows.get(name), counts) for name in names]


def _view(name: str, row: object, counts: dict[tuple[str, str], int]) -> ChannelView:
    since = getattr(row, "since", None)
    state = "paused" if getattr(row, "paused", False) else "failing" if since else "open"
    return ChannelView(
        name=name,
        state=state,
        since=known(since),
        reason=getattr(row, "reason", ""),
        waiting=counts.get((name, "planned"), 0),
        unclear=counts.get((name, "unknown"), 0),
    )


def _key(name: str) -> str:
    return f"{TASK}/{name}"


def _pause(connection: Connection, name: str, after: Standing, at: datetime) -> None:
    detail = {"why": after.reason, "since": after.since.isoformat() if after.since else None}
    tasks.reopen(connection, key=_key(name), kind=TASK, subject=name, detail=detail, at=at)
    log.error("%s is paused: %s", name, after.reason, extra={"channel": name, "since": str(after.since)})


def _resume(connection: Connection, name: str, at: datetime) -> None:
    """What waits for the channel goes on at once; a sweep wakes whoever sleeps."""
    tasks.finish(connection, _key(name), at)
    mine = (messages.c.channel == name) & (messages.c.state == "planned")
    connection.execute(update(messages).where(mine).values(try_at=None, fallback_at=None))
    log.warning("%s is back: what waits for it goes on", name, extra={"channel": name})
