"""A customer's own last day: what is said of it, and the reminder, told anew where it did not go."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.commands import Withdraw
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.legal_dates import last_day
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.state import State
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import Policy

_KIND = Kind.LAST_DAY_REMINDER.value
_LOST = "/lost"
_BEFORE = timedelta(days=2)


def reminded_at(policy: Policy, last: date) -> datetime:
    """When the customer is reminded of that last day."""
    return policy.daily_review(last - _BEFORE)


def is_reminded(state: State, last: date) -> bool:
    """Whether the reminder of that last day is planned, or has gone."""
    # The version before reminded by a regular update.
    before = f"{Kind.STILL_WAITING.value}/last_day/{last.isoformat()}"
    return state.is_done(reminder_key(state, last)) or state.is_done(before)


def reminder_key(state: State, last: date) -> str:
    """The key of the reminder of that day; with the number of the attempt where one did not go."""
    first = f"{_KIND}/{last.isoformat()}"
    lost = sum(key.startswith(first) and key.endswith(_LOST) for key, _ in state.done)
    return f"{first}/{lost + 1}" if lost else first


def with_last_day(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts with the customer's own last day and the day on which the line ends, as they are where there
    is none: after that day, or after the law's last one where it comes first, for their own is no consent.
    """
    own, law = state.last_day, last_day(policy, state)
    if own is None:
        return facts
    first = own if law is None else min(own, law)
    return facts.replace(last_day=own, ends_on=first + ONE_DAY, refundable=state.payment.captured)


def is_reminder(key: str) -> bool:
    """Whether that is the key of such a reminder."""
    return key.startswith(f"{_KIND}/")


def lose_reminder(builder: DecisionBuilder, key: str) -> None:
    """It did not go: while its day counts, it is owed again, under a key of its own."""
    builder.done(f"{key}{_LOST}")


def take_reminder_back(builder: DecisionBuilder) -> None:
    """What the reminder says holds no more; the one that has not gone is taken back."""
    last = builder.state.last_day
    if last is None:
        return
    key = reminder_key(builder.state, last)
    if builder.state.is_done(key) and not has_gone(builder.state, key):
        builder.do(Withdraw(key=key))
        lose_reminder(builder, key)
