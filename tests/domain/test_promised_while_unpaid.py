"""The day that a person promised stands until the supply moves: a payment is no word of the supply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.line.events import PolicyMoved, PromiseMade, SendNowRequested
from backorder.domain.notifications import Kind, Why
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, pay, policy, ship, supply
from tests.support.unpaid_lines import PAY_URL, here_and_unpaid
from tests.support.world import World, begun


def promise(n: int, by: int) -> PromiseMade:
    return PromiseMade(at=at(n), day=day(n), request=f"p{n}", by_date=day(by), reason="the depot")


def in_part(partial: Any, *, split: bool = False) -> World:
    """Two of three are here since day 10 and unpaid; the third comes on day 30."""
    rules = policy(partial=partial, every=400, handling=1, split_by_customer=split)
    return here_and_unpaid(rules, 2, arrives(1, 30), on=10)


def send_now(world: World, n: int) -> None:
    world.react(SendNowRequested(at=at(n), day=day(n), request="n1", received_at=at(n)))


def unpaid_part(partial: Any) -> World:
    """It was told without a day for the two that wait for their payment."""
    world = in_part(partial, split=partial == "hold")
    if partial == "hold":
        send_now(world, 10)
    world.react(pay(at(10, 14), "unpaid", pay_url=PAY_URL))
    world.react(supply(at(11), arrives(1, 50), allocated=2, on=day(10)))
    return world.until(at(12))


@pytest.mark.parametrize("partial", ["ship", "hold"])
def test_a_payment_leaves_a_promised_day_as_it_was_told(partial: Any) -> None:
    """The two that are here have a day by it, and leave on that one."""
    world = unpaid_part(partial)
    world.react(promise(12, 55))
    world.until(at(12, 20))
    assert world.promised == 55
    world.react(pay(at(13), "captured"))
    world.until(at(14))
    facts = world.last(Kind.EARLIER).facts
    assert [(each.quantity, each.by) for each in facts.parts] == [(2, day(14)), (1, day(55))]
    world.react(ship(at(14), 2))
    world.until(at(55, 20))
    assert [each for each in world.days(Kind.DELAYED, Kind.EARLIER) if each > 12] == [13]
    assert (world.promised, world.state.stated is not None) == (55, True)


@pytest.mark.parametrize("partial", ["ship", "hold"])
def test_the_supply_counts_again_once_it_moves_after_the_payment(partial: Any) -> None:
    world = unpaid_part(partial)
    world.react(promise(12, 45))
    world.react(pay(at(13), "captured"))
    world.react(supply(at(14), arrives(1, 70), allocated=2, on=day(10)))
    world.until(at(15))
    assert world.state.stated is None
    assert world.last(Kind.DELAYED).facts.by == day(71)


def test_what_is_asked_for_before_the_rest_leaves_a_promised_day_as_it_was_told() -> None:
    """Nothing is heard of the supply by that either."""
    world = begun(policy(split_by_customer=True, every=400), arrives(3, 30), units=3).until(at(10))
    world.react(supply(at(10), arrives(1, 30), allocated=2))
    world.react(promise(11, 25))
    world.until(at(12))
    send_now(world, 12)
    world.react(ship(at(12, 14), 2))
    world.until(at(20))
    assert world.state.stated is not None
    assert [each for each in world.days(Kind.DELAYED, Kind.EARLIER) if each > 11] == []


@pytest.mark.parametrize("partial", ["ship", "hold"])
def test_what_ships_of_a_line_leaves_the_promised_day_of_the_rest(partial: Any) -> None:
    world = begun(policy(partial=partial, every=400), arrives(3, 30), units=3).until(at(10))
    world.react(supply(at(10), arrives(1, 30), allocated=2))
    world.react(promise(11, 25))
    world.react(ship(at(12), 2))
    world.until(at(25, 20))
    assert (world.promised, world.state.stated is not None) == (25, True)
    assert [each for each in world.days(Kind.DELAYED, Kind.EARLIER) if each > 11] == []


def test_where_what_waits_is_cancelled_what_is_there_counts_again() -> None:
    world = begun(policy(every=400), arrives(3, 30), units=3).until(at(10))
    world.react(supply(at(10), arrives(1, 30), allocated=2))
    world.react(promise(11, 25))
    world.react(cancel(at(12), 1))
    assert (world.state.stated, world.state.forecast and world.state.forecast.by) == (None, day(10))


def passed_on() -> World:
    """Two were here since day 20 and unpaid, a person promised day 40, and they went to others on day 24."""
    world = here_and_unpaid(policy(every=400), 2, on=20, foretold=(arrives(2, 60),))
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.react(promise(21, 40))
    while not world.state.passed_over:
        world.until(world.now + timedelta(hours=1))
    assert (world.promised, world.now.date()) == (40, day(24))
    return world


def test_a_promised_day_falls_with_the_units_that_were_given_away() -> None:
    """The payment comes before what serves the line now is heard of: nothing does."""
    world = passed_on()
    world.react(pay(world.now + timedelta(minutes=1), "captured"))
    world.react(supply(world.now + timedelta(minutes=1), why=Why.NO_SUPPLY))
    world.until(at(26))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.by, facts.why, world.state.stated) == (None, Why.NO_SUPPLY, None)
    assert [each for each in world.days(Kind.DELAYED) if each > 21] == [24]


def test_nor_does_it_stand_where_a_policy_gives_away_a_part() -> None:
    world = in_part("hold")
    world.react(pay(at(10, 14), "captured"))
    world.react(promise(12, 45))
    world.until(at(13))
    world.policy = policy(partial="skip", every=400, handling=1)
    moved = PolicyMoved(at=at(13), day=day(13), policy="skip", version="2", reason="x", by="eve")
    world.react(moved)
    world.react(supply(at(13, 13), why=Why.NO_SUPPLY))
    world.until(at(15))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.by, facts.why, world.state.stated) == (None, Why.NO_SUPPLY, None)
