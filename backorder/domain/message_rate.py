"""At most so many messages a second (a generic cell rate algorithm). Pure; machine time.

A rate is kept as one instant: the one at which the next message is due if they go evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = timedelta(milliseconds=200)
"""What a rate allows within so long may go in one go: who sends does not look for each message alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """One shard's part of a channel's rate. interval: between two messages; next_at: None: none went yet."""

    interval: timedelta
    next_at: datetime | None = None

    @property
    def _early(self) -> timedelta:
        """How long before its even turn a message may go."""
        return max(BURST - self.interval, timedelta(0))

    def free(self, now: datetime) -> int:
        """How many messages may go now."""
        slot = max(self.next_at or now, now)
        early = now + self._early - slot
        return early // self.interval + 1 if early >= timedelta(0) else 0

    def again(self, now: datetime) -> datetime:
        """When the next message may go: now, or later."""
        return max((self.next_at or now) - self._early, now)

    def going_on(self, next_at: datetime | None, now: datetime) -> Rate:
        """The rate as it was left, by whatever rate that was: one that was raised since counts at once."""
        longest = now + max(self.interval, BURST)
        return Rate(interval=self.interval, next_at=None if next_at is None else min(next_at, longest))

    def spent(self, count: int, now: datetime) -> Rate:
        """The rate after some messages went."""
        return Rate(interval=self.interval, next_at=max(self.next_at or now, now) + count * self.interval)


def rate_of(per_second: float, shards: int) -> Rate:
    """The part that each of some shards has of a rate."""
    return Rate(interval=timedelta(seconds=shards / per_second))
