"""Lines, policies and events for the tests of the core, and a world in which a line lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from backorder.domain.law.terms import Terms
from backorder.domain.line.commands import Decision, Tell, Verdict
from backorder.domain.line.events import (
    Answered,
    CancelRequested,
    Event,
    Held,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    MessageUnknown,
    PaymentChanged,
    RefundSent,
    Shipped,
    Started,
    SubstitutionRuled,
    SupplyChanged,
    Ticked,
)
from backorder.domain.line.money_facts import Payment
from backorder.domain.line.state import Arrival, Quantity, State
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Why
from backorder.domain.policy.policy import Policy, PromiseRules, Stage, UpdateRules
from tests.support import days
from tests.support.days import day

Outcome = Callable[[datetime, str], Event]
"""Makes the event that something became of a message, from the instant and the message's key."""
SETTLE = timedelta(hours=2)
OTHER = Alternative(sku="LAMP-2", name="A lamp like it", price=Money(Decimal("8.00"), "EUR"))


def at(n: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant on day n, at noon if nothing else is said."""
    return days.at(n, hour, minute)


def policy(
    *stages: Stage,
    partial: Any = "hold",
    every: int = 7,
    spacing: int = 2,
    handling: int = 0,
    settle: timedelta = SETTLE,
    **others: Any,
) -> Policy:
    """A policy without handling time, so that goods leave on the day on which they arrive."""
    return Policy(
        name="test",
        partial=partial,
        promise=PromiseRules(handling=handling, settle=settle),
        updates=UpdateRules(every=every, spacing=spacing),
        stages=stages,
        **others,
    )


def stage(id: str, do: Any, **when: int) -> Stage:
    """stage("swap", "offer_alternatives", delay=5)."""
    ((measure, days),) = when.items()
    coupon = {"percent": Decimal(10), "valid": 90} if do == "coupon" else {}
    return Stage(id=id, measure=measure, days=days, do=do, **coupon)  # type: ignore[arg-type]


STANDARD = (
    stage("swap", "offer_alternatives", delay=5),
    stage("thanks", "coupon", delay=10),
    stage("look", "escalate", delay=21),
    stage("enough", "cancel", waited=90),
)


def blank(
    units: int = 1,
    *,
    ordered: int = 0,
    opened: int = 0,
    payment: Any = "captured",
    paid: str | None = None,
    price: str = "10.00",
    currency: str = "EUR",
    expires_at: datetime | None = None,
    shipping: str = "0",
    pack: str = "none",
    law: int | None = None,
    **terms: Any,
) -> State:
    """A line of which nothing was heard yet, ordered on day `ordered` at 9:00.

    pack, law: its law, and the legal date as a number of days.
    """
    line_paid = Decimal(paid) if paid is not None else Decimal(price) * units
    return State(
        id="A-1/1",
        order_id="A-1",
        line_id="1",
        sku="LAMP",
        quantity=Quantity(ordered=units),
        ordered_at=at(ordered, 9),
        ordered_on=day(ordered),
        opened_at=at(opened, 9),
        terms=Terms(pack=pack, legal_date=None if law is None else day(law), **terms),
        payment=Payment(
            state=payment,
            currency=currency,
            unit_price=Decimal(price),
            line_paid=line_paid,
            shipping_paid=Decimal(shipping),
            expires_at=expires_at,
        ),
    )


def arrives(units: int, likely: int | None, by: int | None = None) -> Arrival:
    """Units that arrive between two days; a single day if only that is given; None for no date."""
    last = likely if by is None else by
    return Arrival(
        quantity=units,
        likely=None if likely is None else day(likely),
        by=None if last is None else day(last),
    )


def supply(
    when: datetime,
    *arrivals: Arrival,
    allocated: int = 0,
    moved_by_time_alone: bool = False,
    why: Why | None = None,
    on: date | None = None,
) -> SupplyChanged:
    """The line's supply as it stands from `when` on; `on`: when units were set aside, else that day."""
    return SupplyChanged(
        at=when,
        day=when.date(),
        allocated=allocated,
        allocated_on=on or (when.date() if allocated else None),
        arrivals=arrivals,
        since=when,
        moved_by_time_alone=moved_by_time_alone,
        why=why,
    )


def tick(when: datetime) -> Ticked:
    """The timer fires."""
    return Ticked(at=when, day=when.date())


def cancel(
    when: datetime,
    units: int | None = None,
    *,
    request: str = "r1",
    by: str = "customer",
    came: datetime | None = None,
) -> CancelRequested:
    """Somebody cancels; it came in at `came`."""
    return CancelRequested(
        at=when,
        day=when.date(),
        request=request,
        quantity=units,
        reason="one is enough",
        by=by,
        received_at=came or when,
    )


def ship(when: datetime, units: int, *, id: str = "s1", left: datetime | None = None) -> Shipped:
    """The carrier holds units, since `left`."""
    return Shipped(
        at=when,
        day=when.date(),
        shipment=id,
        quantity=units,
        shipped_at=left or when,
        carrier="Post",
        tracking="T1",
    )


def answer(when: datetime, choice: Any, *, request: str = "a1", **others: Any) -> Answered:
    """The customer answers."""
    return Answered(at=when, day=when.date(), request=request, choice=choice, received_at=when, **others)


def taken_over(
    when: datetime, *, request: str = "a1", taken: bool = True, reason: str = ""
) -> SubstitutionRuled:
    """The order system takes over what the customer took instead, or cannot."""
    return SubstitutionRuled(
        at=when,
        day=when.date(),
        request=f"{request}/{taken}",
        taken=taken,
        received_at=when,
        swap=request,
        reason=reason,
    )


def hold(when: datetime, until: datetime) -> Held:
    """Customer service asks for silence."""
    return Held(at=when, day=when.date(), until=until, reason="on the phone")


def refund(
    when: datetime,
    amount: str,
    *,
    id: str = "f1",
    went: datetime | None = None,
    failed: datetime | None = None,
) -> RefundSent:
    """The order system sent money back, or learnt that it did not arrive."""
    return RefundSent(
        at=when,
        day=when.date(),
        refund=id,
        amount=Decimal(amount),
        sent_at=None if failed else went or when,
        failed_at=failed,
        means="card",
    )


def pay(
    when: datetime,
    state: Any,
    expires_at: datetime | None = None,
    *,
    as_of: datetime | None = None,
    pay_url: str = "",
) -> PaymentChanged:
    """The payment moved on."""
    return PaymentChanged(
        at=when, day=when.date(), state=state, expires_at=expires_at, as_of=as_of, pay_url=pay_url
    )


def sent(when: datetime, tell: Tell) -> MessageSent:
    """A provider accepted that message."""
    return MessageSent(
        at=when,
        day=when.date(),
        key=tell.key,
        kind=tell.kind,
        revision=tell.revision,
        window=tell.window,
    )


def failed(when: datetime, key: str) -> MessageFailed:
    """No channel could carry that message."""
    return MessageFailed(at=when, day=when.date(), key=key, reason="no usable channel")


def start(when: datetime, *arrivals: Arrival) -> Started:
    """The engine learns of a line."""
    return Started(at=when, day=when.date(), supply=supply(when, *arrivals))


def unknown(when: datetime, key: str) -> MessageUnknown:
    """Nobody knows whether that message went."""
    return MessageUnknown(at=when, day=when.date(), key=key)


def not_sent(when: datetime, key: str) -> MessageNotSent:
    """That message certainly did not go."""
    return MessageNotSent(at=when, day=when.date(), key=key, reason="the provider does not know it")


def accepted(decision: Decision) -> bool:
    """Whether the event was accepted."""
    return decision.verdict is Verdict.ACCEPTED
