"""A payment that comes, or does not, after its customer was told what waits for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from backorder.domain.line.events import MessageFailed, PromiseMade, SendNowRequested
from backorder.domain.line.ship_window import leaves_since_paid
from backorder.domain.notifications import Kind, Why
from tests.support.days import day
from tests.support.lines import answer, arrives, at, hold, pay, policy, supply
from tests.support.unpaid_lines import PAY_URL, here_and_unpaid, passed_over
from tests.support.world import World, begun


def without_a_forecast() -> World:
    """Since day 26 nothing covers it, and its customer reads that no day is said before they pay."""
    world = passed_over(arrives(2, 60), every=7)
    world.react(supply(at(26), why=Why.NO_SUPPLY))
    world.until(at(40))
    assert world.last(Kind.STILL_WAITING).facts.pay_url == PAY_URL
    return world


def test_who_has_paid_is_not_told_to_pay_where_no_day_is_known() -> None:
    world = without_a_forecast()
    world.react(pay(at(40), "captured"))
    promise = world.state.promise
    assert promise is not None
    assert promise.window.why is Why.NO_SUPPLY
    world.until(at(62))
    later = [tell.facts for when, tell in world.gone if when > at(40) and tell.kind is Kind.STILL_WAITING]
    assert len(later) == 3
    assert {(each.why, each.unpaid, each.pay_url) for each in later} == {(Why.NO_SUPPLY, False, "")}


def test_nor_where_a_hold_keeps_the_new_day_from_them() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 100)))
    world.until(at(39))
    world.react(hold(at(39), at(60)))
    world.react(pay(at(40), "captured"))
    world.react(answer(at(41), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.why, facts.unpaid, facts.by) == (Why.SUPPLY_MOVED, False, None)
    world.until(at(61))
    assert world.days(Kind.EARLIER) == [60]


def test_nor_in_the_acknowledgement_of_what_they_say_after_it() -> None:
    world = without_a_forecast()
    world.react(pay(at(40), "captured"))
    world.react(answer(at(41), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.why, facts.unpaid, facts.by) == (Why.NO_SUPPLY, False, None)


def test_nor_by_a_promise_that_was_on_its_way_when_they_paid() -> None:
    world = passed_over(arrives(2, 60), every=7)
    world.fates = [((at(27) - at(26), "sent"),)]
    world.react(supply(at(26), why=Why.NO_SUPPLY))
    world.until(at(26, 20))
    world.react(pay(at(26, 20), "captured"))
    world.until(at(40))
    assert world.days(Kind.DELAYED) != []
    facts = world.last(Kind.STILL_WAITING).facts
    assert (facts.why, facts.unpaid, facts.pay_url) == (Why.NO_SUPPLY, False, "")


def told(world: World, since: int) -> list[tuple[Kind, bool, object, int]]:
    """The promises that went from a day on: whether they say that it is unpaid, and what they name."""
    kinds = (Kind.DELAYED, Kind.EARLIER)
    return [
        (tell.kind, tell.facts.unpaid, tell.facts.by, tell.facts.pay_part)
        for when, tell in world.gone
        if tell.kind in kinds and when >= at(since)
    ]


def test_a_delay_for_want_of_a_payment_that_has_not_gone_when_it_comes_never_goes() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(25, 12), arrives(2, 100)))
    world.react(pay(at(25, 13), "captured"))
    world.until(at(27))
    assert told(world, 25) == [(Kind.DELAYED, False, day(100), 0)]


def here_in_part() -> World:
    """Two of three are here since day 10 and unpaid; their customer has until day 13, and was asked."""
    world = here_and_unpaid(policy(partial="ship", every=400), 2, arrives(1, 30), on=10)
    world.react(pay(at(10), "unpaid", pay_url=PAY_URL))
    return world


def test_a_delay_that_waits_while_units_are_passed_on_does_not_say_that_they_are_here() -> None:
    world = here_in_part()
    world.react(supply(at(14), arrives(1, 50), allocated=2, on=day(10)))
    world.until(at(16))
    assert world.state.passed_over
    assert told(world, 11) == [(Kind.DELAYED, True, None, 0)]


def test_a_delay_that_waits_while_they_pay_does_not_ask_for_the_money_again() -> None:
    world = here_in_part()
    world.react(supply(at(11, 12), arrives(1, 50), allocated=2, on=day(10)))
    world.react(pay(at(11, 13), "captured"))
    world.until(at(16))
    assert told(world, 11) == [(Kind.DELAYED, False, day(50), 0)]


def test_a_day_that_a_person_promised_is_told_whatever_is_paid_meanwhile() -> None:
    world = passed_over(arrives(2, 60))
    world.down = True
    world.react(PromiseMade(at=at(25, 12), day=day(25), request="p1", by_date=day(61), reason="the depot"))
    world.react(pay(at(25, 13), "captured"))
    world.down = False
    world.until(at(27))
    assert told(world, 25) == [(Kind.DELAYED, False, day(61), 0)], "in words for what is paid"


def promised_by_hand(world: World) -> World:
    """A person promises a day that is one later than the one that stands."""
    world.react(PromiseMade(at=at(25, 12), day=day(25), request="p1", by_date=day(61), reason="the depot"))
    return world


def test_a_day_that_a_person_promised_does_not_say_that_units_are_here_which_were_passed_on() -> None:
    world = here_and_unpaid(policy(every=400), 2, on=20, foretold=(arrives(2, 60),))
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(24, 9))
    world.down = True
    world.react(PromiseMade(at=at(24, 9), day=day(24), request="p1", by_date=day(61), reason="the depot"))
    world.until(at(24, 20))
    assert world.state.passed_over
    world.down = False
    world.until(at(26))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.by, facts.ready, facts.pay_by) == (day(61), False, None)


@pytest.mark.parametrize("outcome", ["not_sent", "unknown"])
def test_a_day_that_a_person_promised_is_told_again_at_once_where_its_message_is_lost(outcome: Any) -> None:
    """A small delay is else told the day before the one that was promised."""
    world = passed_over(arrives(2, 60))
    world.react(pay(at(25), "captured"))
    world.fates = [((timedelta(minutes=1), outcome),)]
    promised_by_hand(world).until(at(26))
    assert [each[:3:2] for each in told(world, 25)] == [(Kind.DELAYED, day(61))]
    world.until(at(40))
    assert len(told(world, 25)) == 1


def test_a_promise_that_stands_again_once_it_is_paid_for_does_not_say_that_it_is_unpaid() -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(26), arrives(2, 100)))
    world.until(at(40))
    assert told(world, 25) == [(Kind.DELAYED, True, None, 0)]
    world.react(pay(at(40), "captured"))
    world.until(at(41))
    good = world.last(Kind.EARLIER)
    bounced = MessageFailed(at=at(41), day=day(41), key=good.key, reason="it bounced", revision=good.revision)
    world.react(bounced)
    promise = world.state.promise
    assert promise is not None
    assert (promise.by, promise.window.why) == (None, Why.SUPPLY_MOVED)


def delayed_at(world: World) -> list[datetime]:
    return [when for when, tell in world.gone if tell.kind is Kind.DELAYED]


@pytest.mark.parametrize("arrival", [arrives(2, 110), None])
def test_a_delay_without_a_day_is_not_put_off_by_each_day_that_it_does_not_name(arrival: Any) -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(25, 12), arrives(2, 100)))
    for minutes in (50, 100):
        moved = (arrives(2, 100 + minutes),) if arrival else ()
        world.react(supply(at(25, 12, 0) + timedelta(minutes=minutes), *moved))
    world.until(at(25, 20))
    assert delayed_at(world) == [at(25, 14)]


@pytest.mark.parametrize(("arrival", "told"), [(60, []), (61, [59])])
def test_it_does_not_go_where_the_day_moves_back_meanwhile(arrival: int, told: list[int]) -> None:
    world = passed_over(arrives(2, 60))
    world.react(supply(at(25, 12), arrives(2, 100)))
    world.react(supply(at(25, 13), arrives(2, arrival)))
    world.until(at(60))
    assert world.days(Kind.DELAYED) == told


def test_a_part_without_a_day_has_one_once_it_is_paid_for_and_is_not_forgotten_after_it() -> None:
    world = here_in_part()
    world.react(supply(at(11), arrives(1, 50), allocated=2, on=day(10)))
    world.until(at(12))
    assert [(each.quantity, each.by) for each in world.last(Kind.DELAYED).facts.parts] == [
        (2, None),
        (1, day(50)),
    ]
    world.react(pay(at(12), "captured"))
    world.until(at(12, 12))
    facts = world.last(Kind.EARLIER).facts
    assert [(each.quantity, each.by) for each in facts.parts] == [(2, day(12)), (1, day(50))]
    assert (facts.unpaid, facts.pay_part) == (False, 0)
    world.until(at(20))
    assert world.days(Kind.DELAYED)[1:] == [13], "it has not left on its day"


def test_its_days_count_from_the_payment_and_leave_those_alone_that_were_reported_before() -> None:
    """Two were reported while the hold was valid; five more are to come."""
    world = begun(
        policy(partial="ship", every=400, handling=3),
        arrives(9, 9),
        units=9,
        payment="authorized",
        expires_at=at(6),
    ).until(at(3))
    world.react(supply(at(3), arrives(7, 30), allocated=2))
    world.until(at(7))
    world.react(supply(at(7), arrives(4, 40), allocated=5))
    world.react(pay(at(7), "unpaid", pay_url=PAY_URL))
    world.until(at(8))
    world.react(pay(at(8), "captured"))
    world.until(at(8, 12))
    forecast = world.state.forecast
    assert forecast is not None
    assert [(each.quantity, each.by) for each in forecast.parts] == [
        (2, day(10)),
        (3, day(11)),
        (4, day(44)),
    ]


def test_what_was_asked_for_before_the_rest_has_the_day_of_a_later_payment() -> None:
    rules = policy(partial="hold", split_by_customer=True, every=400)
    world = here_and_unpaid(rules, 3, arrives(2, 60), on=20, foretold=(arrives(5, 60),), expires=15)
    world.react(SendNowRequested(at=at(21), day=day(21), request="n1", received_at=at(21)))
    world.react(pay(at(22), "captured"))
    world.until(at(22, 20))
    facts = world.last(Kind.EARLIER).facts
    assert [(each.quantity, each.by) for each in facts.parts] == [(3, day(22)), (2, day(60))]


def test_who_pays_in_time_for_all_of_it_reads_no_apology_within_the_hour() -> None:
    """It was to leave on day 11, and its customer had until day 13; it leaves counted from their payment."""
    world = here_and_unpaid(policy(handling=1, every=400), 1, on=10)
    world.react(pay(at(10, 14), "unpaid", pay_url=PAY_URL))
    world.react(pay(at(12, 9), "captured"))
    world.react(answer(at(12, 11), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.by, facts.why, facts.ready) == (day(14), None, True)
    world.until(at(14, 20))
    assert told(world, 1) == []
    world.until(at(15, 20))
    assert told(world, 1) == [(Kind.DELAYED, False, None, 0)], "it has not left on its day"


def test_a_payment_for_units_that_were_not_there_hides_no_delay_of_those_that_come() -> None:
    """Two were paid for, a count took them, and those that come later leave a day after what was promised."""
    world = here_and_unpaid(policy(handling=1, every=400), 2, on=20)
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.react(pay(at(21), "captured"))
    world.react(supply(at(22), arrives(2, 43)))
    world.until(at(24))
    assert world.promised == 44
    world.react(supply(at(44), allocated=2))
    world.until(at(44, 23))
    assert told(world, 24) == [(Kind.DELAYED, False, day(45), 0)]


def test_nor_one_of_the_very_day_on_which_others_come() -> None:
    """Paid in the morning, counted away, and others are here in the evening: those leave from that day on."""
    world = here_and_unpaid(policy(handling=1, every=400), 2, on=20)
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.react(pay(at(21, 9), "captured"))
    assert world.state.paid is not None
    world.react(supply(at(21, 10), arrives(2, 43)))
    world.react(supply(at(21, 20), allocated=2))
    assert not leaves_since_paid(world.state)
