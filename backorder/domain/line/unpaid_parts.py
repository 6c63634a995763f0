"""Units that are here and wait for their payment beside others: they have no day before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.ship_window import split
from backorder.domain.line.state import PaidUnits, State, Window
from backorder.domain.notifications import Facts, Part, Why


def leaving_units(state: State) -> int:
    """Open units that leave whatever becomes of the payment: the order system was told that it may."""
    return min(state.allocation_reported, state.quantity.allocated)


def unpaid_units(state: State) -> int:
    """Units that are here and for which it is asked to pay: they come behind those that leave."""
    due, here = state.payment_due, state.quantity.allocated - leaving_units(state)
    return 0 if due is None or state.passed_over else min(due.units or here, here)


def count_from_payment(builder: DecisionBuilder) -> None:
    """Units of which no day was told, as they waited for it, leave counted from the day of the payment; so
    does a line of which all waited. The others leave on the day that a person promised, where one did.
    """
    state, promise, stated = builder.state, builder.state.promise, builder.state.stated
    units, told = unpaid_units(state), promise.window.parts if promise is not None else ()
    if units and (units == state.quantity.open or any(part.by is None for part in told)):
        builder.change(paid=PaidUnits(units=units, on=builder.day))
    if units and state.ahead is not None:
        builder.change(ahead=replace(state.ahead, asked_on=max(state.ahead.asked_on, builder.day)))
    if units and stated is not None:
        here = leaving_units(state) + units
        apart = split(builder.policy, stated.window, here, state.quantity.open, builder.day)
        builder.change(stated=replace(stated, window=apart))


def as_promised(state: State, window: Window) -> Window:
    """The window as it is told while units wait for their payment: no day is promised of these."""
    return window_apart(window, leaving_units(state), unpaid_units(state), state.quantity.open)


def window_apart(window: Window, leaving: int, unpaid: int, open: int) -> Window:
    """The window of a line without a day for the units that wait for their payment; see `unpaid_apart`."""
    facts = Facts(likely=window.likely, by=window.by, parts=window.parts)
    return replace(window, parts=unpaid_apart(facts, leaving, unpaid, open).parts)


def unpaid_apart(facts: Facts, leaving: int, unpaid: int, open: int) -> Facts:
    """The facts of a line with the units apart that leave once they are paid for, and no day.

    leaving: open units that leave before them, whatever becomes of the payment. unpaid: those for which it is
    asked. open: all of them; where all wait for the payment, or none do, the facts stay as they are.
    """
    if not 0 < unpaid < open:
        return facts
    told = facts.parts or (Part(quantity=open, likely=facts.likely, by=facts.by),)
    before, after = tuple(_between(told, 0, leaving)), tuple(_between(told, leaving + unpaid, open))
    parts = (*before, Part(quantity=unpaid, likely=None, by=None), *after)
    facts = facts.replace(why=_why_apart(facts.why, before, after))
    return facts.replace(parts=parts, set_aside=leaving, ready=False, pay_part=unpaid)


def _why_apart(why: Why | None, before: tuple[Part, ...], after: tuple[Part, ...]) -> Why | None:
    """Why there is no date, said of the units that do not wait for a payment."""
    if why not in (Why.UNSENT, Why.OVERDUE) or any(part.by is None for part in before):
        return why
    return Why.OVERDUE if any(part.by is None for part in after) else None


def _between(parts: Iterable[Part], start: int, stop: int) -> Iterator[Part]:
    """What of the parts is said of the units from one place to another."""
    place = 0
    for part in parts:
        first, last = max(place, start), min(place + part.quantity, stop)
        if first < last:
            yield replace(part, quantity=last - first)
        place += part.quantity
