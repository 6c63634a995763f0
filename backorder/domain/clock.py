"""Business time: a straight line over machine time, so that a season can be lived through in minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """business = epoch + (real - epoch) * rate. Rate 1 is production: business time is machine time.

    epoch: aware instant at which both times agree. rate: business seconds per machine second, above 0.
    """

    epoch: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    rate: float = 1.0

    def business(self, real: datetime) -> datetime:
        """The business instant that belongs to a machine instant."""
        if self.rate == 1.0:
            return real
        return self.epoch + (real - self.epoch) * self.rate

    def real(self, business: datetime) -> datetime:
        """The machine instant at which a business instant is reached."""
        if self.rate == 1.0:
            return business
        return self.epoch + (business - self.epoch) / self.rate

    def machine(self, length: timedelta) -> timedelta:
        """How long a stretch of business time takes on the machine."""
        return length / self.rate
