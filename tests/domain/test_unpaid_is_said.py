"""What is not paid for does not leave, and every message about it says so."""

from __future__ import annotations

from datetime import date

from backorder.domain.line.unpaid_parts import unpaid_apart
from backorder.domain.notifications import Facts, Kind, Part, Why
from tests.support.days import day
from tests.support.lines import answer, arrives, at, pay, policy, ship, supply
from tests.support.unpaid_lines import PAY_URL, here_and_unpaid
from tests.support.world import World, begun


def test_nothing_names_a_day_of_shipping_or_stays_set_aside_for_ever_before_it_is_paid_for() -> None:
    """Not the acknowledgement, and no regular update while the payment that was asked for is awaited."""
    world = here_and_unpaid(policy(every=1), 2, on=20, foretold=(arrives(2, 30),))
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    asked = world.last(Kind.PAYMENT_DUE).facts.until
    world.react(answer(at(21), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_by, facts.by, facts.ready) == (True, asked, None, True)
    world.until(at(23, 9))
    assert [d for d in world.days(Kind.STILL_WAITING) if d > 20] == []


def test_who_did_not_pay_reads_that_nothing_ships_before_that() -> None:
    world = here_and_unpaid(policy(every=7), 2, on=20, foretold=(arrives(2, 60),))
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(24))
    world.react(supply(at(24), arrives(2, 50)))
    world.react(answer(at(25), "keep", until=day(55)))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_by, facts.by, facts.why) == (True, None, None, Why.UNPAID)
    world.until(at(54))
    for kind in (Kind.STILL_WAITING, Kind.LAST_DAY_REMINDER):
        facts = world.last(kind).facts
        assert (facts.unpaid, facts.by, facts.why) == (True, None, Why.UNPAID)
    facts = world.last(Kind.STILL_WAITING).facts
    assert (facts.previous_by, facts.pay_url) == (day(60), PAY_URL), "their day stands"


def reported_in_part() -> World:
    """Two of five were reported while the hold was valid; all five are there since, and three wait for it."""
    world = begun(policy(partial="ship", every=3), units=5, payment="authorized", expires_at=at(6)).until(
        at(3)
    )
    world.react(supply(at(3), allocated=2))
    world.until(at(8))
    world.react(supply(at(8), allocated=5))
    world.react(pay(at(8, 14), "unpaid", pay_url=PAY_URL))
    return world.until(at(9))


