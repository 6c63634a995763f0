"""The lifecycle as a literal table: what each event does in each status, and where it may lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backorder.domain.line.commands import Verdict
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
    MessageDelivered,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    NoticeGiven,
    PaymentChanged,
    PolicyMoved,
    PromiseMade,
    RefundSent,
    ResendRequested,
    SendNowRequested,
    Shipped,
    Started,
    SubstitutionRuled,
    SupplyChanged,
    Ticked,
)
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.state import Status

W, A, C = Status.WAITING, Status.ALLOCATED, Status.CLOSING
F, X, S = Status.FULFILLED, Status.CANCELLED, Status.SUBSTITUTED


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One cell. leads_to: every status in which the line may be afterwards. reason: why not, if not.

    refusal: the same for a customer who asked, where it is not that no unit is open any more.
    """

    verdict: Verdict
    leads_to: tuple[Status, ...]
    reason: str = ""
    refusal: Refusal | None = None


def _accept(*leads_to: Status) -> Row:
    return Row(verdict=Verdict.ACCEPTED, leads_to=leads_to)


def _ignore(status: Status, reason: str) -> Row:
    return Row(verdict=Verdict.IGNORED, leads_to=(status,), reason=reason)


def _reject(status: Status, reason: str, refusal: Refusal | None = None) -> Row:
    return Row(verdict=Verdict.REJECTED, leads_to=(status,), reason=reason, refusal=refusal)


def _ended(
    status: Status, *, cancelled: Row, answered: Row, taken_back: Row, shipped: Row
) -> dict[type[Event], Row]:
    """What is a fact counts after the end too: it moves units and money, and may open the line again."""
    over = f"the line is {status}"
    return {
        Started: _ignore(status, over),
        Ticked: _ignore(status, over),
        SupplyChanged: _ignore(status, over),
        CancelRequested: cancelled,
        Shipped: shipped,
        Answered: answered,
        CancellationTakenBack: taken_back,
        CouponClaimed: _accept(status),
        SubstitutionRuled: _accept(status),
        SendNowRequested: _reject(status, f"{over}; there is nothing left to send"),
        DeliveryRefused: _reject(status, f"{over}; there is nothing left to deliver"),
        Held: _reject(status, f"{over}; there is nothing left to hold"),
        PolicyMoved: _reject(status, f"{over}; no policy has anything left to say"),
        Complained: _accept(status),
        ComplaintClosed: _accept(status),
        RefundSent: _accept(status, C),
        ForceMajeureDecided: _accept(status, C),
        PaymentChanged: _accept(status, C),
        MessageSent: _accept(status),
        MessageDelivered: _accept(status),
        MessageFailed: _accept(status),
        MessageUnknown: _accept(status),
        MessageNotSent: _accept(status),
        ContactChanged: _accept(status),
        FlagCleared: _accept(status),
        ResendRequested: _accept(status),
        NoticeGiven: _accept(status),
        PromiseMade: _reject(status, f"{over}; there is nothing left to promise"),
    }


