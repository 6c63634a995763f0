"""What the engine may ask of people, as literal tables: what ends it, and when it ends by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from backorder.domain.line.free_shipping import all_is_sent, shipping_failed
from backorder.domain.line.late_refunds import excess, is_settled
from backorder.domain.line.ledger import in_vain, outstanding
from backorder.domain.line.legal_dates import open_question, unconfirmed
from backorder.domain.line.legal_flags import (
    ASK_BY_CALL,
    CALL,
    INCOMPLETE,
    LEAVES_OR_ENDS,
    LEFT_TOO_LATE,
    LEGAL_REVIEW,
    TAKEN_BACK_LATE,
    TELL,
    UNCONFIRMED,
)
from backorder.domain.line.sent_back import units_unpaid
from backorder.domain.line.state import State
from backorder.domain.supply.offering import OVER_LIMIT, WITHOUT_DATE
from backorder.domain.texts import shown

EVENTS_REFUSED = "events_refused"
"""What a line shows of whose events a receiver refuses one."""
ESCALATED = "escalated:"
"""What stands before the ID of the stage that called a person."""


def _never(state: State) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class HumanTask:
    """Something that is asked of a person.

    what: in words. commands: what ends it. Of a flag {about} stands for the order and line, {customer} for
    the customer's ID; of a task {line} for those, {about} for the words of its subject, {ticket} for the
    complaint's, {day} for the option with the day that a notice named; capitals and … stand for what the
    person fills in. by_hand: a person may also say that it is done. gone: whether its cause is gone, so that
    it ends by itself; those that end when something else is heard never say so. erasure: what becomes of a
    flag where the customer wishes to be erased: it ends with what is known of them; what decides about money
    or the line is waited for, as nobody could ask them afterwards; and what the shop does by itself stays.
    """

    what: str
    commands: tuple[str, ...]
    by_hand: bool = True
    gone: Callable[[State], bool] = _never
    erasure: Literal["ends", "waits", "stays"] = "ends"


FLAGS: Mapping[str, HumanTask] = {
    "unreachable": HumanTask(
        what="no channel reached the customer",
        commands=("backorder customer set {customer} --email … --phone …",),
    ),
    "undelivered": HumanTask(
        what="messages to the customer got lost on their way",
        commands=("backorder customer set {customer} --email … --phone …",),
    ),
    "refund_due_soon": HumanTask(
        what="a refund has not been sent, and its last day comes near",
        commands=("backorder refund {about} --amount … --refund ID",),
        gone=all_is_sent,
        erasure="waits",
    ),
    "refund_overdue": HumanTask(
        what="the refund is overdue",
        commands=("backorder refund {about} --amount … --refund ID",),
        gone=all_is_sent,
        erasure="waits",
    ),
    "refund_failed": HumanTask(
        what="a refund did not arrive; ask how to send it",
        commands=("backorder refund {about} --amount … --refund NEW",),
        gone=lambda state: outstanding(state) == 0 and shipping_failed(state) == 0,
        erasure="waits",
    ),
    "refund_excess": HumanTask(
        what="more was refunded than is owed",
        commands=("backorder refund {about} --amount … --refund ID --failed-at …",),
        gone=lambda state: excess(state) == 0,
        erasure="stays",
    ),
    "payment_missing": HumanTask(
        what="units are there, or left, and no authorization of the payment holds; help the customer to pay",
        commands=("backorder payment {about} authorized --expires-at … --pay-url …",),
        gone=lambda state: not (state.payment_due or state.passed_over or units_unpaid(state)),
        erasure="waits",
    ),
    "shipped_after_cancellation": HumanTask(
        what="shipped after it was cancelled",
        commands=(),
        gone=lambda state: in_vain(state) <= 0,
        erasure="waits",
    ),
    LEFT_TOO_LATE: HumanTask(
        what="the customer cancelled what had left too late to be there by the stated day; only force majeure"
        " lets the refund be refused: decide it, and tell them",
        commands=("backorder refund {about} --amount … --refund ID", "backorder note {about} …"),
        gone=is_settled,
        erasure="waits",
    ),
    "kept_before_ending": HumanTask(
        what="the customer had answered, or had been told in time, before the line was ended",
        commands=(),
        erasure="waits",
    ),
    "swap_failed": HumanTask(
        what="what the customer took instead could not be sent, or units left before it; ask what they want",
        commands=("backorder answer {about} keep|cancel|alternative",),
        erasure="waits",
    ),
    TAKEN_BACK_LATE: HumanTask(
        what="the customer took a cancellation back in time, but it had been carried out by then",
        commands=(),
        erasure="waits",
    ),
    CALL: HumanTask(
        what="the law wants the customer told, and nothing can be written to them; call, and record the call",
        commands=("backorder notice {about} --medium call --offered --by-date … --text …",),
        gone=lambda state: state.quantity.open == 0,
    ),
    TELL: HumanTask(
        what="the customer has to hear what became of it, or that their last day is near, and nothing can be"
        " written to them; call, and record the call",
        commands=("backorder notice {about} --medium call --text …",),
    ),
    INCOMPLETE: HumanTask(
        what="a legal notice lacks what the law wants said, so it was not sent; call, and record the call",
        commands=("backorder notice {about} --medium call --offered --by-date … --text …",),
        gone=lambda state: state.quantity.open == 0,
    ),
    UNCONFIRMED: HumanTask(
        what="nobody reports a legal notice as delivered, and its last day is near; call, read it out, and"
        " record the call",
        commands=("backorder notice {about} --medium call --offered --by-date … --text …",),
        gone=lambda state: state.quantity.open == 0 or unconfirmed(state) is None,
    ),
    ASK_BY_CALL: HumanTask(
        what="a question went to a new address shortly before its last day; call, ask, and record it",
        commands=(
            "backorder answer {about} keep|cancel --via phone",
            "backorder notice {about} --medium call --offered --by-date … --text …",
        ),
        gone=lambda state: state.quantity.open == 0 or open_question(state) is None,
    ),
    LEAVES_OR_ENDS: HumanTask(
        what="the law ends it soon without the customer's consent: it leaves today, or is cancelled",
        commands=("backorder ship {about} --quantity …", "backorder answer {about} keep|cancel"),
        gone=lambda state: state.quantity.allocated == 0,
    ),
    LEGAL_REVIEW: HumanTask(
        what="a duty of law was broken before the line was known here; it does not end for two days",
        commands=("backorder show {about}", "backorder cancel {about} --reason …"),
        gone=lambda state: state.quantity.open == 0,
    ),
    "endings_paused": HumanTask(
        what="too many lines would end by the policy within an hour; this one waits a day",
        commands=("backorder hold {about} --until 7d --reason …", "backorder cancel {about} --reason …"),
        gone=lambda state: state.automatic_cancellation is None,
    ),
    ESCALATED: HumanTask(
        what="escalated by stage",
        commands=("backorder answer {about} keep|cancel|alternative", "backorder cancel {about} --reason …"),
        gone=lambda state: state.quantity.open == 0,
    ),
    OVER_LIMIT: HumanTask(
        what="more units wait for the product than its backorder_limit allows",
        commands=("backorder cancel {about} --reason …",),
        gone=lambda state: state.quantity.waiting == 0,
    ),
    WITHOUT_DATE: HumanTask(
        what="was sold without a date, which the product's sell_without_date rules out",
        commands=("backorder cancel {about} --reason …",),
        gone=lambda state: (
            state.quantity.waiting == 0 or (state.forecast is not None and state.forecast.by is not None)
        ),
    ),
    EVENTS_REFUSED: HumanTask(
        what="a receiver has not taken its events for an hour",
        commands=("backorder receiver list", "backorder receiver resend RECEIVER EVENT"),
        by_hand=False,
    ),
    "engine_error": HumanTask(
        what="the engine cannot look at it: see `backorder show` and the worker's log",
        commands=("backorder show {about}",),
        by_hand=False,
    ),
}
"""What a line may need of a person; an escalation by the part of its name before the stage."""

TASKS: Mapping[str, HumanTask] = {
    "approve_date": HumanTask(
        what="a new date waits for approval",
        commands=("backorder supply decide {about} approve|reject --by NAME",),
        by_hand=False,
    ),
    "supplier_silent": HumanTask(
        what="the supplier does not answer",
        commands=(
            "backorder supply date {about} --split UNITS=DATE --source mail",
            "backorder supply reassign {about} --to SUPPLIER --order NEW",
        ),
    ),
    "supplier_unreachable": HumanTask(
        what="the supplier cannot be written to",
        commands=("backorder supply date {about} --split UNITS=DATE --source mail",),
    ),
    "notice_undelivered": HumanTask(
        what="a notice that the law wants told is not known to have arrived; tell them today by other means",
        commands=("backorder notice {line} --medium call --offered{day} --text …",),
    ),
    "complaint_undelivered": HumanTask(
        what="what a customer is told about their complaint is not known to have arrived; tell them today by"
        " other means",
        commands=("backorder notice {line} --medium call --text …",),
    ),
    "may_be_cancellation": HumanTask(
        what="a text that stops our texts may be meant for the order; ask by mail or call whether it was",
        commands=("backorder list --customer {about}",),
    ),
    "unclear_text": HumanTask(
        what="a text of a customer's that no rule understands: read it, and record what they want",
        commands=(
            "backorder list --customer {about}",
            "backorder answer ORDER/LINE keep|cancel|alternative --via sms",
        ),
    ),
    "unknown_sender": HumanTask(
        what="a text from a number that no customer has: find out whose it is, and record what they want",
        commands=(
            "backorder list WORDS",
            "backorder answer ORDER/LINE keep|cancel|alternative --via sms",
        ),
    ),
    "complaint": HumanTask(
        what="a customer complained: look into it, and end it in words that they read",
        commands=("backorder complaint close {line} {ticket} …",),
        by_hand=False,
    ),
    "complaint_due": HumanTask(
        what="a complaint has to be ended within a week",
        commands=("backorder complaint close {line} {ticket} …",),
        by_hand=False,
    ),
    "erasure_waits": HumanTask(
        what="a customer wishes to be erased, and something of theirs is open; tell them within a month",
        commands=("backorder customer show {about}",),
    ),
    "over_received": HumanTask(
        what="more came than was ordered",
        commands=("backorder supply return {about} --receipt … --return NEW --quantity …",),
    ),
    "reserved_units_lost": HumanTask(
        what="units that a customer took instead are gone",
        commands=("backorder answer {line} keep|cancel|alternative",),
    ),
    "product_short": HumanTask(
        what="a product is short: order it today, or say why not",
        commands=("backorder plan orders --write", "backorder supply show {about}"),
    ),
    "receiver_refusing": HumanTask(
        what="a receiver did not take events for three days, and they were given up",
        commands=("backorder receiver resend {about}", "backorder receiver remove {about}"),
    ),
    "event_unacknowledged": HumanTask(
        what="a message waits for an event that the order system never took",
        commands=("backorder receiver resend {receiver} {event}",),
    ),
    "reader_stopped": HumanTask(
        what="a key that acknowledges events has not read them for a day, and messages wait for it",
        commands=("backorder key list", "backorder key revoke {about}"),
        by_hand=False,
    ),
    "coupons_used_up": HumanTask(
        what="the coupons of a stage are given out for this month: its lines get none until the next one",
        commands=("backorder policy budgets",),
    ),
    "channel_paused": HumanTask(
        what="a channel is paused; where no person paused it, mend its account or its settings",
        commands=("backorder doctor", "backorder channel resume {about}"),
        by_hand=False,
    ),
    "provider_code": HumanTask(
        what="a provider refuses messages with a code that is for a person: look it up, and mend its cause",
        commands=("backorder message list --failed",),
    ),
}
"""What may stand on the worklist, by the kind of the task."""


@lru_cache(maxsize=256)
def human_task(flag: str) -> HumanTask:
    """What a line's flag asks. One that an earlier version raised asks what its name says.

    Every decision about a line that a person looks at asks this; the flags are the table's and the stages'.
    """
    known = FLAGS.get(ESCALATED if flag.startswith(ESCALATED) else flag)
    return known or HumanTask(what=flag.replace("_", " "), commands=())


def is_flag(name: str) -> bool:
    """Whether this version raises a flag of that name."""
    return name in FLAGS or name.startswith(ESCALATED)


def fault_of_kind(kind: str) -> str | None:
    """What is wrong with the kind of a task that somebody asks for."""
    if is_flag(kind) or kind in TASKS:
        return None
    return f"{shown(kind)} is unknown; known are {', '.join((*TASKS, *FLAGS))}"


def over(state: State) -> tuple[str, ...]:
    """The flags of a line whose cause is gone."""
    return tuple([flag for flag in state.needs if human_task(flag).gone(state)])


def still_to_decide(state: State) -> tuple[str, ...]:
    """What a person has still to decide about a line before its customer may be erased, in words."""
    asked = [human_task(flag) for flag in state.needs]
    return tuple([each.what for each in asked if each.erasure == "waits" and not each.gone(state)])


def outlives_erasure(flag: str) -> bool:
    """Whether a flag stays with a line whose customer is erased."""
    return human_task(flag).erasure == "stays"
