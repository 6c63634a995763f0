"""What is not paid for does not leave, and every message about it says so."""

from __future__ import annotations

from backorder.domain.notifications import Kind, Why
from tests.support.days import day
from tests.support.lines import answer, arrives, at, pay, policy, supply
from tests.support.world import begun

URL = "https://shop.example/pay/1"


def test_nothing_names_a_day_of_shipping_or_stays_set_aside_for_ever_before_it_is_paid_for() -> None:
    """Not the acknowledgement, and no regular update while the payment that was asked for is awaited."""
    world = begun(policy(every=1), arrives(2, 30), units=2, payment="authorized", expires_at=at(5))
    world.react(supply(at(20), allocated=2))
    world.react(pay(at(20, 14), "unpaid", pay_url=URL))
    asked = world.last(Kind.PAYMENT_DUE).facts.until
    world.react(answer(at(21), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_by, facts.by, facts.ready) == (True, asked, None, True)
    world.until(at(23, 9))
    assert [d for d in world.days(Kind.STILL_WAITING) if d > 20] == []


def test_who_did_not_pay_reads_that_nothing_ships_before_that() -> None:
    world = begun(policy(every=7), arrives(2, 60), units=2, payment="authorized", expires_at=at(5))
    world.react(supply(at(20), allocated=2))
    world.react(pay(at(20, 14), "unpaid", pay_url=URL))
    world.until(at(24))
    world.react(supply(at(24), arrives(2, 50)))
    world.react(answer(at(25), "keep", until=day(55)))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_by, facts.by, facts.why) == (True, None, None, Why.UNPAID)
    world.until(at(54))
    for kind in (Kind.STILL_WAITING, Kind.LAST_DAY_REMINDER):
        facts = world.last(kind).facts
        assert (facts.unpaid, facts.by, facts.why) == (True, None, Why.UNPAID)
