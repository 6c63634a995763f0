"""What reaches a line late, after its end, or about what had been decided otherwise."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from backorder.domain.line.commands import ShipUnits, Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Event
from backorder.domain.line.ledger import in_vain, owed, sent
from backorder.domain.line.state import DecisionContext, Status
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, pay, policy, refund, ship, supply
from tests.support.world import World, begun


def line(units: int = 2, *, allocated: int = 0, **how: Any) -> World:
    """A line on day 1, its customer told."""
    world = begun(policy(), arrives(units, 60), units=units, allocated=allocated, **how)
    return world.until(at(1))


def test_units_that_left_before_a_cancellation_leave_the_books_though_others_hold_them_by_now() -> None:
    world = line(2, allocated=2, payment="unpaid")
    world.react(cancel(at(2)))
    world.context = DecisionContext(held=2)
    decision = world.react(ship(at(3), 2, left=at(1, 18)))
    assert ShipUnits(allocated=0, free=0, outside=0, returned=2) in decision.commands
    assert (decision.verdict, world.stands()) == (Verdict.ACCEPTED, Status.FULFILLED)


def test_units_that_a_line_never_held_are_taken_from_nobody() -> None:
    world = line(2, payment="unpaid")
    world.react(cancel(at(2)))
    world.context = DecisionContext(held=2)
    decision = world.react(ship(at(3), 2, left=at(2, 18)))
    assert ShipUnits(allocated=0, free=0, outside=2) in decision.commands
    assert world.state.needs == ("shipped_after_cancellation",)


def test_money_taken_after_the_end_is_owed_and_the_line_goes_on() -> None:
    world = line(payment="unpaid")
    world.react(cancel(at(2)))
    assert world.until(at(2, 13)).stands() is Status.CANCELLED
    world.react(pay(at(3), "captured"))
    assert world.stands() is Status.CLOSING
    assert (world.event("refund_due")["amount"], world.event("refund_due")["due_by"]) == (
        "20.00",
        "2025-03-17",
    )
    assert world.until(at(4)).last(Kind.CANCELLED).facts.refund is not None
    assert world.until(at(30)).events("refund_overdue") == ["refund_overdue"]


def test_of_two_payment_reports_the_later_instant_counts() -> None:
    world = line(payment="unpaid")
    world.react(pay(at(2), "captured", as_of=at(1, 10)))
    world.react(pay(at(2, 13), "authorized", as_of=at(1, 9)))
    assert world.react(pay(at(2, 14), "authorized", as_of=at(1, 9))).verdict is Verdict.IGNORED
    world.react(cancel(at(3)))
    assert world.events("void_due", "refund_due") == ["refund_due"]
    assert owed(world.state) == 20


def test_money_of_which_a_later_word_says_that_it_is_not_there_is_never_given_back() -> None:
    reports = [("captured", 10), ("unpaid", 11), ("authorized", 12)]
    for told in permutations(reports):
        world = line(payment="unpaid")
        for number, (state, hour) in enumerate(told):
            world.react(pay(at(2, 13, number), state, as_of=at(2, hour)))
        world.react(cancel(at(3)))
        assert world.events("void_due", "refund_due") == ["void_due"], told
        assert not owed(world.state)
        world.react(pay(at(4), "captured", as_of=at(2, 18)))
        assert owed(world.state) == 20


def test_an_authorization_that_comes_after_the_end_is_given_back_and_a_newer_one_too() -> None:
    world = line(payment="unpaid")
    world.react(cancel(at(2)))
    world.react(pay(at(3), "authorized"))
    assert world.react(pay(at(3, 12), "authorized", as_of=at(3))).verdict is Verdict.IGNORED
    assert world.events("void_due") == ["void_due"]
    world.react(pay(at(4), "authorized", at(9)))
    assert world.events("void_due") == ["void_due"] * 2
    world.react(pay(at(5), "authorized", at(8), as_of=at(3)))
    assert world.events("void_due") == ["void_due"] * 2, "it is older than what was given back"


def test_the_sum_is_the_same_whenever_the_money_came() -> None:
    for moves in ([2, 0, 8], [0, 2, 8], [2, 8, 0], [0, 3, 5, 2]):
        world = line(10, payment="unpaid", paid="100.00")
        for number, move in enumerate(moves):
            when = at(2, 10 + number)
            world.react(cancel(when, move, request=str(number)) if move else pay(when, "captured"))
        assert owed(world.state) == 100


def test_a_second_refund_after_the_end_grows_what_was_sent_and_is_flagged() -> None:
    world = line()
    world.react(cancel(at(2)))
    world.react(refund(at(3), "20.00"))
    decision = world.react(refund(at(4), "20.00", id="f2"))
    assert (decision.verdict, world.stands()) == (Verdict.ACCEPTED, Status.CANCELLED)
    assert (sent(world.state), world.state.needs) == (Decimal(40), ("refund_excess",))
    assert world.until(at(5)).kinds().count("refunded") == 1


def test_shipping_that_went_back_with_a_line_of_which_nothing_shipped_is_no_excess() -> None:
    world = line(shipping="4.90")
    world.react(cancel(at(2)))
    assert world.event("refund_due")["shipping_if_none_shipped"] == "4.90"
    world.react(refund(at(3), "24.90"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())


def test_a_refund_that_did_not_arrive_starts_a_new_limit_and_calls_a_person() -> None:
    world = line()
    world.react(cancel(at(2)))
    world.react(refund(at(3), "20.00"))
    world.react(refund(at(20), "20.00", failed=at(20)))
    assert (world.stands(), world.state.needs) == (Status.CLOSING, ("refund_failed",))
    assert world.state.refund is not None
    assert world.state.refund.due_by == day(29)
    world.react(refund(at(21), "20.00", id="f2"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())
    assert world.until(at(22)).kinds().count("refunded") == 2


@pytest.mark.parametrize("first", [True, False])
def test_a_refund_that_did_not_arrive_calls_a_person_whenever_its_cancellation_is_recorded(
    first: bool,
) -> None:
    """It had gone, and failed, before anybody wrote down what it was for."""
    world = begun(policy(), arrives(2, 20), units=2, pack="us-ftc-435", law=30).until(at(6))
    word = cancel(at(6, 15), came=at(2))
    if first:
        world.react(replace(word, at=at(6)))
    world.react(refund(at(6, 13), "20.00", went=at(3)))
    world.react(refund(at(6, 14), "20.00", failed=at(4)))
    if not first:
        world.react(word)
    assert set(world.state.needs) == {"refund_failed"}
    assert [each.due_by for each in world.state.refunds] == [day(15)], "seven working days from that"
    flags = [each.data["flag"] for _, each in world.published if each.type == "needs_attention"]
    assert flags.count("refund_failed") == 1
    world.react(refund(at(7), "20.00", id="f2"))
    assert not world.state.needs


def test_mail_about_a_cancellation_that_is_withdrawn_is_taken_back() -> None:
    world = line()
    world.down = True
    world.react(cancel(at(2)))
    world.react(ship(at(2, 13), 2, left=at(1, 18)))
    world.down = False
    assert world.until(at(3)).kinds() == ["confirmed", "shipped"]
    assert world.last(Kind.SHIPPED).facts.uncancelled == 0


def test_mail_about_a_cancellation_that_was_withdrawn_too_late_is_put_right_once() -> None:
    world = line()
    world.react(cancel(at(2)))
    world.until(at(2, 13))
    world.react(refund(at(2, 14), "5.00"))
    world.react(ship(at(3), 1, left=at(1, 18)))
    world.react(ship(at(3, 13), 1, id="s2", left=at(1, 19)))
    world.until(at(4))
    right = [
        tell.facts.uncancelled for _, tell in world.gone if tell.kind in (Kind.SHIPPED, Kind.PART_SHIPPED)
    ]
    assert right == [1, 1]
    assert world.last(Kind.REFUNDED).facts.refund is not None
    assert world.state.needs == ("refund_excess",)


def test_a_shipment_withdraws_the_cancellation_that_came_after_it_alone() -> None:
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        world = line()
        facts: list[Event] = [
            cancel(at(2), 1, request="at ten", came=at(1, 10)),
            cancel(at(2), 1, request="at two", came=at(1, 14)),
            ship(at(2), 2, left=at(1, 12)),
        ]
        for number in order:
            world.react(facts[number])
        quantity = world.state.quantity
        assert (quantity.cancelled, quantity.shipped, in_vain(world.state)) == (1, 1, 1)
        assert {each.request: each.units for each in world.state.cancellations}.get("at two", 0) == 0


def test_a_refund_that_went_before_the_cancellation_was_told_is_named_as_sent() -> None:
    world = line()
    world.react(refund(at(2), "20.00"))
    world.react(cancel(at(3)))
    facts = world.until(at(4)).last(Kind.CANCELLED).facts
    assert (facts.refund_by, facts.refund_sent_on) == (None, day(2))
    assert world.events("refund_due") == []
    assert world.kinds()[-1] == "cancelled"


def test_what_is_due_is_counted_from_when_the_cancellation_came_in() -> None:
    world = line()
    world.react(cancel(at(9), came=at(2)))
    assert world.state.refund is not None
    assert (world.state.refund.vested_at, world.state.refund.due_by) == (at(2), day(11))


def test_less_than_a_minor_unit_is_never_owed() -> None:
    world = line(paid="125.6049")
    world.react(cancel(at(2)))
    world.react(refund(at(3), "125.60"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())


def test_who_cancelled_decides_the_words() -> None:
    for by in ("customer", "shop", "supplier"):
        world = line()
        world.react(cancel(at(2), by=by))
        assert world.last(Kind.CANCELLED).facts.reason == by
        assert world.event("cancelled") == {"quantity": 2, "by": by, "reason": "one is enough"}


def test_a_wish_to_wait_that_came_before_an_ending_by_the_policy_calls_a_person() -> None:
    world = begun(policy(b.stage("end", "cancel", waited=30), every=90), payment="unpaid")
    world.until(at(31))
    assert world.stands() is Status.CANCELLED
    kept = replace(b.answer(at(31, 13), "keep"), received_at=at(29))
    assert world.react(kept).verdict is Verdict.ACCEPTED
    assert world.state.needs == ("kept_before_ending",)
    late = b.answer(at(32), "keep", request="a2")
    assert world.react(late).verdict is Verdict.RECORDED


def test_what_was_paid_decides_what_is_offered() -> None:
    rules = policy(b.stage("swap", "offer_alternatives", waited=1))
    for paid, offered in (("0.00", 0), ("15.99", 0), ("16.00", 1)):
        world = begun(rules, arrives(2, 60), units=2, paid=paid).until(at(3))
        assert len(world.state.offers) == offered


def test_a_cancellation_of_more_than_is_left_after_a_shipment_ends_what_is_left() -> None:
    for order in ((0, 1), (1, 0)):
        world = line(10)
        facts: list[Event] = [ship(at(2), 4, left=at(1, 12)), cancel(at(2), 8, came=at(1, 14))]
        for number in order:
            world.react(facts[number])
        assert (world.state.quantity.shipped, world.state.quantity.cancelled) == (4, 6)


def test_supply_after_the_end_is_ignored() -> None:
    world = line(payment="unpaid")
    world.react(cancel(at(2)))
    assert decide(world.policy, world.state, supply(at(3), allocated=1)).verdict is Verdict.IGNORED
