"""Lines, policies and events for the tests of the core, and a world in which a line lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from backorder.domain.line.commands import Decision, Publish, Tell, Verdict
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
    SupplyChanged,
    Ticked,
)
from backorder.domain.line.simulation import Fate, Played, Simulation
from backorder.domain.line.state import Arrival, DecisionContext, Payment, Quantity, State, Status
from backorder.domain.line.upcoming import future
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Kind, Why
from backorder.domain.policy.policy import Policy, PromiseRules, Stage, UpdateRules

Outcome = Callable[[datetime, str], Event]
"""Makes the event that something became of a message, from the instant and the message's key."""
START = date(2025, 3, 3)  # a Monday
SETTLE = timedelta(hours=2)
OTHER = Alternative(sku="LAMP-2", name="A lamp like it", price=Money(Decimal("8.00"), "EUR"))


def day(n: int) -> date:
    """The day n days after the start."""
    return START + timedelta(days=n)


def at(n: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant on day n."""
    return datetime.combine(day(n), time(hour, minute), UTC)


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
) -> State:
    """A line of which nothing was heard yet, ordered on day `ordered` at 9:00."""
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
    when: datetime, state: Any, expires_at: datetime | None = None, *, as_of: datetime | None = None
) -> PaymentChanged:
    """The payment moved on."""
    return PaymentChanged(at=when, day=when.date(), state=state, expires_at=expires_at, as_of=as_of)


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


@dataclass(kw_only=True, repr=False)
class World(Simulation):
    """One line, its mailbox and the order system, living through time as production lets it.

    delay: how long a provider takes. refuses: every message fails.
    fates: what becomes of the messages that are handed over, in turn; none left: what `delay` and `refuses`
    say.
    handed: what became of those that were.
    gone: messages as they went, with the instant. published: events for the order system.
    """

    delay: timedelta = timedelta(0)
    refuses: bool = False
    fates: list[Fate] = field(default_factory=list)
    handed: list[Fate] = field(default_factory=list)
    context: DecisionContext = field(
        default_factory=lambda: DecisionContext(alternatives=(OTHER,), marketing=True)
    )
    gone: list[tuple[datetime, Tell]] = field(default_factory=list)
    published: list[tuple[datetime, Publish]] = field(default_factory=list)
    decisions: list[tuple[Event, Decision]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fate = self._next_fate

    def __repr__(self) -> str:
        last = self.decisions[-80:]
        heard = (f"{event.at} {type(event).__name__}: {made.reason:.200}" for event, made in last)
        return "\n".join([f"World({self.policy})", *heard, f"{self.state})"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def hear(self, event: Event) -> Decision:
        """Live until the event and let the line hear it."""
        self.until(event.at)
        return self._note(self.apply(event)).decision

    def until(self, when: datetime) -> World:
        """Live on until then; no review leaves undone what is due."""
        for played in self.advance(when):
            self._note(played)
        assert not self.undone, f"{self}\na review that wakes at once"
        return self

    def _note(self, played: Played) -> Played:
        self.decisions.append((played.event, played.decision))
        if played.message is not None and isinstance(played.event, MessageSent):
            self.gone.append((played.at, played.message))
        self.published += [
            (played.at, each) for each in played.decision.commands if isinstance(each, Publish)
        ]
        return played

    def _next_fate(self, tell: Tell) -> Fate:
        fate = self.fates.pop(0) if self.fates else ((self.delay, "failed" if self.refuses else "sent"),)
        self.handed.append(fate)
        return fate

    def mailbox_works(self) -> None:
        """From now on messages go at once, also those that a provider has; other words are forgotten."""
        self.delay, self.refuses, self.down = timedelta(0), False, False
        self.flying.clear()
        self.outcomes.clear()
        self.fates.clear()
        self._note(self.apply(tick(self.now)))  # what came back unsent may not be true any more
        self.waiting = {key: tell for key, tell in self.waiting.items() if tell.window is not None}
        self.arm()

    def days(self, *kinds: Kind) -> list[int]:
        """The days on which messages of those kinds went, or all."""
        return [(when.date() - START).days for when, tell in self.gone if not kinds or tell.kind in kinds]

    def kinds(self) -> list[str]:
        """What went, in order."""
        return [tell.kind.value for _, tell in self.gone]

    def last(self, kind: Kind) -> Tell:
        """The last message of that kind that went or waits to go."""
        found = [tell for _, tell in self.gone if tell.kind is kind]
        found += [tell for tell in self.waiting.values() if tell.kind is kind]
        return found[-1]

    def events(self, *types: str) -> list[str]:
        """What the order system heard, in order; of some types alone, if named."""
        return [each.type for _, each in self.published if not types or each.type in types]

    def event(self, type: str) -> dict[str, object]:
        """The content of the last event of that type."""
        return dict([each.data for _, each in self.published if each.type == type][-1])

    def stands(self) -> Status:
        """The status of the line."""
        return self.state.status

    @property
    def promised(self) -> int | None:
        """The promised day, counted from the start."""
        by = self.state.promise.by if self.state.promise else None
        return (by - START).days if by else None


def begun(
    rules: Policy,
    *arrivals: Arrival,
    units: int = 1,
    allocated: int = 0,
    start: datetime | None = None,
    state: State | None = None,
    promised_by: int | None = None,
    told: int | None = None,
    notices: Iterable[Any] = (),
    why: Why | None = None,
    **blanks: Any,
) -> World:
    """A world in which a line was just started, on day 0 at 9:00."""
    when = start or at(0, 9)
    world = World(policy=rules, state=state or blank(units, **blanks), now=when)
    world.hear(
        Started(
            at=when,
            day=when.date(),
            supply=supply(when, *arrivals, allocated=allocated, why=why),
            promised_by=None if promised_by is None else day(promised_by),
            told_at=None if told is None else at(told, 9),
            told_on=None if told is None else day(told),
            notices=tuple(notices),
        )
    )
    return world


def foreseen(world: World, limit: int = 12) -> list[tuple[datetime, str]]:
    """What comes by itself, each thing alone, as a list of (at, what)."""
    found = future(world.policy, replace(world.state, context=world.context), world.now)
    return [(each.at, each.what) for each in islice(found, limit)]


def accepted(decision: Decision) -> bool:
    """Whether the event was accepted."""
    return decision.verdict is Verdict.ACCEPTED
