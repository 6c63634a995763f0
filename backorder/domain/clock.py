"""Business time: a straight line over machine time, so that a season can be lived through in minutes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

CHECKED_AGAIN = timedelta(milliseconds=50)
"""Machine time after which who waits for a clock that stands still looks at it again."""
LONG = timedelta(seconds=30)
"""A clock that has stood for longer is looked at the more seldom, the longer it stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """business = epoch + (real - epoch) * rate. Rate 1 is production: business time is machine time.

    epoch: aware instant at which both times agree. rate: business seconds per machine second, above 0.
    limit: the business instant at which a fast clock stands still until somebody lets it go on; None where it
    runs by itself.
    """

    epoch: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    rate: float = 1.0
    limit: datetime | None = None

    def business(self, real: datetime) -> datetime:
        """The business instant that belongs to a machine instant."""
        if self.rate == 1.0:
            return real
        now = self._unlimited(real)
        return min(now, self.limit) if self.limit else now

    def real(self, business: datetime) -> datetime:
        """The machine instant at which a business instant is reached, if the clock does not stand still."""
        if self.rate == 1.0:
            return business
        return self.epoch + (business - self.epoch) / self.rate

    def machine(self, length: timedelta) -> timedelta:
        """How long a stretch of business time takes on the machine."""
        return length / self.rate

    def wait(self, business: datetime, real: datetime) -> timedelta:
        """Machine time from a machine instant until a business instant is worth a look; 0 or less: now.

        A clock that stands still does not say when it goes on: it is looked at again soon.
        """
        now = self.business(real)
        length = self.machine(business - now)
        if self.limit is None or now < self.limit or length <= timedelta(0):
            return length
        stood = real - self.real(self.limit)
        return max(length, CHECKED_AGAIN if stood < LONG else stood)

    def held(self, limit: datetime, real: datetime) -> Clock:
        """The clock that goes on from where it stands at a machine instant, until the next limit.

        The business time during which it stood still is not made up for. Raises ValueError for the machine's
        own time, which nobody can hold.
        """
        return replace(self.going_on(real), limit=limit)

    def going_on(self, real: datetime) -> Clock:
        """The clock that goes on from where it stands at a machine instant, and that nobody holds."""
        if self.rate == 1.0:
            raise ValueError("the machine's own time cannot be held")
        if self.limit is None or self._unlimited(real) <= self.limit:
            return replace(self, limit=None)
        return starting_at(self.limit, real, self.rate)

    def _unlimited(self, real: datetime) -> datetime:
        return self.epoch + (real - self.epoch) * self.rate


def starting_at(begins: datetime, now: datetime, rate: float) -> Clock:
    """The clock of that rate that shows `begins` at the machine instant `now`; rate 1 is machine time."""
    if rate == 1.0:
        return Clock()
    # business = epoch + (now - epoch) * rate, solved for the epoch.
    return Clock(epoch=now + (now - begins) / (rate - 1.0), rate=rate)
