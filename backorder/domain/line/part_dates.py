"""The days of the parts of a line, as they were told and as they look now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from backorder.domain.line.ship_window import fitted, is_guessing, is_whole, tellable
from backorder.domain.line.state import State, Window
from backorder.domain.line.unpaid_parts import leaving_units, unpaid_units
from backorder.domain.notifications import Part, Why
from backorder.domain.policy.policy import Policy


def late_parts(policy: Policy, state: State) -> tuple[tuple[date, timedelta | None], ...]:
    """What was promised for a day and comes later: that day, and by how much; None where no date is known.

    The earliest day first. A line that was promised whole has no parts.
    """
    found = {
        (told, None if now is None else now - told)
        for told, now in _days(policy, state)
        if told is not None and (now is None or now > told)
    }
    return tuple(sorted(found, key=lambda each: (each[0], each[1] or timedelta())))


def overdue_from(policy: Policy, state: State) -> date | None:
    """The first promised day of a part after which nobody knows when it comes; None without one.

    Where every unit is set aside there is one day, whatever it was told of its parts; units that wait for
    their payment have none.
    """
    if is_whole(state):
        return None
    leaving = leaving_units(state)
    unpaid = range(leaving, leaving + unpaid_units(state))
    days = [
        told
        for told, now in _days(policy, state, unpaid)
        if told is not None and now is not None and now <= told
    ]
    return min(days, default=None)


def found_part(policy: Policy, state: State) -> date | None:
    """The first day that is known of a part of which none was when the customer was written to last."""
    promise = state.promise
    if promise is None or is_guessing(state):
        return None
    days = [now for told, now in _days(policy, state) if told is None and now is not None]
    return min((day for day in days if day >= promise.told_on), default=None)


def without_late_parts(policy: Policy, state: State, window: Window) -> Window:
    """The window as it was told, with no date for the parts that come later."""
    late = {told for told, _ in late_parts(policy, state)}
    parts = tuple(replace(part, likely=None, by=None) if part.by in late else part for part in window.parts)
    return replace(window, parts=parts)


def why_in_part(state: State, parts: tuple[Part, ...]) -> Why | None:
    """Why a part of a line that has a date has none; None where every part has one."""
    before = 0
    for part in parts:
        if part.by is None:
            if is_guessing(state):
                return Why.UNSTATED
            return Why.UNSENT if before < state.quantity.allocated else Why.OVERDUE
        before += part.quantity
    return None


def set_aside(state: State, parts: tuple[Part, ...]) -> int:
    """Units that are set aside, where a part has no date: it may be one of those that only have to leave."""
    return state.quantity.allocated if any(part.by is None for part in parts) else 0


def _days(
    policy: Policy, state: State, left_out: range = range(0)
) -> Iterator[tuple[date | None, date | None]]:
    """The last day of each open unit, the earliest first: as it was told, and as it looks now.

    Now is what a message of the day on which the customer was written to last would have said: what that
    one told is then no news. left_out: places of units, in the order in which they come.
    """
    promise, units = state.promise, state.quantity.open
    if promise is None or not promise.window.parts:
        return
    now = tellable(policy, state, state.forecast, promise.told_on, None)
    days = (_days_of(each, units) for each in (promise.window, now))
    pairs = (
        sorted((day for place, day in enumerate(each) if place not in left_out), key=_none_last)
        for each in days
    )
    yield from zip(*pairs, strict=True)


def _none_last(day: date | None) -> date:
    return day or date.max


def _days_of(window: Window, units: int) -> tuple[date | None, ...]:
    days = [part.by for part in fitted(window, units).parts for _ in range(part.quantity)]
    return (*days, *[window.by] * (units - len(days)))
