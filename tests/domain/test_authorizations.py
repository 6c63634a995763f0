"""Money that is only held: holds last days and backorders weeks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backorder.domain.line.commands import FreeUnits, PassOver
from backorder.domain.line.events import SendNowRequested
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind, Why
from tests.domain.us_law_lines import T, us
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, pay, policy, refund, ship, supply
from tests.support.world import World, begun

URL = "https://shop.example/pay/1"
OWED = "authorization_due"


def arrived(units: int = 2, *, expires: int = 5, on: int = 20, **blanks: Any) -> World:
    """A line whose units come after its authorization has ended."""
    world = begun(
        policy(), arrives(units, 20), units=units, payment="authorized", expires_at=at(expires), **blanks
    )
    world.until(at(on))
    world.react(supply(at(on), allocated=units))
    return world


def test_an_authorization_that_ends_changes_neither_place_nor_dates_and_owes_nothing() -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(5))
    world.until(at(12))
    assert world.events("authorization_expiring", "refund_due", "void_due", "authorization_due") == [
        "authorization_expiring"
    ]
    assert (world.promised, world.state.needs, world.state.refunds) == (20, (), ())


def test_units_that_arrive_without_a_valid_one_are_kept_and_not_to_be_shipped() -> None:
    world = arrived()
    assert world.event("authorization_due") == {
        "amount": "20.00",
        "currency": "EUR",
        "until": "2025-03-27T10:00:00Z",
        "shipment_id": None,
    }
    assert world.events("allocated") == []
    assert (world.state.quantity.allocated, world.state.needs) == (2, ("payment_missing",))


def test_with_a_valid_one_they_ship_as_ever() -> None:
    world = arrived(expires=40)
    assert world.events("allocated", "authorization_due") == ["allocated"]


def test_the_customer_is_asked_once_with_the_address_that_the_order_system_gives() -> None:
    world = arrived()
    assert Kind.PAYMENT_DUE.value not in world.until(at(20, 13)).kinds()
    world.react(pay(at(20, 14), "unpaid", pay_url=URL))
    world.until(at(24))
    facts = [tell.facts for _, tell in world.gone if tell.kind is Kind.PAYMENT_DUE]
    assert [(each.pay_url, str(each.amount), each.until) for each in facts] == [(URL, "20.00 EUR", day(23))]


def test_without_an_address_the_customer_is_asked_on_the_next_morning() -> None:
    world = arrived().until(at(30))
    assert [when for when, tell in world.gone if tell.kind is Kind.PAYMENT_DUE] == [at(21, 10)]


def test_paid_in_time_the_line_goes_on_and_the_question_is_off() -> None:
    world = arrived()
    world.react(pay(at(21), "authorized", at(30)))
    assert world.events("allocated") == ["allocated"]
    assert (world.state.needs, world.state.payment_due) == ((), None)
    world.react(ship(at(22), 2))
    assert world.events("capture_due") == ["capture_due"]


def test_what_left_under_a_hold_that_was_over_is_asked_for_and_captured_once_another_holds() -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(22)).until(at(20))
    world.react(supply(at(20), allocated=1))
    assert world.events("allocated") == ["allocated"]
    world.react(ship(at(23), 1))
    assert world.events("capture_due") == [], "there is nothing to capture from"
    assert world.event("authorization_due") == {
        "amount": "10.00",
        "currency": "EUR",
        "until": None,
        "shipment_id": "s1",
    }
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, ("payment_missing",))
    world.react(pay(at(24), "authorized", at(30)))
    assert world.event("capture_due") == {"shipment_id": "s1", "quantity": 1}
    assert world.state.needs == ()
    world.react(pay(at(25), "authorized", at(31)))
    assert world.events("capture_due") == ["capture_due"], "once a shipment"
    assert world.events("authorization_due") == ["authorization_due"]


def test_who_sent_all_the_same_what_was_to_wait_for_its_payment_hears_that_it_is_missing() -> None:
    world = arrived()
    world.react(ship(at(21), 2))
    assert [dict(each.data).get("shipment_id") for _, each in world.published if each.type == OWED] == [
        None,
        "s1",
    ]
    assert (world.state.payment_due, world.state.needs) == (None, ("payment_missing",))
    world.react(pay(at(25), "captured"))
    assert world.state.needs == ()


def test_what_left_in_part_is_asked_for_to_the_cent() -> None:
    world = begun(policy(partial="ship"), units=3, paid="10.00", payment="authorized", expires_at=at(5))
    for number in (1, 2, 3):
        world.react(ship(at(6, number), 1, id=f"s{number}"))
    asked = [dict(each.data) for _, each in world.published if each.type == OWED]
    assert [(each["shipment_id"], each["amount"]) for each in asked] == [
        ("s1", "3.33"),
        ("s2", "3.34"),
        ("s3", "3.33"),
    ]


def test_a_hold_counts_that_was_good_when_the_goods_left_however_late_they_are_told() -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(22)).until(at(20))
    world.react(supply(at(20), allocated=1))
    world.react(ship(at(22, 14), 1, left=at(21)))
    assert world.events("capture_due", OWED) == ["capture_due"]
    assert world.state.needs == ()


def test_where_the_only_hold_was_over_before_the_goods_left_the_money_is_asked_for_as_that_is_told() -> None:
    world = begun(policy(), arrives(1, 20), payment="unpaid").until(at(20))
    world.react(ship(at(20), 1))
    world.react(pay(at(23), "authorized", at(19), as_of=at(18)))
    assert world.events("capture_due", OWED) == [OWED]
    assert world.state.needs == ("payment_missing",)


@pytest.mark.parametrize("first", ["shipped", "let go"])
@pytest.mark.parametrize(("left", "heard"), [(20, "capture_due"), (22, OWED)], ids=["held", "not held"])
def test_whether_a_hold_that_was_let_go_was_there_is_told_by_the_instants(
    left: int, heard: str, first: str
) -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(50)).until(at(20))
    told = [ship(at(23), 1, left=at(left)), pay(at(23), "unpaid", as_of=at(21))]
    for hour, fact in enumerate(told if first == "shipped" else reversed(told)):
        world.react(replace(fact, at=at(23, hour)))
    expected = [heard] if first == "let go" or left == 20 else ["capture_due", OWED]
    assert world.events("capture_due", OWED) == expected
    assert world.state.needs == (() if left == 20 else ("payment_missing",))


def test_of_money_that_was_taken_and_undone_no_capture_is_asked_for() -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(50)).until(at(20))
    world.react(pay(at(20), "captured"))
    world.react(ship(at(21), 1))
    world.react(pay(at(22), "unpaid"))
    assert world.events("capture_due", OWED) == []


def test_money_that_was_never_taken_does_not_go_back() -> None:
    """Withdrawn after it left under a hold that was over: nothing is owed, and no payment is missing."""
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(5), pack="eu-crd-18")
    world.until(at(20)).react(supply(at(20), allocated=1))
    world.react(ship(at(21), 1))
    world.react(cancel(at(25)))
    assert world.events("withdrawn", "refund_due") == ["withdrawn"]
    assert not world.last(Kind.ANSWER_RECEIVED).facts.refundable
    assert world.until(at(60)).state.needs == ()
    assert world.events("refund_overdue") == []


def test_of_what_is_sent_back_the_part_goes_back_that_was_paid() -> None:
    """One unit left under a valid hold, the other when it was over; the customer withdraws both."""
    world = begun(
        policy(partial="ship"), units=2, payment="authorized", expires_at=at(5), pack="eu-crd-18"
    ).until(at(3))
    world.react(ship(at(4), 1))
    world.react(ship(at(8), 1, id="s2"))
    assert world.event(OWED)["shipment_id"] == "s2"
    world.react(cancel(at(9), 1))
    assert world.event("refund_due")["amount"] == "10.00"
    assert world.state.needs == ("payment_missing",)
    world.react(cancel(at(10), 1, request="r2"))
    assert world.events("refund_due") == ["refund_due"]
    assert not list(world.state.needs)
    world.react(refund(at(11), "10.00"))
    assert world.last(Kind.REFUNDED).facts.quantity == 1


@pytest.mark.parametrize("then", ["held anew", "kept after all"])
def test_each_hold_on_the_money_is_given_back(then: str) -> None:
    """Of a line that ended twice, or of which a newer hold is reported once it has ended."""
    world = us(arrives(1, T + 40), payment="authorized", expires_at=at(T + 60)).until(at(T + 32))
    assert world.stands() is Status.CANCELLED
    assert world.events("void_due") == ["void_due"]
    if then == "kept after all":
        world.react(replace(answer(at(T + 33), "keep", indefinite=True), received_at=at(T + 20)))
        assert world.state.quantity.open == 1
    world.react(pay(at(T + 34), "authorized", at(T + 90)))
    if then == "kept after all":
        assert world.events("void_due") == ["void_due"]
        world.react(cancel(at(T + 35)))
    assert world.stands() is Status.CANCELLED
    assert world.events("void_due") == ["void_due"] * 2
    world.react(refund(at(T + 36), "1.00"))
    assert world.events("void_due") == ["void_due"] * 2, "once each"


@pytest.mark.parametrize("reported", [True, False], ids=["of a report", "of the start"])
def test_a_hold_that_the_version_before_has_had_given_back_is_not_given_back_again(reported: bool) -> None:
    """It noted how the line had ended, and no hold."""
    world = begun(policy(), arrives(1, 20), payment="unpaid" if reported else "authorized")
    if reported:
        world.react(pay(at(1), "authorized", at(30)))
    world.react(cancel(at(3)))
    assert world.events("void_due") == ["void_due"]
    done = tuple(
        ("void_due/cancelled" if key.startswith("void_due") else key, on) for key, on in world.state.done
    )
    assert done != world.state.done
    world.state = world.state.replaced({"done": done})
    world.react(ship(at(5), 1, id="stray"))
    assert world.state.needs == ("shipped_after_cancellation",)
    assert world.events("void_due") == ["void_due"]
    world.react(pay(at(6), "authorized", at(40)))
    assert world.events("void_due") == ["void_due"] * 2, "a newer one is"


@pytest.mark.parametrize("reported", [True, False], ids=["of a report", "of the start"])
def test_a_hold_that_stays_because_the_ending_is_off_is_given_back_with_the_next_ending(
    reported: bool,
) -> None:
    world = us(arrives(1, T + 40), payment="authorized", expires_at=at(T + 60))
    if reported:
        world.react(pay(at(1), "authorized", at(T + 90)))
    world.until(at(T + 32))
    assert world.events("void_due") == ["void_due"]
    world.react(replace(answer(at(T + 33), "keep", indefinite=True), received_at=at(T + 20)))
    assert world.state.quantity.open == 1
    world.react(cancel(at(T + 35)))
    assert world.stands() is Status.CANCELLED
    assert world.events("void_due") == ["void_due"] * 2


@pytest.mark.parametrize("known", [True, False], ids=["held before", "held afterwards"])
def test_no_more_is_captured_than_left_in_time_whatever_is_told_first(known: bool) -> None:
    """Two of three were cancelled before all of them left, and the shipment after that left in vain."""
    payment = {"payment": "authorized", "expires_at": at(30)} if known else {"payment": "unpaid"}
    world = begun(policy(), arrives(4, 20), units=4, **payment).until(at(5))
    world.react(cancel(at(5, 10), 2))
    world.react(ship(at(5, 12), 3))
    world.react(ship(at(5, 13), 1, id="s2"))
    if not known:
        world.react(pay(at(6), "authorized", at(30)))
    asked = [dict(each.data) for _, each in world.published if each.type == "capture_due"]
    assert asked == [{"shipment_id": "s1", "quantity": 2}]


@pytest.mark.parametrize("days", [1, 3, 7])
def test_after_the_grace_the_units_go_to_the_next_and_the_line_keeps_its_place(days: int) -> None:
    world = begun(policy(payment_grace=days), arrives(1, 20), payment="authorized", expires_at=at(5))
    world.until(at(20))
    world.react(supply(at(20), allocated=1))
    world.until(at(21 + days, 9, 59))
    assert world.state.quantity.allocated == 1
    world.until(at(21 + days, 10))
    done = [each for _, made in world.decisions for each in made.commands]
    assert [each for each in done if isinstance(each, PassOver | FreeUnits)] == [
        PassOver(on=True),
        FreeUnits(quantity=1),
    ]
    assert (world.stands(), world.state.needs) == (Status.WAITING, ("payment_missing",))


def test_units_that_were_reported_while_a_hold_was_valid_go_to_nobody_else_after_the_grace() -> None:
    """They may be packed by then; it was asked for the one that came later."""
    world = begun(policy(partial="ship"), units=5, payment="authorized", expires_at=at(10)).until(at(5))
    world.react(supply(at(5), allocated=2))
    assert world.event("allocated") == {"quantity": 2}
    world.react(supply(at(12), allocated=3))
    assert world.event("authorization_due")["amount"] == "10.00"
    world.until(at(16))
    freed = [each for _, made in world.decisions for each in made.commands if isinstance(each, FreeUnits)]
    assert freed == [FreeUnits(quantity=1)]
    assert (world.state.quantity.allocated, world.state.passed_over) == (2, True)
    assert world.events("allocation_withdrawn") == []
    world.react(ship(at(16), 2))
    world.react(pay(at(17), "authorized", at(60)))
    assert world.event("capture_due") == {"shipment_id": "s1", "quantity": 2}
    world.react(supply(at(18), allocated=3))
    assert world.event("allocated") == {"quantity": 3}


def test_units_that_go_to_the_next_are_not_to_be_sent_before_the_rest_any_more() -> None:
    rules = policy(split_by_customer=True)
    world = begun(rules, arrives(1, 60), units=2, allocated=1, payment="authorized", expires_at=at(1))
    world.until(at(3))
    world.react(SendNowRequested(at=at(3), day=day(3), request="n1", received_at=at(3)))
    assert world.state.ahead is not None
    state = world.until(at(9)).state
    assert (state.quantity.allocated, state.passed_over, state.ahead) == (0, True, None)


def test_paid_late_it_has_its_turn_again() -> None:
    world = arrived().until(at(24))
    decision = world.react(pay(at(24), "authorized", at(60)))
    assert PassOver(on=False) in decision.commands
    assert (world.state.passed_over, world.state.needs) == (False, ())
    world.react(supply(at(30), allocated=2))
    assert world.events("allocated") == ["allocated"]


def test_cancelled_meanwhile_nothing_is_asked_for_any_more_and_nothing_is_owed() -> None:
    world = arrived()
    world.react(cancel(at(20, 20)))
    assert (world.state.needs, world.stands()) == ((), Status.CANCELLED)
    assert world.last(Kind.CANCELLED).facts.uncharged
    assert Kind.PAYMENT_DUE.value not in world.until(at(40)).kinds()


def test_a_line_that_was_never_authorized_is_not_asked_to_pay() -> None:
    world = begun(policy(), arrives(1, 20), payment="unpaid").until(at(20))
    world.react(supply(at(20), allocated=1))
    assert world.events("allocated", "authorization_due") == ["allocated"]


def test_one_that_was_let_go_counts_as_none() -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(50)).until(at(10))
    world.react(pay(at(10), "unpaid"))
    world.react(supply(at(20), allocated=1))
    assert world.events("allocated", "authorization_due") == ["authorization_due"]


def test_where_every_unit_vanishes_at_once_no_payment_is_asked_for() -> None:
    world = begun(policy(partial="ship"), units=2, payment="authorized", expires_at=at(5), allocated=1)
    assert world.events("allocated") == ["allocated"]
    world.react(supply(at(8), allocated=2))
    assert world.event("authorization_due")["amount"] == "10.00"
    world.react(supply(at(8)))
    assert world.event("allocation_withdrawn") == {"quantity": 1}
    assert (world.state.payment_due, world.state.needs) == (None, ())


@pytest.mark.parametrize(
    ("last", "kept", "ends"), [(None, 23, None), (21, 21, 22), (30, 23, 31)], ids=["none", "near", "far"]
)
def test_the_question_says_when_the_line_ends_all_the_same(
    last: int | None, kept: int, ends: int | None
) -> None:
    """A customer's own last day does not wait for the payment, and units are not kept beyond it."""
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(5)).until(at(3))
    if last is not None:
        world.react(answer(at(3), "keep", until=day(last)))
        told = world.last(Kind.ANSWER_RECEIVED).facts
        assert (told.last_day, told.ends_on, told.refundable) == (day(last), day(last + 1), False)
    world.until(at(20))
    world.react(supply(at(20), allocated=1))
    facts = world.until(at(21, 10)).last(Kind.PAYMENT_DUE).facts
    assert (facts.until, facts.ends_on) == (day(kept), day(ends) if ends else None)
    world.until(at(35))
    assert world.days(Kind.CANCELLED) == ([ends] if ends else [])
    assert (facts.silence == "cancelled") is (ends is not None)