def test_units_that_were_reported_in_time_are_not_said_to_wait_for_the_payment() -> None:
    """They leave as they are: it is asked for the others alone, and regular updates go on."""
    world = reported_in_part()
    assert (world.state.allocation_reported, world.last(Kind.PAYMENT_DUE).facts.quantity) == (2, 3)
    world.react(answer(at(9), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    asked = world.last(Kind.PAYMENT_DUE).facts.until
    assert (facts.unpaid, facts.pay_by, facts.pay_part) == (True, asked, 3)
    assert (facts.by, facts.ready) == (None, False)
    assert ([each.quantity for each in facts.parts], facts.set_aside, facts.why) == ([2, 3], 2, None)
    world.until(at(13))
    later = [d for kind in (Kind.STILL_WAITING, Kind.DELAYED) for d in world.days(kind) if d > 9]
    assert later, "the others hear nothing while some of it is on its way"


def test_after_the_grace_units_that_were_reported_in_time_stay_set_aside_in_every_message() -> None:
    world = reported_in_part().until(at(20))
    assert (world.state.quantity.allocated, world.state.passed_over) == (2, True)
    world.react(answer(at(20), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.why, facts.ready, facts.set_aside) == (Why.UNPAID, False, 2)
    assert [each.quantity for each in facts.parts] == [2, 3]


def test_once_those_have_left_all_of_the_rest_waits_for_the_payment() -> None:
    world = reported_in_part()
    world.react(ship(at(9), 2))
    world.react(answer(at(9, 14), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_by is None, facts.ready, facts.parts) == (True, False, True, ())


def test_a_date_that_moves_on_is_told_once_it_is_paid_for() -> None:
    """Until then no message names a day: it said when it ships to whom nothing ships."""
    world = here_and_unpaid(policy(every=7), 2, on=20, foretold=(arrives(2, 60),))
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(24))
    world.react(supply(at(25), arrives(2, 90)))
    world.until(at(70))
    later = [tell.facts for when, tell in world.gone if when > at(24)]
    assert [each.by for each in later] == [None] * len(later)
    assert [each.why for each in later] == [Why.UNPAID] * len(later)
    world.react(pay(at(70, 14), "captured"))
    world.until(at(72))
    facts = world.last(Kind.EARLIER).facts
    assert (facts.unpaid, facts.by) == (False, day(90))


def test_a_part_that_moves_on_is_told_once_it_is_paid_for() -> None:
    parts = (arrives(1, 30), arrives(1, 60))
    world = here_and_unpaid(policy(every=7, partial="ship"), 1, arrives(1, 60), on=20, foretold=parts)
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(24))
    world.react(supply(at(25), arrives(1, 50), arrives(1, 60)))
    world.until(at(32))
    assert world.state.passed_over
    assert [world.last(Kind.DELAYED).facts.why, world.last(Kind.DELAYED).facts.parts] == [Why.UNPAID, ()]
    world.react(pay(at(32, 14), "captured"))
    world.until(at(34))
    facts = world.last(Kind.EARLIER).facts
    assert [each.by for each in facts.parts] == [day(50), day(60)]


def parts_said(facts: Facts) -> list[tuple[int, date | None]]:
    """How many units a message names, and by when."""
    return [(each.quantity, each.by) for each in facts.parts]


def test_a_part_that_waits_for_its_payment_has_no_day_before_it_in_any_message() -> None:
    """The others keep theirs: no money is asked for them yet."""
    parts = (arrives(1, 21), arrives(2, 60))
    world = begun(
        policy(every=1, handling=3, partial="ship"), *parts, units=3, payment="authorized", expires_at=at(5)
    )
    world.until(at(21))
    assert parts_said(world.last(Kind.CONFIRMED).facts)[0] == (1, day(24))
    world.react(supply(at(21), arrives(2, 60), allocated=1))
    world.react(pay(at(21, 14), "unpaid", pay_url=PAY_URL))
    world.react(answer(at(22), "keep", indefinite=True))
    world.until(at(24, 23))
    later = [tell.facts for when, tell in world.gone if when > at(21, 14) and tell.facts.parts]
    assert len(later) > 1, "the answer's, and an update's"
    for facts in later:
        [first, rest] = parts_said(facts)
        assert (first, rest[0], facts.by) == ((1, None), 2, rest[1])
        assert (facts.unpaid, facts.pay_part, facts.set_aside, facts.ready) == (True, 1, 0, False)


def test_once_it_is_paid_for_the_part_is_one_as_any() -> None:
    world = here_and_unpaid(policy(partial="ship"), 1, arrives(2, 60), on=21)
    world.react(pay(at(22), "captured"))
    world.react(answer(at(22, 14), "keep", indefinite=True))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.unpaid, facts.pay_part, facts.set_aside) == (False, 0, 1)


def test_the_unpaid_ones_come_behind_those_that_leave_and_before_those_to_come() -> None:
    told = (Part(quantity=3, likely=day(5), by=day(5)), Part(quantity=3, likely=day(8), by=day(9)))
    facts = Facts(quantity=6, likely=day(8), by=day(9), parts=told, ready=True)
    said = unpaid_apart(facts, 1, 3, 6)
    assert parts_said(said) == [(1, day(5)), (3, None), (2, day(9))]
    assert (said.set_aside, said.pay_part, said.ready) == (1, 3, False)
    alike = unpaid_apart(facts.replace(parts=()), 0, 2, 6)
    assert parts_said(alike) == [(2, None), (4, day(9))]


def test_facts_stay_as_they_are_where_all_or_none_waits() -> None:
    facts = Facts(quantity=3, likely=day(8), by=day(9))
    assert unpaid_apart(facts, 0, 3, 3) == unpaid_apart(facts, 0, 0, 3) == facts


def test_an_apology_names_no_day_to_who_has_not_paid() -> None:
    """What was reported in time turns out not to be there, and the others were passed over."""
    world = begun(policy(partial="ship", every=400), units=5, payment="authorized", expires_at=at(6)).until(
        at(3)
    )
    world.react(supply(at(3), arrives(3, 60), allocated=2))
    world.until(at(8))
    world.react(supply(at(8), allocated=5))
    world.react(pay(at(8, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(15))
    assert (world.state.passed_over, world.state.quantity.allocated) == (True, 2)
    world.react(supply(at(15), arrives(5, 80), allocated=0))
    world.until(at(17))
    facts = world.last(Kind.APOLOGY).facts
    assert (facts.by, facts.parts, facts.unpaid, facts.why) == (None, (), True, Why.UNPAID)
    world.react(pay(at(18), "captured"))
    world.until(at(20))
    assert world.last(Kind.EARLIER).facts.by == day(80)
