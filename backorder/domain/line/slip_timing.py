"""When a slip of what was promised for a day is told, of the line or of a part, and why then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.part_dates import late_parts, overdue_from
from backorder.domain.line.state import State
from backorder.domain.line.step import supply_changed_at
from backorder.domain.message_caps import told_not_before
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import how_many


def part_slips(policy: Policy, state: State) -> Iterator[tuple[datetime, str]]:
    """When it is told of each part that comes later than promised that it does, and why then."""
    for told, later in late_parts(policy, state):
        if later is None:
            yield supply_changed_at(state), "no date can be said of a part any more"
        else:
            yield slip_told_at(policy, state, told, later.days)


def part_overdue(policy: Policy, state: State) -> tuple[datetime, str] | None:
    """When it is told that the promised day of a part passed, and why then; None where none is about to."""
    last = overdue_from(policy, state)
    if last is None:
        return None
    return policy.daily_review(last + ONE_DAY), "the promised day of a part passed without news"


def unpaid_slips(policy: Policy, state: State) -> Iterator[tuple[datetime, str]]:
    """When it is told, while nothing ships before it is paid for, that no day can be said, and why then: of
    whatever slips, when a slip of it would be told.
    """
    by, promised = state.forecast.by if state.forecast else None, state.promise.by if state.promise else None
    if promised is not None and by is None:
        yield supply_changed_at(state), "no date can be said any more"
    elif promised is not None and by is not None and by > promised:
        yield slip_told_at(policy, state, promised, (by - promised).days)
    for at, why in part_slips(policy, state):
        yield at, f"of a part: {why}"
    if (overdue := part_overdue(policy, state)) is not None:
        yield overdue


def slip_told_at(policy: Policy, state: State, promised: date | None, days: int) -> tuple[datetime, str]:
    """When a slip of what was promised for a day is told, and why then."""
    rules, at, why = policy.promise, supply_changed_at(state), _slips_by(days)
    if promised is not None and (state.moved_by_time_alone or days < rules.min_slip):
        before = rules.tell_before if days >= rules.min_slip else 1
        at = max(at, policy.daily_review(promised - timedelta(days=before)))
        why += _near(before)
    last = state.last_contacts.delayed
    if promised is not None and last is not None:
        at = max(at, told_not_before(policy, last, promised, promised + timedelta(days=days)) or at)
    return at, why


@lru_cache(maxsize=512)
def _slips_by(days: int) -> str:
    return f"the date slips by {how_many(days, 'day')}"


@lru_cache(maxsize=64)
def _near(days: int) -> str:
    return f" and the promised day is {how_many(days, 'day')} away or less"
