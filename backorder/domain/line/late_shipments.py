"""What left too late to be there by the stated day, where its customer cancels: a person looks at it.

Late against the stated schedule, a refund may be refused for force majeure alone, as a person decides
(Consumer Protection (E-Commerce) Rules, 2020, r. 6(3), 7(4)). Elsewhere what has left is not cancelled.
"""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.late_refunds import may_be_too_late, too_late_by
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.refunds import reckon
from backorder.domain.line.sent_back import CANCEL, shipped_by
from backorder.domain.line.state import Withdrawal
from backorder.domain.line.withdrawals import none_was_open
from backorder.domain.notifications import Facts, Kind


def left_too_late(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime
) -> bool:
    """Take the customer's word to end what had left by its instant, and too late: a person looks at it, and
    they are told so. Where nothing is known to have left so, it counts for what turns out to have. Returns
    whether it is such a word.

    key: of the message. count: units that were named, None for all.
    """
    state = builder.state
    if not may_be_too_late(builder.policy, state) or not none_was_open(state, request, received_at):
        return False
    late = too_late_by(builder.policy, state, received_at)
    if not late and sum(each.quantity for each in state.shipments) >= state.quantity.ordered:
        return False  # all of it left in time
    if count is not None and not 1 <= count <= state.quantity.ordered:
        return False
    word = Withdrawal(request=request, asked=count, received_at=received_at)
    builder.change(after_shipment=(*state.after_shipment, word))
    reckon(builder, state)  # the money may have gone before
    if not late:
        builder.because("nothing was open any more; it counts for what turns out to have left too late")
        return True
    builder.need(LEFT_TOO_LATE)  # they say so once more, whatever was decided before
    left = shipped_by(state, received_at)
    facts = Facts(
        quantity=left if count is None else min(count, left),
        choice=CANCEL,
        received_at=builder.policy.calendar.local(received_at),
        left_late=True,
    )
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)
    return True
