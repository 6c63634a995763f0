"""For how long a dispatcher may sleep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from backorder.domain.clock import Clock
from backorder.ports import Round
from backorder.services.due_messages import Shard
from backorder.storage.message_rates import Allowance

SHORTEST = timedelta(milliseconds=50)
"""The shortest pause: what was nearly due is due by then."""


def pause_of(
    shard: Shard, closed: Collection[str], allowed: Allowance, round: Round, clock: Clock
) -> timedelta | None:
    """Machine time until something is due: 0 if something is; None where nothing is to be expected.

    closed: channels by which nothing can go now. allowed: what the rates let go.
    """
    slow = allowed.blocked
    if shard.due({*closed, *slow}, round.left, [], slow=slow, limit=1):
        return timedelta(0)
    hour, machine = shard.next_due()
    waits_for_rate = slow and shard.due(closed, round.left, [], slow=slow, limit=1)
    turn = allowed.again if waits_for_rate else None
    tries = (machine, round.left.next(round.now), turn)
    waits = [each - round.now for each in tries if each is not None]
    if hour is not None:
        waits.append(clock.wait(hour, round.at if clock.rate == 1.0 else round.now))
    return max(min(waits), SHORTEST) if waits else None
