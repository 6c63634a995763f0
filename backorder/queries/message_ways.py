"""The channels by which a message that waits can go: how each stands, why, and when it is tried next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain.clock import Clock
from backorder.domain.policy.policy import CHANNELS
from backorder.queries.views import WayView
from backorder.storage.compiled import fetch
from backorder.storage.isolation import known
from backorder.storage.tables import channels, sends

WAITS = ("planned", "unknown")
"""States of messages that are tried, or looked up, again."""
_IS_OVER = ("failed", "lost")
"""States of a send after which its channel has no next try of its own."""
_PAUSED = select(channels).where(channels.c.paused)
_TRIES = (
    select(sends.c.message, sends.c.channel, sends.c.state, sends.c.reason)
    .where(sends.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(sends.c.attempt, sends.c.claimed_at)
)


class WaitingRow(Protocol):
    """What is read here of a message."""

    id: str
    state: str
    channel: str | None
    reason: str | None
    try_at: datetime | None
    other_try_at: datetime | None
    fallback_at: datetime | None


class _Pause(Protocol):
    by: str
    since: datetime | None
    reason: str
    until: datetime | None
    probe_at: datetime | None


class _Try(Protocol):
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Ways:
    """What is known of the channels of some messages, read at once. runs: how business time runs."""

    runs: Clock
    paused: Mapping[str, _Pause]
    tries: Mapping[str, Mapping[str, _Try]]

    def of(self, row: WaitingRow) -> tuple[WayView, ...]:
        """The ways of a message that waits, the one that it takes next, or took last, first."""
        if row.state not in WAITS:
            return ()
        tries, own = self.tries.get(row.id, {}), known(row.channel)
        falls_back = known(row.fallback_at) is not None
        others = [each for each in CHANNELS if each != own and (each in tries or falls_back)]
        names = others if own is None else [own, *others]
        return tuple(self._way(row, each, tries.get(each)) for each in names)

    def _way(self, row: WaitingRow, channel: str, last: _Try | None) -> WayView:
        is_own, reason = channel == row.channel, last.reason if last else None
        if last is not None and not is_own and (row.state == "unknown" or last.state in _IS_OVER):
            return WayView(channel=channel, state=last.state, reason=reason, try_at=None)
        rests = known(row.try_at if is_own else row.other_try_at)
        again = [self.runs.business(rests)] if rests else []
        if row.state == "unknown":
            state, reason = ("unknown", row.reason) if is_own else ("waiting", None)
        elif channel in self.paused:
            state, reason, end = "paused", self.trouble(channel), self._end(channel)
            again = [*again, end] if end else []
        else:
            state = "resting" if rests else "open" if is_own or row.channel is None else "waiting"
            # What keeps it waiting, a night say, is no failure of its channel.
            reason = reason or (row.reason if is_own else None)
        falls_back = None if is_own else known(row.fallback_at)
        if falls_back and (again or state != "paused"):
            again.append(falls_back)
        return WayView(channel=channel, state=state, reason=reason, try_at=max(again, default=None))

    def _end(self, channel: str) -> datetime | None:
        """When a channel that is paused is tried next; None: when a person says so."""
        pause = self.paused[channel]
        end = known(pause.until) or known(pause.probe_at)
        return self.runs.business(end) if end else None

    def trouble(self, channel: str) -> str:
        """Why nothing goes by a channel that is paused, in words."""
        pause = self.paused[channel]
        since, who = known(pause.since), f"was paused by {pause.by}" if pause.by else "is paused"
        begun = f" since {self.runs.business(since):%Y-%m-%d %H:%M} UTC" if since else ""
        return f"{channel} {who}{begun}: {pause.reason}"


def ways_of(connection: Connection, ids: Collection[str], runs: Clock) -> Ways:
    """What is known of the channels of some messages."""
    if not ids:
        return Ways(runs, {}, {})
    tries: dict[str, dict[str, _Try]] = defaultdict(dict)
    for each in fetch(connection, _TRIES, {"messages": sorted(ids)}):
        tries[each.message][each.channel] = each
    return Ways(runs, {row.name: row for row in fetch(connection, _PAUSED, {})}, tries)


def next_try(ways: Sequence[WayView]) -> datetime | None:
    """When a message is tried, or looked up, next, by whichever way that is; None: at once, or not before a
    person says so. Business time.
    """
    if not ways or ways[0].state == "open":
        return None
    return min((way.try_at for way in ways if way.try_at is not None), default=None)


def trouble_of(row: WaitingRow, ways: Sequence[WayView]) -> str | None:
    """Why a message has not gone, in words."""
    return ways[0].reason if ways and ways[0].state == "paused" else row.reason
