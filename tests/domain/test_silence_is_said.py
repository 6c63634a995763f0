"""While silence cancels a line, every message about it names by when to answer and when it ends."""

from __future__ import annotations

from datetime import timedelta

from backorder.domain.notifications import Facts, Kind, ends_without_a_word
from tests.domain.us_law_lines import ASK, T
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, policy, stage, supply
from tests.support.world import World, begun

LIMIT = T + 30
OFTEN = policy(every=14)


def _asked() -> World:
    """A line whose customer was asked to wait beyond the limit: silence cancels it the day after."""
    world = begun(OFTEN, arrives(3, 15), units=3, pack="us-ftc-435", law=T, region="US")
    world.until(at(5))
    world.react(supply(at(5), arrives(3, 80)))
    world.until(at(6))
    assert world.days(ASK) == [5]
    return world


def _named(facts: Facts) -> tuple[object, object, str]:
    return facts.answer_by, facts.ends_on, facts.silence


OPEN = (day(LIMIT), day(LIMIT + 1), "cancelled")


def test_a_better_date_and_regular_updates_name_the_last_day_for_an_answer() -> None:
    world = _asked()
    world.react(supply(at(10), arrives(3, 58)))
    world.until(at(44))
    assert world.days(Kind.EARLIER) == [10]
    assert len(world.days(Kind.STILL_WAITING)) == 2
    for kind in (Kind.EARLIER, Kind.STILL_WAITING):
        assert _named(world.last(kind).facts) == OPEN
        assert world.last(kind).facts.refundable


def test_goods_that_are_here_and_have_not_left_do_not_silence_it() -> None:
    world = _asked()
    world.react(supply(at(20), allocated=3))
    said = [tell for _, tell in world.until(at(LIMIT)).gone if tell.facts.ready]
    assert said
    assert all(_named(tell.facts) == OPEN for tell in said if tell.kind is not ASK)


def test_units_that_are_kept_stay_and_the_others_end() -> None:
    world = _asked()
    world.react(b.answer(at(7), "keep", quantity=1))
    world.until(at(30))
    facts = world.last(Kind.STILL_WAITING).facts
    assert (*_named(facts), facts.staying) == (*OPEN, 1)


def test_an_answer_for_all_takes_back_what_still_asks_for_one() -> None:
    world = _asked()
    world.until(at(19))
    assert any(tell.kind is Kind.STILL_WAITING for _, tell in world.gone)
    world.react(b.answer(at(19, 12), "keep"))
    world.until(at(40))
    assert not ends_without_a_word(world.last(Kind.STILL_WAITING).facts)


def test_what_shipped_and_what_was_cancelled_say_it_of_the_rest() -> None:
    world = _asked()
    world.react(supply(at(20), arrives(2, 80), allocated=1))
    world.react(b.ship(at(21), 1))
    facts = world.last(Kind.PART_SHIPPED).facts
    assert (facts.unanswered, facts.answer_by, facts.silence) == (2, day(LIMIT), "cancelled")
    world.react(b.answer(at(22), "cancel", quantity=1))
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.unanswered, facts.answer_by, facts.silence) == (1, day(LIMIT), "cancelled")


def test_an_ending_by_the_policy_that_is_announced_is_said_too() -> None:
    world = begun(policy(stage("end", "cancel", no_date=10), every=90), units=2).until(at(9))
    announced = world.state.automatic_cancellation
    assert announced is not None
    world.react(b.answer(at(9), "keep", quantity=1, indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.quantity, facts.unanswered, facts.staying) == (1, 1, 0)
    assert (facts.answer_by, facts.silence) == (announced.on - timedelta(days=1), "cancelled")
    world.react(b.answer(at(9, 13), "keep", request="a2", indefinite=True))
    assert not ends_without_a_word(world.last(Kind.ANSWER_RECEIVED).facts)