def test_the_question_says_of_how_many_units_the_line_ends_all_the_same() -> None:
    """Those that their customer keeps stay on order, whoever gets what is here."""
    rules = policy(partial="ship")
    world = begun(rules, units=3, pack="us-ftc-435", law=20, payment="authorized", expires_at=at(5))
    world.until(at(1)).react(answer(at(2), "keep", quantity=1, indefinite=True))
    world.until(at(10)).react(supply(at(10), allocated=2))
    facts = world.until(at(11, 10)).last(Kind.PAYMENT_DUE).facts
    assert (facts.quantity, facts.remaining, facts.staying) == (2, 1, 1)
    assert facts.ends_on is not None
    assert world.until(at((facts.ends_on - day(0)).days, 23)).state.quantity.open == 1


@pytest.mark.parametrize(("paid", "why"), [(None, Why.UNPAID), (7, Why.UNSENT)])
def test_what_waits_for_its_payment_is_not_said_to_stay_set_aside_whatever_they_do(
    paid: int | None, why: Why
) -> None:
    """Its day passes while they are asked; they read of a delay once they have paid, or it is gone."""
    world = begun(policy(), arrives(1, 5), payment="authorized", expires_at=at(4))
    world.react(supply(at(5), allocated=1))
    world.until(at(7, 11))
    assert (world.days(Kind.PAYMENT_DUE), world.days(Kind.DELAYED)) == ([6], [])
    if paid:
        world.react(pay(at(paid, 12), "captured"))
    assert world.until(at(12)).last(Kind.DELAYED).facts.why is why
