"""The clock of a data folder: set once, kept for good."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.clock import Clock, starting_at
from backorder.errors import SetupError
from backorder.services.services import Services

DAY_S = 86_400.0


def set_once(services: Services, day: float | None, begins: datetime | None, now: datetime) -> Clock:
    """Give a new database its clock; one that has a clock keeps it.

    begins: where a fast clock stands still until it is let go on; None for one that runs from now.
    Raises SetupError if another rate was asked for than the one that it keeps.
    """
    wanted = Clock() if day is None else starting_at(begins or now, now, DAY_S / day)
    if begins is not None:
        wanted = wanted.held(begins, now)
    kept = services.time.set(wanted)
    if day is not None and abs(kept.rate - wanted.rate) > 1e-6 * wanted.rate:
        raise SetupError(
            f"the clock of this data folder is set for good, {rate_in_words(kept)}: "
            "leave --day out, or choose another folder with --data"
        )
    return kept


def rate_in_words(clock: Clock) -> str:
    """How fast business time runs, in words."""
    if clock.rate == 1.0:
        return "business time is machine time"
    stands = f", and it stands still at {clock.limit:%d %b %Y}" if clock.limit else ""
    return f"a business day lasts {DAY_S / clock.rate:g} s{stands}"
