"""When a message that is true and due waits all the same, so that nobody is written to too often. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backorder.domain.notifications import NOTIFICATIONS, Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import how_many

WEEK = timedelta(days=7)


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


def wait_for_spacing(kind: Kind, last: datetime | None, policy: Policy, at: datetime) -> Wait | None:
    """Whether an offer comes too soon after another message. last: when one went to the person, if ever."""
    if not NOTIFICATIONS[kind].offer or last is None:
        return None
    days = policy.updates.spacing
    until = policy.look(policy.calendar.day(last) + timedelta(days=days)) if days else at
    if until <= at:
        return None
    return Wait(until=until, reason=f"An offer keeps {how_many(days, 'day')} from other messages.")
