"""Regular updates that follow each other with nothing between: worked out at once instead of played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backorder.domain.line.due_steps import living, steps
from backorder.domain.line.state import State, Status
from backorder.domain.line.step import UNDELIVERED, UPDATES, Step
from backorder.domain.policy.policy import Policy
from backorder.domain.update_wishes import days_between


@dataclass(frozen=True, slots=True)
class UpdatesAhead:
    """count: of updates, one or more; first, last: when they go, and why.

    state: of the line once the last one has gone. owed: the steps of that state, where they are known.
    """

    count: int
    why: str
    first: datetime
    last: datetime
    state: State
    owed: Sequence[Step] | None


def updates_ahead(
    policy: Policy, state: State, now: datetime, until: datetime, owed: Sequence[Step] | None = None
) -> UpdatesAhead | None:
    """The updates that follow the last word before anything else happens, if any do by then.

    now: nothing waits to go or is on its way. owed: the steps of that state, where they are known already.
    An update changes nothing but the day of the last word, so what falls due between is asked of `steps`. It
    comes between all later ones too, so the first one that it comes before is found by halving.
    """
    last, every = state.last_contacts.dated, _between(policy, state)
    if last is None or last != state.last_contacts.message or not _is_at_rest(state):
        return None
    fewest, why, most = 0, "", _looks(policy, last, every, now, until)
    behind = None
    while fewest < most:
        middle = (fewest + most) // 2
        told = _told(state, middle * every)
        found = owed if owed is not None and not middle else steps(policy, told)
        update = _next_alone(policy, last + middle * every, every, found, now)
        if update is not None:
            fewest, why = middle + 1, f"{update.what}: {update.why}"
        else:
            most, behind = middle, found
    if not fewest:
        return None
    first, end = (policy.look(last + number * every) for number in (1, fewest))
    return UpdatesAhead(fewest, why, first, end, _told(state, fewest * every), behind)


def _between(policy: Policy, state: State) -> timedelta:
    return timedelta(days=days_between(policy.updates.every, state.context.update_days))


def _is_at_rest(state: State) -> bool:
    """Whether nothing but a step that falls due changes the line, an update but the last word."""
    changes = state.pending or state.unsent or state.lost or state.lost_at
    return not changes and state.status is Status.WAITING and UNDELIVERED not in state.needs


def _looks(policy: Policy, last: date, every: timedelta, now: datetime, until: datetime) -> int:
    """How many updates there are room for until then, counted from the day of the last word; none if late."""
    most = (policy.calendar.day(until) - last) // every
    if most < 1 or policy.look(last + every) <= now:
        return 0
    return most - 1 if policy.look(last + most * every) > until else most


def _told(state: State, later: timedelta) -> State:
    known = state.last_contacts
    if known.dated is None or not later:
        return state
    day = known.dated + later
    return state.replace(last_contacts=known.replace(dated=day, message=day))


def _next_alone(
    policy: Policy, dated: date, every: timedelta, owed: Sequence[Step], now: datetime
) -> Step | None:
    """The next regular update, if it comes on its usual day and nothing else does by then."""
    usual = policy.look(dated + every)
    alive = living(owed, max(now, policy.look(dated)))
    update = next((step for step in alive if step.rank[0] == UPDATES and step.at == usual), None)
    return update if all(step is update or step.at > usual for step in alive) else None
