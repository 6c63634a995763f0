"""A promised day is not broken in silence while units went to others for want of a payment."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.domain.line.events import PromiseMade
from backorder.domain.notifications import Kind, Why
from tests.support.days import day
from tests.support.lines import arrives, at, hold, pay, policy, supply
from tests.support.unpaid_lines import PAY_URL, here_and_unpaid, passed_over
from tests.support.world import World, begun


@pytest.mark.parametrize("every", [30, 400])
def test_a_day_that_moves_on_is_told_as_no_day_as_soon_as_any_slip_is(every: int) -> None:
    world = passed_over(arrives(2, 60), every=every)
    world.react(supply(at(25), arrives(2, 100)))
    world.until(at(110))
    assert world.days(Kind.DELAYED) == [25]
    facts = world.last(Kind.DELAYED).facts
    assert (facts.unpaid, facts.likely, facts.by, facts.why) == (True, None, None, Why.UNPAID)
    assert facts.previous_by == day(60)
    assert facts.parts == ()


@pytest.mark.parametrize(("slips", "told"), [(1, 59), (2, 25), (40, 25)])
def test_a_small_slip_is_told_the_day_before_the_promised_one_at_the_latest(slips: int, told: int) -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(25), arrives(2, 60 + slips)))
    world.until(at(62))
    assert world.days(Kind.DELAYED) == [told]


def test_what_time_alone_moves_is_told_shortly_before_the_promised_day() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(30), arrives(2, 80), moved_by_time_alone=True))
    world.until(at(54))
    assert world.days(Kind.DELAYED) == []
    world.until(at(62))
    assert world.days(Kind.DELAYED) == [55]


def test_the_date_is_told_once_it_is_paid_for() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(25), arrives(2, 100)))
    world.until(at(70))
    world.react(pay(at(70), "captured"))
    world.until(at(72))
    facts = world.last(Kind.EARLIER).facts
    assert (facts.unpaid, facts.by, facts.previous_by) == (False, day(100), None)


def test_a_part_of_which_the_day_moves_on_is_told_too() -> None:
    """It alone: the last day of the line stands."""
    world = passed_over(arrives(2, 60), arrives(1, 90), partial="ship")
    world.react(supply(at(26), arrives(2, 75), arrives(1, 90)))
    world.until(at(100))
    assert world.days(Kind.DELAYED) == [26]
    facts = world.last(Kind.DELAYED).facts
    assert (facts.unpaid, facts.by, facts.parts, facts.why) == (True, None, (), Why.UNPAID)


def test_a_part_of_which_the_promised_day_passes_is_told_too() -> None:
    world = passed_over(arrives(2, 60), arrives(1, 90), partial="ship")
    world.until(at(100))
    assert world.days(Kind.DELAYED) == [61]
    assert world.last(Kind.DELAYED).facts.why is Why.UNPAID


def test_who_pays_before_the_slip_is_told_reads_the_new_day() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(25), arrives(2, 61)))
    world.react(pay(at(40), "captured"))
    world.until(at(61))
    facts = world.last(Kind.DELAYED).facts
    assert (world.days(Kind.DELAYED), facts.by, facts.unpaid) == ([59], day(61), False)


def test_the_date_is_told_after_the_payment_though_the_day_that_a_person_promised_had_passed() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 60)))
    world.react(PromiseMade(at=at(27), day=day(27), request="p1", by_date=day(50), reason="the depot"))
    world.until(at(55))
    facts = world.last(Kind.DELAYED).facts
    assert (world.days(Kind.DELAYED), facts.by, facts.why) == ([51], None, Why.UNPAID)
    assert world.state.stated is None
    world.react(pay(at(55), "captured"))
    world.until(at(57))
    assert world.last(Kind.EARLIER).facts.by == day(60)


def us(*arrivals: Any, **rules: Any) -> World:
    """Two units that nobody paid for were passed on by day 24; the legal date is day 90, the promised 60."""
    return passed_over(*arrivals, pack="us-ftc-435", law=90, **rules)


def test_a_slip_within_the_legal_date_is_told_and_asks_nothing() -> None:
    """The law measures the forecast, which an authorization that ended does not move."""
    world = us(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 75)))
    world.until(at(70))
    assert (world.days(Kind.DELAYED), world.days(Kind.CONSENT_REQUEST)) == ([26], [])
    facts = world.last(Kind.DELAYED).facts
    assert (facts.unpaid, facts.by, facts.why) == (True, None, Why.UNPAID)
    world.react(pay(at(70), "captured"))
    world.until(at(72))
    assert world.last(Kind.EARLIER).facts.by == day(75)
    assert world.state.questions == ()


def test_who_does_not_pay_is_asked_shortly_before_the_legal_date() -> None:
    world = us(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 75)))
    world.until(at(90))
    assert world.days(Kind.CONSENT_REQUEST) == [87]
    assert world.last(Kind.CONSENT_REQUEST).facts.unpaid


def test_a_hold_puts_off_what_asks_nothing() -> None:
    world = us(arrives(2, 60))
    world.react(hold(at(25), at(40)))
    world.react(supply(at(26), arrives(2, 75)))
    world.until(at(45))
    assert (world.days(Kind.DELAYED), world.days(Kind.CONSENT_REQUEST)) == ([40], [])


def test_a_slip_beyond_the_legal_date_asks_for_its_day_and_says_that_it_is_unpaid() -> None:
    world = us(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 100)))
    world.until(at(30))
    facts = world.last(Kind.CONSENT_REQUEST).facts
    assert (world.days(Kind.CONSENT_REQUEST), facts.by, facts.unpaid) == ([26], day(100), True)
    assert facts.silence == "agreed"


def reported_in_part(until: int, **law: Any) -> World:
    """Two of five were reported while the hold was valid; the other three are here and not paid for."""
    world = begun(
        policy(partial="ship", every=400),
        arrives(5, 60),
        units=5,
        payment="authorized",
        expires_at=at(6),
        law=90,
        **law,
    )
    world.until(at(3)).react(supply(at(3), arrives(3, 60), allocated=2))
    world.until(at(8)).react(supply(at(8), allocated=5))
    world.react(pay(at(8, 14), "unpaid", pay_url=PAY_URL))
    return world.until(at(until))


@pytest.mark.parametrize("law", [{"pack": "us-ftc-435", "region": "US"}, {"pack": "eu-crd-18"}])
def test_a_question_says_how_many_are_unpaid_beside_those_that_leave_anyway(law: dict[str, Any]) -> None:
    """Whether or not silence decides: the day that it names must not hide that."""
    world = reported_in_part(15, **law)
    assert (world.state.passed_over, world.state.quantity.allocated) == (True, 2)
    world.react(supply(at(15), arrives(3, 120), allocated=2))
    world.until(at(95))
    facts = world.last(Kind.CONSENT_REQUEST).facts
    assert (facts.by, facts.unpaid, facts.pay_others) == (day(120), True, 3)


def test_a_question_says_until_when_a_part_is_kept_for_its_payment() -> None:
    rules = policy(partial="ship", every=400, payment_grace=10)
    law: dict[str, Any] = {"pack": "us-ftc-435", "region": "US", "law": 70}
    world = here_and_unpaid(rules, 2, arrives(3, 60), on=20, **law)
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.react(supply(at(21), arrives(3, 90), allocated=2, on=day(20)))
    world.until(at(22))
    facts = world.last(Kind.CONSENT_REQUEST).facts
    assert (facts.by, facts.unpaid, facts.pay_part, facts.pay_by) == (day(90), True, 2, day(30))
    assert [(each.quantity, each.by) for each in facts.parts] == [(2, None), (3, day(90))]
    assert (facts.set_aside, facts.ready, facts.why) == (0, False, Why.SUPPLY_MOVED)
    promise = world.state.promise
    assert promise is not None
    assert promise.window.parts == facts.parts, "no day is promised of them"


def test_a_question_that_waits_while_they_pay_does_not_say_that_it_is_unpaid() -> None:
    world = us(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 100)))
    world.react(pay(at(26, 13), "captured"))
    world.until(at(30))
    asked = [tell.facts for _, tell in world.gone if tell.kind is Kind.CONSENT_REQUEST]
    assert [(each.by, each.unpaid) for each in asked] == [(day(100), False)]
