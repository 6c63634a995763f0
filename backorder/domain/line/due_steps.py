"""Every step that a line owes: what is due now, what comes next and when to wake up are asked of one list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from backorder.domain.line.authorizations import authorization_steps
from backorder.domain.line.automatic_cancellation import automatic_cancellation_steps
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.legal_dates import last_day
from backorder.domain.line.legal_flags import CALL, UNCONFIRMED
from backorder.domain.line.legal_steps import SECOND_WAY, legal_steps
from backorder.domain.line.payments import refund_steps
from backorder.domain.line.promise_updates import promise_steps
from backorder.domain.line.regular_updates import update_steps
from backorder.domain.line.revocable_cancellations import revocable_steps
from backorder.domain.line.stage_actions import stage_steps
from backorder.domain.line.state import ENDED, State, Status, Swap
from backorder.domain.line.stated_days import stated_steps
from backorder.domain.line.step import SILENCE, Step
from backorder.domain.line.swaps import swap_steps
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

_RANK = attrgetter("rank")


def steps(policy: Policy, state: State, now: datetime | None = None) -> list[Step]:
    """All steps that the line owes as things stand, due or not, in the order of a turn.

    A line that was not started owes none. now: where something falls due by then, what comes behind it in a
    turn may be left out.
    """
    status = state.status
    if status in ENDED or state.supply_at is None:
        return []
    found = list(refund_steps(policy, state)) if state.refunds else []
    if status is Status.CLOSING:
        return found
    if state.revocable:
        return [*found, *revocable_steps(state)]
    if state.swap is not None:
        return _while_it_is_held(policy, state, found, state.swap)
    if state.stated is not None:
        found += stated_steps(policy, state)
    waiting = status is Status.WAITING
    if waiting and policy.endings:
        found += automatic_cancellation_steps(policy, state)
    if state.payment.state == "authorized" or state.payment_due is not None:
        found += authorization_steps(policy, state)
    if state.terms.legal_date is not None or state.last_day is not None:
        found += legal_steps(policy, state)
    found += promise_steps(policy, state)
    if state.hold is not None:
        found.append(_end_of_hold(state.hold.until))
    if now is None or first_due(found, now) is None:
        found += stage_steps(policy, state, waiting=waiting)
        if waiting and state.delivery_refused_at is None:
            found += update_steps(policy, state, found, now)
    found.sort(key=_RANK)
    return found


def _while_it_is_held(policy: Policy, state: State, found: list[Step], swap: Swap) -> list[Step]:
    """While an alternative is held for the order system nothing else is said, and the line does not end.

    What the law wants before the swap is over waits for nothing: a notice, and that one arrives.
    """
    found += [*swap_steps(swap), *authorization_steps(policy, state)]
    if state.terms.legal_date is not None:
        last, wanted = last_day(policy, state), {SECOND_WAY}
        if last is not None and last <= policy.calendar.day(swap.until):
            wanted |= {Kind.CONSENT_REQUEST.value, CALL, UNCONFIRMED}
        owed = (*legal_steps(policy, state), *promise_steps(policy, state))
        found += [step for step in owed if step.what in wanted]
    found.sort(key=_RANK)
    return found


def first_due(owed: Iterable[Step], now: datetime) -> Step | None:
    """The first of the steps that is due, and still worth doing."""
    for step in owed:
        if step.at <= now and (step.until is None or now < step.until):
            return step
    return None


def next_due(owed: Iterable[Step], now: datetime) -> datetime | None:
    """When the first of those falls due that are worth doing, now or once they do."""
    first: datetime | None = None
    for step in owed:
        if (first is None or step.at < first) and (step.until is None or step.alive(max(now, step.at))):
            first = step.at
    return first


def living(owed: Iterable[Step], now: datetime) -> list[Step]:
    """Those of the steps that are worth doing, now or once they fall due."""
    return [step for step in owed if step.until is None or step.alive(max(now, step.at))]


def _end_of_hold(until: datetime) -> Step:
    def act(builder: DecisionBuilder) -> None:
        builder.change(hold=None)

    return Step(at=until, rank=(SILENCE, 0), what="hold", why="the hold is over", act=act)
