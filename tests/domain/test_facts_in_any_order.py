"""Facts that come late, twice and in any order: each counts by its own instant, and the end is the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import FreeUnits, ShipUnits, Verdict
from backorder.domain.line.events import Event, RefundSent
from backorder.domain.line.late_refunds import excess
from backorder.domain.line.ledger import in_vain, outstanding, owed, sent, shipping_to_come, worth
from backorder.domain.line.sent_back import sent_back, units_refunded
from backorder.domain.line.state import DecisionContext
from backorder.domain.money import digits
from backorder.domain.notifications import Kind
from tests.support.lines import answer, at, cancel, pay, policy, refund, ship
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))
ORDERS = settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LAWS = settings(ORDERS, max_examples=4 * EXAMPLES)
TOLD = at(3)
"""When the first fact is told; all of them happened before."""


@dataclass
class Stock:
    """A line that has its units, and a stock from which others take what it gives back."""

    world: World
    on_hand: int
    held: int = 0
    told: int = 0
    again: list[Verdict] = field(default_factory=list)

    def react(self, event: Event) -> Verdict:
        """Let the line hear a fact now, and do with the units what it says."""
        self.told += 1
        event = replace(event, at=TOLD + timedelta(minutes=self.told))
        free = self.on_hand - self.held - self.world.state.quantity.allocated
        self.world.context = DecisionContext(free=free, held=self.held)
        decision = self.world.react(event)
        for command in decision.commands:
            if isinstance(command, FreeUnits):
                self.held += command.quantity
            elif isinstance(command, ShipUnits):
                self.on_hand -= command.allocated + command.free + command.returned
                self.held -= command.returned
        assert 0 <= self.held <= self.held + self.world.state.quantity.allocated <= self.on_hand
        return decision.verdict

    def end(self) -> dict[str, Any]:
        """What must be the same however the facts were told."""
        self.world.down = False
        self.world.until(self.world.now + timedelta(hours=1))
        state = self.world.state
        return {
            "units": state.quantity,
            "in vain": in_vain(state),
            "on hand": self.on_hand,
            "status": state.status,
            "owed": owed(state),
            "sent": sent(state),
            "outstanding": outstanding(state),
            "excess": excess(state),
            "flags": set(state.needs),
            "captured": state.payment.captured,
            "payment": state.payment.state,
            "claims": {
                (each.request, each.amount, each.vested_at, each.due_by, each.failed, each.sent)
                for each in state.refunds
            },
            "sent back": {each for each in sent_back(state) if each[1]},
            "shipping": shipping_to_come(state),
            "ended late": state.ended_late,
        }


@dataclass(frozen=True)
class Story:
    """How a line began, and what happened to it since.

    paid, shipping: in major units of the currency. law: the day from which on what has to be there is late.
    """

    units: int
    payment: str
    paid: str
    facts: tuple[Event, ...]
    pack: str = "none"
    currency: str = "EUR"
    shipping: str = "0"
    law: int = 60

    def told(self, order: Sequence[int], *, down: bool = False, twice: bool = False) -> Stock:
        """The line after its facts were told in that order."""
        world = begun(
            policy(),
            units=self.units,
            allocated=self.units,
            payment=self.payment,
            paid=self.paid,
            currency=self.currency,
            shipping=self.shipping,
            pack=self.pack,
            law=None if self.pack == "none" else self.law,
        ).until(at(1))
        stock = Stock(world, on_hand=self.units)
        world.down = down
        for number in order:
            stock.react(self.facts[number])
            if twice:
                stock.react(self.facts[number])
        return stock


@st.composite
def stories(draw: st.DrawFn) -> Story:
    units = draw(st.integers(1, 5))
    hours = draw(st.permutations(range(1, 20)))
    facts: list[Event] = []

    def instant() -> datetime:
        return at(2, hours[len(facts)])

    left = units
    for number in range(draw(st.integers(0, 3))):
        asked = draw(st.sampled_from([None, 1, 2, left]))
        if asked is None or 1 <= asked <= left:
            left -= asked or 0
            facts.append(cancel(TOLD, asked, request=f"r{number}", came=instant()))
    left = units
    for number in range(draw(st.integers(0, 2))):
        count = draw(st.integers(1, 3))
        if count <= left:
            left -= count
            facts.append(ship(TOLD, count, id=f"s{number}", left=instant()))
    for moved in draw(st.lists(st.sampled_from(["captured", "authorized", "unpaid"]), max_size=3)):
        ends = draw(st.sampled_from([None, at(2, 8), at(2, 20), at(9)])) if moved == "authorized" else None
        facts.append(pay(TOLD, moved, ends, as_of=instant()))
    for number in range(draw(st.integers(0, 2))):
        amount = draw(st.sampled_from(["1.00", "3.33", "10.00"]))
        facts.append(refund(TOLD, amount, id=f"f{number}", went=instant()))
    return Story(
        units=units,
        payment=draw(st.sampled_from(["captured", "unpaid", "authorized"])),
        paid=draw(st.sampled_from(["10.00", "0.00", "9.99"])),
        facts=tuple(facts),
    )


PACKS = ("eu-crd-18", "uk-cra-28", "us-ftc-435", "in-ecommerce-2020")
WORDS = ("cancel", "withdraw", "shop", "POST")
"""How it is ended: by what the customer said on the phone, by the shop, or as the order system has it."""


Made = tuple[Callable[..., Event], str]
"""What makes a fact, and the name of its instant there."""


@st.composite
def endings(draw: st.DrawFn, units: int, *, right: bool) -> list[Made]:
    """Words of several people, which name no more units than there are. right: to withdraw; then a customer
    may name all that were ordered, whatever was cancelled before.
    """
    found: list[Made] = []
    ordered = units
    for number in range(draw(st.sampled_from([2, 3, 1]))):
        who, most = draw(st.sampled_from(WORDS)), ordered if right else units
        asked = draw(
            st.sampled_from([None, 1, 1 if right and who == "shop" else most]) if most else st.none()
        )
        units -= asked or 0
        if who in ("shop", "POST"):
            by = "shop" if who == "shop" else "customer"
            found.append((partial(cancel, TOLD, asked, request=f"r{number}", by=by), "came"))
        else:
            word = answer(TOLD, who, request=f"r{number}", quantity=asked, via="phone")
            found.append((partial(replace, word), "received_at"))
    return found


@st.composite
def stories_under_law(draw: st.DrawFn) -> Story:
    """Of several units, with what was paid for shipping, words of several people, and refunds that fail."""
    units, currency = draw(st.integers(1, 5)), draw(st.sampled_from(["EUR", "KWD"]))
    least, left, pack = Decimal(1).scaleb(-digits(currency)), units, draw(st.sampled_from(PACKS))
    made = draw(endings(units, right=pack in PACKS[:2]))
    for number in range(draw(st.sampled_from([1, 2, 0]))):
        count = min(left, draw(st.integers(1, 3)))
        if count:
            left -= count
            made.append((partial(ship, TOLD, count, id=f"s{number}"), "left"))
    for number in range(draw(st.integers(0, 2))):
        amount = str(draw(st.sampled_from([1, 333, 1000, 1300])) * least)
        made += [
            (partial(refund, TOLD, amount, id=f"f{number}"), what)
            for what in ("went", *draw(st.sampled_from([(), ("failed",)])))
        ]
    hours = draw(st.randoms(use_true_random=False)).sample(range(1, 20), len(made))
    return Story(
        units=units,
        payment=draw(st.sampled_from(["captured", "authorized"])),
        paid=str(draw(st.sampled_from([1000, 77])) * least),
        facts=tuple(make(**{name: at(2, hour)}) for (make, name), hour in zip(made, hours, strict=True)),
        pack=pack,
        currency=currency,
        shipping=str(draw(st.sampled_from([0, 300])) * least),
        law=draw(st.sampled_from([60, 3])) if pack == "in-ecommerce-2020" else 60,
    )


@ORDERS
@given(stories(), st.data())
def test_the_end_is_the_same_in_whatever_order_the_facts_are_told(story: Story, data: st.DataObject) -> None:
    _ends_alike(story, data)


@LAWS
@given(stories_under_law(), st.data())
def test_under_law_the_end_is_the_same_in_whatever_order(story: Story, data: st.DataObject) -> None:
    _ends_alike(story, data)


def _ends_alike(story: Story, data: st.DataObject) -> None:
    straight = range(len(story.facts))
    other = data.draw(st.permutations(straight))
    first = story.told(straight).end()
    assert story.told(other, down=data.draw(st.booleans()), twice=data.draw(st.booleans())).end() == first


@ORDERS
@given(stories() | stories_under_law(), st.booleans())
def test_what_goes_back_is_what_was_paid_for_the_units_that_are_gone(story: Story, down: bool) -> None:
    state = story.told(range(len(story.facts)), down=down).world.state
    due = worth(state, units_refunded(state))
    assert owed(state) == due <= state.payment.line_paid
    asked = sum((each.remaining for each in state.refunds if each.remaining > 0), Decimal(0))
    assert asked == outstanding(state)


@LAWS
@given(stories_under_law(), st.data())
def test_what_a_failure_leaves_open_is_what_failed_and_a_persons(story: Story, data: st.DataObject) -> None:
    """Whatever was sent since, and in whatever order it is told: it goes by other means (16 CFR 435.2)."""
    gone = [refund(TOLD, "3.33", id=f"f{number}", went=at(2, 13 + number)) for number in (7, 8, 9)]
    facts = (*story.facts, *gone[: data.draw(st.integers(0, 3))])
    sent_once = {
        fact.refund: fact for fact in facts if isinstance(fact, RefundSent) and fact.failed_at is None
    }
    lost = data.draw(st.sampled_from([None, *sent_once.values()]))
    if lost is None:
        return
    before = replace(story, facts=facts).told(range(len(facts))).world.state
    facts = (*facts, replace(lost, sent_at=None, failed_at=at(2, 23)))
    order = data.draw(st.permutations(range(len(facts))))
    after = replace(story, facts=facts).told(order).world.state
    opened = outstanding(after) - outstanding(before)
    failed = sum((max(Decimal(0), each.remaining) for each in after.refunds if each.failed), Decimal(0))
    assert failed >= opened
    if opened:
        assert "refund_failed" in after.needs


@ORDERS
@given(stories(), st.data())
def test_what_the_customer_read_adds_up_to_what_is_so(story: Story, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(story.facts))))
    stock = story.told(order, down=data.draw(st.booleans()))
    stock.end()
    state, gone = stock.world.state, [tell for _, tell in stock.world.gone]
    news = [tell for tell in gone if tell.kind is Kind.CANCELLED and not tell.key.endswith("/refund")]
    corrected = sum(tell.facts.uncancelled for tell in gone)
    assert sum(tell.facts.quantity for tell in news) - corrected == state.quantity.cancelled
    if owed(state):
        assert any(tell.facts.refund for tell in gone if tell.kind is Kind.CANCELLED)
    if not outstanding(state):
        assert min(sent(state), state.owed_most) <= state.refund_told <= sent(state)


# --- whose cancellation it is

CALLED_OFF = st.permutations(("link", "agent", "shop"))


def _called_off(order: Sequence[str], came: Sequence[str], asked: Sequence[int | None]) -> World:
    """A line of three whose mail is away while cancellations are heard in one order that came in another."""
    world = begun(policy(), units=3).until(at(3))
    world.down = True
    for number, who in enumerate(order):
        when, instant = TOLD + timedelta(minutes=number), TOLD + timedelta(seconds=came.index(who))
        units = asked[came.index(who)]
        if who == "shop":
            world.react(cancel(when, units, request=who, by=who, came=instant))
        else:
            word = answer(when, "cancel", request=who, via=who, quantity=units)
            world.react(replace(word, received_at=instant))
    world.until(TOLD + timedelta(hours=1)).down = False
    return world.until(at(4))


@ORDERS
@given(CALLED_OFF, CALLED_OFF, st.tuples(*[st.sampled_from([None, 1])] * 3))
def test_whoever_cancelled_first_chooses_the_words_and_starts_the_clock(
    order: list[str], came: list[str], asked: tuple[int | None, ...]
) -> None:
    world, straight = _called_off(order, came, asked), _called_off(came, came, asked)
    ended = [(each.by, each.units) for each in straight.state.cancellations if each.units]
    assert sorted((each.by, each.units) for each in world.state.cancellations if each.units) == sorted(ended)
    assert {(each.request, each.amount, each.vested_at, each.due_by) for each in world.state.refunds} == {
        (each.request, each.amount, each.vested_at, each.due_by) for each in straight.state.refunds
    }
    said = [(tell.facts.reason, tell.facts.quantity) for _, tell in world.gone if tell.kind is Kind.CANCELLED]
    assert sorted(said) == sorted(ended)


@pytest.mark.parametrize("by", ["shop", "agent"])
def test_who_had_cancelled_before_the_shop_hears_that_it_was_as_they_asked(by: str) -> None:
    """A message that has gone stands; only what it says of who cancelled may need another word."""
    world = begun(policy(), units=2).until(at(3))
    first = cancel(at(3), request="first", by="shop" if by == "shop" else "customer", came=at(3))
    world.react(first)
    world.react(replace(answer(at(3, 12), "cancel", request="own", via="agent"), received_at=at(2)))
    said = [tell.facts.reason for _, tell in world.until(at(4)).gone if tell.kind is Kind.CANCELLED]
    assert said == (["shop", "customer"] if by == "shop" else ["customer"])
    assert world.state.refund is not None
    assert world.state.refund.vested_at == at(2)
