"""Why a message of a promise says no day, or another one, in the words that its customer reads."""

from __future__ import annotations

from backorder.domain.line.ship_window import is_guessing, is_whole, run_out
from backorder.domain.line.state import State
from backorder.domain.notifications import Kind, Why

_SLIPS = frozenset({Kind.DELAYED, Kind.CONSENT_REQUEST})


def why_no_date(state: State) -> Why | None:
    """Why no day can be said; None where the supply itself says why."""
    if state.passed_over:
        return Why.UNPAID
    if is_guessing(state):
        return Why.UNSTATED
    return state.supply_why if state.forecast is None else run_out(state)


def cause_of(kind: Kind, state: State) -> Why | None:
    """Why a message of that kind is written though a day can be said; None where it needs no reason."""
    if kind is Kind.APOLOGY or (kind is Kind.CONSENT_REQUEST and state.withdrawn):
        return Why.WITHDRAWN
    if state.passed_over and kind in _SLIPS:
        return Why.UNPAID
    moved = (
        kind in (Kind.DELAYED, Kind.CONSENT_REQUEST) and not state.moved_by_time_alone and not is_whole(state)
    )
    return Why.SUPPLY_MOVED if moved else None
