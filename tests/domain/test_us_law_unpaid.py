"""Questions of the law to who has not paid: they say so, and say it no more once the money is there."""

from __future__ import annotations

from backorder.domain.notifications import Kind, Why
from tests.domain.us_law_lines import ASK, us
from tests.support.days import day
from tests.support.lines import arrives, at, pay, supply
from tests.support.world import World

URL = "https://shop.example/pay/1"


def passed_over(law: int = 90) -> World:
    """One unit that came on day 20 was passed on by day 24, as nobody paid."""
    world = us(arrives(1, 60), law=law, payment="authorized", expires_at=at(5)).until(at(20))
    world.react(supply(at(20), allocated=1))
    world.react(pay(at(20, 14), "unpaid", pay_url=URL))
    world.react(supply(at(24, 10, 1), arrives(1, 60)))
    world.until(at(26))
    assert world.state.passed_over
    return world


def asked_late(world: World) -> World:
    """It slips beyond its legal date, and the question waits until that has stood for two hours."""
    world.react(supply(at(26), arrives(1, 100)))
    world.until(at(26, 13))
    assert [each.kind for each in world.waiting.values()] == [ASK]
    return world


def test_a_question_that_waits_while_they_pay_goes_with_what_is_true_then() -> None:
    world = asked_late(passed_over())
    assert world.last(ASK).facts.unpaid
    world.react(pay(at(26, 13), "captured"))
    world.until(at(26, 20))
    assert [when for when, tell in world.gone if tell.kind is ASK] == [at(26, 14)]
    facts = world.last(ASK).facts
    assert (facts.unpaid, facts.why, facts.refundable) == (False, Why.SUPPLY_MOVED, True)
    assert (facts.by, facts.answer_by) == (day(100), day(100))


def test_it_does_not_say_that_nothing_was_charged_to_whose_money_was_taken_meanwhile() -> None:
    """Their payment was authorized all along."""
    world = us(arrives(1, 15), law=20, payment="authorized").until(at(5))
    world.react(supply(at(5), arrives(1, 40)))
    world.until(at(5, 13))
    assert not world.last(ASK).facts.refundable
    world.react(pay(at(5, 13), "captured"))
    world.until(at(5, 20))
    assert [(when, tell.facts.refundable) for when, tell in world.gone if tell.kind is ASK] == [
        (at(5, 14), True)
    ]


def test_nor_does_a_message_that_says_how_the_line_ends() -> None:
    world = us(arrives(1, 15), law=20, payment="authorized").until(at(5))
    world.react(supply(at(5), arrives(1, 60)))
    world.react(supply(at(8), arrives(1, 50)))
    world.until(at(8, 13))
    found = [each for each in world.waiting.values() if each.facts.ends_on]
    assert [(each.kind, each.facts.refundable) for each in found] == [(Kind.EARLIER, False)]
    world.react(pay(at(8, 13), "captured"))
    world.until(at(8, 20))
    assert world.last(Kind.EARLIER).facts.refundable
