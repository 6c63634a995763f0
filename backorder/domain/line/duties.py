"""What the law of a line wants next, and by when: the very days that decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from backorder.domain.line.legal_dates import (
    clock_of,
    day_to_ask,
    delivery_notice_on,
    last_day,
    legal_date,
)
from backorder.domain.line.refunds import open_claims
from backorder.domain.line.sent_back import sent_back
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy

_REFUNDS = frozenset({"refund", "late_refund"})
_WITHDRAWAL = "withdrawal_refund"
"""Of every law that gives the right to withdraw."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """One duty. rule: the pack and the rule's ID in it. due: the last day on which it is kept."""

    rule: str
    due: date


def duties(policy: Policy, state: State) -> tuple[Duty, ...]:
    """The duties that are open, the earliest first."""
    law = state.terms.law
    if law is None:
        return ()
    found = [*_of_goods(policy, state)] if state.quantity.open else []
    rule = next((each.id for each in law.rules if each.id in _REFUNDS), None)
    if rule is not None:
        back = {request for request, units in sent_back(state) if units}
        found += [
            (_WITHDRAWAL if each.request in back else rule, each.due_by)
            for each in open_claims(policy, state)
        ]
    named = (Duty(rule=f"{law.name}/{id}", due=due) for id, due in found)
    return tuple(sorted(named, key=lambda each: (each.due, each.rule)))


def _of_goods(policy: Policy, state: State) -> Iterator[tuple[str, date]]:
    if clock_of(state) == "delivery":
        on = delivery_notice_on(policy, state)
        if on is not None:
            yield "delivery_notice", on
        return
    day = legal_date(policy, state)
    asked, last = day_to_ask(policy, state), last_day(policy, state)
    if asked is not None and day is not None:
        yield "delay_notice", day
    if last is not None:
        yield "ship_or_cancel", last
