"""What is asked of a line, and what was done with it: one class a kind of request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from backorder.domain.line import events
from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    CancelRequested,
    Complained,
    ComplaintClosed,
    CouponClaimed,
    DeliveryRefused,
    Event,
    FlagCleared,
    ForceMajeureDecided,
    Held,
    PaymentChanged,
    PolicyMoved,
    RefundSent,
    SendNowRequested,
    Shipped,
    SubstitutionRuled,
)
from backorder.fields import (
    Actor,
    Code,
    Day,
    Flag,
    Id,
    Instant,
    Label,
    Price,
    Reason,
    Revision,
    ShortLabel,
    Sum,
    Units,
    WebAddress,
    Words,
)
from backorder.kinds import NotBlank
from backorder.schemas.incoming import Incoming, Rule, Wrong


class LineRequest(Incoming, ABC):
    """Something asked of a line: a row of `REQUEST_KINDS`, and how it becomes that row's event.

    names: the field that names it, which is no content of it.
    """

    kind: ClassVar[str]
    names: ClassVar[str] = "request_id"

    @property
    def key(self) -> str:
        """Its ID among the requests of the line."""
        return str(getattr(self, self.names))

    @abstractmethod
    def event(self, at: datetime, day: date) -> Event:
        """What the line hears, at a business instant and the shop's day."""

    def content(self) -> dict[str, object]:
        """The fields that were said, by which repetitions are told."""
        return self.model_dump(include=self.model_fields_set - {self.names}, exclude_none=True)


class Cancellation(LineRequest):
    """Somebody cancels a line, or a part of it."""

    kind: ClassVar[str] = "cancel"
    request_id: Id
    reason: Reason
    quantity: Units | None = None
    by: Literal["customer", "shop", "supplier"] = "shop"
    received_at: Instant | None = None

    def event(self, at: datetime, day: date) -> CancelRequested:
        """What the line hears."""
        return CancelRequested(
            at=at,
            day=day,
            request=self.request_id,
            quantity=self.quantity,
            reason=self.reason,
            by=self.by,
            received_at=self.received_at or at,
        )


class Shipment(LineRequest):
    """The carrier holds units of a line."""

    kind: ClassVar[str] = "ship"
    names: ClassVar[str] = "shipment_id"
    shipment_id: Id
    quantity: Units
    shipped_at: Instant | None = None
    carrier: Label = ""
    tracking: Code = ""

    @property
    def key(self) -> str:
        """Its ID among the requests of the line."""
        return f"shipment-{self.shipment_id}"

    def event(self, at: datetime, day: date) -> Shipped:
        """What the line hears."""
        return Shipped(
            at=at,
            day=day,
            shipment=self.shipment_id,
            quantity=self.quantity,
            shipped_at=self.shipped_at or at,
            carrier=self.carrier,
            tracking=self.tracking,
        )


