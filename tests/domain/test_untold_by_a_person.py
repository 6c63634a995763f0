"""A day that a person promised and nobody was told: owed while it is ahead, and once it is over nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.line.events import ContactChanged, PromiseMade
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import ASK, call, us
from tests.support.days import day
from tests.support.lines import arrives, at, hold, policy, supply
from tests.support.world import begun


def promise(n: int, by: int) -> PromiseMade:
    return PromiseMade(at=at(n), day=day(n), request=f"p{n}", by_date=day(by), reason="the depot")


def test_a_promised_day_that_passed_in_a_hold_puts_off_no_question_of_the_law() -> None:
    world = us(arrives(1, 20), law=40).until(at(10))
    assert world.promised == 20
    world.react(hold(at(10), at(25)))
    world.react(promise(11, 18))
    world.until(at(30))
    assert world.days(ASK) == [21]


@pytest.mark.parametrize("by", [15, 20, 24])
def test_nor_does_it_keep_anybody_from_hearing_that_the_day_before_it_passed(by: int) -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.react(hold(at(10), at(25)))
    world.react(promise(11, by))
    world.until(at(40))
    assert [(when.date(), tell.facts.by) for when, tell in world.gone[1:]] == [(day(31), None)]
    assert world.state.stated is None


def test_who_is_reached_after_a_promised_day_hears_that_it_passed() -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.refuses = True
    world.react(promise(11, 35))
    world.until(at(37))
    assert world.days(Kind.DELAYED) == []
    world.refuses = False
    world.react(ContactChanged(at=at(37), day=day(37), fields=("email",), reached=True, by="eva"))
    world.until(at(40))
    assert [(when.date(), tell.facts.by) for when, tell in world.gone[1:]] == [(day(37), None)]


def test_a_promised_day_that_went_after_all_is_not_told_again_over_a_later_word() -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.react(hold(at(10), at(12)))
    world.react(promise(11, 25))
    world.react(hold(at(11, 13), at(13)))
    world.until(at(14))
    assert (world.promised, world.days(Kind.EARLIER)) == (25, [13])
    world.react(call(at(16), 26))
    world.until(at(25))
    assert (world.promised, world.days(Kind.EARLIER)) == (26, [13])


def test_nor_is_one_that_a_person_named_themselves() -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.react(hold(at(10), at(15)))
    world.react(promise(11, 25))
    world.react(call(at(12), 26))
    world.until(at(25))
    assert (world.promised, world.days(Kind.EARLIER)) == (26, [])


def test_nor_is_one_that_comes_back_after_they_named_another() -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.fates = [((timedelta(hours=30), "not_sent"),)]
    world.react(promise(11, 25))
    world.react(call(at(12), 26))
    world.until(at(25))
    assert (world.promised, world.days(Kind.EARLIER)) == (26, [])


def test_a_call_before_it_was_promised_does_not_stand_for_it() -> None:
    """It was recorded late."""
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.react(hold(at(10), at(15)))
    world.react(promise(11, 25))
    world.react(call(at(12), 26, came=at(10, 10)))
    world.until(at(20))
    assert (world.promised, world.days(Kind.EARLIER)) == (25, [15])


def test_an_older_message_that_goes_meanwhile_does_not_stand_for_it() -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    world.fates = [((timedelta(hours=30), "sent"),)]
    world.react(supply(at(10), arrives(1, 60)))
    world.until(at(11))
    world.react(promise(11, 59))
    world.until(at(14))
    assert (world.promised, world.state.stated is not None) == (59, True)
