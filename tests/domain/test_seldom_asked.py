"""What is left out of a decision until it asks: which decisions do, and that they come to the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.line.decide import decide
from backorder.domain.line.events import Event
from tests.support.asking import once_it_asks
from tests.support.days import day
from tests.support.lines import OTHER, answer, arrives, at, cancel, policy, stage, supply, tick
from tests.support.world import World, begun

THANKS = policy(replace(stage("thanks", "coupon", waited=5), budget=1), every=90)


def unsent() -> World:
    """A line whose regular update waits to go."""
    world = begun(policy(every=7, spacing=0), arrives(1, 60)).until(at(6))
    world.down = True
    return world.until(at(8))


def thanked(given: int) -> World:
    """A line whose coupon falls due on day 5, of one for a month."""
    world = begun(THANKS, arrives(1, 90)).until(at(1))
    world.context = replace(world.context, coupons={("thanks", "2025-03"): given})
    return world


def offering(waited: int) -> World:
    """A line that is offered what could be sent instead so many days after it was opened."""
    swap = stage("swap", "offer_alternatives", waited=waited)
    return begun(policy(swap, every=90), arrives(1, 90)).until(at(4))


@pytest.mark.parametrize(
    ("world", "event", "asks"),
    [
        (unsent(), tick(at(9)), []),
        (unsent(), supply(at(9), arrives(1, 61)), []),
        (unsent(), cancel(at(9)), ["gone"]),
        (thanked(0), tick(at(2)), []),
        (thanked(0), tick(at(6)), ["coupons"]),
        (thanked(1), tick(at(6)), ["coupons"]),
        (offering(9), tick(at(5)), []),
        (offering(9), supply(at(5), arrives(1, 99)), []),
        (offering(9), tick(at(10)), ["alternatives"]),
        (offering(1), tick(at(5)), []),
        (offering(1), answer(at(5), "alternative", sku=OTHER.sku), ["alternatives"]),
        (offering(1), answer(at(5), "alternative", sku="X"), []),
    ],
)
def test_a_decision_asks_for_what_it_cannot_do_without(world: World, event: Event, asks: list[str]) -> None:
    at_once = decide(world.policy, world.seen(), event)
    assert once_it_asks(world.policy, world.seen(), event) == (at_once, asks)


def test_what_was_given_out_in_another_month_is_not_what_was_asked_for() -> None:
    made, _ = once_it_asks(THANKS, thanked(1).seen(), tick(at(30)))
    assert made.state.offers[0].on == day(30)