def _of_an_alternative(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.choice == "alternative" and answer.sku is None:
        yield Wrong("sku", "is missing: say which alternative they take")
    if answer.choice != "alternative" and answer.sku is not None:
        yield Wrong("sku", "goes with the choice alternative, and only with it")


def _price_of_an_alternative(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.choice != "alternative" and answer.price is not None:
        yield Wrong("price", "goes with the choice alternative")


def _day_of_keeping(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.choice != "keep" and answer.until:
        yield Wrong("until", "goes with the choice keep")


def _endless_keeping(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.choice != "keep" and answer.indefinite:
        yield Wrong("indefinite", "goes with the choice keep")


def _of_keeping(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.choice == "keep" and answer.until and answer.indefinite:
        yield Wrong("until, indefinite", "say one of them")


def _rest_of_keeping(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.rest and answer.choice != "keep":
        yield Wrong("rest", "goes with the choice keep and a quantity")


def _of_the_rest(answer: Answer, _usual: frozenset[str]) -> Iterator[Wrong]:
    if answer.rest and answer.choice == "keep" and answer.quantity is None:
        yield Wrong("rest", "goes with the choice keep and a quantity")


class Answer(LineRequest):
    """What the customer answered.

    choice: "withdraw" ends the contract where the law of the line gives that right: what is open is cancelled
    and what has shipped is sent back. Elsewhere it is a cancellation.
    until: the day after which they do not want it any more. revision: of the promise that they answer;
    without it, of what had been told by received_at.
    quantity: units that they keep, or cancel; rest: what becomes of the others, "cancel" or nothing yet.
    price: of one unit of the alternative, as they saw it; another one by now is refused.
    """

    kind: ClassVar[str] = "answer"
    request_id: Id
    choice: Literal["keep", "cancel", "withdraw", "alternative"]
    sku: Id | None = None
    quantity: Units | None = None
    until: Day | None = None
    indefinite: Flag = False
    revision: Revision | None = None
    rest: Literal["cancel"] | None = None
    price: Price | None = None
    via: ShortLabel = "agent"
    received_at: Instant | None = None
    evidence: Words = ""
    rules = (
        Rule(("choice", "sku"), _of_an_alternative),
        Rule(("choice", "price"), _price_of_an_alternative),
        Rule(("choice", "until"), _day_of_keeping),
        Rule(("choice", "indefinite"), _endless_keeping),
        Rule(("choice", "until", "indefinite"), _of_keeping),
        Rule(("choice", "rest"), _rest_of_keeping),
        Rule(("choice", "rest", "quantity"), _of_the_rest),
    )

    def event(self, at: datetime, day: date) -> Answered:
        """What the line hears."""
        return Answered(
            at=at,
            day=day,
            request=self.request_id,
            choice=self.choice,
            received_at=self.received_at or at,
            sku=self.sku or "",
            quantity=self.quantity,
            until=self.until,
            indefinite=self.indefinite,
            revision=self.revision,
            via=self.via,
            rest=self.rest or "",
            price=self.price,
        )


class NoticeGiven(LineRequest):
    """A call or a letter by which the customer was told. by_date: the day that it named, if it named one.

    offered: the words offered to cancel with a prompt refund. text: the words themselves.
    """

    kind: ClassVar[str] = "notice"
    request_id: Id
    at: Instant | None = None
    medium: Reason
    by_date: Day | None = None
    offered: Flag = False
    text: Words

    def event(self, at: datetime, day: date) -> events.NoticeGiven:
        """What the line hears."""
        return events.NoticeGiven(
            at=at,
            day=day,
            request=self.request_id,
            as_of=self.at or at,
            medium=self.medium,
            by_date=self.by_date,
            offered=self.offered,
        )


class PromiseMade(LineRequest):
    """A day that customer service promises beside the forecast. evidence: what it rests on."""

    kind: ClassVar[str] = "promise"
    request_id: Id
    by: Day
    reason: Reason
    evidence: Annotated[Words, NotBlank("say what the promise rests on, like the supplier's mail")]

    def event(self, at: datetime, day: date) -> events.PromiseMade:
        """What the line hears."""
        return events.PromiseMade(
            at=at, day=day, request=self.request_id, by_date=self.by, reason=self.reason
        )


class TakeBack(LineRequest):
    """The customer takes back what they cancelled by link. cancellation: its request; None: all of it."""

    kind: ClassVar[str] = "take_back"
    request_id: Id
    cancellation: Id | None = None
    received_at: Instant | None = None

    def event(self, at: datetime, day: date) -> CancellationTakenBack:
        """What the line hears."""
        return CancellationTakenBack(
            at=at,
            day=day,
            request=self.request_id,
            received_at=self.received_at or at,
            cancellation=self.cancellation or "",
        )


class Complaint(LineRequest):
    """The customer complains. text: what about, in their words."""

    kind: ClassVar[str] = "complain"
    request_id: Id
    text: Annotated[Words, NotBlank("say what they complain about")]
    received_at: Instant | None = None

    def event(self, at: datetime, day: date) -> Complained:
        """What the line hears."""
        return Complained(at=at, day=day, request=self.request_id, received_at=self.received_at or at)


class ComplaintEnd(LineRequest):
    """A person has ended a complaint. text: what came of it, as the customer reads it; actor: who."""

    kind: ClassVar[str] = "close_complaint"
    request_id: Id
    ticket: Id
    text: Annotated[Words, NotBlank("say in a few words what came of it")]
    actor: Actor = "agent"

    def event(self, at: datetime, day: date) -> ComplaintClosed:
        """What the line hears."""
        return ComplaintClosed(at=at, day=day, request=self.request_id, ticket=self.ticket, by=self.actor)


class SwapOutcome(LineRequest):
    """The order system has taken over what the customer took instead (taken), or cannot send it.

    swap: the request of the event `substituted`; None for the one that is held. reason: why not, in words.
    """

    kind: ClassVar[str] = "swap"
    request_id: Id
    taken: Flag
    swap: Id | None = None
    reason: Reason | None = None
    received_at: Instant | None = None

    def event(self, at: datetime, day: date) -> SubstitutionRuled:
        """What the line hears."""
        return SubstitutionRuled(
            at=at,
            day=day,
            request=self.request_id,
            taken=self.taken,
            received_at=self.received_at or at,
            swap=self.swap or "",
            reason=self.reason or "",
        )


class CouponClaim(LineRequest):
    """The customer asks on their page for the code of their coupon."""

    kind: ClassVar[str] = "claim_coupon"
    request_id: Id
    received_at: Instant | None = None

    def event(self, at: datetime, day: date) -> CouponClaimed:
        """What the line hears."""
        return CouponClaimed(at=at, day=day, request=self.request_id, received_at=self.received_at or at)


class SendNow(LineRequest):
    """The customer wants what is there sent now, and the rest once it is whole."""

    kind: ClassVar[str] = "send_now"
    request_id: Id
    received_at: Instant | None = None

    def event(self, at: datetime, day: date) -> SendNowRequested:
        """What the line hears."""
        return SendNowRequested(at=at, day=day, request=self.request_id, received_at=self.received_at or at)


class HoldRequest(LineRequest):
    """No messages till then."""

    kind: ClassVar[str] = "hold"
    request_id: Id
    until: Instant
    reason: Reason

    def event(self, at: datetime, day: date) -> Held:
        """What the line hears."""
        return Held(
            at=at,
            day=day,
            until=self.until,
            reason=self.reason,
        )


class PolicyMove(LineRequest):
    """A person moves a line to another policy. value: its name; the version that was loaded last counts."""

    kind: ClassVar[str] = "policy"
    request_id: Id
    value: Id
    reason: Reason
    by: Actor

    def event(self, at: datetime, day: date) -> PolicyMoved:
        """What the line hears."""
        return PolicyMoved(at=at, day=day, policy=self.value, reason=self.reason, by=self.by)


class FlagDone(LineRequest):
    """A person did what a line needed of one. flag: as `needs` names it; note: what they did; actor: who."""

    kind: ClassVar[str] = "clear"
    request_id: Id
    flag: Label
    note: Annotated[Words, NotBlank("say in a few words what was done")]
    actor: Actor

    def event(self, at: datetime, day: date) -> FlagCleared:
        """What the line hears."""
        return FlagCleared(
            at=at,
            day=day,
            flag=self.flag,
            note=self.note,
            by=self.actor,
        )


def _one_report(refund: RefundReport, _usual: frozenset[str]) -> Iterator[Wrong]:
    if refund.sent_at and refund.failed_at:
        yield Wrong("sent_at, failed_at", "say one of them: they are two reports")


class RefundReport(LineRequest):
    """Money that was sent back (sent_at), or turned out not to arrive (failed_at). means: how it went.

    agreed: the customer paid by these means, or expressly agreed to them.
    """

    kind: ClassVar[str] = "refund"
    names: ClassVar[str] = "refund_id"
    refund_id: Id
    amount: Sum
    sent_at: Instant | None = None
    failed_at: Instant | None = None
    means: Label = ""
    agreed: Flag = False
    rules = (Rule(("sent_at", "failed_at"), _one_report),)

    @property
    def key(self) -> str:
        """Its ID among the requests of the line."""
        return f"{'refund-failed' if self.failed_at else 'refund'}-{self.refund_id}"

    def event(self, at: datetime, day: date) -> RefundSent:
        """What the line hears."""
        return RefundSent(
            at=at,
            day=day,
            refund=self.refund_id,
            amount=self.amount,
            sent_at=None if self.failed_at else self.sent_at or at,
            failed_at=self.failed_at,
            means=self.means,
            agreed=self.agreed,
        )


class DeliveryRefusal(LineRequest):
    """The shop does not deliver what is open; its customer may end the contract at once.

    reason: why; actor: who says so.
    """

    kind: ClassVar[str] = "refuse_delivery"
    request_id: Id
    reason: Reason
    actor: Actor = "agent"

    def event(self, at: datetime, day: date) -> DeliveryRefused:
        """What the line hears."""
        return DeliveryRefused(at=at, day=day, request=self.request_id, reason=self.reason, by=self.actor)


class ForceMajeure(LineRequest):
    """A person decides that an event beyond the shop's control excuses a late delivery, so that the refund
    is refused. reason: what happened; actor: who decides.
    """

    kind: ClassVar[str] = "force_majeure"
    request_id: Id
    reason: Reason
    actor: Actor = "agent"

    def event(self, at: datetime, day: date) -> ForceMajeureDecided:
        """What the line hears."""
        return ForceMajeureDecided(at=at, day=day, request=self.request_id, reason=self.reason, by=self.actor)


def _holds_for_a_while(payment: PaymentReport, _usual: frozenset[str]) -> Iterator[Wrong]:
    if payment.at and payment.expires_at and payment.expires_at <= payment.at:
        yield Wrong("expires_at", "is not after `at`, so that it never held")


def _ends_if_authorized(payment: PaymentReport, _usual: frozenset[str]) -> Iterator[Wrong]:
    if payment.expires_at and payment.state != "authorized":
        yield Wrong("expires_at", "goes with the state authorized: nothing else ends by itself")


class PaymentReport(LineRequest):
    """How the payment stands. at: since when; of several reports the latest instant counts.

    captured: all that was paid for the line is taken; what was cancelled of it is owed back from then on.
    Where only what left is captured, as on `capture_due`, report nothing. pay_url: where the customer can
    authorize it again.
    """

    kind: ClassVar[str] = "payment"
    request_id: Id
    state: Literal["captured", "authorized", "unpaid"]
    at: Instant | None = None
    expires_at: Instant | None = None
    pay_url: WebAddress | None = None
    rules = (
        Rule(("at", "expires_at"), _holds_for_a_while),
        Rule(("state", "expires_at"), _ends_if_authorized),
    )

    def event(self, at: datetime, day: date) -> PaymentChanged:
        """What the line hears."""
        return PaymentChanged(
            at=at,
            day=day,
            state=self.state,
            expires_at=self.expires_at,
            as_of=self.at or at,
            pay_url=self.pay_url or "",
        )
