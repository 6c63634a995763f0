"""When the condition of a stage comes true."""

from __future__ import annotations

from datetime import date, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.packs import AUTO
from backorder.domain.line.legal_dates import agreements_for_all, waits_for_ever
from backorder.domain.line.ship_window import is_guessing, silent_from
from backorder.domain.line.shown_to_customer import question_shown
from backorder.domain.line.state import State
from backorder.domain.line.told_promises import told_promises
from backorder.domain.policy.policy import Policy, Stage

_AGREED = frozenset({"given", "implied"})
"""Consent to wait, whether it was said or follows from silence where the law takes it so."""


def due_day(policy: Policy, state: State, stage: Stage) -> date | None:
    """The first day on which the stage's condition holds, as long as nothing new is heard.

    A day in the past means that it holds already; None that it never will as things stand. An ending waits
    until nothing binds the shop any more, and never comes where the line has a law for which the policy was
    not made, and by which silence never cancels.
    """
    if stage.do != "cancel":
        return holds_from(policy, state, stage)
    if forbids_endings(policy, state) or _agreed_without_a_day(state):
        return None
    day, bound = holds_from(policy, state, stage), bound_until(state)
    return max(day, bound + ONE_DAY) if day is not None and bound is not None else day


def forbids_endings(policy: Policy, state: State) -> bool:
    """Whether the line has another law than its policy was made for, and by it silence never cancels.

    What a policy says for its own law is judged where it is checked, before anything is loaded.
    """
    law = state.terms.law
    return law is not None and law.silence_never_cancels and policy.pack not in (AUTO, law.name)


def bound_until(state: State) -> date | None:
    """The last day on which a promise is still being kept or consent to wait holds; None for neither."""
    promised, forecast = _promised(state), state.forecast.by if state.forecast else None
    kept = promised if promised is not None and forecast is not None and forecast <= promised else None
    return max((day for day in (kept, _agreed_until(state)) if day is not None), default=None)


def kept_units(state: State, on: date) -> int:
    """Open units of which the customer said that they wait for them on that day still.

    What was said to a question counts the units that were kept before it; without one, each is about units of
    its own.
    """
    open = state.quantity.open
    waits = [each for each in state.agreements if each.until is None or each.until >= on]
    asked, unasked = [0], [0]
    for each in waits:
        (unasked if question_shown(state, each) is None else asked).append(
            open if each.units is None else each.units
        )
    return min(open, max(*asked, sum(unasked)))


def agreed_beyond(state: State, on: date) -> bool:
    """Whether the customer agreed to wait for all units on that day still: no policy ends them then."""
    until = _agreed_until(state)
    return _agreed_without_a_day(state) or (until is not None and until >= on)


def units_left(state: State, on: date) -> int:
    """Units that an ending by the policy leaves: those that the customer waits for, or those that are
    reported to be sent. What is sent goes to the units that are waited for first.
    """
    return max(kept_units(state, on), min(state.allocation_reported, state.quantity.allocated))


def _promised(state: State) -> date | None:
    """The last day of the promise that was told, or is about to be."""
    if state.pending is not None:
        return state.pending.window.by
    return state.promise.by if state.promise else None


def _agreed_without_a_day(state: State) -> bool:
    consent = state.consent
    without = consent.state == "indefinite" or (consent.state == "given" and consent.until is None)
    return without or waits_for_ever(state)


def _agreed_until(state: State) -> date | None:
    """The last day of what was agreed for all units that are open."""
    agreed = [each.until for each in agreements_for_all(state) if each.until is not None]
    if state.consent.state in _AGREED and state.consent.until is not None:
        agreed.append(state.consent.until)
    return max(agreed, default=None)


def _last_promised(state: State) -> date | None:
    """The last day that was promised, also where no date can be said any more."""
    return next((each.promise.by for each in reversed(told_promises(state)) if each.promise.by), None)


def _waits_from(state: State, stage: Stage) -> date:
    """Since when the customer waits: the order; for an ending, the day for which the goods were promised."""
    if stage.do != "cancel":
        return state.ordered_on
    days = (state.ordered_on, _promised(state), _last_promised(state), state.missed, _agreed_until(state))
    return max(day for day in days if day is not None)


def holds_from(policy: Policy, state: State, stage: Stage) -> date | None:
    """The first day on which the condition holds, whatever binds the shop until then."""
    length = stage.length
    if stage.measure == "delay":
        return _delay_day(policy, state, length)
    if stage.measure == "waited":
        return _waits_from(state, stage) + length
    if stage.measure == "overdue":
        promised = (state.promise.by if state.promise else None) or state.missed
        return promised + length + ONE_DAY if promised else None
    return _no_date_day(state, length)


def _no_date_day(state: State, length: timedelta) -> date | None:
    if is_guessing(state) and state.promise is not None and state.promise.by is None:
        return state.promise.told_on + length
    since = state.dateless_on if state.forecast is None else silent_from(state)
    return since + length if since else None


def _delay_day(policy: Policy, state: State, length: timedelta) -> date | None:
    if state.first_by is None:
        return None
    reached = state.first_by + length
    forecast = state.forecast.by if state.forecast else None
    if not length or (forecast is not None and forecast >= reached):
        return _changed_on(policy, state)
    # From then on no forecast says otherwise.
    alone = forecast + ONE_DAY if forecast is not None else _changed_on(policy, state)
    if alone >= reached:
        return alone
    promised = state.promise.by if state.promise else None
    return alone if promised is not None and promised >= reached else reached


def _changed_on(policy: Policy, state: State) -> date:
    return policy.calendar.day(state.supply_at or state.opened_at)
