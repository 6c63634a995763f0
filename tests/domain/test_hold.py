"""A hold: no messages and no stages of the policy until it is over."""

from datetime import timedelta

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.lines import arrives, at, hold, policy, stage, supply
from tests.support.world import begun


def test_a_hold_stops_messages_and_stages() -> None:
    world = begun(policy(*b.STANDARD, stage("early", "escalate", waited=3)), arrives(1, 20)).until(at(1))
    world.hear(hold(at(1), at(29)))
    world.hear(supply(at(5), arrives(1, 60)))
    world.until(at(28, 23))
    assert world.kinds() == ["confirmed"]
    assert world.events("escalated") == []


def test_when_a_hold_ends_the_conditions_are_looked_at_anew_and_at_most_one_message_goes() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 20)).until(at(1))
    world.hear(hold(at(1), at(29)))
    world.hear(supply(at(5), arrives(1, 60)))
    world.until(at(30))
    assert [(when, tell.kind) for when, tell in world.gone[1:]] == [(at(29), Kind.DELAYED)]
    assert world.state.hold is None
    assert world.until(at(34)).days(Kind.ALTERNATIVES, Kind.COUPON) == [31, 33]


def test_a_slip_that_was_taken_back_during_a_hold_is_not_told() -> None:
    world = begun(policy(every=90), arrives(1, 60)).until(at(1))
    world.hear(hold(at(1), at(20)))
    world.hear(supply(at(5), arrives(1, 80)))
    world.hear(supply(at(9), arrives(1, 60)))
    assert world.until(at(30)).kinds() == ["confirmed"]


def test_a_hold_takes_back_what_has_not_gone() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.hear(supply(at(5, 12), arrives(1, 80)))
    world.hear(hold(at(5, 13), at(10)))
    assert world.withdrawn == ["delayed/2"]
    assert world.until(at(20)).days(Kind.DELAYED) == [10]


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1), timedelta(days=30, seconds=1)])
def test_a_hold_lasts_thirty_days_at_most(length: timedelta) -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    assert world.hear(hold(at(1), at(1) + length)).verdict is Verdict.REJECTED
    assert world.hear(hold(at(1), at(31))).verdict is Verdict.ACCEPTED


def test_an_ending_by_policy_waits_for_the_end_of_a_hold() -> None:
    world = begun(policy(stage("end", "cancel", waited=10), every=90)).until(at(9))
    assert world.state.automatic_cancellation is not None
    world.hear(hold(at(9), at(20)))
    world.until(at(19))
    assert world.stands().value == "waiting"
    world.until(at(21))
    assert world.days(Kind.CANCELLED) == [20]


def test_an_ending_is_announced_in_time_although_it_fell_into_a_hold() -> None:
    world = begun(policy(stage("end", "cancel", waited=10), every=90)).until(at(2))
    world.hear(hold(at(2), at(20)))
    world.until(at(23))
    assert world.event("ending_due")["on"] == "2025-03-25"
    assert world.days(Kind.CANCELLED) == [22]


def test_money_is_watched_during_a_hold() -> None:
    world = begun(policy(), arrives(1, 60), payment="authorized", expires_at=at(9, 15)).until(at(1))
    world.hear(hold(at(1), at(20)))
    assert world.until(at(10)).events("authorization_expiring") == ["authorization_expiring"]


def test_an_ending_ends_a_hold_because_nothing_is_left_to_hold() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.hear(hold(at(1), at(20)))
    world.hear(b.cancel(at(3)))
    assert world.state.hold is None
    assert world.until(at(4)).days(Kind.CANCELLED) == [3]


@pytest.mark.parametrize("choice", ["keep", "cancel", "withdraw"])
@pytest.mark.parametrize("via", ["link", "email"])
def test_what_a_customer_says_during_a_hold_is_acknowledged_at_once(choice: str, via: str) -> None:
    world = begun(policy(), arrives(2, 60), units=2, pack="eu-crd-18", law=70).until(at(1))
    world.hear(hold(at(1), at(10)))
    world.hear(b.answer(at(3), choice, quantity=1, via=via))
    world.until(at(4))
    kinds = [Kind.ANSWER_RECEIVED] if choice == "keep" or via == "link" else []
    kinds += [Kind.CANCELLED] if choice != "keep" else []
    assert [(when.day - 3, tell.kind) for when, tell in world.gone[1:]] == [(3, kind) for kind in kinds]
    assert world.until(at(12)).days(Kind.ANSWER_RECEIVED, Kind.CANCELLED) == [3] * len(kinds)


def test_an_acknowledgement_that_did_not_go_is_taken_back_by_what_was_done() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.down = True
    world.hear(b.answer(at(3), "cancel", via="link"))
    world.until(at(3, 14))
    world.down = False
    assert world.until(at(4)).days(Kind.ANSWER_RECEIVED) == []
    assert world.days(Kind.CANCELLED) == [3]
