"""The clock of a data folder: set once, kept for good."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.clock import Clock
from backorder.errors import SetupError
from backorder.storage.store import Store

DAY_S = 86_400.0


def starting_at(begins: datetime, now: datetime, day: float) -> Clock:
    """The clock on which a business day lasts `day` machine seconds and that shows `begins` at `now`."""
    rate = DAY_S / day
    if rate == 1.0:
        return Clock()
    # business = epoch + (now - epoch) * rate, solved for the epoch.
    return Clock(epoch=now + (now - begins) / (rate - 1.0), rate=rate)


def set_once(store: Store, day: float | None, begins: datetime | None, now: datetime) -> Clock:
    """Give a new database its clock; one that has a clock keeps it.

    Raises SetupError if another pace was asked for than the one that it keeps.
    """
    wanted = Clock() if day is None else starting_at(begins or now, now, day)
    kept = store.set_clock(wanted)
    if day is not None and abs(kept.rate - wanted.rate) > 1e-6 * wanted.rate:
        raise SetupError(
            f"the clock of this data folder is set for good, {pace(kept)}: "
            "leave --day out, or choose another folder with --data"
        )
    return kept


def pace(clock: Clock) -> str:
    """How fast business time runs, in words."""
    if clock.rate == 1.0:
        return "business time is machine time"
    return f"a business day lasts {DAY_S / clock.rate:g} s"
