"""The day that a customer reads for a payment is theirs to its end, wherever they and the shop are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from backorder.domain.calendar import Calendar
from backorder.domain.line.state import DecisionContext
from backorder.domain.line.upcoming import upcoming
from backorder.domain.notifications import Kind
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, pay, policy, stage, supply
from tests.support.world import World, begun

URL = "https://shop.example/pay/1"
A_MINUTE = timedelta(minutes=1)
BERLIN, KIRITIMATI = "Europe/Berlin", "Pacific/Kiritimati"


def asked(when: datetime, zone: str = "UTC", customer: tuple[str, ...] = (), days: int = 3) -> World:
    """A line whose units come then, without an authorization that holds. zone: the shop's."""
    rules = policy(calendar=Calendar(zone=zone), payment_grace=days)
    around = DecisionContext(zones=customer)
    world = begun(rules, arrives(1, 20), payment="authorized", expires_at=at(5), context=around).until(when)
    today = rules.calendar.day(when)
    world.react(replace(supply(when, allocated=1), day=today))
    world.react(replace(pay(when, "unpaid", pay_url=URL), day=today))
    return world


@pytest.mark.parametrize(
    ("zone", "came", "named", "gone"),
    [
        ("UTC", at(20, 0), 23, at(24, 10)),
        ("UTC", at(20, 23, 59), 23, at(24, 10)),
        (KIRITIMATI, at(20, 9, 59), 23, at(23, 20)),
        (KIRITIMATI, at(20, 10), 24, at(24, 20)),
        (BERLIN, at(26, 22, 30), 29, at(30, 8)),
        (BERLIN, at(235, 22, 30), 239, at(240, 9)),
    ],
    ids=["early", "late", "before midnight", "after midnight", "clocks go forward", "clocks go back"],
)
def test_units_are_kept_to_the_end_of_the_day_that_is_named(
    zone: str, came: datetime, named: int, gone: datetime
) -> None:
    """They go with the daily review after it: a payment of its last minute may be reported by then."""
    world = asked(came, zone)
    assert world.event("authorization_due")["until"] == gone.isoformat().replace("+00:00", "Z")
    world.until(gone - A_MINUTE)
    assert world.last(Kind.PAYMENT_DUE).facts.until == day(named)
    assert (world.state.quantity.allocated, world.state.passed_over) == (1, False)
    foreseen = upcoming(world.policy, world.state, world.now, limit=0)
    assert [each.at for each in foreseen if each.what == "units_passed_on"] == [gone]
    world.until(gone)
    assert (world.state.quantity.allocated, world.state.passed_over) == (0, True)
    foreseen = upcoming(world.policy, world.state, world.now)
    assert "units_passed_on" not in [each.what for each in foreseen]


@pytest.mark.parametrize(
    ("customer", "gone"),
    [
        (("Asia/Tokyo",), at(24, 10)),
        (("Pacific/Honolulu",), at(24, 10)),
        (("Pacific/Pago_Pago",), at(25, 10)),
        (("America/New_York", "Pacific/Pago_Pago"), at(25, 10)),
    ],
)
def test_the_day_is_over_where_the_customer_is_too(customer: tuple[str, ...], gone: datetime) -> None:
    """At the shop it is 10:00 of the next day when that begins on Hawaii, and later when it does in Samoa."""
    world = asked(at(20), customer=customer).until(gone - A_MINUTE)
    assert world.last(Kind.PAYMENT_DUE).facts.until == day(23)
    assert world.state.quantity.allocated == 1
    assert world.until(gone).state.quantity.allocated == 0


def test_what_is_paid_on_the_last_day_and_reported_in_the_morning_counts() -> None:
    world = asked(at(20))
    world.react(pay(at(24, 9, 59), "authorized", at(40), as_of=at(23, 23, 59)))
    world.until(at(30))
    assert (world.state.quantity.allocated, world.events("allocated")) == (1, ["allocated"])


def test_one_day_leaves_the_whole_of_the_next_one_to_who_is_asked_in_the_morning() -> None:
    """Without an address they are asked then, and not before."""
    world = begun(policy(payment_grace=1), arrives(1, 20), payment="authorized", expires_at=at(5))
    world.until(at(20, 7)).react(supply(at(20, 7), allocated=1))
    world.until(at(21, 23, 59))
    assert [(when, tell.facts.until) for when, tell in world.gone if tell.kind is Kind.PAYMENT_DUE] == [
        (at(21, 10), day(21))
    ]
    assert world.state.quantity.allocated == 1
    assert world.until(at(22, 10)).state.quantity.allocated == 0


def test_the_order_system_hears_of_no_day_after_the_end_of_the_line() -> None:
    """Its customer wants it until day 21, and the units would be kept until day 23."""
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(5)).until(at(6))
    world.react(answer(at(6), "keep", until=day(21)))
    world.until(at(20)).react(supply(at(20), allocated=1))
    assert world.event("authorization_due")["until"] == "2025-03-25T10:00:00Z"
    world.until(at(22, 9, 59))
    assert world.state.quantity.open == 1
    assert world.until(at(22, 10)).state.quantity.open == 0


def told(world: World) -> list[tuple[object, object]]:
    """What the order system was told that has to be paid for units that are there, and until when."""
    return [
        (each.data["amount"], each.data["until"])
        for _, each in world.published
        if each.type == "authorization_due"
    ]


def test_the_order_system_hears_of_the_day_that_a_later_last_day_of_the_customer_makes() -> None:
    """And of the one that an earlier one does: nothing is kept for a line that has ended."""
    world = begun(policy(), arrives(1, 20), payment="authorized", expires_at=at(5)).until(at(6))
    world.react(answer(at(6), "keep", until=day(21)))
    world.until(at(20)).react(supply(at(20), allocated=1))
    world.react(answer(at(20, 14), "keep", until=day(40), request="a2"))
    world.react(answer(at(20, 15), "keep", until=day(60), request="a3"))
    ends, kept = "2025-03-25T10:00:00Z", "2025-03-27T10:00:00Z"
    assert told(world) == [("10.00", ends), ("10.00", kept)], "the third changes nothing of it"
    world.react(answer(at(20, 16), "keep", until=day(21), request="a4"))
    assert told(world)[2:] == [("10.00", ends)]


def test_the_order_system_hears_that_fewer_units_wait_for_the_payment() -> None:
    world = begun(policy(), arrives(3, 20), units=3, payment="authorized", expires_at=at(5)).until(at(20))
    world.react(supply(at(20), allocated=3))
    world.react(cancel(at(20, 14), 1))
    assert [amount for amount, _ in told(world)] == ["30.00", "20.00"]
    world.react(cancel(at(20, 15), request="r2"))
    assert len(told(world)) == 2, "nothing is left to be paid for"


def test_an_ending_by_the_policy_that_is_off_as_all_is_here_is_named_in_no_message() -> None:
    """It was announced for day 20, and every unit came on day 19."""
    rules = policy(stage("enough", "cancel", waited=20))
    world = begun(rules, payment="authorized", expires_at=at(5)).until(at(6))
    world.react(pay(at(6), "unpaid", pay_url=URL))
    world.until(at(19))
    announced = world.state.automatic_cancellation
    assert announced is not None
    assert announced.on == day(20)
    world.react(supply(at(19), allocated=1))
    assert world.state.automatic_cancellation is None
    facts = world.last(Kind.PAYMENT_DUE).facts
    assert (facts.until, facts.ends_on, facts.silence) == (day(22), None, "")
    assert world.event("authorization_due")["until"] == "2025-03-26T10:00:00Z"
