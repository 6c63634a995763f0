"""A hold: no messages and no stages of the policy until it is over."""

from datetime import date, datetime, timedelta

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.lines import arrives, at, hold, policy, stage, supply
from tests.support.world import World, begun


def test_a_hold_stops_messages_and_stages() -> None:
    world = begun(policy(*b.STANDARD, stage("early", "escalate", waited=3)), arrives(1, 20)).until(at(1))
    world.react(hold(at(1), at(29)))
    world.react(supply(at(5), arrives(1, 60)))
    world.until(at(28, 23))
    assert world.kinds() == ["confirmed"]
    assert world.events("escalated") == []


def test_when_a_hold_ends_the_conditions_are_looked_at_anew_and_at_most_one_message_goes() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 20)).until(at(1))
    world.react(hold(at(1), at(29)))
    world.react(supply(at(5), arrives(1, 60)))
    world.until(at(30))
    assert [(when, tell.kind) for when, tell in world.gone[1:]] == [(at(29), Kind.DELAYED)]
    assert world.state.hold is None
    assert world.until(at(34)).days(Kind.ALTERNATIVES, Kind.COUPON) == [31, 33]


def test_a_slip_that_was_taken_back_during_a_hold_is_not_told() -> None:
    world = begun(policy(every=90), arrives(1, 60)).until(at(1))
    world.react(hold(at(1), at(20)))
    world.react(supply(at(5), arrives(1, 80)))
    world.react(supply(at(9), arrives(1, 60)))
    assert world.until(at(30)).kinds() == ["confirmed"]


def test_a_hold_takes_back_what_has_not_gone() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.react(supply(at(5, 12), arrives(1, 80)))
    world.react(hold(at(5, 13), at(10)))
    assert world.withdrawn == ["delayed/2"]
    assert world.until(at(20)).days(Kind.DELAYED) == [10]


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1), timedelta(days=30, seconds=1)])
def test_a_hold_lasts_thirty_days_at_most(length: timedelta) -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    assert world.react(hold(at(1), at(1) + length)).verdict is Verdict.REJECTED
    assert world.react(hold(at(1), at(31))).verdict is Verdict.ACCEPTED


def test_an_ending_by_policy_waits_for_the_end_of_a_hold() -> None:
    world = begun(policy(stage("end", "cancel", waited=10), every=90)).until(at(9))
    assert world.state.automatic_cancellation is not None
    world.react(hold(at(9), at(20)))
    world.until(at(19))
    assert world.stands().value == "waiting"
    world.until(at(21))
    assert world.days(Kind.CANCELLED) == [20]


def test_an_ending_is_announced_in_time_although_it_fell_into_a_hold() -> None:
    world = begun(policy(stage("end", "cancel", waited=10), every=90)).until(at(2))
    world.react(hold(at(2), at(20)))
    world.until(at(23))
    assert world.event("ending_due")["on"] == "2025-03-25"
    assert world.days(Kind.CANCELLED) == [22]


def test_money_is_watched_during_a_hold() -> None:
    world = begun(policy(), arrives(1, 60), payment="authorized", expires_at=at(9, 15)).until(at(1))
    world.react(hold(at(1), at(20)))
    assert world.until(at(10)).events("authorization_expiring") == ["authorization_expiring"]


def test_an_ending_ends_a_hold_because_nothing_is_left_to_hold() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.react(hold(at(1), at(20)))
    world.react(b.cancel(at(3)))
    assert world.state.hold is None
    assert world.until(at(4)).days(Kind.CANCELLED) == [3]


