"""A policy rehearsed on one example line, in memory: the engine's own functions on a made-up supplier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.packs import AUTO
from backorder.domain.law.terms import OrderFacts, Terms, terms_of
from backorder.domain.line.commands import Publish, Tell
from backorder.domain.line.duties import duties
from backorder.domain.line.events import Event, MessageSent, Shipped, Started, SupplyChanged
from backorder.domain.line.money_facts import Payment
from backorder.domain.line.published_events import BESIDE
from backorder.domain.line.simulation import Played, Simulation
from backorder.domain.line.state import ENDED, OPEN, Arrival, DecisionContext, Quantity, State
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Why
from backorder.domain.policy.policy import Policy

LONGEST = timedelta(days=730)
FARTHEST = 9999
"""Days between the order and the arrival of its goods, at most, in either direction."""
Who = Literal["customer", "shop", "supplier", "warehouse", "law"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Slip:
    """On day `on` the supplier says `days` days more; None: that nobody can say."""

    on: int
    days: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """An example line, ordered on `ordered` at the shop's time of the daily look.

    lead_days: days until the goods arrive, None where nothing is on order. spread: days between the likely
    and the last day of the arrival. slips: what the supplier says later. price: of a unit, in euros. region:
    of the customer (ISO 3166), "" for none that a law is known of. pack: that the order names. ship_by: days
    to the end of the window that was shown with the order, None where none was.
    """

    ordered: date
    quantity: int = 1
    lead_days: int | None = 21
    spread: int = 0
    slips: tuple[Slip, ...] = ()
    price: Decimal = Decimal("100.00")
    alternative: bool = True
    marketing: bool = True
    region: str = ""
    pack: str = AUTO
    ship_by: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Something that happens. who: customer (a message), shop (an event for it), supplier, warehouse or law.

    facts: what a message states. promised: the last day told so far. due: the last day of a duty of law that
    is open from then on; `what` names its rule.
    """

    at: datetime
    day: int
    who: Who
    what: str
    why: str
    facts: Facts | None = None
    promised: date | None = None
    due: date | None = None


def fault_of_slips(lead_days: int, slips: Iterable[tuple[int, int | None]]) -> str | None:
    """What is wrong with slips together: goods that would come on no day of any calendar.

    slips: the day and the days of each, see `Slip`.
    """
    arrives = lead_days
    for on, days in sorted(slips, key=lambda each: each[0]):
        arrives += days or 0
        if abs(arrives) > FARTHEST:
            side = "after" if arrives > 0 else "before"
            words = f"by day {on} the goods would come {abs(arrives)} days {side} the order"
            return f"{words}; {FARTHEST} are the most"
    return None


def rehearse(policy: Policy, example: Example) -> Iterator[Moment]:
    """What happens to the example line under the policy, from its order to its ending."""
    yield from _Rehearsal(policy, example).play()


