"""What a person says on a call so that it counts as a legal notice: what the notice itself would say."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.legal_dates import (
    clock_of,
    day_to_ask,
    delivery_notice_on,
    has_to_be_told,
    legal_date,
    open_question,
)
from backorder.domain.line.legal_flags import ASK_BY_CALL, CALL, INCOMPLETE, LEAVES_OR_ENDS, UNCONFIRMED
from backorder.domain.line.legal_notices import asked_by, fault_of, wanted, with_question
from backorder.domain.line.promise_reasons import window_to_tell
from backorder.domain.line.state import State
from backorder.domain.line.uncancelled_units import without_cancelled
from backorder.domain.line.units import facts_now, facts_of
from backorder.domain.notifications import Facts
from backorder.domain.policy.policy import Policy

_CALLS = frozenset({CALL, INCOMPLETE, UNCONFIRMED, ASK_BY_CALL, LEAVES_OR_ENDS})
"""Flags for which a person calls."""


def facts_to_read_out(policy: Policy, state: State, at: datetime) -> Facts | None:
    """What is said on a call now: the question that is open, else the one that is due. None for nothing.

    What would lack a part that the law wants is not read out either.
    """
    state = without_cancelled(state)
    builder = DecisionBuilder(policy, state, at, policy.calendar.day(at))
    if not state.quantity.open:
        return None
    question = open_question(state)
    if question is not None and (question.refused or state.delivery_refused_at is None):
        facts = with_question(policy, state, facts_now(builder), asked_by(question))
    elif _is_due(builder):
        window = window_to_tell(policy, state, state.forecast, builder.day)
        due = wanted(policy, state, window.by, builder.day)
        if due is None:
            return None
        facts = with_question(policy, state, facts_of(builder, window), due)
    else:
        return None
    return None if fault_of(facts) else facts


def _is_due(builder: DecisionBuilder) -> bool:
    """Whether the law wants something asked of the customer by now, or a person was told to call."""
    policy, state = builder.policy, builder.state
    day = legal_date(policy, state)
    if clock_of(state) == "delivery" and state.delivery_refused_at is not None:
        on = delivery_notice_on(policy, state)
        return on is not None and on <= builder.day
    if day is None:
        return False
    if clock_of(state) == "delivery":
        return day < builder.day
    asked = day_to_ask(policy, state)
    by = state.forecast.by if state.forecast else None
    return (
        has_to_be_told(policy, state, by)
        or (asked is not None and asked <= builder.day)
        or not _CALLS.isdisjoint(state.needs)
    )
