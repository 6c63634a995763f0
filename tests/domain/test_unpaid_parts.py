"""Units that are here and wait for their payment beside others of their line: no day is promised of them."""

from __future__ import annotations

from typing import Any

from backorder.domain.line.events import SendNowRequested
from backorder.domain.notifications import Facts, Kind, Part, Why
from tests.support.days import day
from tests.support.lines import arrives, at, pay, policy, supply
from tests.support.unpaid_lines import PAY_URL, here_and_unpaid
from tests.support.world import World, begun


def parts_of(facts: Facts) -> list[tuple[int, Any]]:
    return [(each.quantity, each.by) for each in facts.parts]


def test_a_delay_of_which_a_part_was_reported_in_time_says_by_when_to_pay_for_the_others() -> None:
    """Nothing of them stays set aside for who does nothing."""
    world = begun(
        policy(partial="ship", every=400), arrives(5, 9), units=5, payment="authorized", expires_at=at(6)
    ).until(at(3))
    world.react(supply(at(3), arrives(3, 9), allocated=2))
    world.until(at(8))
    world.react(supply(at(8), allocated=5))
    world.react(pay(at(8, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(10, 12))
    facts = world.last(Kind.DELAYED).facts
    assert world.days(Kind.DELAYED) == [10]
    assert (facts.unpaid, facts.pay_part, facts.ready) == (True, 3, False)
    assert facts.pay_by == world.last(Kind.PAYMENT_DUE).facts.until == day(11)
    assert (parts_of(facts), facts.set_aside) == ([(2, None), (3, None)], 2)


def send_now(n: int, request: str) -> SendNowRequested:
    return SendNowRequested(at=at(n), day=day(n), request=request, received_at=at(n))


def here_in_part(ready: int = 0) -> World:
    """Five units that leave together, unless their customer asks for less: three are here on day 20, and
    `ready` of them were asked for, and reported, while a hold was valid.
    """
    world = begun(
        policy(partial="hold", split_by_customer=True, every=400),
        arrives(5, 60),
        units=5,
        payment="authorized",
        expires_at=at(15),
    )
    if ready:
        world.until(at(10))
        world.react(supply(at(10), arrives(5 - ready, 60), allocated=ready))
        world.react(send_now(11, "n0"))
    world.until(at(20))
    world.react(supply(at(20), arrives(2, 60), allocated=3))
    return world


def test_what_is_asked_for_before_the_rest_and_not_paid_for_has_no_day() -> None:
    """Not in the acknowledgement, and none is promised that would be broken the next morning."""
    world = here_in_part()
    world.react(send_now(21, "n1"))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.unpaid, facts.pay_by, facts.pay_part) == ("send_now", True, day(24), 3)
    assert (parts_of(facts), facts.why, facts.ready) == ([(3, None), (2, day(60))], None, False)
    promise = world.state.promise
    assert promise is not None
    assert promise.window.parts[0] == Part(quantity=3, likely=None, by=None)
    assert world.state.payment_due is not None
    world.until(at(24, 12))
    assert world.days(Kind.DELAYED) == []
    assert world.last(Kind.PAYMENT_DUE).facts.until == day(24)


def test_what_was_reported_in_time_leaves_before_it_is_paid_for() -> None:
    world = here_in_part(ready=1)
    world.react(send_now(21, "n1"))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_part, facts.set_aside) == (True, 2, 1)
    assert [quantity for quantity, _ in parts_of(facts)] == [1, 2, 2]
    assert parts_of(facts)[1:] == [(2, None), (2, day(60))]


def test_a_part_that_is_paid_for_after_it_was_asked_for_has_a_day_again() -> None:
    world = here_in_part()
    world.react(send_now(21, "n1"))
    world.react(pay(at(21, 14), "captured"))
    world.until(at(22))
    assert world.events("allocated") == ["allocated"]
    facts = world.last(Kind.EARLIER).facts
    assert (facts.unpaid, parts_of(facts)[0]) == (False, (3, day(21)))


def test_the_promised_day_of_a_part_that_waits_for_its_payment_is_no_news_before_it_was_passed_on() -> None:
    """Its customer was asked to pay for it, and knows until when it is kept."""
    world = here_and_unpaid(policy(partial="ship", every=400), 2, arrives(3, 60), on=20)
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(23, 20))
    assert world.days(Kind.DELAYED) == []
    world.until(at(24, 20))
    assert world.state.passed_over
    assert world.days(Kind.DELAYED) == [24]
    assert world.last(Kind.DELAYED).facts.why is Why.UNPAID


def test_a_slip_of_the_others_names_no_day_of_what_waits_for_its_payment() -> None:
    world = here_and_unpaid(policy(partial="ship", every=400), 2, arrives(3, 60), on=20)
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.react(supply(at(21), arrives(3, 90), allocated=2, on=day(20)))
    world.until(at(22))
    facts = world.last(Kind.DELAYED).facts
    assert parts_of(facts) == [(2, None), (3, day(90))]
    assert (facts.unpaid, facts.pay_part, facts.pay_by) == (True, 2, day(23))
    promise = world.state.promise
    assert promise is not None
    assert promise.window.parts == facts.parts


def test_the_passed_day_of_a_part_is_told_while_others_wait_for_their_payment() -> None:
    """Whatever place the units without a day have among the days."""
    rules = policy(partial="ship", every=400, payment_grace=20)
    world = here_and_unpaid(rules, 2, arrives(1, 12), arrives(1, 60), on=10)
    world.react(pay(at(10, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(11))
    world.react(supply(at(11), arrives(1, 12), arrives(1, 80), allocated=2, on=day(10)))
    world.until(at(12, 18))
    promise = world.state.promise
    assert promise is not None
    assert [(each.quantity, each.by) for each in promise.window.parts] == [
        (2, None),
        (1, day(12)),
        (1, day(80)),
    ]
    world.until(at(13, 18))
    assert world.days(Kind.DELAYED) == [11, 13]
    assert parts_of(world.last(Kind.DELAYED).facts) == [(2, None), (1, None), (1, day(80))]
