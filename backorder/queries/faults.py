"""Lines that cannot be looked at: what can be said of them all the same."""

from __future__ import annotations

from backorder.failures import in_words, kind_of
from backorder.queries.views import FaultView
from backorder.storage.isolation import Failure, Noted


def status_of(phase: str, open_units: object, allocated: object) -> str:
    """The status of a line, from its phase and its units as far as they can be read."""
    if phase != "open":
        return phase
    if not isinstance(open_units, int) or not isinstance(allocated, int):
        return "waiting"
    return "waiting" if open_units > allocated else "allocated"


def fault_of(failed: Noted | Failure) -> FaultView:
    """Why a line cannot be looked at, as it is shown."""
    if isinstance(failed, Failure):
        return FaultView(what=kind_of(failed.error), words=in_words(failed.error))
    return FaultView(
        what=failed.error, words=failed.words, times=failed.times, since=failed.since, again=failed.until
    )
