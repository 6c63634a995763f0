"""A season of lines under law, on the domain's simulator: what was late, and what lacked consent.

Suppliers slip at random, customers answer or not, some mail comes back, and shops ship when they can. What is
counted is worked out from the messages and facts alone, by the text of the rules and not by the engine's own
functions.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from backorder.domain.law.terms import Terms
from backorder.domain.line.commands import Publish
from backorder.domain.line.events import (
    Answered,
    CancelRequested,
    ContactChanged,
    Event,
    MessageFailed,
    MessageSent,
    RefundSent,
    Shipped,
    Started,
    SupplyChanged,
)
from backorder.domain.line.money_facts import Payment
from backorder.domain.line.simulation import Played, Simulation
from backorder.domain.line.state import Arrival, DecisionContext, Quantity, State
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy

BEGIN = date(2026, 3, 2)
SEASON = timedelta(days=240)
PRICE, SHIPPING = Decimal(10), Decimal(4)
"""In major units: of a unit, and for shipping."""
_RULES = Policy(name="season")


def _at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), UTC)


@dataclass(kw_only=True)
class Word:
    """A notice that arrived, or an answer that keeps. until: the day in it. back: when it came back."""

    on: date
    until: date | None
    revision: int | None = None
    keeps: bool = False
    back: date | None = None


@dataclass(kw_only=True)
class Life:
    """One line's life, and what was seen of it. log: notices that arrived, and answers that keep.
    due: the last days of its refunds, in the order in which they were asked for; paid: by that day, when the
    money went; called: the days on which somebody was called because it had not.

    pays: how likely the shop sends what it owes on a day. sent_back: units. goods, shipping: money that was
    asked for, the latter if nothing of the order is kept;
    named: the customer read how much was paid for shipping.
    """

    random: random.Random
    simulation: Simulation
    first: date
    log: list[Word] = field(default_factory=list)
    cancelled_on: date | None = None
    shipped_on: date | None = None
    pays: float = 0.5
    due: list[date] = field(default_factory=list)
    paid: dict[date, date] = field(default_factory=dict)
    called: list[date] = field(default_factory=list)
    withdrawn: int = 0
    refused: int = 0
    returned: int = 0
    sent_back: int = 0
    goods: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    named: bool = False

    def see(self, played: Played) -> None:
        """Note what happened."""
        message = played.message
        if message and isinstance(played.event, MessageSent) and message.kind is Kind.CONSENT_REQUEST:
            until = message.facts.ask_until or message.facts.by
            self.log.append(Word(on=played.at.date(), until=until, revision=message.revision))
        elif message and isinstance(played.event, MessageSent) and message.facts.shipping is not None:
            self.named = True
        for command in played.decision.commands:
            if not isinstance(command, Publish):
                continue
            if command.type == "cancelled":
                self.cancelled_on = self.cancelled_on or played.at.date()
            elif command.type == "refund_due":
                self.due.append(date.fromisoformat(str(command.data["due_by"])))
                self.goods += Decimal(str(command.data["goods"]))
                self.shipping += Decimal(str(command.data["shipping_if_none_shipped"]))
            elif command.type == "refund_overdue":
                self.called.append(played.at.date())
            elif command.type == "withdrawn":
                self.withdrawn += 1
                self.sent_back += int(str(command.data["quantity"]))

    def react(self, event: Event) -> bool:
        """Let the line hear of something. Returns whether it was accepted."""
        for played in self.simulation.advance(event.at):
            self.see(played)
        played = self.simulation.apply(event)
        self.see(played)
        return played.decision.verdict.value == "accepted"

    def limit(self, day: date) -> tuple[date, date]:
        """The legal date, and the last day without consent, at the end of a day: by the text of the rule.

        From the notices that had arrived and not come back, and from the answers alone.
        """
        legal, beyond, agreed, answer_by = self.first, self.first + timedelta(days=30), False, None
        for what in (each for each in self.log if each.on <= day and (each.back is None or each.back > day)):
            if what.keeps:
                legal, agreed, answer_by = max(legal, what.until or date.max), True, None
            elif not agreed and what.until is not None and what.until <= beyond:
                legal, agreed, answer_by = max(legal, what.until), True, None
            elif answer_by is None:
                answer_by = legal if agreed else beyond
        return legal, answer_by or legal


def _line(name: str, pack: str, legal: date, ordered: date, units: int) -> State:
    return State(
        id=f"{name}/1",
        order_id=name,
        line_id="1",
        sku="LAMP",
        quantity=Quantity(ordered=units),
        ordered_at=_at(ordered, 9),
        ordered_on=ordered,
        opened_at=_at(ordered, 9),
        terms=Terms(pack=pack, region="US" if pack.startswith("us") else "DE", legal_date=legal),
        payment=Payment(
            state="captured",
            currency="USD",
            unit_price=PRICE,
            line_paid=PRICE * units,
            shipping_paid=SHIPPING,
        ),
    )


def _supply(at: datetime, by: date | None, *, allocated: int = 0) -> SupplyChanged:
    arrivals = () if allocated or by is None else (Arrival(quantity=3, likely=by, by=by),)
    return SupplyChanged(
        at=at,
        day=at.date(),
        allocated=allocated,
        allocated_on=at.date() if allocated else None,
        arrivals=arrivals,
        since=at,
    )


def live(number: int, pack: str, seed: int) -> Life:
    """One line's season."""
    chance = random.Random(f"{seed}/{pack}/{number}")
    ordered = BEGIN + timedelta(days=chance.randrange(40))
    legal, by = (
        ordered + timedelta(days=chance.randrange(8, 40)),
        ordered + timedelta(days=chance.randrange(50)),
    )
    state = _line(f"O-{number}", pack, legal, ordered, units=chance.randrange(1, 4))
    context = DecisionContext(zones=("America/Los_Angeles",) if pack.startswith("us") else ())
    simulation = Simulation(policy=_RULES, state=state, now=state.opened_at, context=context)
    slow = random.Random(f"{seed}/{pack}/{number}/pays").random() < 0.2
    found = Life(random=chance, simulation=simulation, first=legal, pays=0.05 if slow else 0.5)
    start = _supply(state.opened_at, by)
    found.react(Started(at=start.at, day=start.day, supply=start))
    arrives, day = by, ordered
    while day < ordered + SEASON:
        day += timedelta(days=1)
        arrives = _a_day(found, day, arrives)
    return found


