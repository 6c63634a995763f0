"""When a message that is true and due waits all the same, so that nobody is written to too often. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.notifications import NOTIFICATIONS, Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import how_many

WEEK = timedelta(days=7)
BETWEEN_DELAYS = timedelta(days=3)
"""Between two notices of delay; not if the promised day is nearer than that, or the date is much worse."""
WORSE = 2
"""How many times `min_slip` a date has to be worse to be told without waiting."""
_Move = tuple[date | None, date | None]
"""The day that was promised and the new one; None for no date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """until: the business instant at which it is due again. reason: in words, for who looks at it."""

    until: datetime
    reason: str


def wait_for_week(kind: Kind, gone: Sequence[datetime], policy: Policy, at: datetime) -> Wait | None:
    """Whether a person has had enough for a week. gone: when counted messages went to them, newest first."""
    most = policy.updates.per_week
    if not NOTIFICATIONS[kind].counts or len(gone) < most or gone[most - 1] + WEEK <= at:
        return None
    had = how_many(most, "message of the kind", "messages of the kind")
    return Wait(until=gone[most - 1] + WEEK, reason=f"The customer had {had} within a week.")


def wait_between_delays(
    kind: Kind,
    last: datetime | None,
    moves: Sequence[_Move],
    policy: Policy,
    at: datetime,
) -> Wait | None:
    """Whether a delay comes too soon after another one, of whatever line; those of one day go together.

    last: when one went to the person, if ever. moves: of each line, the day that was promised, and the new
    one.
    """
    if kind is not Kind.DELAYED or last is None or policy.calendar.day(last) == policy.calendar.day(at):
        return None
    until = min(told_not_before(policy, policy.calendar.day(last), *days) or at for days in moves)
    return Wait(until=until, reason="The customer was told of another delay.") if until > at else None


def told_not_before(policy: Policy, last: date, promised: date | None, by: date | None) -> datetime | None:
    """When a delay may be told after another one, on the day `last`; None where it need not wait.

    It does not where the promised day is near, or no date is known any more, or a much worse one.
    """
    if promised is None or by is None or (by - promised).days >= WORSE * policy.promise.min_slip:
        return None
    return policy.daily_review(min(last + BETWEEN_DELAYS, promised - BETWEEN_DELAYS + ONE_DAY))


def wait_for_spacing(kind: Kind, last: datetime | None, policy: Policy, at: datetime) -> Wait | None:
    """Whether an offer comes too soon after another message. last: when one went to the person, if ever."""
    if not NOTIFICATIONS[kind].offer or last is None:
        return None
    days = policy.updates.spacing
    until = policy.daily_review(policy.calendar.day(last) + timedelta(days=days)) if days else at
    if until <= at:
        return None
    return Wait(until=until, reason=f"An offer keeps {how_many(days, 'day')} from other messages.")
