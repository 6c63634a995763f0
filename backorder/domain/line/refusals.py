"""Why what a customer asks for is not done: a closed set, which their page puts into their language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from backorder.domain.line.state import State


class Refusal(StrEnum):
    """A reason. REFUSALS says what each means."""

    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    SWAPPED = "swapped"
    FEWER = "fewer"
    TOO_LATE = "too_late"
    DAY_OVER = "day_over"
    DAY_FOR_ALL = "day_for_all"
    OVERTAKEN = "overtaken"
    DONE = "done"
    NOT_OFFERED = "not_offered"
    SOLD_OUT = "sold_out"
    OTHER_TERMS = "other_terms"
    TAKE_BACK_OVER = "take_back_over"
    NOT_CANCELLED = "not_cancelled"
    NOT_SPLIT = "not_split"
    ALL_HERE = "all_here"
    NONE_HERE = "none_here"
    NO_COUPON = "no_coupon"
    COUPON_OVER = "coupon_over"
    COUPON_OFF = "coupon_off"
    COUPONS_GONE = "coupons_gone"
    COUPON_RESTS = "coupon_rests"


REFUSALS: Mapping[Refusal, str] = {
    Refusal.SHIPPED: "the goods have left",
    Refusal.CANCELLED: "the line is cancelled",
    Refusal.SWAPPED: "something else goes out instead",
    Refusal.FEWER: "fewer units are open than were named",
    Refusal.TOO_LATE: "the last day for an answer has passed",
    Refusal.DAY_OVER: "the last day that they name is over",
    Refusal.DAY_FOR_ALL: "a last day is named for all units alike",
    Refusal.OVERTAKEN: "the customer said something else later, and the later word counts",
    Refusal.DONE: "they asked for the same before, and it is done",
    Refusal.NOT_OFFERED: "that product was never offered for the line",
    Refusal.SOLD_OUT: "that product is not in stock any more",
    Refusal.OTHER_TERMS: "that product is to be had on other terms than were shown",
    Refusal.TAKE_BACK_OVER: "the half hour in which a cancellation can be taken back is over",
    Refusal.NOT_CANCELLED: "there is no cancellation to be taken back",
    Refusal.NOT_SPLIT: "the policy sends nothing ahead of the rest",
    Refusal.ALL_HERE: "all of it is here, so that it goes out together",
    Refusal.NONE_HERE: "nothing is here that is not on its way",
    Refusal.NO_COUPON: "there is no coupon for the line",
    Refusal.COUPON_OVER: "the coupon is not valid any more",
    Refusal.COUPON_OFF: "the line does not wait any more, or is not delivered, so its coupon is off",
    Refusal.COUPONS_GONE: "this month's coupons are given out",
    Refusal.COUPON_RESTS: "a question of the law is open, or they have just complained or cancelled",
}
"""What each reason means."""


def why_over(state: State) -> Refusal:
    """Why nothing can be asked of units that are not open any more."""
    quantity = state.quantity
    if quantity.shipped:
        return Refusal.SHIPPED
    return Refusal.SWAPPED if quantity.substituted else Refusal.CANCELLED
