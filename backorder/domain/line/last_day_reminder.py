"""A line's last day: what is said of how it ends, and the reminder of the customer's own one, told anew where
it did not go.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.commands import Withdraw
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.legal_dates import ends_on, last_day
from backorder.domain.line.payment_days import stays_after
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.state import State
from backorder.domain.line.uncancelled_units import without_cancelled
from backorder.domain.line.unpaid_facts import with_payment
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import Policy

_KIND = Kind.LAST_DAY_REMINDER.value
_LOST = "/lost"
_BEFORE = timedelta(days=2)


def own_day_key(last: date) -> str:
    """How the key of a cancellation after a customer's own last day begins."""
    return f"last_day/{last.isoformat()}"


def reminded_at(policy: Policy, last: date) -> datetime:
    """When the customer is reminded of that last day."""
    return policy.daily_review(last - _BEFORE)


def without_rest(facts: Facts) -> Facts:
    """The facts of units that are gone, without what they say of how the others end."""
    return facts.replace(unanswered=0, answer_by=None, silence="", staying=0, last_day=None, ends_on=None)


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
    """The facts with the day on which the line ends if nothing more is heard: after the customer's own last
    day, or for want of an answer, so that no message says that they need not do anything meanwhile. With what
    has to be paid before it ships.
    """
    state = without_cancelled(state)
    return with_ending(policy, state, with_payment(policy, state, facts))


def with_ending(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts with the day on which the line ends if nothing more is heard."""
    return with_own_day(policy, state, facts) if state.last_day is not None else with_silence(state, facts)


def with_own_day(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts with the customer's own last day and the day on which the line ends, as they are where there
    is none: after that day, or earlier by the law or as it was announced, for their own is no consent.
    """
    own, law, announced = state.last_day, last_day(policy, state), state.automatic_cancellation
    if own is None:
        return facts
    ends = [day + ONE_DAY for day in (own, law) if day is not None]
    if announced is not None:
        ends.append(announced.on)
    return facts.replace(last_day=own, ends_on=min(ends), refundable=state.payment.captured)


def with_silence(state: State, facts: Facts) -> Facts:
    """The facts with what no answer leads to, as they are where it ends nothing.

    Units of an open question that an answer left out are said apart, with what becomes of them. So are the
    others where a message is about some units, or all where those end as well.
    """
    ends = None if facts.unanswered else ends_on(state)
    stays = stays_after(state, ends) if ends is not None else 0
    if ends is None or stays >= state.quantity.open:
        return facts
    said = facts.replace(
        answer_by=ends - ONE_DAY,
        ends_on=ends,
        silence="cancelled",
        staying=stays,
        refundable=state.payment.captured,
    )
    if not 0 < facts.quantity < state.quantity.open:
        return said
    if stays < facts.quantity:
        return _apart(state, said)
    return said.replace(unanswered=state.quantity.open - stays, staying=0, ends_on=None)


def _apart(state: State, said: Facts) -> Facts:
    """What a message about some units says of how the line ends: of all of them, apart."""
    return said.replace(unanswered=state.quantity.open, ends_on=None)


def without_ending(facts: Facts) -> Facts:
    """The facts without what they say of how the line ends, to say it anew."""
    if facts.unanswered or (facts.last_day is None and facts.ends_on is None):
        return facts
    silent = facts.last_day is None
    facts = facts.replace(last_day=None, ends_on=None)
    return facts.replace(answer_by=None, silence="", staying=0) if silent else facts


def with_rest(policy: Policy, state: State, facts: Facts) -> Facts:
    """The facts of units that are gone, with how the others end that are still to come."""
    facts = with_payment(policy, state, without_rest(facts))
    if state.last_day is not None:
        return with_own_day(policy, state, facts)
    said = with_silence(state, facts)
    return said if said.ends_on is None else _apart(state, said)


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
