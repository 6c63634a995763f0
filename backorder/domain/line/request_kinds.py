"""What may be asked of a line, one row a kind. What comes in is the class of `schemas` with that kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    CancelRequested,
    Complained,
    ComplaintClosed,
    ContactChanged,
    CouponClaimed,
    DeliveryRefused,
    Event,
    FlagCleared,
    ForceMajeureDecided,
    Held,
    NoticeGiven,
    PaymentChanged,
    PolicyMoved,
    PromiseMade,
    RefundSent,
    ResendRequested,
    SendNowRequested,
    Shipped,
    SubstitutionRuled,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestKind:
    """event: what the request becomes. by: who asks for it; "" where the event names them."""

    event: type[Event]
    by: str = ""


REQUEST_KINDS: Mapping[str, RequestKind] = {
    "cancel": RequestKind(event=CancelRequested),
    "ship": RequestKind(event=Shipped, by="order system"),
    "answer": RequestKind(event=Answered, by="customer"),
    "take_back": RequestKind(event=CancellationTakenBack, by="customer"),
    "swap": RequestKind(event=SubstitutionRuled, by="order system"),
    "claim_coupon": RequestKind(event=CouponClaimed, by="customer"),
    "send_now": RequestKind(event=SendNowRequested, by="customer"),
    "refuse_delivery": RequestKind(event=DeliveryRefused),
    "hold": RequestKind(event=Held, by="customer service"),
    "policy": RequestKind(event=PolicyMoved),
    "complain": RequestKind(event=Complained, by="customer"),
    "close_complaint": RequestKind(event=ComplaintClosed),
    "refund": RequestKind(event=RefundSent, by="order system"),
    "force_majeure": RequestKind(event=ForceMajeureDecided),
    "payment": RequestKind(event=PaymentChanged, by="order system"),
    "notice": RequestKind(event=NoticeGiven, by="customer service"),
    "promise": RequestKind(event=PromiseMade, by="customer service"),
    "clear": RequestKind(event=FlagCleared),
    "contact": RequestKind(event=ContactChanged),
    "resend": RequestKind(event=ResendRequested),
}
FROM_INSIDE = frozenset({"contact", "resend"})
"""Kinds that are asked of no line by itself: a correction of the customer asks each of their lines, and
sending a message again each line that it speaks for."""
