"""Units that are there go before the rest, because the customer asks for it and the policy lets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.line.commands import Decision, Verdict
from backorder.domain.line.events import MessageFailed, MessageSent, SendNowRequested
from backorder.domain.line.split_shipments import may_be_sent_ahead
from backorder.domain.line.state import Window
from backorder.domain.line.told_promises import was_told_twice
from backorder.domain.notifications import Kind, Part
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, policy, ship, supply
from tests.support.world import World, begun

RULES = policy(every=100, split_by_customer=True)


def asks(world: World, on: int = 2, request: str = "n-1") -> Decision:
    return world.react(SendNowRequested(at=at(on), day=day(on), request=request, received_at=at(on)))


def two_of_five() -> World:
    """Two of five lamps are there, and wait for the rest until day 20."""
    return begun(RULES, arrives(3, 20), units=5, allocated=2).until(at(1))


def test_what_is_there_is_sent_and_the_rest_keeps_its_date() -> None:
    world = two_of_five()
    assert (world.events("allocated"), may_be_sent_ahead(RULES, world.state)) == ([], 2)
    assert asks(world).verdict is Verdict.ACCEPTED
    assert world.event("allocated") == {"quantity": 2}
    parts = (Part(quantity=2, likely=day(2), by=day(2)), Part(quantity=3, likely=day(20), by=day(20)))
    assert world.state.promise is not None
    assert (world.state.promise.window.parts, world.promised) == (parts, 20)
    assert world.state.forecast is not None
    assert world.state.forecast.parts == parts
    world.until(at(3))
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.choice, told.quantity, told.parts) == ("send_now", 5, parts)
    world.react(ship(at(3), 2))
    assert world.state.promise.window.by == day(20)
    assert (world.state.ahead, world.promised) == (None, 20)
    assert world.last(Kind.PART_SHIPPED).facts.remaining == 3
    world.react(supply(at(10), allocated=3))
    assert world.event("allocated") == {"quantity": 3}


def test_the_parts_are_a_promise_that_was_told_when_they_were_asked_for() -> None:
    world = two_of_five()
    before = world.state.promise
    assert before is not None
    asks(world)
    promise = world.state.promise
    assert promise is not None
    assert (promise.revision, promise.told_at, promise.told_on) == (before.revision + 1, at(2), day(2))
    assert [each.promise for each in world.state.told] == [before, promise]
    assert world.event("promised") == {
        "revision": promise.revision,
        "likely": day(20).isoformat(),
        "by": day(20).isoformat(),
    }
    assert world.until(at(2, 20)).state.promise == promise


def test_a_date_that_is_on_its_way_when_the_parts_are_asked_for_is_what_stands_then() -> None:
    world = two_of_five()
    world.delay = timedelta(hours=3)
    world.react(supply(at(1, 12), arrives(3, 40), allocated=2))
    world.until(at(1, 15))
    world.react(SendNowRequested(at=at(1, 15), day=day(1), request="n-1", received_at=at(1, 15)))
    assert world.promised == 20
    world.until(at(2))
    assert (world.promised, world.state.promise and world.state.promise.told_on) == (40, day(1))


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("first", ["date", "answers"])
def test_a_date_that_an_answer_named_too_stands_until_that_comes_back(first: str, again: bool) -> None:
    """The answer that told of the parts arrived: the customer read its day there, whatever became of the
    message that had moved it.
    """
    world = two_of_five()
    world.react(supply(at(2), arrives(3, 40), allocated=2))
    world.until(at(3))
    date = world.last(Kind.DELAYED)
    asks(world, 3)
    if again:
        asks_again(world)
    world.until(at(3, 17))
    assert world.promised == 40
    answers = [(tell.key, None) for _, tell in world.gone if tell.kind is Kind.ANSWER_RECEIVED]
    assert len(answers) == 1 + again
    bounces = [(date.key, date.revision), *answers]
    for number, (key, revision) in enumerate(bounces if first == "date" else reversed(bounces)):
        assert world.promised == 40, "it was read in one of them"
        when = at(3, 18) + timedelta(minutes=number)
        world.react(MessageFailed(at=when, day=day(3), key=key, reason="it bounced", revision=revision))
    promise = world.state.promise
    assert promise is not None
    assert (promise.window.parts, world.promised, promise.told_on) == ((), 20, day(0))
    assert len(world.state.told) == 1
    changed = world.event("promise_changed")
    assert (changed["previous_by"], changed["by"]) == (day(40).isoformat(), day(20).isoformat())


@pytest.mark.parametrize("later", [False, True])
def test_an_answer_that_came_back_and_arrived_after_all_is_told_once_more(later: bool) -> None:
    """later: another day was told meanwhile, and stands. It comes back under its own key again."""
    world = two_of_five()
    world.react(supply(at(2), arrives(3, 40), allocated=2))
    world.until(at(3))
    date = world.last(Kind.DELAYED)
    asks(world, 3)
    world.until(at(3, 17))
    told, key = world.state.told[-1].promise, world.state.told[-1].key
    lost = MessageFailed(at=at(3, 18), day=day(3), key=key, reason="it bounced")
    world.react(lost)
    if later:
        window = Window(likely=None, by=day(50))
        kind, number = Kind.DELAYED, world.state.revision + 1
        world.react(MessageSent(at=at(3, 19), day=day(3), key="d", kind=kind, revision=number, window=window))
    kind, window, number = Kind.ANSWER_RECEIVED, told.window, told.revision
    found = MessageSent(
        at=at(3, 20), day=day(3), key=key, kind=kind, revision=number, window=window, again=True
    )
    for _ in range(2):
        world.react(found)
        assert sum(each.key == key for each in world.state.told) == 1, "it counts once"
    assert world.promised == (50 if later else 40)
    for each, by in ((date, 50 if later else 40), (lost, 50 if later else 20)):
        bounced = MessageFailed(
            at=at(3, 21), day=day(3), key=each.key, reason="it bounced", revision=each.revision
        )
        world.react(bounced)
        assert world.promised == by
    assert not any(each.key for each in world.state.told)


def test_an_answer_of_which_nobody_kept_the_key_goes_with_the_date_that_it_named() -> None:
    world = two_of_five()
    world.react(supply(at(2), arrives(3, 40), allocated=2))
    world.until(at(3))
    date = world.last(Kind.DELAYED)
    asks(world, 3)
    world.state = world.state.replaced({"told": tuple(replace(each, key="") for each in world.state.told)})
    world.react(
        MessageFailed(at=at(3, 18), day=day(3), key=date.key, reason="it bounced", revision=date.revision)
    )
    assert (world.promised, len(world.state.told)) == (20, 1)


def asks_again(world: World) -> None:
    """One more came, and is asked for too."""
    world.react(supply(at(3, 13), arrives(2, 40), allocated=3))
    world.react(SendNowRequested(at=at(3, 14), day=day(3), request="n-2", received_at=at(3, 14)))
    assert [each.kind for each in world.state.told[-2:]] == [Kind.ANSWER_RECEIVED] * 2


def test_what_comes_later_waits_for_the_whole_again() -> None:
    world = two_of_five()
    asks(world)
    world.react(supply(at(5), arrives(2, 20), allocated=3))
    assert world.events("allocated") == ["allocated"], "the third one was not asked for"
    assert may_be_sent_ahead(RULES, world.state) == 3
    asks(world, on=6, request="n-2")
    assert world.event("allocated") == {"quantity": 1}


def test_units_that_vanish_are_not_sent_when_others_come() -> None:
    world = two_of_five()
    asks(world)
    world.react(supply(at(4), arrives(5, 20)))
    assert world.event("allocation_withdrawn") == {"quantity": 2}
    world.react(supply(at(6), arrives(3, 20), allocated=2))
    assert world.events("allocated") == ["allocated"]


@pytest.mark.parametrize(
    ("world", "why"),
    [
        (begun(policy(every=100), arrives(3, 20), units=5, allocated=2), "the policy leaves"),
        (begun(RULES, arrives(5, 20), units=5), "no unit is there"),
        (begun(RULES, units=5, allocated=5), "every unit is there"),
    ],
)
def test_where_there_is_no_choice_nothing_is_sent(world: World, why: str) -> None:
    decision = asks(world)
    assert decision.verdict is Verdict.REJECTED
    assert why in decision.reason
    assert may_be_sent_ahead(world.policy, world.state) == 0


def test_it_is_asked_for_once() -> None:
    world = two_of_five()
    asks(world)
    assert asks(world).verdict is Verdict.IGNORED
    assert asks(world, request="n-2").verdict is Verdict.REJECTED


def test_a_cancellation_meanwhile_takes_units_that_are_not_there_first() -> None:
    world = two_of_five()
    asks(world)
    world.react(cancel(at(3), 4))
    assert world.state.quantity.open == 1
    assert world.state.ahead is None or world.state.ahead.units == 1
    assert world.state.allocation_reported == 1


def test_parts_of_a_line_whose_day_passed_are_told_once() -> None:
    world = begun(policy(every=100, split_by_customer=True), arrives(1, 1), units=2, allocated=1)
    world.until(at(1, 20))
    world.react(SendNowRequested(at=at(2, 5), day=day(2), request="n-1", received_at=at(2, 5)))
    world.until(at(2, 20))
    assert world.days(Kind.DELAYED) == [2]
    told = world.last(Kind.DELAYED)
    assert told.window is not None
    assert [(part.quantity, part.by) for part in told.window.parts] == [(1, day(2)), (1, None)]
    assert not was_told_twice(world.state, Kind.DELAYED, told.window, day(2))
    twice = world.state.replaced({"told": (*world.state.told, world.state.told[-1])})
    assert was_told_twice(twice, Kind.DELAYED, told.window, day(2))
    assert not was_told_twice(twice, Kind.DELAYED, told.window, day(3))


def test_what_has_to_be_paid_for_first_is_not_said_to_go_now() -> None:
    """The payment falls due with the units, at the same moment."""
    world = begun(RULES, arrives(3, 20), units=5, allocated=2, payment="authorized", expires_at=at(1))
    asks(world.until(at(2)))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.unpaid) == ("send_now", True)
    assert world.until(at(4)).days(Kind.PAYMENT_DUE)
