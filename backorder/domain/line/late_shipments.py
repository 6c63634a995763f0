"""What left too late to be there by the stated day, where its customer cancels: a person looks at it.

Late against the stated schedule, a refund may be refused for force majeure alone, as a person decides
(Consumer Protection (E-Commerce) Rules, 2020, r. 6(3), 7(4)). Elsewhere what has left is not cancelled.
"""

from __future__ import annotations

from datetime import datetime

from backorder.domain.line.cancellations import nothing_open
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.late_refunds import late_unworded, may_be_too_late, too_late_by
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.refunds import reckon
from backorder.domain.line.sent_back import CANCEL, shipped_by
from backorder.domain.line.state import State, Withdrawal
from backorder.domain.line.withdrawals import none_was_open
from backorder.domain.notifications import Facts, Kind


def left_too_late(
    builder: DecisionBuilder, *, request: str, key: str, count: int | None, received_at: datetime
) -> bool:
    """Take the customer's word to end what had left by its instant, and too late: a person looks at it, and
    they are told so. Returns whether it is such a word.

    key: of the message. count: units that were named, None for all. Raises UnacceptableError and
    WithoutEffectError where nothing is known to have left so, with the word noted if it may count yet.
    """
    state = builder.state
    if not may_be_too_late(builder.policy, state) or not none_was_open(state, request, received_at):
        return False
    if count is not None and not 1 <= count <= state.quantity.ordered:
        return False
    word = Withdrawal(request=request, asked=count, received_at=received_at)
    if not too_late_by(builder.policy, state, received_at):
        if not _may_count_yet(state, word):
            return False
        words = (*state.after_shipment, word)
        raise nothing_open(state, state.replace(after_shipment=words, late_unworded=late_unworded(state)))
    builder.change(after_shipment=(*state.after_shipment, word))
    reckon(builder, state)  # the money may have gone before
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


def _may_count_yet(state: State, word: Withdrawal) -> bool:
    """Whether something that was cancelled may turn out to have left too late before that word, and none that
    is known says as much. What something else takes the place of is no part of the contract any more.
    """
    known = [each for each in state.after_shipment if each.received_at <= word.received_at]
    named = [each.asked for each in known]
    if None in named or sum(filter(None, named)) >= state.quantity.ordered:
        return False
    return bool(state.quantity.cancelled) and word.request not in {each.request for each in known}
