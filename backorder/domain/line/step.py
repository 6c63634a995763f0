"""A step: something that a line owes, and the instant at which it falls due if nothing new is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy

UNREACHABLE = "unreachable"
"""What a person is asked to see to when no channel reached the customer."""
UNDELIVERED = "undelivered"
"""What a person is asked to see to when promises in a row did not arrive, though a channel took them."""

FIRST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(hours=6)
"""Business time between the second loss of news in a row and the next try; it doubles with each loss more."""

# One turn in order: endings, duties, delayed or earlier, then offers in the policy's order.
SILENCE, ENDINGS, DUTIES, PROMISES, UPDATES, STAGES = range(6)


@dataclass(slots=True)  # not frozen, nor of keywords alone: every review makes some, and that takes longest
class Step:
    """Something that falls due at `at`, and is not worth doing any more from `until` on.

    rank: its place in a turn. writes: whether the customer gets a message.
    """

    at: datetime
    rank: tuple[int, int]
    what: str
    why: str
    act: Callable[[DecisionBuilder], None]
    writes: bool = False
    until: datetime | None = None

    def alive(self, now: datetime) -> bool:
        """Whether it is still worth doing."""
        return self.until is None or now < self.until


def supply_changed_at(state: State) -> datetime:
    """When the supply came to look as it does now."""
    return state.supply_at or state.opened_at


def after_hold(state: State, at: datetime) -> datetime:
    """The instant, or the end of a hold that is on until later."""
    return max(at, state.hold.until) if state.hold else at


def after_loss(state: State, at: datetime) -> datetime:
    """The instant, or the end of a rest that grows with each loss in a row; the first one has none.

    What a person took back rests as long as its state says.
    """
    if state.told_anew_from is not None:
        at = max(at, state.told_anew_from)
    if state.lost_at is None or state.lost < 2:
        return at
    rest = FIRST_REST * 2.0 ** min(state.lost - 2, 20)
    return max(at, state.lost_at + min(rest, LONGEST_REST))


def review_or_now(policy: Policy, state: State, day: date) -> datetime:
    """A day's review; at once where what makes a step due changed on that day or after it."""
    changed_at = supply_changed_at(state)
    return review_or_change(policy, changed_at, policy.calendar.day(changed_at), day)


def review_or_change(policy: Policy, changed_at: datetime, changed_on: date, day: date) -> datetime:
    """A day's review; what changed on that day or after it, at once. changed_on: its day at the shop."""
    return changed_at if day <= changed_on else policy.daily_review(day)


def out_of_reach(state: State) -> bool:
    """Whether nothing can be written to the customer, or no channel reached them: nothing would arrive."""
    return state.context.by_hand or UNREACHABLE in state.needs
