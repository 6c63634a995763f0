"""Regular updates that follow each other with nothing between: worked out at once instead of played."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from backorder.domain.line.due_steps import living, steps
from backorder.domain.line.regular_updates import MEANS_ANOTHER_STEP
from backorder.domain.line.simulation import Simulation
from backorder.domain.line.state import State, Status
from backorder.domain.line.step import Step
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.update_wishes import days_between

_WHAT = Kind.STILL_WAITING.value


@dataclass(frozen=True, slots=True)
class UpdatesAhead:
    """count: of updates, one or more; first, last: when they go, and why.

    state: of the line once the last one has gone.
    """

    count: int
    why: str
    first: datetime
    last: datetime
    state: State


def updates_ahead(simulation: Simulation, until: datetime) -> UpdatesAhead | None:
    """The updates that follow one that has just gone, before anything else happens to the line, if any do.

    An update changes nothing but the day of the last word, so what falls due between is asked of `steps`. It
    comes between all later ones too, so the first one that it comes before is found by halving.
    """
    state, policy = simulation.seen(), simulation.policy
    last, every = state.last_contacts.dated, _between(policy, state)
    if last is None or last != state.last_contacts.message or not _is_at_rest(simulation, state):
        return None
    fewest, why, most = 0, "", max(0, (policy.calendar.day(until) - last) // every)
    while most and policy.look(last + most * every) > until:
        most -= 1
    while fewest < most:
        middle = (fewest + most) // 2
        update = _next_alone(policy, _told(state, middle * every), simulation.now)
        if update is not None:
            fewest, why = middle + 1, f"{update.what}: {update.why}"
        else:
            most = middle
    if not fewest:
        return None
    first, end = (policy.look(last + number * every) for number in (1, fewest))
    return UpdatesAhead(count=fewest, why=why, first=first, last=end, state=_told(state, fewest * every))


def _between(policy: Policy, state: State) -> timedelta:
    return timedelta(days=days_between(policy.updates.every, state.context.update_days))


def _is_at_rest(simulation: Simulation, state: State) -> bool:
    """Whether nothing is on its way, and nothing but a step that falls due changes the line."""
    going = simulation.waiting or simulation.outcomes or simulation.flying or simulation.down
    return not going and state.status is Status.WAITING and not (state.pending or state.hold or state.unsent)


def _told(state: State, later: timedelta) -> State:
    known = state.last_contacts
    if known.dated is None or not later:
        return state
    day = known.dated + later
    return state.replace(last_contacts=known.replace(dated=day, message=day))


def _next_alone(policy: Policy, state: State, now: datetime) -> Step | None:
    """The next regular update, if it comes on its usual day and nothing else does before or soon after it."""
    dated = state.last_contacts.dated
    if dated is None:
        return None
    usual = policy.look(dated + _between(policy, state))
    owed = living(steps(policy, state), max(now, policy.look(dated)))
    update = next((step for step in owed if step.what == _WHAT and step.at == usual), None)
    soon = usual + MEANS_ANOTHER_STEP
    return update if all(step is update or step.at > soon for step in owed) else None
