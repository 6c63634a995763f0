"""Days that a person promised, once they are over."""

from __future__ import annotations

from collections.abc import Sequence

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.state import State
from backorder.domain.line.step import SILENCE, Step
from backorder.domain.line.units import refolded
from backorder.domain.policy.policy import Policy


def stated_steps(policy: Policy, state: State) -> Sequence[Step]:
    """What the supply says counts again once such a day is over, whether or not anybody was told of it: the
    ordinary rules go on from there, before anything else is said of that day.
    """
    by = state.stated.window.by if state.stated is not None else None
    if by is None:
        return ()
    why = "the day that a person promised has passed: what the supply says counts again"
    at = policy.daily_review(by + ONE_DAY)
    return (Step(at=at, rank=(SILENCE, 2), what="promise_over", why=why, act=_count_supply_again),)


def _count_supply_again(builder: DecisionBuilder) -> None:
    builder.change(stated=None)
    builder.change(**refolded(builder), moved_by_time_alone=True)
