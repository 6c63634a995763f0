"""The open units that a customer has not cancelled, while what they cancelled can still be taken back."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.line.ship_window import fitted, without
from backorder.domain.line.state import State


def uncancelled(state: State) -> int:
    """Open units that no cancellation names, not those either that can still be taken back."""
    open = state.quantity.open
    return open - min(open, sum(open if each.asked is None else each.asked for each in state.revocable))


def without_cancelled(state: State) -> State:
    """A line of which a part was cancelled, and may yet be taken back, as if that were carried out; any other
    as it stands. What a customer reads of their units leaves out those that they have cancelled.
    """
    left = uncancelled(state) if state.revocable else 0
    gone = state.quantity.open - left
    if not left or not gone:
        return state
    units, promise, forecast = state.quantity, state.promise, state.forecast
    if promise is not None:
        window = without(fitted(promise.window, units.open), gone, last=True)
        promise = replace(promise, window=window)
    return state.replace(
        quantity=replace(units, cancelled=units.cancelled + gone, allocated=min(units.allocated, left)),
        promise=promise,
        forecast=without(forecast, gone, last=True) if forecast is not None else None,
        revocable=(),
    )
