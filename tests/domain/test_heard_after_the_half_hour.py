"""What came in within the half hour counts in whatever order, and however late, it is heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import Shipped
from backorder.domain.line.ledger import owed
from backorder.domain.notifications import Kind
from tests.domain.cancelled_by_link import allocated, by_link, keeps, take_back
from tests.support.lines import answer, at, refund, ship


@pytest.mark.parametrize("word", [take_back, keeps])
def test_said_in_time_and_heard_late_it_is_withdrawn_while_no_money_was_sent(word: Any) -> None:
    world = allocated(paid="20.00")
    world.react(by_link(at(4)))
    said = replace(word(at(4, 12, 10)), at=at(4, 14))
    assert world.until(at(4, 13)).react(said).verdict is Verdict.ACCEPTED
    assert (world.state.quantity.open, world.state.needs) == (2, ())
    assert owed(world.state) == 0
    assert world.event("cancellation_withdrawn")["quantity"] == 2
    read = world.last(Kind.ANSWER_RECEIVED).facts
    assert (read.quantity, read.uncancelled) == (2, 2), "the message that it is cancelled had gone"
    sent = allocated(paid="20.00")
    sent.react(by_link(at(4)))
    sent.until(at(4, 13)).react(refund(at(4, 13), "20.00"))
    assert sent.react(said).verdict is Verdict.ACCEPTED
    assert (sent.state.quantity.open, sent.state.needs) == (0, ("taken_back_late",))


STORIES = {
    "all": (None, None, (3, 0, 0)),
    "all that had left": (None, 3, (0, 3, 0)),
    "some had left": (None, 2, (1, 2, 0)),
    "for some": (2, None, (3, 0, 0)),
    "for some, others left": (2, 1, (2, 1, 0)),
}
"""What is cancelled by link at noon, what leaves at 12:05; what is open, shipped and cancelled at last."""


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("word", ["keep", "take back", "take back by name"])
@pytest.mark.parametrize("first_heard", [11, 45])
@pytest.mark.parametrize("apart", [0, 2, 10])
def test_a_word_in_the_half_hour_counts_in_whatever_order_and_whenever_it_is_heard(
    story: str, word: str, first_heard: int, apart: int
) -> None:
    """Cancelled at noon, kept or taken back at 12:10: whoever was away, the goods are wanted."""
    units, left, end = STORIES[story]
    facts: list[Any] = [by_link(at(4), units)]
    if word == "keep":
        facts.append(keeps(at(4, 12, 10), 3))
    else:
        facts.append(take_back(at(4, 12, 10), of="a1" if "name" in word else ""))
    if left is not None:
        facts.append(ship(at(4, 12, 5), left, left=at(4, 12, 5)))
    for order in permutations(facts):
        if word == "take back" and order.index(facts[1]) < order.index(facts[0]):
            continue  # what names no cancellation is refused as long as there is none
        world, minute = allocated(units=3, paid="30.00"), first_heard
        for number, fact in enumerate(order):
            when = at(4, 12) + timedelta(minutes=minute + number * apart, seconds=number)
            world.until(when).react(replace(fact, at=when))
        state = world.until(at(6)).state
        if left == 3 and word == "keep" and isinstance(order[0], Shipped) and order[2] is facts[0]:
            assert "shipped_after_cancellation" in state.needs, "who keeps what has left is not remembered"
            continue
        units_now = (state.quantity.open, state.quantity.shipped, state.quantity.cancelled)
        told = [type(each).__name__ for each in order]
        assert units_now == end, told
        assert owed(state) == 0, told
        assert "shipped_after_cancellation" not in state.needs, told
        assert state.revocable == ()
        assert world.events("shipped") == ["shipped"] * (left is not None), told


@pytest.mark.parametrize("heard", [20, 40, 50])
@pytest.mark.parametrize("first", ["cancelled", "kept"])
def test_a_word_after_the_half_hour_takes_nothing_back_whenever_either_is_heard(
    heard: int, first: str
) -> None:
    world = allocated(units=3, paid="30.00")
    facts = [by_link(at(4), 2), keeps(at(4, 12, 31), 3)]
    for fact in facts if first == "cancelled" else reversed(facts):
        when = max(world.now, fact.received_at, at(4, 12, heard))
        world.until(when).react(replace(fact, at=when))
    state = world.until(at(6)).state
    assert (state.quantity.open, state.quantity.cancelled, owed(state)) == (1, 2, Decimal("20.00"))


def test_a_cancellation_that_is_heard_after_its_half_hour_waits_for_what_came_in_meanwhile() -> None:
    """The worker was away: nothing is told, freed or paid back of what they want after all."""
    world = allocated().until(at(4, 12, 45))
    world.react(replace(by_link(at(4)), at=at(4, 12, 45)))
    world.react(replace(keeps(at(4, 12, 10)), at=at(4, 12, 45)))
    world.until(at(6))
    assert world.state.quantity.open == 2
    assert world.events("cancelled", "refund_due", "cancellation_withdrawn") == []
    assert Kind.CANCELLED.value not in world.kinds()
    alone = allocated().until(at(4, 12, 45))
    alone.react(replace(by_link(at(4)), at=at(4, 12, 45)))
    assert alone.until(at(4, 12, 49)).events("refund_due") == []
    assert alone.until(at(4, 12, 50)).events("refund_due") == ["refund_due"]
    assert alone.state.refund is not None
    assert alone.state.refund.vested_at == at(4)
    assert alone.kinds()[-1] == Kind.CANCELLED.value, "the half hour is over: it is told as done"


def test_what_was_said_by_another_way_too_is_taken_back_by_nothing() -> None:
    world = allocated()
    world.react(by_link(at(4)))
    world.react(answer(at(4, 12, 10), "cancel", via="letter", request="l1"))
    late = keeps(at(4, 12, 20))
    assert world.react(late).verdict is Verdict.RECORDED
    assert world.until(at(5)).state.quantity.open == 0
