"""From the supply of a line to the window in which it ships, and how far that is from what was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.state import Arrival, PaidUnits, Quantity, SentAhead, State, Window
from backorder.domain.notifications import Part, Why
from backorder.domain.policy.policy import Policy


class Served(Protocol):
    """The units of a line, on record or not yet, and where they come from; see `State`."""

    @property
    def quantity(self) -> Quantity:
        """Its units, and how many of them are set aside."""

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """What is on its way for those that wait."""

    @property
    def allocated_on(self) -> date | None:
        """The day on which units were last set aside."""

    @property
    def ahead(self) -> SentAhead | None:
        """What the customer wants sent before the rest."""

    @property
    def paid(self) -> PaidUnits | None:
        """Which of them leave counted from their payment, if they were set aside before it."""

    @property
    def delivery_refused_at(self) -> datetime | None:
        """When the shop said that it does not deliver them."""


def window(policy: Policy, state: Served) -> Window | None:
    """The window in which the open units ship, or None where a unit of them has no date, or is not delivered.

    Arrival at the dock plus `handling` working days. The line's days are those of its last unit. With
    `partial = "ship"` the window names its parts.
    """
    if state.delivery_refused_at is not None:
        return None
    parts = _parts(policy, state)
    last = [part.by for part in parts if part.by is not None]
    if not parts or len(last) < len(parts):
        return None
    likely = max([part.likely for part in parts if part.likely is not None])
    return _in_parts(policy, state, Window(likely=likely, by=max(last)), parts)


def dateless(policy: Policy, state: Served, why: Why | None) -> Window:
    """The window of a line for which no date can be said; parts that have one keep theirs."""
    if state.delivery_refused_at is not None:
        return Window(likely=None, by=None, why=Why.REFUSED)
    parts = _parts(policy, state)
    if why is None:
        unsure = any(arrival.by is None for arrival in state.arrivals)
        why = Why.SUPPLIER_UNSURE if unsure else Why.NO_SUPPLY
    return _in_parts(policy, state, Window(likely=None, by=None, why=why), parts)


def tellable(policy: Policy, state: Served, window: Window | None, day: date, why: Why | None) -> Window:
    """A window as a message of that day tells it: none, or one that is over by then, says why instead."""
    if window is None or window.by is None or window.by < day:
        window = dateless(policy, state, why)
    return seen_from(window, day)


def seen_from(window: Window, today: date) -> Window:
    """The window as it is said today: nobody is told to expect goods on a day that is over.

    A part whose last day is over has no date any more.
    """
    days = [window.likely]
    for part in window.parts:
        days += (part.likely, part.by)
    if not [day for day in days if day is not None and day < today]:
        return window
    parts = tuple(_part_seen_from(part, today) for part in window.parts)
    return replace(window, likely=_not_over(window.likely, today), parts=parts)


def _part_seen_from(part: Part, today: date) -> Part:
    if part.by is not None and part.by < today:
        return replace(part, likely=None, by=None)
    return replace(part, likely=_not_over(part.likely, today))


def _not_over(day: date | None, today: date) -> date | None:
    return max(day, today) if day else None


def without(window: Window, count: int, *, last: bool) -> Window:
    """The window once `count` of its units are gone: those that come last, or those that come first.

    A window without parts stays as it is: it speaks of all its units alike.
    """
    kept: list[Part] = []
    for part in reversed(window.parts) if last else window.parts:
        gone = min(count, part.quantity)
        count -= gone
        if part.quantity > gone:
            kept.append(replace(part, quantity=part.quantity - gone))
    if not kept:
        return window
    parts = tuple(reversed(kept)) if last else tuple(kept)
    if any(part.by is None for part in parts):
        return replace(window, parts=parts if len(parts) > 1 else ())
    return Window(
        likely=max((part.likely for part in parts if part.likely), default=None),
        by=max(part.by for part in parts if part.by),
        parts=parts if len(parts) > 1 else (),
    )


def fitted(window: Window, units: int) -> Window:
    """The window of the last `units` units: what shipped while it was being told is left out."""
    if not window.parts:
        return window
    excess = sum(part.quantity for part in window.parts) - units
    return without(window, excess, last=False) if excess > 0 else window


def _in_parts(policy: Policy, state: Served, whole: Window, parts: tuple[Part, ...]) -> Window:
    """The window with its parts, where the line ships in several."""
    if policy.partial == "ship":
        return replace(whole, parts=parts) if len(parts) > 1 else whole
    ahead, quantity = state.ahead, state.quantity
    count = min(ahead.units, quantity.allocated) if ahead and quantity.waiting else 0
    return split(policy, whole, count, quantity.open, ahead.asked_on) if ahead and count else whole


def split(policy: Policy, whole: Window, count: int, units: int, asked_on: date) -> Window:
    """The window of `units` units of which `count` leave before the rest, as was asked for on a day."""
    leaves = policy.calendar.add_working_days(asked_on, policy.promise.handling)
    if not 0 < count < units or (whole.by is not None and whole.by <= leaves):
        return replace(whole, parts=())
    first = Part(quantity=count, likely=leaves, by=leaves)
    rest = Part(quantity=units - count, likely=whole.likely, by=whole.by)
    return replace(whole, parts=(first, rest))


def _parts(policy: Policy, state: Served) -> tuple[Part, ...]:
    quantity = state.quantity
    arrivals = _covering(state.arrivals, quantity.waiting)
    arrivals[:0] = _set_aside(state)
    merged: list[Part] = []
    for arrival in arrivals:
        likely, by = _leaves(policy, arrival.likely), _leaves(policy, arrival.by)
        if merged and (merged[-1].likely, merged[-1].by) == (likely, by):
            merged[-1] = Part(quantity=merged[-1].quantity + arrival.quantity, likely=likely, by=by)
        else:
            merged.append(Part(quantity=arrival.quantity, likely=likely, by=by))
    return tuple(merged)


def _set_aside(state: Served) -> list[Arrival]:
    """The units that are set aside, with their day: those that were paid for since come last, and count from
    their payment.
    """
    here, since, paid = state.quantity.allocated, state.allocated_on, state.paid
    late = min(here, paid.units) if paid is not None and since is not None and paid.on > since else 0
    found = [(here - late, since), (late, paid.on if paid is not None else None)]
    return [Arrival(quantity=units, likely=day, by=day) for units, day in found if units]


def _leaves(policy: Policy, arrival: date | None) -> date | None:
    if arrival is None:
        return None
    return policy.calendar.add_working_days(arrival, policy.promise.handling)


def _covering(arrivals: tuple[Arrival, ...], waiting: int) -> list[Arrival]:
    """The arrivals that serve `waiting` units: the earliest ones; units that none serves have no date."""
    covering = []
    for arrival in arrivals:
        if waiting <= 0:
            break
        whole = arrival.quantity <= waiting
        taken = arrival if whole else Arrival(quantity=waiting, likely=arrival.likely, by=arrival.by)
        covering.append(taken)
        waiting -= taken.quantity
    if waiting > 0:
        covering.append(Arrival(quantity=waiting, likely=None, by=None))
    return covering


def slip(state: State) -> int:
    """Days from the promised to the forecast last day; 0 where either is missing, below 0 when earlier."""
    promised = state.promise.by if state.promise else None
    if promised is None or state.forecast is None or state.forecast.by is None:
        return 0
    return (state.forecast.by - promised).days


GUESSES = 2
"""Delays in a row that time alone may make; after them no date is said until somebody states one."""


def is_guessing(state: State) -> bool:
    """Whether another date would only be another guess: time alone has moved it so often already."""
    return state.moved_by_time_alone and state.guesses >= GUESSES


def delay(state: State, today: date) -> int:
    """Days from the first date ever told to the last day as it looks now."""
    forecast, promise = state.forecast, state.promise
    return days_of_delay(
        state.first_by, promise.by if promise else None, forecast.by if forecast else None, today
    )


def days_of_delay(first_by: date | None, promised: date | None, forecast: date | None, today: date) -> int:
    """Days from the first date ever told to the last day as it looks now, 0 where none was told.

    As it looks now: the forecast's, or today or the promised day, whichever is later, without a forecast.
    """
    if first_by is None:
        return 0
    current = forecast if forecast is not None and forecast >= today else max(today, promised or today)
    return max(0, (current - first_by).days)


def silent_from(state: State) -> date | None:
    """The first day on which a forecast has run out: its last day and the promised one are both over.

    From then on nobody knows a date, unless something new is heard, or the units are there and have only not
    left yet. None without a forecast.
    """
    forecast = state.forecast.by if state.forecast else None
    if forecast is None:
        return None
    promised = state.promise.by if state.promise else None
    return (forecast if promised is None or promised < forecast else promised) + ONE_DAY


def is_whole(state: State) -> bool:
    """Whether every open unit is set aside."""
    return state.quantity.allocated > 0 and not state.quantity.waiting


def leaves_since_paid(state: State) -> bool:
    """Whether all of it is here and was paid for at last: it leaves counted from that day, as its customer
    read when they were asked to pay, and not on the day that was promised before. A payment from before they
    were set aside was for others, which are gone.
    """
    paid, since = state.paid, state.allocated_on
    if not is_whole(state) or paid is None or (since is not None and paid.on < since):
        return False
    return paid.units >= state.quantity.allocated


def run_out(state: State) -> Why:
    """Why nobody knows a date any more once the forecast has run out."""
    return Why.UNSENT if is_whole(state) else Why.OVERDUE


def why_undated(policy: Policy, state: State) -> Why | None:
    """Why the supply of a line gave it no day, or moved it, once no payment is waited for."""
    forecast, promise = state.forecast, state.promise
    if is_guessing(state):
        return Why.UNSTATED
    if forecast is None or forecast.by is None:
        return dateless(policy, state, state.supply_why).why
    ahead = promise is not None and forecast.by > promise.told_on
    return Why.SUPPLY_MOVED if ahead and not is_whole(state) else run_out(state)


def delivery(policy: Policy, by: date | None) -> date | None:
    """The last day on which a parcel that leaves on `by` is at the door."""
    return by + timedelta(days=policy.promise.transit) if by else None