def _a_day(life: Life, day: date, arrives: date) -> date:
    """What a day brings: the supplier's word, goods, an answer, money. Returns when the goods are due."""
    state, chance = life.simulation.state, life.random
    if state.quantity.open and not state.quantity.allocated and chance.random() < 0.03:
        arrives = day + timedelta(days=chance.randrange(3, 60))
        life.react(_supply(_at(day, 14), None if chance.random() < 0.1 else arrives))
    elif state.quantity.open and not state.quantity.allocated and day >= arrives:
        life.react(_supply(_at(day, 9), None, allocated=state.quantity.open))
    _customer(life, day)
    for played in life.simulation.advance(_at(day, 15)):
        life.see(played)
    state = life.simulation.state
    if state.quantity.allocated and life.random.random() < 0.4:
        _ship(life, day)
    state = life.simulation.state
    owed = next((each for each in state.refunds if each.remaining > 0), None)
    if owed is not None and chance.random() < life.pays:
        at = _at(day, 17)
        life.react(RefundSent(at=at, day=day, refund=f"R{day}", amount=owed.remaining, sent_at=at))
        life.paid[owed.due_by] = day
    for played in life.simulation.advance(_at(day, 23)):
        life.see(played)
    return arrives


def _ship(life: Life, day: date) -> None:
    """The carrier takes what is there; where the law has a clock of delivery, sometimes one unit alone."""
    state, at = life.simulation.state, _at(day, 16)
    alone = state.terms.pack.startswith("eu") and life.random.random() < 0.3
    units = 1 if alone else state.quantity.allocated
    life.react(Shipped(at=at, day=day, shipment=f"S{day}", quantity=units, shipped_at=at))
    life.shipped_on = day


