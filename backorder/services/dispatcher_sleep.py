"""For how long a dispatcher may sleep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from backorder.domain.clock import Clock
from backorder.ports import BatchContext
from backorder.services.due_messages import Shard
from backorder.storage.message_rates import Allowance

SHORTEST = timedelta(milliseconds=50)
"""The shortest pause: what was nearly due is due by then."""


def pause_of(
    shard: Shard, closed: Collection[str], allowed: Allowance, context: BatchContext, clock: Clock
) -> timedelta | None:
    """Machine time until something is due: 0 if something is; None where nothing is to be expected.

    closed: channels by which nothing can go now. allowed: what the rates let go.
    """
    slow = allowed.blocked
    if shard.due({*closed, *slow}, context.left, [], slow=slow, limit=1):
        return timedelta(0)
    hour, machine = shard.next_due()
    waits_for_rate = slow and shard.due(closed, context.left, [], slow=slow, limit=1)
    slot = allowed.again if waits_for_rate else None
    tries = (machine, context.left.next(context.now), slot)
    waits = [each - context.now for each in tries if each is not None]
    if hour is not None:
        waits.append(clock.wait(hour, context.at if clock.rate == 1.0 else context.now))
    return max(min(waits), SHORTEST) if waits else None
