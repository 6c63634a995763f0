"""Whose turn it is among the messages to one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backorder.domain.policy.policy import CHANNELS

LEFT_BEHIND, LONGEST = timedelta(milliseconds=400), timedelta(seconds=30)
"""Machine time after which a message that could not be taken is tried again: the first time, and at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingMessage:
    """A message that is not over. state: planned, claimed, unknown (nobody knows whether it went).

    not_before: business instant. try_at: machine instant before which it is left alone: of the next try, of
    the next look-up, or at which a claim is known to be lost. looks: look-ups that found nothing.
    fallback_at: business instant from which another channel may carry it. channel: of its last try.
    other_try_at: machine instant before which it is not tried by the other one either. lines: that it speaks
    for. legal: the law wants it told.
    """

    id: str
    state: str
    not_before: datetime
    try_at: datetime | None
    looks: int
    channel: str | None
    lines: frozenset[str]
    fallback_at: datetime | None = None
    other_try_at: datetime | None = None
    legal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageOrder:
    """due: messages to be taken, in order. resting: channels that failed for this person and are left alone.

    unclear: channels of messages of which nobody knows whether they went.
    until: the business instant of the next message; again: the machine instant of the next try or look-up.
    """

    due: tuple[PendingMessage, ...]
    resting: frozenset[str]
    unclear: frozenset[str]
    until: datetime | None
    again: datetime | None


def message_order(pending: Sequence[PendingMessage], at: datetime, now: datetime) -> MessageOrder:
    """Sort a person's messages out. pending: in the order in which they fell due. at: business; now: machine.

    What is not due stands in nobody's way, and a legal notice waits behind no other message. A message of
    which nobody knows yet whether it went holds back those of its lines until it was looked up once, and
    nobody else's.
    """
    unclear = frozenset(line for each in pending if _holds_back(each) for line in each.lines)
    resting = frozenset(channel for each in pending if each.not_before <= at for channel in _rests(each, now))
    due = [each for each in pending if _is_due(each, at, now, unclear, resting)]
    hours = (hour for each in pending if each.state == "planned" for hour in _hours(each))
    return MessageOrder(
        due=tuple(sorted(due, key=lambda each: not each.legal)),
        resting=resting,
        unclear=frozenset(each.channel for each in pending if each.state == "unknown" and each.channel),
        until=min((hour for hour in hours if hour > at), default=None),
        again=_first(again for each in pending if _is_up(each, at) for again in _tries(each) if again > now),
    )


def _holds_back(message: PendingMessage) -> bool:
    return message.state == "claimed" or (message.state == "unknown" and not message.looks)


def _hours(message: PendingMessage) -> Iterator[datetime]:
    """The business instants at which a message may go on."""
    yield message.not_before
    if message.fallback_at is not None:
        yield message.fallback_at


def _tries(message: PendingMessage) -> Iterator[datetime]:
    """The machine instants at which a message may go on."""
    if message.try_at is not None:
        yield message.try_at
    if message.state == "planned" and message.other_try_at is not None:
        yield message.other_try_at


def _rests(message: PendingMessage, now: datetime) -> Iterator[str]:
    """Channels that failed for a message and are left alone."""
    if message.state == "planned" and message.channel is not None:
        if _is_later(message.try_at, now):
            yield message.channel
        if _is_later(message.other_try_at, now):
            yield from (channel for channel in CHANNELS if channel != message.channel)


def _falls_back(message: PendingMessage, at: datetime, now: datetime) -> bool:
    over = message.fallback_at is not None and message.fallback_at <= at
    return message.state == "planned" and over and not _is_later(message.other_try_at, now)


def _is_later(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant > now


def _is_due(
    message: PendingMessage, at: datetime, now: datetime, unclear: frozenset[str], resting: frozenset[str]
) -> bool:
    if not _is_up(message, at):
        return False
    if _falls_back(message, at, now):
        return not message.lines & unclear and not resting.issuperset(CHANNELS)
    if _is_later(message.try_at, now):
        return False
    if message.state != "planned":
        return True
    return not message.lines & unclear and message.channel not in resting


def _is_up(message: PendingMessage, at: datetime) -> bool:
    """Whether its hour has come. What was claimed once had its hour."""
    return message.state != "planned" or message.not_before <= at


def _first(instants: Iterable[datetime]) -> datetime | None:
    return min(instants, default=None)


@dataclass(kw_only=True, slots=True)
class LeftBehind:
    """Messages that were due and could not be taken: each is left alone for a while, as long as it stays as
    it is. until: by message, with its version, the machine instant and how often that was so in a row.
    rate_until: the machine instant at which a channel's rate lets the next one go; None where none holds
    any back.
    """

    until: dict[str, tuple[int, datetime, int]] = field(default_factory=dict)
    rate_until: datetime | None = None

    def rests(self, id: str, version: int, now: datetime) -> bool:
        """Whether a message is left alone."""
        known = self.until.get(id)
        return known is not None and known[0] == version and known[1] > now

    def leave(self, id: str, version: int, now: datetime, until: datetime | None = None) -> None:
        """Leave a message alone until an instant; without one a little longer each time."""
        before = self.until.get(id)
        times = before[2] + 1 if before is not None and before[0] == version else 1
        grown = now + min(LEFT_BEHIND * 2.0 ** min(times - 1, 10), LONGEST)
        self.until[id] = (version, until if until is not None and until > now else grown, times)

    def forget(self, id: str) -> None:
        """It was taken."""
        self.until.pop(id, None)

    def next(self, now: datetime) -> datetime | None:
        """The machine instant at which the next one is worth a look."""
        return min((until for _, until, _ in self.until.values() if until > now), default=None)
