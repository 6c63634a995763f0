"""Time for the demo: its clock stands still until everything that is due is done, then gets a few hours more.

A grant is short, so that a clock whose keeper is held up stands still by itself.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from backorder.errors import BackorderError
from backorder.storage.store import Store
from backorder.storage.undone import undone

GRANT = timedelta(hours=4)
"""Business time that is granted at once: less than the world takes to react to anything."""
PATIENCE_S = 120.0
"""Machine seconds after which something that is not done will not be done any more."""


class StuckError(BackorderError):
    """Something that was due was never done."""


class Grants:
    """Lets the clock of a store go on as far as everybody has caught up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._moved = time.monotonic()

    def waits_for(self, now: datetime) -> list[str]:
        """What is due at a business instant and undone. Raises StuckError when the clock never goes on."""
        found = undone(self._store.engine, now)
        if time.monotonic() > self._moved + PATIENCE_S:
            raise StuckError(f"nothing moved for {PATIENCE_S:g} s: {', '.join(found) or 'the world hangs'}")
        return found

    def grant(self, now: datetime) -> None:
        """Let the clock run on until a while after a business instant."""
        clock = self._store.clock()
        self._store.time.move(clock.held(now + GRANT, datetime.now(UTC)))
        self._moved = time.monotonic()
