"""Why a message of a promise says no day, or another one, in the words that its customer reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from backorder.domain.line.ship_window import is_guessing, is_whole, run_out, tellable
from backorder.domain.line.state import State, Window
from backorder.domain.notifications import Kind, Why
from backorder.domain.policy.policy import Policy

_SLIPS = frozenset({Kind.DELAYED, Kind.CONSENT_REQUEST})


def why_no_date(state: State) -> Why | None:
    """Why no day can be said; None where the supply itself says why."""
    if state.passed_over:
        return Why.UNPAID
    if is_guessing(state):
        return Why.UNSTATED
    return state.supply_why if state.forecast is None else run_out(state)


def window_to_tell(policy: Policy, state: State, window: Window | None, day: date) -> Window:
    """A window as a message of that day tells it, with why it names none. window: None for no date."""
    told = tellable(policy, state, window, day, why_no_date(state))
    # Of who was passed over no day of a part can be said either.
    return replace(told, parts=()) if state.passed_over and told.why is Why.UNPAID else told


def cause_of(kind: Kind, state: State) -> Why | None:
    """Why a message of that kind is written though a day can be said; None where it needs no reason."""
    if kind is Kind.APOLOGY or (kind is Kind.CONSENT_REQUEST and state.withdrawn):
        return Why.WITHDRAWN
    if state.passed_over and kind in _SLIPS:
        return Why.UNPAID
    if kind is Kind.CONSENT_REQUEST and state.promise is None and state.first_by is None:
        return None  # nothing was planned for it, as far as its customer knows
    moved = kind in _SLIPS and not state.moved_by_time_alone and not is_whole(state)
    return Why.SUPPLY_MOVED if moved else None