@pytest.mark.parametrize("choice", ["keep", "cancel", "withdraw"])
@pytest.mark.parametrize("via", ["link", "email"])
def test_what_a_customer_says_during_a_hold_is_acknowledged_at_once(choice: str, via: str) -> None:
    world = begun(policy(), arrives(2, 60), units=2, pack="eu-crd-18", law=70).until(at(1))
    world.react(hold(at(1), at(10)))
    world.react(b.answer(at(3), choice, quantity=1, via=via))
    world.until(at(4))
    kinds = [Kind.ANSWER_RECEIVED] if choice == "keep" or via == "link" else []
    kinds += [Kind.CANCELLED] if choice != "keep" else []
    assert [(when.day - 3, tell.kind) for when, tell in world.gone[1:]] == [(3, kind) for kind in kinds]
    assert world.until(at(12)).days(Kind.ANSWER_RECEIVED, Kind.CANCELLED) == [3] * len(kinds)


def test_an_acknowledgement_that_did_not_go_is_taken_back_by_what_was_done() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.down = True
    world.react(b.answer(at(3), "cancel", via="link"))
    world.until(at(3, 14))
    world.down = False
    assert world.until(at(4)).days(Kind.ANSWER_RECEIVED) == []
    assert world.days(Kind.CANCELLED) == [3]


def said(world: World) -> list[tuple[datetime, Kind, int, int, date | None]]:
    """What went after the confirmation: of how many units, how many are to come, and by when."""
    return [
        (when, tell.kind, tell.facts.quantity, tell.facts.remaining, tell.facts.by)
        for when, tell in world.gone[1:]
    ]


def test_a_part_that_left_during_a_hold_is_told_with_what_became_of_the_rest() -> None:
    world = begun(policy(partial="ship"), arrives(1, 2), arrives(1, 9), units=2)
    world.react(supply(at(2), arrives(1, 9), allocated=1))
    world.react(hold(at(2, 13), at(14)))
    world.react(b.ship(at(2, 14), 1))
    world.react(b.answer(at(8), "cancel"))
    assert said(world.until(at(20))) == [
        (at(8), Kind.CANCELLED, 1, 0, None),
        (at(14), Kind.SHIPPED, 1, 0, None),
    ]


def test_a_cancellation_of_a_part_names_no_day_that_is_over_when_it_goes() -> None:
    """How the rest stands is told by the update that is due by then."""
    world = begun(policy(), arrives(3, 9), units=3, law=12, pack="eu-crd-18")
    world.react(hold(at(1), at(20)))
    world.react(b.cancel(at(2), 1, by="shop"))
    assert said(world.until(at(25)))[1:] == [
        (at(20), Kind.CANCELLED, 1, 2, None),
        (at(20), Kind.STILL_WAITING, 2, 0, None),
    ]
    assert world.last(Kind.CANCELLED).facts.refund_by is None, "the last day for the money is over as well"


def test_what_a_customer_cancelled_themselves_and_a_swap_that_failed_wait_for_no_hold() -> None:
    world = begun(policy(), arrives(5, 19), units=5)
    world.react(hold(at(1), at(20)))
    world.react(b.answer(at(3), "keep", quantity=1, rest="cancel"))
    assert [(when, kind) for when, kind, *_ in said(world.until(at(4)))] == [
        (at(3), Kind.CANCELLED),
        (at(3), Kind.ANSWER_RECEIVED),
    ]
    world = begun(policy(stage("swap", "offer_alternatives", delay=0)), arrives(1, 20))
    world.takes_over = False
    world.until(at(3)).react(hold(at(3), at(25)))
    world.react(b.answer(at(4), "alternative", sku="LAMP-2"))
    assert said(world.until(at(6)))[-1][:2] == (at(5), Kind.SWAP_FAILED)


def test_what_holds_no_more_after_a_hold_is_not_told() -> None:
    """A refund that came back before it was confirmed, and is owed again."""
    world = begun(policy(), arrives(2, 20), units=2)
    world.until(at(1)).react(b.cancel(at(1), 1, by="customer"))
    world.react(hold(at(2), at(10)))
    world.react(b.refund(at(3), "10.00"))
    world.react(b.refund(at(4), "10.00", failed=at(4)))
    world.until(at(12))
    assert Kind.REFUNDED not in [kind for _, kind, *_ in said(world)]
    assert "undelivered" not in world.state.needs
