"""What the law of a line wants next, and by when: the very days that decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from backorder.domain.complaints import Complaint
from backorder.domain.line.legal_dates import (
    clock_of,
    day_to_ask,
    delivery_notice_on,
    last_day,
    legal_date,
)
from backorder.domain.line.money_facts import Refund
from backorder.domain.line.refunds import open_claims
from backorder.domain.line.sent_back import has_the_right, sent_back
from backorder.domain.line.state import Quantity, State
from backorder.domain.policy.policy import Policy

_REFUNDS = frozenset({"refund", "late_refund"})
_COMPLAINTS, _ACKNOWLEDGEMENT = "complaints", "complaint_acknowledgement"
"""That a complaint is ended within a month, and acknowledged within 48 hours, under the same law."""
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
        names = _refund_rules(policy, state, rule)
        found += [(names(each), each.due_by) for each in open_claims(policy, state)]
    if state.complaints and any(each.id == _COMPLAINTS for each in law.rules):
        found += [(_COMPLAINTS, each.answer_by) for each in state.complaints if each.is_open]
        until = (each.acknowledge_by for each in unacknowledged(state))
        found += [(_ACKNOWLEDGEMENT, policy.calendar.day(each)) for each in until if each]
    named = (Duty(rule=f"{law.name}/{id}", due=due) for id, due in dict.fromkeys(found))
    return tuple(sorted(named, key=lambda each: (each.due, each.rule)))


def unacknowledged(state: State) -> tuple[Complaint, ...]:
    """Complaints of which their customer has yet to read, by the law of the line, that they came in."""
    law = state.terms.law
    if not state.complaints or law is None or all(each.id != _COMPLAINTS for each in law.rules):
        return ()
    return tuple(each for each in state.complaints if each.is_open and each.acknowledge_by)


def _refund_rules(policy: Policy, state: State, rule: str) -> Callable[[Refund], str]:
    """The rule by which each refund is owed. rule: of what is too late, or is not delivered.

    Who has the right to withdraw ends the contract by it in good time (CRD art. 13, CCR reg. 34), and what
    was paid for shipping goes with what was ended.
    """
    if not has_the_right(state):
        return lambda _: rule
    ended = {each.request: each for each in state.cancellations}
    swapped = {each.request: each.received_at for each in state.substitutions}
    back = {request for request, units in sent_back(state) if units}

    def of_goods(refund: Refund) -> str:
        if refund.request in back:
            return _WITHDRAWAL
        made = ended.get(refund.request)
        if made is not None and made.by != "customer":
            return rule
        at = made.received_at if made is not None else swapped.get(refund.request, refund.vested_at)
        return rule if _is_late(policy, state, at) else _WITHDRAWAL

    def of_claim(refund: Refund) -> str:
        if refund.request or not state.refunds:
            return of_goods(refund)
        same = [each for each in state.refunds if each.vested_at == refund.vested_at]
        return of_goods(max(same or state.refunds, key=lambda each: each.vested_at))

    return of_claim


def _is_late(policy: Policy, state: State, at: datetime) -> bool:
    """Whether the day of the delivery had passed by then, or the shop had said that it does not deliver.

    The day as it stood then: what its customer agreed to since, or of fewer units than were open, makes
    nothing in time that was late.
    """
    agreed = tuple(each for each in state.agreements if each.received_at <= at)
    then = state.replace(agreements=agreed, quantity=Quantity(ordered=_open_at(state, at)))
    refused, day = state.delivery_refused_at, legal_date(policy, then)
    return (refused is not None and refused <= at) or (day is not None and policy.calendar.day(at) > day)


def _open_at(state: State, at: datetime) -> int:
    """Units that were open at an instant, before anything that happened at it; 1 at least."""
    gone = sum(each.quantity for each in state.shipments if each.shipped_at < at)
    gone += sum(each.units for each in state.cancellations if each.received_at < at)
    gone += sum(each.units for each in state.substitutions if each.counts_from < at)
    return max(1, state.quantity.ordered - gone)


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
