"""Every step that a line owes: what is due now, what comes next and when to wake up are asked of one list."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.automatic_cancellation import automatic_cancellation_steps
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.payments import authorization_steps, refund_steps
from backorder.domain.line.promise_updates import promise_steps
from backorder.domain.line.regular_updates import update_steps
from backorder.domain.line.stage_actions import coupon_code, stage_steps
from backorder.domain.line.state import ENDED, State, Status
from backorder.domain.line.step import SILENCE, UNREACHABLE, Step
from backorder.domain.policy.policy import Policy

__all__ = ["UNREACHABLE", "Step", "coupon_code", "first_due", "living", "steps"]


def steps(policy: Policy, state: State) -> list[Step]:
    """All steps that the line owes as things stand, due or not, in the order of a turn.

    A line that was not started owes none.
    """
    if state.status in ENDED or state.supply_at is None:
        return []
    found = list(refund_steps(policy, state))
    if state.status is Status.CLOSING:
        return found
    found += automatic_cancellation_steps(policy, state)
    found += authorization_steps(state)
    found += promise_steps(policy, state)
    found += stage_steps(policy, state)
    found += list(update_steps(policy, state, found))
    if state.hold is not None:
        found.append(_end_of_hold(state.hold.until))
    found.sort(key=lambda step: step.rank)
    return found


def living(policy: Policy, state: State, now: datetime) -> list[Step]:
    """The steps that are worth doing, now or once they fall due."""
    return [step for step in steps(policy, state) if step.alive(max(now, step.at))]


def first_due(policy: Policy, state: State, now: datetime) -> Step | None:
    """The first step that is worth doing, or None where nothing is owed."""
    return min(living(policy, state, now), key=lambda step: step.at, default=None)


def _end_of_hold(until: datetime) -> Step:
    def act(builder: DecisionBuilder) -> None:
        builder.change(hold=None)

    return Step(at=until, rank=(SILENCE, 0), what="hold", why="the hold is over", act=act)
