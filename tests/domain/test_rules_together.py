"""Rules that meet on one line: each holds, and the customer reads nothing that another one makes untrue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.line.events import (
    CancellationTakenBack,
    DeliveryRefused,
    Event,
    PromiseMade,
)
from backorder.domain.line.legal_dates import legal_date
from backorder.domain.line.next_review import next_review
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind, Why
from tests.support.days import day
from tests.support.lines import (
    accepted,
    answer,
    arrives,
    at,
    cancel,
    hold,
    not_sent,
    pay,
    policy,
    refund,
    ship,
    stage,
    supply,
    tick,
)
from tests.support.world import World, begun

REMINDER = Kind.LAST_DAY_REMINDER


def _named_last_day(*arrivals_on: int, last: int = 12, units: int = 1) -> World:
    world = begun(policy(), *(arrives(units, each) for each in arrivals_on), units=units).until(at(3))
    world.react(answer(at(3, 12), "keep", until=day(last)))
    return world


def test_a_shops_cancellation_counts_where_the_customers_can_still_be_taken_back() -> None:
    world = begun(policy(), arrives(1, 20)).until(at(3))
    world.react(answer(at(3, 12), "cancel", via="link", request="a1"))
    assert accepted(world.react(cancel(at(3, 12, 10), by="shop", request="shop1")))
    assert world.stands() in (Status.CLOSING, Status.CANCELLED)
    back = CancellationTakenBack(at=at(3, 12, 20), day=day(3), request="tb", received_at=at(3, 12, 20))
    world.react(back)
    assert world.state.quantity.cancelled == 1
    assert "taken_back_late" in world.state.needs
    assert world.days(Kind.CANCELLED) == [3]


@pytest.mark.parametrize(("asked", "cancelled"), [(None, 3), (2, 2), (3, 3)])
def test_a_shops_cancellation_ends_what_a_customers_of_a_part_leaves(
    asked: int | None, cancelled: int
) -> None:
    world = begun(policy(), arrives(3, 20), units=3).until(at(3))
    world.react(answer(at(3, 12), "cancel", via="link", request="a1", quantity=1))
    assert accepted(world.react(cancel(at(3, 12, 10), asked, by="shop", request="shop1")))
    assert world.state.quantity.cancelled == cancelled, "a word of the shop's makes only its own units final"
    assert world.until(at(4)).state.quantity.cancelled == 3


@pytest.mark.parametrize(
    ("moved", "kind", "told"),
    [(40, Kind.DELAYED, [5]), (8, Kind.EARLIER, [5]), (30, Kind.STILL_WAITING, [10, 17])],
)
def test_whoever_named_a_last_day_reads_of_it_with_every_date(
    moved: int, kind: Kind, told: list[int]
) -> None:
    world = _named_last_day(30, last=28)
    world.react(supply(at(5), arrives(1, moved)))
    assert world.until(at(18)).days(kind) == told
    facts = world.last(kind).facts
    assert (facts.last_day, facts.ends_on) == (day(28), day(29))


def test_what_happens_meanwhile_takes_no_reminder_of_the_last_day_away() -> None:
    world = _named_last_day(5)
    world.react(supply(at(5), allocated=1))
    world.until(at(6))
    world.down = True
    world.until(at(10, 11))
    world.react(pay(at(10, 11), "captured", as_of=at(10, 10)))
    world.react(hold(at(10, 12), at(12, 9)))
    world.down = False
    world.react(tick(at(10, 13)))
    assert world.until(at(11)).days(REMINDER) == [10]
    assert world.until(at(15)).days(Kind.CANCELLED) == [13]


def test_a_reminder_that_did_not_go_is_owed_until_the_day() -> None:
    world = _named_last_day(20)
    world.down = True
    world.until(at(10, 11))
    key = world.last(REMINDER).key
    del world.waiting[key]
    world.down = False
    world.react(not_sent(at(10, 11), key))
    world.until(at(10, 12))
    assert world.days(REMINDER) == [10]
    assert world.last(REMINDER).key != key


def test_a_part_that_is_cancelled_has_its_reminder_said_anew() -> None:
    world = _named_last_day(20, units=3)
    world.down = True
    world.until(at(10, 11))
    assert world.last(REMINDER).facts.quantity == 3
    world.react(cancel(at(10, 12), 1, by="shop"))
    world.down = False
    world.until(at(10, 13))
    assert world.days(REMINDER) == [10]
    assert world.last(REMINDER).facts.quantity == 2


@pytest.mark.parametrize(("named", "reminded"), [(11, [12]), (13, [])])
def test_who_names_a_last_day_within_the_two_days_is_not_reminded(named: int, reminded: list[int]) -> None:
    world = begun(policy(), arrives(1, 30)).until(at(named))
    world.react(answer(at(named, 12), "keep", until=day(14)))
    assert world.until(at(14, 12)).days(REMINDER) == reminded


def test_a_swap_that_fails_where_the_line_ends_promises_no_waiting() -> None:
    world = begun(policy(stage("swap", "offer_alternatives", delay=5)), arrives(1, 5)).until(at(2))
    world.react(supply(at(2), arrives(1, 15)))
    world.until(at(6))
    world.react(answer(at(6, 12), "keep", request="k", until=day(9)))
    world.takes_over = False
    world.react(answer(at(9, 20), "alternative", sku="LAMP-2", request="alt"))
    world.until(at(12))
    assert world.days(Kind.SWAP_FAILED) == []
    assert world.days(Kind.CANCELLED) == [10]


def test_nothing_but_the_notice_is_said_where_the_shop_does_not_deliver() -> None:
    world = begun(policy(), pack="eu-crd-18", law=40).until(at(2))
    world.react(PromiseMade(at=at(3), day=day(3), request="p", by_date=day(18), reason=""))
    world.until(at(4))
    world.react(DeliveryRefused(at=at(4), day=day(4), request="r", reason="", by="clerk"))
    world.until(at(5))
    assert world.days(Kind.CONSENT_REQUEST) == [4]
    assert (world.state.forecast, world.days(Kind.EARLIER)) == (None, [3])


def test_no_day_is_promised_while_the_customer_may_take_a_cancellation_back() -> None:
    world = begun(policy(), arrives(1, 20)).until(at(3))
    world.react(answer(at(3, 12), "cancel", via="link", request="a1"))
    refused = world.react(PromiseMade(at=at(3, 12, 5), day=day(3), request="p", by_date=day(28), reason=""))
    assert not accepted(refused)
    assert "12:30" in refused.reason


def test_a_cancelled_part_states_no_date_of_the_others() -> None:
    world = begun(policy(every=7), arrives(3, 40), units=3).until(at(6))
    world.react(cancel(at(6, 12), 1, by="shop"))
    assert world.until(at(13)).days(Kind.STILL_WAITING) == [7]


def test_a_better_date_of_what_is_left_settles_first() -> None:
    world = begun(policy(), arrives(1, 6), arrives(1, 20), units=2).until(at(3))
    world.react(cancel(at(3, 12), 1, by="customer"))
    world.until(at(3, 13))
    assert (world.days(Kind.CANCELLED), world.days(Kind.EARLIER)) == ([3], [])
    assert world.until(at(3, 15)).days(Kind.EARLIER) == [3]


def test_no_line_ends_by_the_policy_while_silence_has_agreed_to_a_day() -> None:
    rules = policy(stage("enough", "cancel", delay=20))
    world = begun(rules, arrives(1, 8), law=10, pack="us-ftc-435")
    world.react(supply(at(3), arrives(1, 30)))
    world.until(at(4))
    assert world.state.consent.state == "implied"
    world.react(supply(at(5), arrives(1, 31)))
    assert world.until(at(30)).days(Kind.CANCELLED) == []


def test_a_promise_by_a_person_that_passed_leaves_the_date_of_the_supply() -> None:
    world = begun(policy(every=30), arrives(1, 10, 27)).until(at(2))
    world.react(PromiseMade(at=at(2), day=day(2), request="p1", by_date=day(8), reason="the depot"))
    world.until(at(27))
    assert [(tell.kind, tell.facts.by, tell.facts.why) for _, tell in world.gone][2:] == [
        (Kind.DELAYED, day(27), None)
    ]
    assert (world.days(Kind.DELAYED), world.state.stated) == ([9], None)
    assert world.until(at(29)).last(Kind.DELAYED).facts.why is Why.OVERDUE


def test_units_are_not_given_away_from_who_was_not_asked_to_pay() -> None:
    world = begun(policy(), arrives(2, 5), units=2, payment="authorized", expires_at=at(3)).until(at(4))
    world.react(hold(at(4), at(20)))
    world.react(supply(at(5), allocated=2))
    world.until(at(21))
    assert world.state.quantity.allocated == 2
    assert world.days(Kind.PAYMENT_DUE) == [20]
    assert world.last(Kind.PAYMENT_DUE).facts.until == day(23)
    assert world.until(at(24)).state.quantity.allocated == 0


def test_units_that_come_later_are_asked_for_with_the_first() -> None:
    rules = policy(partial="ship")
    world = begun(rules, arrives(2, 5), arrives(3, 6), units=5, payment="authorized", expires_at=at(3))
    world.react(supply(at(5), arrives(3, 6), allocated=2))
    world.react(supply(at(5, 18), allocated=5))
    world.until(at(7))
    due = [each.data["amount"] for _, each in world.published if each.type == "authorization_due"]
    assert due == ["20.00", "50.00"]
    asked = [tell.facts for _, tell in world.gone if tell.kind is Kind.PAYMENT_DUE]
    assert [(each.quantity, str(each.amount.amount)) for each in asked if each.amount] == [(5, "50.00")]


def test_what_is_said_of_a_date_names_the_payment_that_it_waits_for() -> None:
    rules = policy(handling=1)
    world = begun(rules, arrives(2, 4), units=2, payment="authorized", expires_at=at(3))
    world.react(supply(at(4), allocated=2))
    world.until(at(9))
    assert world.state.passed_over
    world.react(supply(at(9, 13), arrives(2, 20)))
    assert world.until(at(10)).last(Kind.DELAYED).facts.why is Why.UNPAID
    assert world.until(at(12)).days(Kind.EARLIER) == []
    world.react(pay(at(12), "captured"))
    assert world.until(at(13)).days(Kind.EARLIER) == [12]


@pytest.mark.parametrize(
    "event",
    [
        ship(at(3), 1, left=at(-400)),
        cancel(at(3), came=at(-400)),
        refund(at(3), "1.00", went=at(-400)),
        pay(at(3), "captured", as_of=at(-400)),
        pay(at(3), "authorized", at(-3)),
        replace(answer(at(3), "keep"), received_at=at(-400)),
    ],
)
def test_nothing_happened_to_a_line_long_before_its_order(event: Event) -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized").until(at(2))
    refused = world.react(event)
    assert not accepted(refused)
    assert "is the year right?" in refused.reason
    assert world.state.quantity.open == 1


def test_a_cancellation_promises_only_the_money_that_is_still_to_come() -> None:
    world = begun(policy(), arrives(1, 20), price="100.00").until(at(2))
    world.react(refund(at(2), "60.00"))
    world.react(cancel(at(3)))
    facts = world.until(at(4)).last(Kind.CANCELLED).facts
    assert (
        str(facts.refund and facts.refund.amount),
        str(facts.refund_sent and facts.refund_sent.amount),
    ) == (
        "40.00",
        "60.00",
    )


def test_units_that_are_cancelled_are_not_asked_to_be_paid() -> None:
    world = begun(policy(), arrives(5, 5), units=5, payment="authorized", expires_at=at(3))
    world.react(supply(at(5), allocated=5))
    world.react(cancel(at(5, 13), 3))
    facts = world.until(at(6)).last(Kind.PAYMENT_DUE).facts
    assert (facts.quantity, str(facts.amount and facts.amount.amount)) == (2, "20.00")


def test_a_keep_of_a_part_without_a_date_never_stops_the_clock_of_the_law() -> None:
    world = begun(policy(), units=5, pack="eu-crd-18", law=20).until(at(2))
    world.react(answer(at(2), "keep", quantity=2))
    world.react(cancel(at(3), 3, by="shop"))
    assert legal_date(world.policy, world.until(at(4)).state) == day(20)


def test_an_update_that_is_left_out_leaves_nothing_due() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=21)), arrives(1, 60))
    world.context = world.context.replace(update_days=56)
    world.until(at(20))
    world.context = world.context.replace(update_days=7)
    world.react(tick(at(20, 13)))
    look, what = next_review(world.policy, world.until(at(20, 14)).seen(), at(20, 14))
    assert (look, what) == (at(21, 10), "stage/thanks")


def test_units_kept_by_one_answer_and_by_another_are_kept_both() -> None:
    world = begun(policy(stage("enough", "cancel", no_date=10)), units=6).until(at(2))
    world.react(answer(at(2), "keep", request="a1", quantity=2))
    world.react(answer(at(3), "keep", request="a2", quantity=3))
    assert world.until(at(14)).state.quantity.open == 5


def test_units_kept_by_several_answers_to_one_question_are_counted_once() -> None:
    """What such an answer agrees to counts what was kept before it: 1 and 1 more are 2, and not 3."""
    rules = policy(stage("enough", "cancel", no_date=10), pack="us-ftc-435")
    world = begun(rules, units=4, pack="us-ftc-435", law=20).until(at(1))
    for number in (1, 2):
        world.react(answer(at(1 + number), "keep", request=f"a{number}", quantity=1, indefinite=True))
    assert [(each.units, each.until) for each in world.state.agreements] == [(1, None), (2, None)]
    assert world.until(at(14)).state.quantity.open == 2
