"""When the condition of a stage comes true."""

from __future__ import annotations

from datetime import date, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.policy import Policy, Stage
from backorder.domain.promise import silent_from
from backorder.domain.state import State


def due_day(policy: Policy, state: State, stage: Stage) -> date | None:
    """The first day on which the stage's condition holds, as long as nothing new is heard.

    A day in the past means that it holds already; None that it never will as things stand.
    """
    length = timedelta(days=stage.days)
    if stage.measure == "waited":
        return state.ordered_on + length
    if stage.measure == "overdue":
        promised = (state.promise.by if state.promise else None) or state.missed
        return promised + length + ONE_DAY if promised else None
    if stage.measure == "no_date":
        return _no_date_day(state, length)
    return _delay_day(policy, state, length)


def _no_date_day(state: State, length: timedelta) -> date | None:
    since = state.dateless_on if state.forecast is None else silent_from(state)
    return since + length if since else None


def _delay_day(policy: Policy, state: State, length: timedelta) -> date | None:
    if state.first_by is None:
        return None
    reached = state.first_by + length
    forecast = state.forecast.by if state.forecast else None
    promised = state.promise.by if state.promise else None
    known = policy.calendar.day(state.supply_at or state.opened_at)
    if not length or (forecast is not None and forecast >= reached):
        return known
    alone = forecast + ONE_DAY if forecast is not None else known  # from then on no forecast says otherwise
    return alone if promised is not None and promised >= reached else max(reached, alone)


def in_words(stage: Stage) -> str:
    """Why the stage falls due."""
    days = stage.days
    match stage.measure:
        case "delay":
            return f"the line is {days} days late against the first date"
        case "waited":
            return f"the customer has waited for {days} days"
        case "overdue":
            return f"the promised day passed {days} days ago" if days else "the promised day passed"
        case "no_date":
            return f"there has been no date for {days} days" if days else "there is no date"
