"""Coupons: a random code for a line, given out once, and void with the line where the policy says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from backorder.domain.line.commands import CountCoupon
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import CouponClaimed
from backorder.domain.line.offers_at_rest import why_offers_rest
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.seldom_asked import coupons_given, has_gone
from backorder.domain.line.state import Cancellation, Offer
from backorder.domain.line.units import KnownError, UnacceptableError
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import STAGE_KEYS, Stage


def issue(builder: DecisionBuilder, offer: Offer) -> Offer:
    """Give an offer its code, and tell the order system of it. Returns the offer with the code.

    It counts for the budget of its stage; `is_used_up` says whether there is any left.
    """
    stage = stage_of(builder, offer)
    if stage is not None and stage.budget:
        given = _given(builder, stage) + 1
        builder.do(CountCoupon(stage=stage.id, month=month_of(builder.day), last=given >= stage.budget))
    issued = replace(offer, code=builder.state.context.code)
    others = tuple(each for each in builder.state.offers if each.key != offer.key)
    builder.change(offers=(*others, issued))
    _publish(builder, issued)
    return issued


def _publish(builder: DecisionBuilder, issued: Offer) -> None:
    until = issued.valid_until.isoformat() if issued.valid_until else ""
    builder.publish("coupon_issued", code=issued.code, percent=str(issued.percent), valid_until=until)


def is_used_up(builder: DecisionBuilder, stage: Stage | None) -> bool:
    """Whether the codes that a stage may give out this month are given out."""
    return stage is not None and bool(stage.budget) and _given(builder, stage) >= stage.budget


def month_of(day: date) -> str:
    """The month of a day, as budgets name it."""
    return f"{day:%Y-%m}"


def stage_of(builder: DecisionBuilder, offer: Offer) -> Stage | None:
    """The stage that made an offer; None where the line's policy does not have it any more."""
    return builder.policy.stage(offer.key.removeprefix(STAGE_KEYS))


def _given(builder: DecisionBuilder, stage: Stage) -> int:
    return coupons_given(builder.state, stage.id, month_of(builder.day))


def coupon_claimed(builder: DecisionBuilder, event: CouponClaimed) -> None:
    """The customer wants to see the code that waits on their page: only now it is given out."""
    offer = next((each for each in builder.state.offers if each.kind is Kind.COUPON), None)
    if offer is None:
        raise UnacceptableError("there is no coupon for this line", Refusal.NO_COUPON)
    if offer.code:
        raise KnownError(f"the code is {offer.code}", Refusal.DONE)
    if is_over(offer, event.day):
        raise UnacceptableError("the coupon is not valid any more", Refusal.COUPON_OVER)
    if not builder.state.quantity.open or builder.state.revocable:
        raise UnacceptableError("the line does not wait any more, so its coupon is off", Refusal.COUPON_OFF)
    if builder.state.delivery_refused_at is not None:
        raise UnacceptableError(
            "the shop does not deliver the line, so its coupon is off", Refusal.COUPON_OFF
        )
    if why := why_offers_rest(builder.state, builder.at):
        raise UnacceptableError(f"{why}, so that nothing is offered yet", Refusal.COUPON_RESTS)
    if is_used_up(builder, stage_of(builder, offer)):
        words = "no coupon is left this month; from the first day of the next one there are more"
        raise UnacceptableError(words, Refusal.COUPONS_GONE)
    issue(builder, offer)
    builder.because("the customer asked for the code")


def void_coupons(builder: DecisionBuilder, key: str) -> str:
    """Where the policy says so, the code ends with all of the line. Returns it, for the message of that key.

    A message of that key that is put into other words before it goes says it too.
    """
    quantity = builder.state.quantity
    if quantity.open or quantity.shipped or quantity.substituted:
        return ""
    for each in builder.state.offers:
        if each.code and each.void and each.void_told == key:
            return each.code
        stage = stage_of(builder, each)
        if each.code and not each.void and stage is not None and stage.void_on_cancel:
            _put(builder, each, replace(each, void=True, void_told=key))
            builder.publish("coupon_voided", code=each.code)
            if each.restored:
                builder.withdraw_message(restored_key(each))
            return each.code
    return ""


def restore_coupons(builder: DecisionBuilder, endings: Sequence[Cancellation]) -> None:
    """A code that was void with an ending counts again once that ending is off.

    The order system hears it, and so does the customer whose message said that it is void, in a message of
    its own: that waits until the order system has taken the code back. It names neither code nor worth, which
    are on the page, as it goes also to who has not agreed to promotions.

    endings: the cancellations that there were before that.
    """
    quantity = builder.state.quantity
    if not (quantity.open or quantity.shipped or quantity.substituted):
        return
    for each in builder.state.offers:
        if each.void and each.code and not is_over(each, builder.day):
            good = replace(each, void=False, restored=each.restored + 1)
            _put(builder, each, good)
            _publish(builder, good)
            builder.because("the coupon that was void with the ending counts again")
            # A version before noted no message: it was that of the cancellation which left nothing open.
            told = each.void_told or next((ending.key for ending in endings[-1:]), "")
            if told and has_gone(builder.state, told):
                facts = Facts(
                    quantity=quantity.ordered,
                    part_of_line=quantity.cancelled > 0,
                    valid_until=each.valid_until,
                )
                key = restored_key(good)
                builder.tell(key, Kind.COUPON_RESTORED, facts, awaits="coupon_issued")


def restored_key(offer: Offer) -> str:
    """The key of the message that a coupon counts again."""
    return f"coupon_restored/{offer.key.removeprefix(STAGE_KEYS)}/{offer.restored}"


def is_over(offer: Offer, today: date) -> bool:
    """Whether the last day of a coupon is over."""
    return offer.valid_until is not None and offer.valid_until < today


def _put(builder: DecisionBuilder, before: Offer, offer: Offer) -> None:
    builder.change(offers=tuple(offer if each is before else each for each in builder.state.offers))
