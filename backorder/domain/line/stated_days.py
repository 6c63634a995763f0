"""Days that a person promised, and nobody was told."""

from __future__ import annotations

from datetime import date

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.step import PROMISES, Step
from backorder.domain.line.units import refolded
from backorder.domain.policy.policy import Policy


def supply_counts_again(policy: Policy, by: date) -> Step:
    """What the supply says, once such a day is over: the ordinary rules go on from there."""

    def act(builder: DecisionBuilder) -> None:
        builder.change(stated=None)
        builder.change(**refolded(builder), moved_by_time_alone=True)

    at, why = policy.daily_review(by + ONE_DAY), "a day that a person promised has passed untold"
    return Step(at=at, rank=(PROMISES, 0), what="promise_over", why=why, act=act)