def _customer(life: Life, day: date) -> None:
    open, chance, at = life.simulation.state.quantity.open, life.random, _at(day, 15)
    asked = [each for each in life.log if not each.keeps and each.back is None]
    if asked and open and chance.random() < 0.05:
        choice: Literal["keep", "cancel"] = "keep" if chance.random() < 0.7 else "cancel"
        seen = asked[-1].revision
        answer = Answered(at=at, day=day, request=f"a{day}", choice=choice, received_at=at, revision=seen)
        if life.react(answer) and choice == "keep":
            life.log.append(Word(on=day, until=asked[-1].until, keeps=True))
    elif asked and open and chance.random() < 0.02 and not life.log[-1].keeps:
        life.log[-1].back = day
        life.returned += 1
        revision = life.log[-1].revision
        life.react(MessageFailed(at=at, day=day, key="back", reason="it bounced", revision=revision))
        changed = ContactChanged(at=at, day=day, fields=("email",), reached=True, by="shop")
        life.react(changed)
    if life.shipped_on and not life.withdrawn and chance.random() < 0.02:
        request = CancelRequested(
            at=at, day=day, request=f"w{day}", quantity=None, reason="", by="customer", received_at=at
        )
        life.refused += not life.react(request)


def faults(life: Life, pack: str) -> Iterator[str]:
    """What was done wrong in a life."""
    if pack.startswith("us"):
        for word in life.log:
            if not word.keeps and word.on > life.limit(word.on - timedelta(days=1))[1]:
                yield "notices late"
        yield from _without_consent(life)
    elif life.refused:
        yield "withdrawals refused"
    yield from _money_forgotten(life)
    if sorted(life.called) != _to_be_called(life):
        yield "refunds late and not called for"
    if life.due and life.cancelled_on is not None and life.due[0] > _latest(life.cancelled_on, pack):
        yield "refunds late"


def _to_be_called(life: Life) -> list[date]:
    """The days on which somebody has to be called: those after the last day of money that had not gone."""
    end = life.simulation.now.date()
    late = {due for due in life.due if due < end and life.paid.get(due, end) > due}
    return sorted(due + timedelta(days=1) for due in late)


def _money_forgotten(life: Life) -> Iterator[str]:
    """Whether money is not asked for, or not named, for what ended or is sent back: counted by hand."""
    quantity = life.simulation.state.quantity
    back = life.sent_back + quantity.cancelled
    whole = not quantity.open and back == quantity.ordered
    if (life.goods, life.shipping) != (PRICE * back, SHIPPING * whole) or life.named is not whole:
        yield "money forgotten"


def _latest(cancelled_on: date, pack: str) -> date:
    """The last day of a refund, counted by hand, of a line that was cancelled on that day."""
    if not pack.startswith("us"):
        return cancelled_on + timedelta(days=14)
    day, left = cancelled_on, 7
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def _without_consent(life: Life) -> Iterator[str]:
    """Whether the line was open, or shipped, after a day that nobody had agreed to."""
    day, ended = life.first, life.cancelled_on or life.shipped_on or life.simulation.now.date()
    while day < ended:
        day += timedelta(days=1)
        # The ending runs at the next daily look, and what came back in the afternoon is heard on that day.
        if day - timedelta(days=1) > life.limit(day - timedelta(days=1))[1]:
            yield "kept without consent"
            return
    if life.shipped_on is not None and life.shipped_on > life.limit(life.shipped_on)[1]:
        yield "shipped without consent"


def season(pack: str, lines: int, seed: int) -> Counter[str]:
    """The counts of a season of lines."""
    found: Counter[str] = Counter()
    for number in range(lines):
        life = live(number, pack, seed)
        found["lines"] += 1
        found["notices"] += sum(not each.keeps for each in life.log)
        found["cancelled"] += life.cancelled_on is not None
        found["shipped"] += life.shipped_on is not None
        found["withdrawals"] += life.withdrawn
        found["came back"] += life.returned
        found["refunds called for"] += len(life.called)
        found["reviews undone"] += life.simulation.undone
        for fault in faults(life, pack):
            found[fault] += 1
    return found


WRONG = (
    "notices late",
    "kept without consent",
    "shipped without consent",
    "withdrawals refused",
    "refunds late",
    "refunds late and not called for",
    "money forgotten",
)
"""What has to be 0."""
