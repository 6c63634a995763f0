"""Questions of the law to who has not paid: they say so, and say it no more once the money is there."""

from __future__ import annotations

from datetime import datetime

import pytest

from backorder.domain.line.legal_notices import fault_of
from backorder.domain.line.read_out import facts_to_read_out
from backorder.domain.notifications import Facts, Kind, Why
from tests.domain.us_law_lines import ASK, us
from tests.support.days import day
from tests.support.lines import arrives, at, pay, policy, stage, supply
from tests.support.world import World, begun

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


def here_and_unpaid(pack: str, *, law: int, handling: int = 0) -> World:
    """One unit is here since day 17 and unpaid, and stays so for ten days."""
    rules = policy(every=400, payment_grace=10, handling=handling)
    world = begun(
        rules, arrives(1, 17), law=law, pack=pack, region="", payment="authorized", expires_at=at(5)
    )
    world.until(at(17))
    world.react(supply(at(17), allocated=1))
    world.react(pay(at(17, 14), "unpaid", pay_url=URL))
    return world


@pytest.mark.parametrize(
    ("pack", "law", "asked"), [("us-ftc-435", 23, 20), ("eu-crd-18", 18, 19), ("uk-cra-28", 18, 19)]
)
def test_who_is_asked_while_units_are_kept_for_their_payment_reads_until_when(
    pack: str, law: int, asked: int
) -> None:
    """No day passed without a reason, and what keeps the units here is no fault of the shop."""
    world = here_and_unpaid(pack, law=law).until(at(asked, 20))
    assert world.days(ASK) == [asked]
    facts = world.last(ASK).facts
    assert (facts.unpaid, facts.pay_by, facts.by, facts.why) == (True, day(27), None, None)
    assert fault_of(facts) == ""


def test_where_a_day_is_named_as_well_it_is_said_beside_it() -> None:
    world = here_and_unpaid("us-ftc-435", law=22, handling=2).until(at(19, 20))
    facts = world.last(ASK).facts
    assert (facts.unpaid, facts.pay_by, facts.by) == (True, None, day(21))


def read_out(world: World, when: datetime) -> Facts:
    facts = facts_to_read_out(world.policy, world.seen(), when)
    assert facts is not None
    return facts


def test_a_person_reads_out_what_the_mail_would_say() -> None:
    """Before the mail is written, as someone calls, and after it."""
    world = here_and_unpaid("us-ftc-435", law=23)
    world.down = True
    before = read_out(world.until(at(20, 9, 59)), at(20, 10))
    world.down = False
    asked = world.until(at(20, 20)).last(ASK).facts
    assert before == asked.replace(previous_by=None)
    after = read_out(world, at(20, 20))
    assert (after.why, after.unpaid, after.pay_by, after.by) == (None, True, day(27), None)


def test_a_person_reads_out_the_reason_that_the_mail_gives_to_who_was_passed_over() -> None:
    world = passed_over()
    world.react(supply(at(26), arrives(1, 100)))
    before = read_out(world, at(26))
    asked = world.until(at(26, 20)).last(ASK).facts
    assert (before.why, before.by, before.unpaid) == (asked.why, asked.by, asked.unpaid)
    assert asked.why is Why.UNPAID
    after = read_out(world, at(27))
    assert (after.why, after.by, after.unpaid) == (asked.why, asked.by, asked.unpaid)


def about_to_be_passed_over(law: int = 40, pack: str = "us-ftc-435") -> World:
    """One unit that was promised for day 20 came on day 19, and is kept until day 22."""
    rules = policy(stage("swap", "offer_alternatives", no_date=0), every=400)
    world = begun(rules, arrives(1, 20), law=law, pack=pack, payment="authorized", expires_at=at(5))
    world.until(at(19))
    world.react(supply(at(19), allocated=1))
    world.react(pay(at(19, 1), "unpaid", pay_url=URL))
    world.until(at(23, 10))
    assert world.state.passed_over
    return world


def test_what_is_passed_on_is_news_of_the_supply_that_settles_before_it_is_told() -> None:
    """A minute later the replan says when the next units come, and no question without a day has gone."""
    world = about_to_be_passed_over()
    world.react(supply(at(23, 10, 1), arrives(1, 30)))
    world.until(at(24))
    assert world.days(ASK, Kind.ALTERNATIVES) == []
    assert [when for when, tell in world.gone if tell.kind is Kind.DELAYED] == [at(23, 12, 1)]
    facts = world.last(Kind.DELAYED).facts
    assert (facts.unpaid, facts.by, facts.why) == (True, None, Why.UNPAID)


def test_where_nothing_is_to_come_the_question_is_asked_once_that_has_settled() -> None:
    world = about_to_be_passed_over()
    world.react(supply(at(23, 10, 1), why=Why.NO_SUPPLY))
    world.until(at(24))
    assert [when for when, tell in world.gone if tell.kind is ASK] == [at(23, 12, 1)]
    facts = world.last(ASK).facts
    assert (facts.by, facts.why, facts.silence) == (None, Why.UNPAID, "cancelled")


def test_so_is_what_is_asked_of_who_waits_for_a_late_delivery() -> None:
    """By the day on which it was to be there the units had gone to the next."""
    world = about_to_be_passed_over(law=22, pack="eu-crd-18")
    world.react(supply(at(23, 10, 1), arrives(1, 30)))
    world.until(at(24))
    facts = world.last(ASK).facts
    assert world.days(ASK) == [23]
    assert (facts.by, facts.unpaid, facts.why) == (day(30), True, Why.UNPAID)
