"""The ways out as they stand: what is tried, what is paused, and the one task that says so."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, bindparam, case, func, insert, null, select, text, update

from backorder.domain.channels import ChannelState, accepted
from backorder.storage import tasks
from backorder.storage.compiled import fetch
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import known, sound
from backorder.storage.tables import channels, messages

log = logging.getLogger(__name__)
TASK = "channel_paused"
_OPEN = "messages.state IN ('planned', 'claimed', 'unknown')"
"""Word for word the partial index's condition, which a parameter would not match."""
_ROW = select(channels).where(channels.c.name == bindparam("name"))
_LOCKED = _ROW.with_for_update()
_ALL = select(channels)
_LOCK_SOME = (
    select(channels)
    .where(channels.c.name.in_(bindparam("names", expanding=True)))
    .order_by(channels.c.name)
    .with_for_update()
)
_RESTING = select(channels.c.name, channels.c.by).where(
    channels.c.paused, (channels.c.by != "") | (channels.c.probe_at > bindparam("now"))
)
_VALUES = (
    "paused",
    "since",
    "reason",
    "account_errors",
    "probe_at",
    "by",
    "until",
    "refuses_later",
    "accepted_at",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelView:
    """One channel. state: open, failing (the last try came to nothing) or paused (nothing is tried).

    since: since when, machine time. reason: in words. by: the person who paused it, "" where it failed;
    until: when that ends by itself, machine time. waiting: messages that wait for it. unclear: messages of
    which nobody knows yet whether they went. oldest_due: the business instant at which the oldest message
    was due that has not gone by it, None where none is due; what waits for an acknowledgement is not. lag_s:
    machine seconds since then.
    """

    name: str
    state: str
    since: datetime | None
    reason: str
    by: str
    until: datetime | None
    waiting: int
    unclear: int
    oldest_due: datetime | None
    lag_s: float | None


class _Row(Protocol):
    name: str


def state_of(connection: Connection, name: str, *, lock: bool = False) -> ChannelState:
    """How a channel stands; a pause by a person stands until it is taken off, also where its time is up."""
    rows = fetch(connection, _LOCKED if lock else _ROW, {"name": name})
    return _states(rows).get(name, ChannelState())


def states(connection: Connection) -> dict[str, ChannelState]:
    """How the channels stand that were ever in trouble, by name."""
    return _states(fetch(connection, _ALL, {}))


def lock(connection: Connection, names: Collection[str]) -> dict[str, ChannelState]:
    """The same of some of them, each locked: after all messages, and all that are wanted at once."""
    return _states(fetch(connection, _LOCK_SOME, {"names": sorted(names)})) if names else {}


def _states(rows: Iterable[_Row]) -> dict[str, ChannelState]:
    # One that cannot be read starts anew: trying shows how the channel stands.
    found, _ = sound(rows, _state, lambda row: (f"channel/{row.name}", ""))
    return dict(found)


def _state(row: _Row) -> tuple[str, ChannelState]:
    return row.name, ChannelState(**{value: getattr(row, value) for value in _VALUES})


def paused(connection: Connection, now: datetime) -> dict[str, str]:
    """Channels that nobody tries at a machine instant, each with the person who paused it, "" for none."""
    return {row.name: row.by for row in fetch(connection, _RESTING, {"now": now})}


def keep(connection: Connection, name: str, before: ChannelState, after: ChannelState, at: datetime) -> None:
    """Write down how a channel stands, if that changed. at: the business instant, for the task."""
    if before == after:
        return
    values = {value: getattr(after, value) for value in _VALUES}
    if connection.execute(update(channels).where(channels.c.name == name).values(values)).rowcount == 0:
        connection.execute(insert(channels), {"name": name} | values)
    if after.paused and (not before.paused or after.by != before.by or after.since != before.since):
        _pause(connection, name, after, at)
    elif before.paused and not after.paused:
        _resume(connection, name, at, by_hand=bool(before.by))


def back(engine: Engine, names: Iterable[str], at: datetime) -> None:
    """Channels that need no provider any more are in no trouble."""
    with writing(engine) as connection:
        for name in names:
            before = state_of(connection, name, lock=True)
            keep(connection, name, before, accepted(before), at)


def over(connection: Connection, now: datetime) -> list[str]:
    """Channels whose pause by a person has come to its end. now: machine time."""
    ended = channels.c.paused & (channels.c.until <= now)
    return list(connection.execute(select(channels.c.name).where(ended).order_by(channels.c.name)).scalars())


def lock_waiting(connection: Connection, name: str) -> None:
    """Lock what waits for a channel, before the channel itself: in the order in which whoever sends locks."""
    mine = (text(_OPEN), messages.c.channel == name, messages.c.state == "planned")
    query = select(messages.c.id).where(*mine).order_by(messages.c.id)
    connection.execute(query.with_for_update(key_share=True))


def all_channels(engine: Engine, now: datetime | None = None, rate: float = 1) -> list[ChannelView]:
    """Every channel that was ever used, with what waits for it. now: business time, by which it is due; rate:
    how many business seconds go by in a machine second.
    """
    acknowledged = messages.c.awaits.is_(None)
    due = case((acknowledged & (messages.c.not_before <= now), messages.c.not_before)) if now else null()
    counted = (
        select(messages.c.channel, messages.c.state, func.count(), func.min(due))
        .where(text(_OPEN))
        .group_by(messages.c.channel, messages.c.state)
    )
    with reading(engine) as connection:
        rows = {row.name: row for row in connection.execute(select(channels))}
        counts = {row[:2]: row[2:] for row in connection.execute(counted)}
    names = sorted(rows.keys() | {"email", "sms"})
    found = [_view(name, rows.get(name), counts) for name in names]
    return [replace(each, lag_s=lag_s(each.oldest_due, now, rate)) for each in found]


def lag_s(due: datetime | None, now: datetime | None, rate: float) -> float | None:
    """Machine seconds since something was due. due, now: business time; rate: of it to the machine's."""
    return round((now - due).total_seconds() / rate, 1) if due is not None and now is not None else None


def _view(
    name: str, row: object, counts: Mapping[tuple[str, str], tuple[int, datetime | None]]
) -> ChannelView:
    since = getattr(row, "since", None)
    state = "paused" if getattr(row, "paused", False) else "failing" if since else "open"
    mine = {state: each for (channel, state), each in counts.items() if channel == name}
    instants = [instant for _, each in mine.values() if (instant := known(each)) is not None]
    return ChannelView(
        name=name,
        state=state,
        since=known(since),
        reason=getattr(row, "reason", ""),
        by=getattr(row, "by", ""),
        until=known(getattr(row, "until", None)),
        waiting=mine.get("planned", (0,))[0],
        unclear=mine.get("unknown", (0,))[0],
        oldest_due=min(instants, default=None),
        lag_s=None,
    )


def _key(name: str) -> str:
    return f"{TASK}/{name}"


def _pause(connection: Connection, name: str, after: ChannelState, at: datetime) -> None:
    detail = {"why": after.reason, "since": after.since.isoformat() if after.since else None}
    fields = {"channel": name, "since": str(after.since)}
    if after.by:
        detail |= {"by": after.by, "until": after.until.isoformat() if after.until else None}
        log.info("%s is paused by %s: %s", name, after.by, after.reason, extra=fields)
    else:
        log.error("%s is paused: %s", name, after.reason, extra=fields)
    tasks.reopen(connection, key=_key(name), kind=TASK, subject=name, detail=detail, at=at)


def _resume(connection: Connection, name: str, at: datetime, *, by_hand: bool) -> None:
    """What waits for the channel goes on at once. Who holds a message just now says itself when it goes."""
    tasks.finish(connection, _key(name), at)
    mine = (text(_OPEN), messages.c.channel == name, messages.c.state == "planned")
    # Messages are locked before channels: with the channel locked nobody may be waited for.
    free = select(messages.c.id).where(*mine).order_by(messages.c.id)
    waiting = messages.c.id.in_(free.with_for_update(key_share=True, skip_locked=True))
    values = {"try_at": None, "version": messages.c.version + 1}
    connection.execute(update(messages).where(waiting).values(values))
    # What was tried by the other channel last rests for this one apart.
    other = (text(_OPEN), messages.c.channel != name, messages.c.other_try_at.is_not(None))
    free = select(messages.c.id).where(*other, messages.c.state == "planned").order_by(messages.c.id)
    waiting = messages.c.id.in_(free.with_for_update(key_share=True, skip_locked=True))
    values = {"other_try_at": None, "version": messages.c.version + 1}
    connection.execute(update(messages).where(waiting).values(values))
    fields = {"channel": name}
    if by_hand:
        log.info("%s is not paused any more: what waits for it goes on", name, extra=fields)
    else:
        log.warning("%s is back: what waits for it goes on", name, extra=fields)
