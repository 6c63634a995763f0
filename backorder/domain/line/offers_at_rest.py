"""When nobody is offered anything: while the law has them asked, and after a complaint or a cancellation."""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.state import State
from backorder.domain.rest_periods import offers_rest_until


def question_is_open(state: State) -> bool:
    """Whether a question of the law waits for the customer's answer."""
    return state.consent.state == "asked" or (bool(state.questions) and open_question(state) is not None)


def rests_until(state: State) -> datetime | None:
    """Until when who complained or cancelled, about whatever line, is offered nothing."""
    complained, cancelled = state.context.complained_at, state.context.cancelled_at
    for each in state.complaints:
        complained = max(complained, each.received_at) if complained else each.received_at
    for ended in state.cancellations:
        if ended.units and ended.by == "customer":
            cancelled = max(cancelled, ended.received_at) if cancelled else ended.received_at
    return offers_rest_until(complained, cancelled) if complained or cancelled else None


def why_offers_rest(state: State, at: datetime) -> str:
    """Why nothing is offered at a business instant, in words; "" where something may be."""
    if question_is_open(state):
        return "a question of the law is open"
    rests = rests_until(state)
    return "the customer has just complained or cancelled" if rests and at < rests else ""
