"""An ending that came of silence is off once an agreement in time is recorded, while nothing went back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.line.ledger import outstanding
from tests.domain.us_law_lines import T, us
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, policy, refund, stage, supply
from tests.support.world import begun


@pytest.mark.parametrize("own_day", [False, True])
@pytest.mark.parametrize(
    ("sent", "on", "left"),
    [("10.00", 5, 4), ("10.00", T + 31, 4), ("10.01", T + 31, 0), ("50.00", T + 31, 0)],
)
def test_money_of_an_earlier_cancellation_leaves_an_ending_to_be_withdrawn(
    own_day: bool, sent: str, on: int, left: int
) -> None:
    """One of five was cancelled by its customer; what came back for it is no refund of the ending."""
    world = us(arrives(5, T + 40), units=5).until(at(1))
    if own_day:
        world.react(answer(at(1), "keep", request="a0", until=day(T + 30)))
    world.react(cancel(at(2), 1))
    if on < T:
        world.react(refund(at(on), sent))
    world.until(at(T + 31, 11))
    assert world.state.quantity.cancelled == 5
    if on > T:
        world.react(refund(at(T + 31, 11), sent))
    world.react(replace(answer(at(T + 31, 12), "keep"), received_at=at(T + 30, 22)))
    assert world.state.quantity.open == left
    assert ("kept_before_ending" in world.state.needs) is (not left)
    assert world.events("cancellation_withdrawn") == (["cancellation_withdrawn"] if left else [])
    assert not left or outstanding(world.state) == 0


def test_money_for_shipping_that_became_free_leaves_an_ending_to_be_withdrawn() -> None:
    rules = policy(stage("free", "free_shipping", waited=3), every=90)
    world = begun(rules, arrives(2, T), units=2, pack="us-ftc-435", law=T, region="US", shipping="5.00")
    world.until(at(6)).react(refund(at(6), "5.00"))
    world.react(supply(at(8), arrives(2, T + 40)))
    world.until(at(T + 31, 11))
    world.react(replace(answer(at(T + 31, 12), "keep"), received_at=at(T + 30, 22)))
    assert (world.state.quantity.open, world.state.needs) == (2, ())
