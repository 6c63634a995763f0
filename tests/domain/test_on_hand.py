"""What is on hand is the same in whatever order the facts of a stock are told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.domain.calendar import Calendar
from backorder.domain.supply.on_hand import StockChange, StockFact, enter, fold, left_at
from tests.support.lines import at

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))
ORDERS = settings(max_examples=4 * EXAMPLES, deadline=None)
COMING = ("receipt", "adjustment")


def fact(kind: str, hour: int, units: int, *, id: str = "", spared: int = 0) -> StockFact:
    """A fact of day 1."""
    return StockFact(id=id or f"{kind} {hour}", kind=kind, at=at(1, hour), units=units, spared=spared)


@st.composite
def days(draw: st.DrawFn) -> list[StockFact]:
    """Facts of one day, several at the same hour among them."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["receipt", "adjustment", "return", "shipment", "shipment", "count"]))
        units = draw(st.integers(1, 6))
        if kind == "count":
            units -= 1
        elif kind not in COMING or (kind == "adjustment" and draw(st.booleans())):
            units = -units
        spared = draw(st.integers(0, 3)) if kind == "shipment" else 0
        found.append(fact(kind, draw(st.integers(1, 12)), units, id=f"{kind} {number}", spared=spared))
    return found


class Book:
    """A book of stock as storage keeps it: what is on hand now, and rows that add up to it."""

    def __init__(self) -> None:
        self.on_hand = 0
        self.facts: list[StockFact] = []
        self.rows: list[tuple[datetime, str, int]] = []

    def entry(self, fact: StockFact) -> StockChange:
        """What a fact would change."""
        there = self.on_hand - sum(units for at, _, units in self.rows if at >= fact.at)
        return enter(there, [each for each in self.facts if each.at >= fact.at], fact)

    def tell(self, fact: StockFact) -> None:
        """Write a fact down."""
        entry = self.entry(fact)
        self.facts.append(fact)
        if fact.kind != "count":
            self.rows.append((fact.at, fact.kind, fact.units))
        for step in entry.steps:
            self.rows.append((step.fact.at, "outside", step.outside))
            self.rows.append((step.fact.at, "count", step.corrected))
        self.on_hand += entry.change

    def end(self) -> tuple[int, int]:
        """On hand, and from outside in all."""
        return self.on_hand, sum(units for _, kind, units in self.rows if kind == "outside")


def told(facts: Sequence[StockFact]) -> Book:
    """The book after facts were told in that order."""
    book = Book()
    for each in facts:
        book.tell(each)
        assert book.on_hand >= 0
        assert sum(units for _, _, units in book.rows) == book.on_hand
        instants = {at for at, _, _ in book.rows}
        sums = [sum(units for at, _, units in book.rows if at <= instant) for instant in instants]
        assert min(sums, default=0) >= 0, "the sum falls below zero on the way"
    return book


@ORDERS
@given(days(), st.randoms(use_true_random=False))
def test_every_order_of_telling_comes_to_the_same(facts: list[StockFact], random: Random) -> None:
    """On hand and from outside, at the end and so at every instant, as they are by the instants."""
    shuffled = facts.copy()
    random.shuffle(shuffled)
    steps = fold(0, facts)
    expected = steps[-1].on_hand, sum(step.outside for step in steps)
    assert told(sorted(facts, key=lambda each: each.at)).end() == expected
    assert told(shuffled).end() == expected


@ORDERS
@given(days(), st.randoms(use_true_random=False))
def test_what_is_right_by_the_instants_is_refused_in_no_order_for_good(
    facts: list[StockFact], random: Random
) -> None:
    """Who is refused because others have not told yet, and tells again, is heard in the end."""
    short = {step.fact.id for step in fold(0, facts) if step.outside and step.fact.kind != "shipment"}
    left = [each for each in facts if each.id not in short]
    if any(step.outside and step.fact.kind != "shipment" for step in fold(0, left)):
        return
    random.shuffle(left)
    expected = fold(0, left)[-1].on_hand if left else 0
    book = Book()
    while left:
        next_fact = next((each for each in left if book.entry(each).short <= 0), None)
        assert next_fact is not None, f"nobody is heard of {left}"
        book.tell(next_fact)
        left.remove(next_fact)
    assert book.on_hand == expected


def test_a_receipt_explains_the_shipment_that_was_told_before_it() -> None:
    late = told([fact("shipment", 9, -2), fact("receipt", 8, 10)])
    assert late.end() == (8, 0)
    assert told([fact("shipment", 9, -2), fact("receipt", 10, 10)]).end() == (10, 2), "these came later"


def test_a_shipment_takes_nothing_of_what_others_held() -> None:
    book = told([fact("receipt", 8, 2), fact("shipment", 9, -3, spared=2)])
    assert book.end() == (2, 3)
    book.tell(fact("receipt", 7, 5))
    assert book.end() == (4, 0)


def test_nobody_takes_by_hand_what_is_not_there() -> None:
    book = told([fact("receipt", 8, 5), fact("adjustment", 10, -3)])
    assert book.entry(fact("adjustment", 9, -3)).short == 1
    assert book.entry(fact("count", 9, 1)).short == 2
    assert book.entry(fact("shipment", 9, -3)).short == 1, "a shipment is taken all the same"
    assert book.entry(fact("count", 9, 3)).short == 0


def test_a_day_without_a_time_is_over_when_goods_left_on_it() -> None:
    berlin = Calendar(zone="Europe/Berlin")
    midnight = datetime(2026, 3, 4, 23, tzinfo=UTC)
    assert left_at(berlin, midnight, at(900)) == datetime(2026, 3, 5, 22, 59, 59, 999999, tzinfo=UTC)
    assert left_at(berlin, midnight, datetime(2026, 3, 5, 14, tzinfo=UTC)).hour == 14, "it is told that day"
    assert left_at(Calendar(), midnight, at(900)) == midnight