# Every accepted event is followed by a look at what is due, so that an open line may end on any of them.
TABLE: Mapping[Status, Mapping[type[Event], Row]] = {
    W: {
        Started: _accept(W, A),
        Ticked: _accept(W, A, C, F, X),
        SupplyChanged: _accept(W, A, C, F, X),
        CancelRequested: _accept(W, A, C, F, X),
        Shipped: _accept(W, A, C, F, X),
        Answered: _accept(W, A, C, F, X, S),
        CancellationTakenBack: _accept(W, A, C, F, X),
        CouponClaimed: _accept(W, A, C, F, X),
        SubstitutionRuled: _accept(W, A, C, F, X, S),
        SendNowRequested: _accept(W, A, C, F, X),
        DeliveryRefused: _accept(W, A, C, F, X),
        Held: _accept(W, A, C, F, X),
        PolicyMoved: _accept(W, A, C, F, X),
        Complained: _accept(W, A, C, F, X),
        ComplaintClosed: _accept(W, A, C, F, X),
        RefundSent: _accept(W, A, C, F, X),
        ForceMajeureDecided: _accept(W, A, C, F, X),
        PaymentChanged: _accept(W, A, C, F, X),
        MessageSent: _accept(W, A, C, F, X),
        MessageDelivered: _accept(W, A, C, F, X),
        MessageFailed: _accept(W, A, C, F, X),
        MessageUnknown: _accept(W, A, C, F, X),
        MessageNotSent: _accept(W, A, C, F, X),
        ContactChanged: _accept(W, A, C, F, X),
        FlagCleared: _accept(W, A, C, F, X),
        ResendRequested: _accept(W, A, C, F, X),
        NoticeGiven: _accept(W, A, C, F, X),
        PromiseMade: _accept(W, A, C, F, X),
    },
    A: {
        Started: _ignore(A, "the line was started already"),
        Ticked: _accept(W, A, C, F, X),
        SupplyChanged: _accept(W, A, C, F, X),
        CancelRequested: _accept(W, A, C, F, X),
        Shipped: _accept(W, A, C, F, X),
        Answered: _accept(W, A, C, F, X, S),
        CancellationTakenBack: _accept(W, A, C, F, X),
        SendNowRequested: _reject(A, "every unit is there, so that all of them are sent", Refusal.ALL_HERE),
        DeliveryRefused: _accept(W, A, C, F, X),
        Held: _accept(W, A, C, F, X),
        PolicyMoved: _accept(W, A, C, F, X),
        Complained: _accept(W, A, C, F, X),
        ComplaintClosed: _accept(W, A, C, F, X),
        RefundSent: _accept(W, A, C, F, X),
        ForceMajeureDecided: _accept(W, A, C, F, X),
        PaymentChanged: _accept(W, A, C, F, X),
        MessageSent: _accept(W, A, C, F, X),
        MessageDelivered: _accept(W, A, C, F, X),
        MessageFailed: _accept(W, A, C, F, X),
        MessageUnknown: _accept(W, A, C, F, X),
        MessageNotSent: _accept(W, A, C, F, X),
        ContactChanged: _accept(W, A, C, F, X),
        FlagCleared: _accept(W, A, C, F, X),
        ResendRequested: _accept(W, A, C, F, X),
        NoticeGiven: _accept(W, A, C, F, X),
        PromiseMade: _accept(W, A, C, F, X),
        CouponClaimed: _accept(W, A, C, F, X),
        SubstitutionRuled: _accept(W, A, C, F, X, S),
    },
    C: {
        Started: _ignore(C, "the line was started already"),
        Ticked: _accept(C),
        SupplyChanged: _ignore(C, "no unit is open any more"),
        CancelRequested: _accept(W, C, F, X, S),
        Shipped: _accept(W, C, F, X, S),
        Answered: _accept(W, C, F, X, S),
        CancellationTakenBack: _accept(W, C, F, X, S),
        CouponClaimed: _accept(C),
        SubstitutionRuled: _accept(C),
        SendNowRequested: _reject(C, "no unit is open any more; there is nothing left to send"),
        DeliveryRefused: _reject(C, "no unit is open any more; there is nothing left to deliver"),
        Held: _reject(C, "no unit is open any more; there is nothing left to hold"),
        PolicyMoved: _reject(C, "no unit is open any more; no policy has anything left to say"),
        Complained: _accept(C),
        ComplaintClosed: _accept(C),
        RefundSent: _accept(C, F, X, S),
        ForceMajeureDecided: _accept(C, F, X, S),
        PaymentChanged: _accept(C, F, X, S),
        MessageSent: _accept(C),
        MessageDelivered: _accept(C),
        MessageFailed: _accept(C),
        MessageUnknown: _accept(C),
        MessageNotSent: _accept(C),
        ContactChanged: _accept(C),
        FlagCleared: _accept(C),
        ResendRequested: _accept(C),
        NoticeGiven: _accept(C),
        PromiseMade: _reject(C, "no unit is open any more; there is nothing left to promise"),
    },
    F: _ended(
        F,
        cancelled=_accept(F, W, C, X, S),
        answered=_accept(F, W, C, X, S),
        taken_back=_accept(F, W, C),
        shipped=_accept(F, W, C),
    ),
    X: _ended(
        X,
        cancelled=_accept(X),
        answered=_accept(X, W, C, F),
        taken_back=_accept(X, W, C, F),
        shipped=_accept(X, C, F),
    ),
    S: _ended(
        S,
        cancelled=_accept(S, W, C, X),
        answered=_accept(S, W, C),
        taken_back=_accept(S, W, C, F),
        shipped=_accept(S, W, C, F),
    ),
}
