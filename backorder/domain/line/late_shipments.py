"""What left too late to be there by the stated day, where its customer cancels: a person looks at it.

Late against the stated schedule, a refund may be refused for force majeure alone, as a person decides
(Consumer Protection (E-Commerce) Rules, 2020, r. 6(3), 7(4)). Elsewhere what has left is not cancelled.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.legal_dates import legal_date
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.refunds import reckon
from backorder.domain.line.sent_back import CANCEL, shipped_by
from backorder.domain.line.withdrawals import none_was_open
from backorder.domain.notifications import Facts, Kind


def left_too_late(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime
) -> bool:
    """Take the customer's word to end what had left by its instant, and too late: a person looks at it, and
    they are told so. Returns whether it is such a word.

    key: of the message. count: units that were named, None for all.
    """
    state = builder.state
    left = shipped_by(state, received_at)
    if not left or not none_was_open(state, request, received_at):
        return False
    if not need_for_late(builder, received_at, count):
        return False
    facts = Facts(
        quantity=left if count is None else min(count, left),
        choice=CANCEL,
        received_at=builder.policy.calendar.local(received_at),
        left_late=True,
    )
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)
    reckon(builder, state)  # the money may have gone before
    return True


def need_for_late(builder: DecisionBuilder, received_at: datetime, count: int | None) -> bool:
    """Ask a person to look at a cancellation of that instant, if units had left by then, and too late. What
    was paid for those may go back.

    count: units that it names beside those that it ends, None for all. Returns whether some had left so.
    """
    policy, state, law = builder.policy, builder.state, builder.state.terms.law
    stated = legal_date(policy, state)
    if law is None or not law.force_majeure or stated is None:
        return False
    transit = timedelta(days=policy.promise.transit)
    gone = [each for each in state.shipments if each.shipped_at < received_at]
    late = sum(each.quantity for each in gone if policy.calendar.day(each.shipped_at) + transit > stated)
    if not late:
        return False
    known = state.ended_late
    builder.change(ended_late=max(known, late if count is None else min(late, known + count)))
    builder.need(LEFT_TOO_LATE)
    builder.because("the customer cancelled what had left too late; a person has to look")
    return True
