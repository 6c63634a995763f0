"""Endings: by the policy, by people, by shipment; and what reaches a line too late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.law.terms import Terms
from backorder.domain.line.commands import FreeUnits, Publish, ShipUnits, Tell, Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.stage_conditions import due_day
from backorder.domain.line.state import DecisionContext, Status
from backorder.domain.line.told_promises import KEPT, with_told
from backorder.domain.line.upcoming import upcoming
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, policy, refund, ship, stage, supply
from tests.support.world import World, begun

END = stage("end", "cancel", waited=30)
ENDS = policy(END, every=90)
ENDS_BY_US = policy(END, every=90, pack="us-ftc-435")


def test_an_ending_by_policy_is_announced_two_days_before() -> None:
    world = begun(ENDS).until(at(40))
    announced = [(when, dict(each.data)) for when, each in world.published if each.type == "ending_due"]
    assert announced == [(at(28, 10), {"stage": "end", "on": "2025-04-02"})]
    assert world.gone[-1][0] == at(30, 10)
    assert world.last(Kind.CANCELLED).facts.reason == "policy"
    assert world.stands() is Status.CLOSING


def test_an_ending_that_is_due_at_once_is_still_announced_two_days_before() -> None:
    world = begun(policy(stage("end", "cancel", waited=0))).until(at(5))
    assert world.event("ending_due")["on"] == "2025-03-05"
    assert world.days(Kind.CANCELLED) == [2]


def test_after_a_week_without_a_worker_an_ending_is_announced_first() -> None:
    world = begun(ENDS).until(at(20))
    decision = decide(ENDS, world.state, b.tick(at(35)))
    assert decision.state.status is Status.WAITING
    assert decision.state.automatic_cancellation is not None
    assert decision.state.automatic_cancellation.on == day(37)


def test_an_announced_ending_is_dropped_if_its_condition_ends_and_the_order_system_hears_of_it() -> None:
    rules = policy(stage("end", "cancel", no_date=3), every=90)
    world = begun(rules, arrives(1, 20)).until(at(1))
    world.react(supply(at(5)))
    assert world.until(at(6, 11)).state.automatic_cancellation is not None
    decision = world.react(supply(at(7), arrives(1, 22)))
    assert world.state.automatic_cancellation is None
    assert "the announced ending is off" in decision.reason
    assert world.event("ending_withdrawn") == {"stage": "end", "on": "2025-03-11"}
    assert world.until(at(21)).stands() is Status.WAITING
    world.react(supply(at(21)))
    assert world.until(at(24, 11)).stands() is Status.CLOSING
    assert world.events("ending_due", "ending_withdrawn") == ["ending_due", "ending_withdrawn", "ending_due"]


def test_a_line_does_not_end_by_policy_while_its_promise_is_kept_and_waiting_counts_from_that_day() -> None:
    world = begun(ENDS, arrives(1, 60))
    assert world.until(at(89, 11)).events("ending_due") == ["ending_due"]
    assert world.event("ending_due")["on"] == day(90).isoformat()
    assert world.days(Kind.CANCELLED) == []
    assert world.until(at(90, 11)).days(Kind.CANCELLED) == [90]


def test_an_ending_for_a_delay_is_not_announced_before_the_morning_after_the_promised_day() -> None:
    rules = policy(stage("end", "cancel", delay=10), every=90)
    world = begun(rules, arrives(1, 20)).until(at(1))
    world.react(supply(at(5), arrives(1, 31)))
    assert world.until(at(32, 9)).events("ending_due", "ending_withdrawn") == []
    assert world.until(at(32, 11)).event("ending_due")["on"] == day(34).isoformat()
    assert world.until(at(34, 11)).days(Kind.CANCELLED) == [34]


@pytest.mark.parametrize(
    ("consent", "ends"),
    [({"indefinite": True}, []), ({"until": day(70)}, [71]), ({"until": day(40)}, [41]), ({}, [])],
)
def test_consent_to_wait_holds_an_ending_back(consent: dict[str, Any], ends: list[int]) -> None:
    world = begun(ENDS).until(at(1))
    world.react(b.answer(at(2), "keep", **consent))
    assert world.until(at(120)).days(Kind.CANCELLED) == ends


@pytest.mark.parametrize(
    ("pack", "law"), [("eu-crd-18", 60), ("uk-cra-28", 60), ("in-ecommerce-2020", 60), ("plain", None)]
)
def test_no_policy_for_another_law_ends_a_line_by_whose_law_silence_never_cancels(
    pack: str, law: int | None
) -> None:
    world = begun(ENDS_BY_US, pack=pack, law=law).until(at(120))
    assert (world.events("ending_due", "cancelled"), world.days(Kind.CANCELLED)) == ([], [])
    assert [each for each in upcoming(ENDS_BY_US, world.state, world.now) if each.what == "ending_due"] == []


def test_an_ending_that_was_announced_against_the_law_of_its_line_is_called_off() -> None:
    world = begun(ENDS_BY_US).until(at(29))
    assert world.events("ending_due") == ["ending_due"]
    world.state = world.state.replace(terms=Terms(pack="eu-crd-18", legal_date=day(60)))
    world.until(at(59))
    assert world.events("ending_due", "ending_withdrawn") == ["ending_due", "ending_withdrawn"]
    assert world.days(Kind.CANCELLED) == []


@pytest.mark.parametrize(
    ("pack", "law"), [("none", None), ("plain", None), ("eu-crd-18", 60), ("us-ftc-435", 55)]
)
def test_an_ending_leaves_the_units_that_the_customer_waits_for_and_takes_the_others(
    pack: str, law: int | None
) -> None:
    world = begun(ENDS, units=3, pack=pack, law=law).until(at(2))
    world.react(b.answer(at(2), "keep", quantity=2, indefinite=True))
    assert [(each.units, each.until) for each in world.state.agreements] == [(2, None)]
    world.until(at(50))
    assert world.days(Kind.CANCELLED) == [30]
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.quantity, facts.remaining) == (1, 2)
    assert (world.state.quantity.open, world.state.automatic_cancellation) == (2, None)
    assert world.events("ending_due", "ending_withdrawn") == ["ending_due"]


@pytest.mark.parametrize("then", ["the rest is cancelled", "the rest is kept too"])
def test_once_all_that_is_open_is_kept_no_ending_takes_it(then: str) -> None:
    world = begun(ENDS, units=3).until(at(2))
    world.react(b.answer(at(2), "keep", quantity=2, indefinite=True))
    if then == "the rest is cancelled":
        world.react(cancel(at(3), 1))
    else:
        world.react(b.answer(at(3), "keep", indefinite=True, request="a2"))
    assert world.until(at(80)).events("ending_due") == []
    assert world.state.quantity.open == (2 if then == "the rest is cancelled" else 3)


def test_units_that_are_kept_until_a_day_are_left_by_an_ending_on_it_and_taken_by_one_after_it() -> None:
    window = arrives(3, 32)
    for wait, taken in ((33, 3), (32, 1)):
        rules = policy(stage("end", "cancel", no_date=wait - 20), every=90)
        world = begun(rules, window, units=3).until(at(2))
        world.react(b.answer(at(3), "keep", quantity=2))
        world.react(supply(at(20)))
        assert world.until(at(60)).last(Kind.CANCELLED).facts.quantity == taken
        assert world.days(Kind.CANCELLED) == [wait]


def test_an_ending_takes_what_waits_and_not_what_is_reported_to_be_sent() -> None:
    rules = policy(stage("end", "cancel", no_date=10), partial="ship")
    world = begun(rules, arrives(2, 5), units=5)
    world.react(supply(at(8), allocated=2))
    world.until(at(14))
    assert world.last(Kind.CANCELLED).facts.quantity == 3
    assert (world.state.quantity.allocated, world.stands()) == (2, Status.ALLOCATED)
    assert world.events("allocation_withdrawn") == []


@pytest.mark.parametrize("words", [1, 6])
def test_waiting_counts_from_the_last_day_that_was_promised_also_once_no_date_can_be_said(words: int) -> None:
    world = begun(ENDS, arrives(1, 40)).until(at(5))
    world.react(supply(at(5), arrives(1, 60)))
    world.until(at(10)).react(supply(at(10)))
    world.until(at(11))
    for _ in range(words - 1):  # no date, said again and again
        promise = world.state.promise
        assert promise is not None
        again = replace(promise, revision=promise.revision + 1)
        told = with_told(world.state, again, Kind.APOLOGY, guess=False)
        world.state = world.state.replace(promise=again, revision=again.revision, told=told)
    assert len(world.state.told) <= KEPT + 1
    assert due_day(ENDS, world.state, END) == day(90)
    assert world.until(at(92)).days(Kind.CANCELLED) == [90]


def test_an_announced_ending_is_dropped_when_the_goods_arrive() -> None:
    world = begun(ENDS).until(at(29))
    world.react(supply(at(29), allocated=1))
    assert world.state.automatic_cancellation is None
    assert world.events("ending_due", "ending_withdrawn") == ["ending_due", "ending_withdrawn"]
    assert world.until(at(60)).stands() is Status.ALLOCATED


def test_a_cancelled_line_frees_its_units_and_closes_once_its_refund_was_sent() -> None:
    world = begun(policy(), arrives(2, 20), units=2)
    world.react(supply(at(3), allocated=2))
    decision = world.react(cancel(at(4)))
    assert FreeUnits(quantity=2) in decision.commands
    assert world.stands() is Status.CLOSING
    world.react(refund(at(5), "20.00"))
    assert world.stands() is Status.CANCELLED
    assert world.until(at(90)).kinds()[-2:] == ["cancelled", "refunded"]


@pytest.mark.parametrize("payment", ["authorized", "unpaid"])
def test_a_line_that_owes_nothing_ends_at_once(payment: str) -> None:
    world = begun(policy(), arrives(1, 20), payment=payment)
    world.react(cancel(at(4)))
    assert world.stands() is Status.CANCELLED


def test_cancelling_while_a_message_is_being_sent_leaves_one_coherent_ending() -> None:
    world = begun(policy(), arrives(1, 20)).until(at(1))
    world.delay = timedelta(hours=5)
    world.react(supply(at(3), arrives(1, 40)))
    world.react(cancel(at(3, 15)))
    world.until(at(30))
    assert world.kinds() == ["confirmed", "delayed", "cancelled"]
    assert world.stands() is Status.CLOSING


def test_what_has_not_gone_is_taken_back_at_the_ending() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 20)).until(at(1))
    world.down = True
    world.react(supply(at(5), arrives(1, 40)))
    world.react(cancel(at(6)))
    assert world.withdrawn == ["delayed/2"]
    later = begun(policy(), arrives(1, 20)).until(at(1))
    later.down = True
    later.until(at(8))
    later.react(cancel(at(8)))
    assert later.withdrawn == ["still_waiting/2025-03-10"]


def test_a_request_that_is_repeated_changes_nothing() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    world.react(cancel(at(3), 2))
    again = world.react(cancel(at(4), 2))
    assert (again.verdict, again.commands) == (Verdict.IGNORED, ())
    assert world.state.quantity.cancelled == 2


@pytest.mark.parametrize("units", [0, -1, 6])
def test_a_cancellation_of_units_that_are_not_open_is_refused(units: int) -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    decision = world.react(cancel(at(3), units))
    assert (decision.verdict, decision.commands) == (Verdict.REJECTED, ())


def test_all_units_shipped_is_fulfilled() -> None:
    world = begun(policy(), arrives(2, 20), units=2)
    world.react(supply(at(18), allocated=2))
    decision = world.react(ship(at(19), 2))
    assert ShipUnits(allocated=2, free=0, outside=0) in decision.commands
    assert world.stands() is Status.FULFILLED
    assert world.events("shipped", "fulfilled") == ["shipped", "fulfilled"]
    assert world.until(at(60)).kinds()[-1] == "shipped"


def test_any_unit_shipped_is_fulfilled_although_the_rest_was_cancelled() -> None:
    world = begun(policy(), arrives(3, 20), units=3, payment="unpaid")
    world.react(ship(at(5), 1))
    world.react(cancel(at(6)))
    assert world.stands() is Status.FULFILLED
    assert world.event("fulfilled") == {"shipped": 1, "cancelled": 2}
    assert world.last(Kind.CANCELLED).facts.part_of_line
    whole = begun(policy(), arrives(3, 20), units=3)
    whole.react(cancel(at(6)))
    assert not whole.last(Kind.CANCELLED).facts.part_of_line


def test_a_shipment_of_more_than_allocated_takes_free_units_else_comes_from_outside() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    world.react(supply(at(3), arrives(3, 20), allocated=2))
    world.context = DecisionContext(free=1)
    decision = world.react(ship(at(4), 5))
    assert ShipUnits(allocated=2, free=1, outside=2) in decision.commands


def test_a_shipment_earlier_than_the_cancellation_withdraws_it_and_everyone_is_told() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(supply(at(5), allocated=1))
    world.react(cancel(at(6)))
    world.react(ship(at(7), 1, left=at(5, 18)))
    assert world.stands() is Status.FULFILLED
    assert world.state.refund is None
    assert world.event("cancellation_withdrawn") == {
        "quantity": 1,
        "shipment_id": "s1",
        "refund_due": "0.00",
    }
    assert world.until(at(8)).kinds()[-1] == "shipped"


def test_a_refund_that_was_sent_before_the_cancellation_was_withdrawn_is_flagged() -> None:
    world = begun(policy(), arrives(2, 20), units=2)
    world.react(cancel(at(6)))
    world.react(refund(at(6, 13), "5.00"))
    world.react(ship(at(7), 2, left=at(5)))
    assert world.state.needs == ("refund_excess",)
    assert world.stands() is Status.FULFILLED


def test_a_shipment_later_than_the_cancellation_leaves_the_refund_and_calls_a_person() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(6)))
    decision = world.react(ship(at(7), 1, left=at(6, 18)))
    assert (world.stands(), world.state.needs) == (Status.CLOSING, ("shipped_after_cancellation",))
    assert world.state.refund is not None
    assert world.state.refund.remaining == 10
    shipped, told = decision.commands
    assert isinstance(told, Publish)
    assert (told.type, told.data["flag"]) == ("needs_attention", "shipped_after_cancellation")
    assert shipped == ShipUnits(allocated=0, free=0, outside=1)


def test_a_shipment_of_units_of_which_some_were_cancelled_ships_the_open_ones_and_calls_a_person() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    world.react(supply(at(3), arrives(2, 20), allocated=3))
    world.react(cancel(at(6), 2))
    world.react(ship(at(7), 5))
    quantity = world.state.quantity
    assert (quantity.shipped, quantity.cancelled) == (3, 2)
    assert world.state.needs == ("shipped_after_cancellation",)


def test_a_shipment_of_more_than_was_ordered_is_refused() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    assert world.react(ship(at(4), 6)).verdict is Verdict.REJECTED
    assert world.react(ship(at(4), 0)).verdict is Verdict.REJECTED


def test_a_shipment_that_is_reported_twice_is_booked_once() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    world.react(ship(at(4), 2))
    assert world.react(ship(at(5), 2)).verdict is Verdict.IGNORED
    assert world.state.quantity.shipped == 2


def offered(**more: object) -> World:
    world = begun(policy(stage("swap", "offer_alternatives", waited=3)), arrives(2, 60), units=2, **more)  # type: ignore[arg-type]
    return world.until(at(4))


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ("keep", Kind.ANSWER_RECEIVED),
        ("cancel", Kind.CANCELLED),
        ("alternative", Kind.ANSWER_RECEIVED),
    ],
)
def test_every_answer_is_acknowledged_once(choice: str, kind: Kind) -> None:
    world = offered()
    first = world.react(b.answer(at(5), choice, sku=b.OTHER.sku))
    again = decide(world.policy, world.state, b.answer(at(5), choice, sku=b.OTHER.sku))
    assert [each.kind for each in first.commands if isinstance(each, Tell)] == [kind]
    assert again.commands == ()


def test_an_answer_to_keep_consents_until_the_promised_day() -> None:
    world = offered()
    world.react(b.answer(at(5), "keep"))
    assert (world.state.consent.state, world.state.consent.until) == ("given", day(60))
    world.react(b.answer(at(6), "keep", request="a2", indefinite=True))
    assert (world.state.consent.state, world.state.consent.until) == ("indefinite", None)


def test_an_answer_that_races_with_an_arrival_ends_the_line_once() -> None:
    world = offered()
    world.react(supply(at(5), allocated=2))
    decision = world.react(b.answer(at(5), "cancel"))
    assert FreeUnits(quantity=2) in decision.commands
    late = world.react(supply(at(5, 13), allocated=2))
    assert late.verdict is Verdict.IGNORED
    assert world.stands() is Status.CLOSING


def test_an_authorization_is_voided_if_nothing_shipped() -> None:
    world = begun(policy(), arrives(2, 20), units=2, payment="authorized")
    world.react(cancel(at(4), 1))
    assert world.events("void_due") == []
    world.react(cancel(at(5), 1, request="r2"))
    assert world.events("void_due") == ["void_due"]
    swapped = offered(payment="authorized")
    swapped.react(b.answer(at(5), "alternative", sku=b.OTHER.sku))
    assert swapped.events("void_due") == ["void_due"]
    shipped = begun(policy(), arrives(2, 20), units=2, payment="authorized")
    shipped.react(ship(at(4), 1))
    shipped.react(cancel(at(5)))
    assert shipped.events("void_due", "capture_due") == ["capture_due"]


def test_an_ending_beyond_the_hours_allowance_waits_a_day_and_calls_an_operator() -> None:
    world = begun(ENDS).until(at(29))
    full = replace(world.state, context=DecisionContext(filled_at=at(30, 9, 30)))
    decision = decide(ENDS, full, b.tick(at(30, 10)))
    assert decision.state.status is Status.WAITING
    assert decision.state.automatic_cancellation is not None
    assert decision.state.automatic_cancellation.on == day(31)
    assert decision.state.needs == ("endings_paused",)
    later = replace(decision.state, context=DecisionContext(filled_at=at(30, 9, 30)))
    assert decide(ENDS, later, b.tick(at(31, 10))).state.status is Status.CLOSING
