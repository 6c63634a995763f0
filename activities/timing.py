"""The instant at which an activity acts: a workflow knows it by a clock that may have been held since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backorder.domain.clock import Clock

JITTER = timedelta(milliseconds=20)
"""Machine time by which a timer may ring early and is still taken for on time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """at: the business instant to act at. clock: the one that counts, None where it is the machine's own."""

    at: datetime
    clock: Clock | None


class Timing:
    """Tells activities what the time is. clock: reads the clock of the database."""

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self._clock = clock

    def moment(self, asked: datetime) -> Moment:
        """When to act, asked to do so at a business instant.

        The machine's own time is never held: it is taken as asked. On a fast clock the database's counts;
        an instant that is not reached yet is "not due yet", and whoever asked waits on by that clock.
        """
        clock = self._clock()
        if clock.rate == 1.0:
            return Moment(at=asked, clock=None)
        now = clock.business(datetime.now(UTC))
        on_time = timedelta(0) <= clock.machine(asked - now) <= JITTER
        return Moment(at=asked if on_time else now, clock=clock)
