"""Time for the demo: its clock stands still until everything that is due is done, then gets a few hours more.

A grant is short, so that a clock whose keeper is held up stands still by itself. It ends where anything
happens next: on every machine that happens at its very instant.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from backorder.errors import BackorderError
from backorder.queries.due_work import next_due, undone
from backorder.services.services import Services

GRANT = timedelta(hours=4)
"""Business time that is granted at once at most: less than the world takes to react to anything."""
LONGEST_WAIT_S = 120.0
"""Machine seconds after which something that is not done will not be done any more."""


class StuckError(BackorderError):
    """Something that was due was never done."""


class Grants:
    """Lets the clock of a store go on as far as everybody has caught up."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._moved = time.monotonic()

    def waits_for(self, now: datetime) -> list[str]:
        """What is due at a business instant and undone. Raises StuckError when the clock never goes on."""
        found = undone(self._services.engine, now)
        if time.monotonic() > self._moved + LONGEST_WAIT_S:
            raise StuckError(
                f"nothing moved for {LONGEST_WAIT_S:g} s: {', '.join(found) or 'the world hangs'}"
            )
        return found

    def grant(self, now: datetime, acts_next: datetime | None) -> None:
        """Let the clock run on for a while from `now`, or until the world acts or something falls due."""
        limits = (now + GRANT, acts_next, next_due(self._services.engine, now))
        limit = min(each for each in limits if each is not None)
        self._services.time.move(self._services.clock().held(limit, datetime.now(UTC)))
        self._moved = time.monotonic()
