"""A person pauses a way out, and lets it go on; a pause with an end ends by itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from backorder.domain import channels as rules
from backorder.domain.policy.policy import CHANNELS
from backorder.domain.texts import shown
from backorder.errors import RefusedError
from backorder.ports import Notify
from backorder.services.record_faults import of_pause
from backorder.storage import channels, dispatchers
from backorder.storage.engine import writing

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelChanged:
    """What became of a pause or its end. changed: False where it stood like that already."""

    before: rules.ChannelState
    changed: bool
    after: Notify


def pause(
    engine: Engine, name: str, *, by: str, reason: str, until: datetime | None, at: datetime, now: datetime
) -> ChannelChanged:
    """Nothing goes out by a channel until a person lets it go on, or until then.

    until, now: machine time; at: business time. Raises RefusedError.
    """
    with writing(engine) as connection:
        # Within: a repetition is told first, which nothing is wrong with once its end has passed.
        if faults := [*of_channel(name), *of_pause(until, now)]:
            raise RefusedError(faults)
        before = channels.state_of(connection, name, lock=True)
        if (before.by, before.reason, before.until) == (by, reason, until):
            return ChannelChanged(before=before, changed=False, after=Notify())
        after = rules.paused_by(by, now, reason, until)
        channels.keep(connection, name, before, after, at)
    return ChannelChanged(before=before, changed=True, after=Notify())


def resume(engine: Engine, name: str, *, by: str, at: datetime) -> ChannelChanged:
    """What waits for a channel goes on at once, whoever or whatever had paused it. Raises RefusedError."""
    if faults := of_channel(name):
        raise RefusedError(faults)
    with writing(engine) as connection:
        channels.lock_waiting(connection, name)
        before = channels.state_of(connection, name, lock=True)
        if not before.paused:
            return ChannelChanged(before=before, changed=False, after=Notify())
        after = dispatchers.wake(connection, _go_on(connection, name, before, at))
    log.info("%s was resumed by %s", name, by, extra={"channel": name})
    return ChannelChanged(before=before, changed=True, after=after)


def end_pauses(engine: Engine, *, at: datetime, now: datetime) -> Notify:
    """Let those channels go on whose pause has come to its end. at: business time; now: machine time."""
    after = Notify()
    with writing(engine) as connection:
        for name in channels.over(connection, now):
            channels.lock_waiting(connection, name)
            before = channels.state_of(connection, name, lock=True)
            if rules.over(before, now) != before:
                after = after.and_also(_go_on(connection, name, before, at))
        return dispatchers.wake(connection, after)


def _go_on(connection: Connection, name: str, before: rules.ChannelState, at: datetime) -> Notify:
    channels.keep(connection, name, before, rules.ChannelState(), at)
    return dispatchers.everybody(connection, at)


def of_channel(name: str) -> list[str]:
    """A name that no way out has."""
    return [] if name in CHANNELS else [f"channel: {shown(name)} is none; there are {' and '.join(CHANNELS)}"]
