"""What was paid for shipping and has to go back, because it became free or because it did not arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from backorder.domain.calendar import Calendar
from backorder.domain.line.ledger import (
    NOTHING,
    last_day_for,
    most_for_shipping,
    outstanding,
    shipping_sent,
    waived,
    was_for_shipping,
)
from backorder.domain.line.money_facts import Refund, SentRefund
from backorder.domain.line.sent_back import sent_back
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy


def free_shipping_to_come(policy: Policy, state: State) -> Decimal:
    """See `free_shipping_left`."""
    return free_shipping_left(policy.calendar, state)


def free_shipping_left(calendar: Calendar, state: State) -> Decimal:
    """What had been paid for shipping when it became free, and is not back once all of the line is over."""
    taken = state.payment.taken_at
    given = [each.on for each in state.offers if each.upgrade == "free"]
    if not given or (taken and calendar.day(taken) > min(given)):
        return NOTHING
    return _free_shipping_left(state)


def all_is_sent(state: State) -> bool:
    """Whether nothing is left that has to go back, or may have to."""
    return not (outstanding(state) or _free_shipping_left(state) or _failed_by_itself(state))


def _free_shipping_left(state: State) -> Decimal:
    return NOTHING if state.quantity.open else max(NOTHING, waived(state) - shipping_sent(state))


def free_shipping_claim(policy: Policy, state: State) -> Refund | None:
    """What is still to go back of shipping that had become free, once a cancellation ended the line.

    The law wants it back with the goods (CRD art. 13, 16 CFR 435.2(c)), so it has the last day of what ended
    last. While the line waits, and where all of it shipped, the offer alone promised it.
    """
    left, goods = free_shipping_to_come(policy, state), _went_back(state)
    if not left or not goods:
        return None
    last = max(goods, key=lambda each: (each.due_by, each.vested_at))
    # What did not arrive starts a new limit, as the goods' own money does.
    again_by = failed_shipping_due_by(policy, state)
    due_by = max(last.due_by, again_by) if again_by else last.due_by
    return replace(last, amount=left, sent=(), request="", failed=again_by is not None, due_by=due_by)


def asks_for_free_shipping(calendar: Calendar, state: State) -> bool:
    """Whether there is such a claim."""
    return bool(free_shipping_left(calendar, state) and _went_back(state))


def _went_back(state: State) -> list[Refund]:
    """The claims for goods that a cancellation or their way back ended."""
    ended = {each.request for each in state.cancellations} | {name for name, _ in sent_back(state)}
    return [each for each in state.refunds if each.request in ended and not each.refused]


def shipping_claims(policy: Policy, state: State) -> tuple[Refund, ...]:
    """What is still to go back of that which was paid for shipping, and by when."""
    claims = free_shipping_claim(policy, state), _failed_shipping_claim(policy, state)
    return tuple(each for each in claims if each is not None)


def _failed_shipping_claim(policy: Policy, state: State) -> Refund | None:
    """Shipping that went back with what ended, or by itself, and did not arrive: that starts a new limit."""
    left, failed_at = _failed_by_itself(state), _last_failure(state)
    if not left or failed_at is None:
        return None
    return Refund(
        currency=state.payment.currency,
        amount=left,
        vested_at=failed_at,
        due_by=last_day_for(policy, state, failed_at),
        failed=True,
    )


def _failed_by_itself(state: State) -> Decimal:
    """The same, but where it had become free: then the claim for that stands for it."""
    return NOTHING if waived(state) else shipping_failed(state)


def failed_shipping_due_by(policy: Policy, state: State) -> date | None:
    """The last day for what was paid for shipping and did not arrive, as that happened; None if all did."""
    failed_at = _last_failure(state)
    return last_day_for(policy, state, failed_at) if failed_at is not None else None


def _last_failure(state: State) -> datetime | None:
    return max((each.failed_at for each in _failed_with_shipping(state) if each.failed_at), default=None)


def shipping_failed(state: State) -> Decimal:
    """What was paid for shipping, was sent back, did not arrive, and has not been sent again."""
    if any(each.refused for each in state.refunds) and not waived(state):
        return NOTHING
    lost = sum((was_for_shipping(state, each) for each in _failed_with_shipping(state)), NOTHING)
    return min(lost, max(NOTHING, most_for_shipping(state) - shipping_sent(state)))


def _failed_with_shipping(state: State) -> list[SentRefund]:
    return [each for each in state.money_sent if was_for_shipping(state, each) > 0]
