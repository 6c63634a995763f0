"""Whose turn it is among the messages to one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A message that is not over. state: planned, claimed, unknown (nobody knows whether it went).

    not_before: business instant. try_at: machine instant before which it is left alone: of the next try, of
    the next look-up, or at which a claim is known to be lost. looks: look-ups that found nothing.
    fallback_at: business instant from which another channel may carry it. channel: of its last try. lines:
    that it speaks for.
    """

    id: str
    state: str
    not_before: datetime
    try_at: datetime | None
    looks: int
    channel: str | None
    lines: frozenset[str]
    fallback_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """due: messages to be taken, in order. resting: channels that failed for this person and are left alone.

    unclear: channels of messages of which nobody knows whether they went.
    until: the business instant of the next message; again: the machine instant of the next try or look-up.
    """

    due: tuple[Waiting, ...]
    resting: frozenset[str]
    unclear: frozenset[str]
    until: datetime | None
    again: datetime | None


def turn(pending: Sequence[Waiting], at: datetime, now: datetime) -> Turn:
    """Sort a person's messages out. pending: in the order in which they fell due. at: business; now: machine.

    What is not due stands in nobody's way. A message of which nobody knows yet whether it went holds back
    those of its lines until it was looked up once, and nobody else's.
    """
    unclear = frozenset(line for each in pending if _holds_back(each) for line in each.lines)
    resting = frozenset(
        each.channel
        for each in pending
        if each.state == "planned" and each.channel and each.not_before <= at and _later(each, now)
    )
    due = tuple(each for each in pending if _is_due(each, at, now, unclear, resting))
    hours = (hour for each in pending if each.state == "planned" for hour in _hours(each))
    return Turn(
        due=due,
        resting=resting,
        unclear=frozenset(each.channel for each in pending if each.state == "unknown" and each.channel),
        until=min((hour for hour in hours if hour > at), default=None),
        again=_first(each.try_at for each in pending if _later(each, now) and _is_up(each, at)),
    )


def _holds_back(message: Waiting) -> bool:
    return message.state == "claimed" or (message.state == "unknown" and not message.looks)


def _hours(message: Waiting) -> Iterator[datetime]:
    """The business instants at which a message may go on."""
    yield message.not_before
    if message.fallback_at is not None:
        yield message.fallback_at


def _falls_back(message: Waiting, at: datetime) -> bool:
    return message.state == "planned" and message.fallback_at is not None and message.fallback_at <= at


def _later(message: Waiting, now: datetime) -> bool:
    return message.try_at is not None and message.try_at > now


def _is_due(
    message: Waiting, at: datetime, now: datetime, unclear: frozenset[str], resting: frozenset[str]
) -> bool:
    if not _is_up(message, at):
        return False
    if _falls_back(message, at):
        return not message.lines & unclear
    if _later(message, now):
        return False
    if message.state != "planned":
        return True
    return not message.lines & unclear and message.channel not in resting


def _is_up(message: Waiting, at: datetime) -> bool:
    """Whether its hour has come. What was claimed once had its hour."""
    return message.state != "planned" or message.not_before <= at


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in instants if each is not None), default=None)
