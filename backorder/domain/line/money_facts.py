"""The money of a line as it is on record: what was paid, what went back, and what is owed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from backorder.domain.records import record

PaymentState = Literal["captured", "authorized", "unpaid"]


@record(frozen=True, kw_only=True, slots=True)
class Payment:
    """The money of the line. line_paid, shipping_paid: what the customer paid, in major units.

    at: the instant of the report that counts, None for what was said at the start. captured_at: when money
    was first taken, captured_last: when last, None where nobody said so. unpaid_at: the last word that no
    money is there, which undoes what was taken before it. authorized_before: the money was held once.
    pay_url: where the customer can authorize it again.
    """

    state: PaymentState
    currency: str
    unit_price: Decimal
    line_paid: Decimal
    shipping_paid: Decimal = Decimal(0)
    expires_at: datetime | None = None
    at: datetime | None = None
    captured_at: datetime | None = None
    captured_last: datetime | None = None
    unpaid_at: datetime | None = None
    authorized_before: bool = False
    pay_url: str = ""

    def expired(self, at: datetime) -> bool:
        """Whether the money was held once, and neither is nor was taken by an instant."""
        if self.captured:
            return False
        if self.state == "authorized":
            return self.expires_at is not None and self.expires_at <= at
        return self.authorized_before

    @property
    def captured(self) -> bool:
        """Whether the customer's money was taken; only a later word that nothing is paid undoes that."""
        return self.state == "captured" or self.taken_at is not None

    @property
    def taken_at(self) -> datetime | None:
        """When the money was taken that the shop has; None where it has none, or nobody said when."""
        undone, last = self.undone_at, self.captured_last or self.captured_at
        if self.captured_at is None or undone is None or self.captured_at >= undone:
            return self.captured_at
        return last if last is not None and last >= undone else None

    @property
    def undone_at(self) -> datetime | None:
        """The last word that nothing is paid."""
        return self.unpaid_at or (self.at if self.state == "unpaid" else None)


@record(frozen=True, kw_only=True, slots=True)
class PaymentDue:
    """Units that are there and may not leave: no authorization holds. until: they stay reserved to the end of
    the day on which it falls, at the shop and at the customer.

    told: the customer was asked to pay. units: for how many it was asked. held_until: the end of a hold in
    which they could not be asked. published, published_units: until when, and how many, the order system was
    told last; None where an earlier version told it.
    """

    since: datetime
    until: datetime
    told: bool = False
    units: int = 0
    held_until: datetime | None = None
    published: datetime | None = None
    published_units: int = 0


@record(frozen=True, kw_only=True, slots=True)
class SentRefund:
    """Money that was sent back, as reported. failed_at: when it turned out not to arrive."""

    refund: str
    amount: Decimal
    sent_at: datetime | None
    failed_at: datetime | None = None
    means: str = ""

    @property
    def counts(self) -> bool:
        """Whether the customer has it."""
        return self.failed_at is None


@record(frozen=True, kw_only=True, slots=True)
class Refund:
    """Money that goes back for one cancellation or substitution (`request`).

    vested_at: when the right to it arose. due_by: the last day for sending it. sent: the parts of refunds,
    with their IDs, that count for it; what was sent without being owed stands with the last one. refused: a
    person decided that it is not owed. failed: money was sent for it that did not arrive.
    """

    currency: str
    amount: Decimal
    vested_at: datetime
    due_by: date
    sent: tuple[tuple[str, Decimal], ...] = ()
    request: str = ""
    refused: bool = False
    failed: bool = False

    @property
    def remaining(self) -> Decimal:
        """What is still owed; below zero where too much was sent."""
        if self.refused:
            return Decimal(0)
        return self.amount - sum((amount for _, amount in self.sent), Decimal(0))
