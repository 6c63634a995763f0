"""A day that a person promised and nobody was told: owed while it is ahead, and once it is over nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backorder.domain.line.events import ContactChanged, MessageFailed, PromiseMade
from backorder.domain.notifications import Kind, Why
from tests.domain.us_law_lines import ASK, call, us
from tests.support.days import day
from tests.support.lines import arrives, at, failed, hold, policy, supply
from tests.support.world import World, begun


def promise(n: int, by: int) -> PromiseMade:
    return PromiseMade(at=at(n), day=day(n), request=f"p{n}", by_date=day(by), reason="the depot")


LOSSES = ["fails", "unreachable", "nothing can be written", "bounces"]
"""Why nobody reads of a day that a person promises."""


def promised_in_vain(world: World, by: int, why: str) -> None:
    """On day 11 a person promises a day, of which the customer never reads."""
    if why == "unreachable":
        world.react(failed(at(11, 11), "delayed/7"))
    if why == "nothing can be written":
        world.context = world.context.replace(by_hand=True)
    world.refuses = why == "fails"
    world.react(promise(11, by))
    world.until(at(13))
    if why == "bounces":
        told = world.gone[-1][1]
        world.react(
            MessageFailed(at=at(13), day=day(13), key=told.key, reason="bounced", revision=told.revision)
        )
    world.refuses = False


def forecast(world: World) -> date | None:
    """The last day that a list shows."""
    return world.state.forecast.by if world.state.forecast else None


def reached(world: World, number: int) -> None:
    """Somebody corrects how the customer is reached."""
    world.until(at(number))
    world.context = world.context.replace(by_hand=False)
    world.state = world.state.replace(context=world.context)
    world.apply(ContactChanged(at=at(number), day=day(number), fields=("email",), reached=True, by="eva"))


@pytest.mark.parametrize("why", LOSSES)
def test_a_promised_day_that_nobody_read_of_stands_for_nothing_once_it_is_over(why: str) -> None:
    world = begun(policy(every=7), arrives(1, 60)).until(at(10))
    promised_in_vain(world, 20, why)
    assert [forecast(world.until(at(21, hour))) for hour in (9, 11)] == [day(20), day(60)]


@pytest.mark.parametrize("over", [18, 21])
@pytest.mark.parametrize("why", LOSSES)
def test_and_the_law_asks_by_what_the_supply_says_then(why: str, over: int) -> None:
    """Also on the very day after it."""
    world = us(arrives(1, 24), law=25).until(at(10))
    promised_in_vain(world, over, why)
    reached(world, 19)
    world.until(at(23))
    asked = [(when.date(), tell.facts.by) for when, tell in world.gone if tell.kind is ASK]
    assert asked == [(day(22), day(24))]


@pytest.mark.parametrize("by", [29, 31])
@pytest.mark.parametrize("why", LOSSES)
def test_one_that_is_ahead_is_told_as_soon_as_somebody_is_reached(why: str, by: int) -> None:
    """However near it is to what was promised before."""
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    promised_in_vain(world, by, why)
    assert world.promised == 30
    before = len(world.gone)
    reached(world, 14)
    world.until(at(20))
    assert [(when.date(), tell.facts.by) for when, tell in world.gone[before:]] == [(day(14), day(by))]


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


def test_nor_is_one_that_they_named_another_for_before_the_supply_was_heard() -> None:
    """What counts is when it was promised, and not when the supply last moved."""
    world = begun(policy(every=400), why=Why.NO_SUPPLY).until(at(10))
    world.react(hold(at(10), at(16)))
    world.react(promise(11, 25))
    world.react(supply(at(13), why=Why.SUPPLIER_UNSURE))
    world.react(call(at(14), 26, came=at(12)))
    world.until(at(25))
    assert (world.promised, world.days(Kind.EARLIER)) == (26, [])


@pytest.mark.parametrize("why", LOSSES)
def test_one_that_they_named_in_a_call_just_before_they_promised_it_is_owed_no_more(why: str) -> None:
    world = begun(policy(every=400), arrives(1, 30)).until(at(10))
    promised_in_vain(world, 33, why)
    world.react(call(at(14), 33, came=at(11, 11, 59)))
    assert world.state.stated is not None
    assert not world.state.stated.untold
    reached(world, 15)
    world.until(at(16))
    assert (world.promised, world.days(Kind.DELAYED)) == (33, [11] if why == "bounces" else [])


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