class _Rehearsal:
    def __init__(self, policy: Policy, example: Example) -> None:
        self._policy = policy
        self._example = example
        self._start = policy.daily_review(example.ordered)
        state = _blank(policy, example, self._start)
        self._line = Simulation(policy=policy, state=state, now=self._start, context=state.context)
        self._why: dict[str, str] = {}
        self._duties: dict[str, date] = {}

    def play(self) -> Iterator[Moment]:
        """The line's life: what is heard, and between that what happens by itself."""
        arrives = self._arrival(())
        yield from self._apply(self._begin(arrives), self._moment("shop", "ordered", self._words(arrives)))
        known: list[Slip] = []
        for slip in sorted(self._example.slips, key=lambda each: each.on):
            yield from self._until(self._policy.daily_review(self._day(slip.on)))
            known.append(slip)
            arrives = self._arrival(known)
            fact = self._supply(arrives)
            yield from self._apply(fact, self._moment("supplier", "moved", self._words(arrives)))
        if arrives is not None:
            yield from self._until(self._policy.daily_review(arrives))
            yield from self._arrive(arrives)
        yield from self._until(self._start + LONGEST)

    def _arrive(self, on: date) -> Iterator[Moment]:
        """The goods arrive, and leave after the handling time."""
        if self._state.status not in OPEN:
            return
        units = self._state.quantity.open
        fact = self._supply(None, allocated=units)
        yield from self._apply(
            fact,
            self._moment("warehouse", "arrived", f"{units} of {self._state.quantity.ordered} for the line"),
        )
        leaves = self._policy.calendar.add_working_days(on, self._policy.promise.handling)
        yield from self._until(self._policy.daily_review(leaves))
        if self._state.status in OPEN:
            gone = Shipped(
                at=self._now, day=self._today(), shipment="example", quantity=units, shipped_at=self._now
            )
            yield from self._apply(gone, self._moment("warehouse", "shipped", "the carrier holds them"))

    @property
    def _now(self) -> datetime:
        return self._line.now

    @property
    def _state(self) -> State:
        return self._line.state

    def _until(self, when: datetime) -> Iterator[Moment]:
        """Live until then: messages go, timers fire."""
        for played in self._line.advance(when):
            yield from self._results(played)

    def _apply(self, event: Event, moment: Moment) -> Iterator[Moment]:
        if self._state.status not in ENDED:
            yield moment
        yield from self._results(self._line.apply(event))

    def _results(self, played: Played) -> Iterator[Moment]:
        decision, message = played.decision, played.message
        if message is not None and isinstance(played.event, MessageSent):
            why = self._why.pop(message.key)
            yield self._moment("customer", message.kind.value, why, message.facts)
        for command in decision.commands:
            if isinstance(command, Tell):
                # Of a promise the customer's own words say why.
                self._why[command.key] = "" if command.window is not None else decision.reason
            elif isinstance(command, Publish) and command.type not in BESIDE:
                yield self._moment("shop", command.type, decision.reason)
        yield from self._wanted()

    def _wanted(self) -> Iterator[Moment]:
        """The duties of law that are new, or fall due on another day."""
        now = {each.rule: each.due for each in duties(self._policy, self._state)}
        for rule, due in now.items():
            if self._duties.get(rule) != due:
                yield replace(self._moment("law", rule, f"to be kept by {due.isoformat()}"), due=due)
        self._duties = now

    def _moment(self, who: Who, what: str, why: str, facts: Facts | None = None) -> Moment:
        day = (self._policy.calendar.day(self._now) - self._example.ordered).days
        promised = self._state.promise.by if self._state.promise else None
        return Moment(at=self._now, day=day, who=who, what=what, why=why, facts=facts, promised=promised)

    def _begin(self, arrives: date | None) -> Started:
        return Started(at=self._now, day=self._today(), supply=self._supply(arrives))

    def _supply(self, arrives: date | None, *, allocated: int = 0) -> SupplyChanged:
        waiting = self._state.quantity.open - allocated
        arrivals: tuple[Arrival, ...] = ()
        if arrives is not None and waiting:
            likely = arrives - timedelta(days=self._example.spread)
            arrivals = (Arrival(quantity=waiting, likely=max(likely, self._today()), by=arrives),)
        return SupplyChanged(
            at=self._now,
            day=self._today(),
            allocated=allocated,
            allocated_on=self._today() if allocated else None,
            arrivals=arrivals,
            since=self._now,
            why=Why.NO_SUPPLY if not arrivals and waiting else None,
        )

    def _arrival(self, known: Sequence[Slip]) -> date | None:
        if self._example.lead_days is None:
            return None
        if known and known[-1].days is None:
            return None
        return self._day(self._example.lead_days + sum(slip.days or 0 for slip in known))

    def _words(self, arrives: date | None) -> str:
        if arrives is None:
            return "nobody can say when goods arrive"
        return f"goods expected on {arrives.isoformat()}"

    def _day(self, number: int) -> date:
        return self._example.ordered + number * ONE_DAY

    def _today(self) -> date:
        return self._policy.calendar.day(self._now)


def _terms(policy: Policy, example: Example, start: datetime) -> Terms:
    order = OrderFacts(
        region=example.region,
        kind="consumer",
        ordered_at=start,
        ship_by=None if example.ship_by is None else example.ordered + example.ship_by * ONE_DAY,
        pack=example.pack,
        transit=policy.promise.transit,
    )
    return terms_of(order, policy.calendar, policy=policy.pack)


def _blank(policy: Policy, example: Example, start: datetime) -> State:
    paid = example.price * example.quantity
    instead = Alternative(sku="ALTERNATIVE", name="a similar product", price=Money(example.price, "EUR"))
    return State(
        id="EXAMPLE/1",
        order_id="EXAMPLE",
        line_id="1",
        sku="EXAMPLE",
        quantity=Quantity(ordered=example.quantity),
        ordered_at=start,
        ordered_on=example.ordered,
        opened_at=start,
        payment=Payment(state="captured", currency="EUR", unit_price=example.price, line_paid=paid),
        terms=_terms(policy, example, start),
        context=DecisionContext(
            alternatives=(instead,) if example.alternative else (),
            marketing=("email",) if example.marketing else (),
        ),
    )
