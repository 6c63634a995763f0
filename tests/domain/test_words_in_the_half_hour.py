"""What a customer says by other ways while what they cancelled by link can still be taken back."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import Verdict
from backorder.domain.line.ledger import owed, worth
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.read_out import facts_to_read_out
from backorder.domain.line.uncancelled_units import uncancelled
from backorder.domain.notifications import Kind
from tests.domain.cancelled_by_link import allocated, by_link, take_back
from tests.support.days import day
from tests.support.lines import answer, arrives, at, policy
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))


def five() -> World:
    """Five units, all of them set aside, for 49.99."""
    return allocated(units=5, paid="49.99")


@pytest.mark.parametrize(("by_page", "kept"), [((2,), 3), ((1,), 3), ((1, 1), 2), ((3,), 4), ((None,), 3)])
def test_to_keep_some_and_cancel_the_rest_settles_what_was_cancelled_by_link(
    by_page: tuple[int | None, ...], kept: int
) -> None:
    """It is one answer for all units: what the customer had cancelled of them is part of the rest."""
    world = five()
    for number, units in enumerate(by_page):
        world.react(by_link(at(4, 12, number), units, request=f"p{number}"))
    world.react(answer(at(4, 12, 5), "keep", quantity=kept, rest="cancel", via="call", request="w"))
    state = world.state
    assert (state.quantity.open, state.quantity.cancelled, state.revocable) == (kept, 5 - kept, ())
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.quantity, facts.part_of_line) == ("keep", kept, True)
    state = world.until(at(5)).state
    assert (state.quantity.open, owed(state)) == (kept, worth(state, 5 - kept))
    said = [tell.facts.quantity for _, tell in world.gone if tell.kind is Kind.CANCELLED]
    assert sum(said) == 5 - kept


@pytest.mark.parametrize(
    ("cancelled", "kept", "left"), [(2, 5, 5), (2, 4, 4), (2, 3, 3), (2, 2, 3), (None, 3, 3)]
)
def test_a_later_word_for_so_many_units_leaves_them_what_was_cancelled_before(
    cancelled: int | None, kept: int, left: int
) -> None:
    world = five()
    world.react(by_link(at(4), cancelled))
    world.react(answer(at(4, 12, 5), "keep", quantity=kept, via="call", request="w"))
    assert world.until(at(5)).state.quantity.open == left


@pytest.mark.parametrize(("by_page", "left"), [(1, 3), (2, 3), (3, 2)])
def test_what_was_cancelled_by_link_after_a_call_that_is_recorded_later_is_part_of_its_rest(
    by_page: int, left: int
) -> None:
    """The page still showed all five, and it keeps its half hour."""
    world = five()
    world.react(by_link(at(4, 12, 10), by_page, request="p"))
    word = answer(at(4, 12, 20), "keep", quantity=3, rest="cancel", via="call", request="w")
    world.react(replace(word, received_at=at(4, 12, 5)))
    assert [each.request for each in world.state.revocable] == ["p"]
    assert world.last(Kind.ANSWER_RECEIVED).facts.quantity == left
    assert world.until(at(5)).state.quantity.open == left


def test_what_is_cancelled_twice_is_nothing_that_can_be_taken_back_once_it_has_ended() -> None:
    world = allocated(units=1)
    world.react(by_link(at(4, 12, 1), request="later"))
    world.react(replace(by_link(at(4, 12, 2), request="first"), received_at=at(4)))
    world.until(at(5))
    assert (world.state.quantity.cancelled, world.state.revocable) == (1, ())


@pytest.mark.parametrize("via", ["page", "sms", "call"])
def test_a_later_keep_that_names_no_number_is_about_the_units_that_are_not_cancelled(via: str) -> None:
    world = begun(policy(partial="ship"), arrives(3, 20), arrives(2, 40), units=5, paid="49.99").until(at(4))
    world.react(by_link(at(4), 2))
    world.react(answer(at(4, 12, 5), "keep", via=via, request="k"))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.quantity, facts.part_of_line) == ("keep", 3, True)
    assert (facts.by, facts.parts) == (day(20), ())
    assert [each.request for each in world.state.revocable] == ["a1"]
    assert world.until(at(5)).state.quantity.open == 3
    assert world.state.consent.state == "given"


@pytest.mark.parametrize("quantity", [None, 3])
def test_a_question_is_answered_for_the_units_that_are_not_cancelled(quantity: int | None) -> None:
    """Nothing of it is left to be answered, for the others are cancelled."""
    world = begun(policy(), arrives(5, 60), units=5, pack="us-ftc-435", law=20).until(at(4))
    world.react(by_link(at(4), 2))
    world.react(answer(at(4, 12, 5), "keep", via="sms", request="k", quantity=quantity))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.quantity, facts.unanswered, facts.part_of_line) == (3, 0, True)
    state = world.until(at(5)).state
    assert (state.quantity.open, state.consent.state, open_question(state)) == (3, "given", None)


def test_what_is_read_out_names_the_units_that_are_not_cancelled() -> None:
    world = begun(policy(), arrives(5, 60), units=5, pack="us-ftc-435", law=20).until(at(4))
    world.react(by_link(at(4), 2))
    said = facts_to_read_out(world.policy, world.state, world.now)
    assert said is not None
    assert said.quantity == 3


def test_a_last_day_of_their_own_is_for_the_units_that_are_not_cancelled() -> None:
    world = five()
    world.react(by_link(at(4), 2))
    word = answer(at(4, 12, 5), "keep", via="call", request="k", quantity=3, until=day(30))
    assert world.react(word).verdict is Verdict.ACCEPTED
    assert world.last(Kind.ANSWER_RECEIVED).facts.last_day == day(30)


@st.composite
def words(draw: st.DrawFn) -> tuple[int, list[Any]]:
    """What a customer of so many units says within half an hour: on the page, on the phone and by text."""
    units, said = draw(st.integers(1, 5)), list[Any]()
    for number in range(draw(st.integers(1, 5))):
        what = draw(st.sampled_from(["page", "page", "rep", "rest", "keep", "text", "back"]))
        when = at(4) + timedelta(minutes=draw(st.integers(0, 29)), seconds=number)
        some = draw(st.none() | st.integers(1, units))
        if what == "back":
            word = take_back(when, request=f"w{number}")
        elif what == "page":
            word = by_link(when, some, request=f"w{number}")
        elif what == "text":
            word = answer(when, draw(st.sampled_from(["keep", "cancel"])), via="sms", request=f"w{number}")
        elif what == "rep":
            word = answer(when, "cancel", quantity=some, via="call", request=f"w{number}")
        else:
            rest = {"rest": "cancel"} if what == "rest" and some else {}
            word = answer(when, "keep", quantity=some, via="call", request=f"w{number}", **rest)
        said.append(word)
    return units, sorted(said, key=lambda word: word.received_at)


def asked_of(word: Any, open: int) -> int:
    """The most units that a word asks to cancel of those that are open."""
    if getattr(word, "choice", "") == "cancel":
        return int(word.quantity or open)
    return max(0, open - word.quantity) if getattr(word, "rest", None) else 0


@settings(max_examples=EXAMPLES, deadline=None)
@given(words(), st.data())
def test_whatever_is_said_in_that_half_hour_no_more_is_cancelled_than_was_asked_and_paid_back_for(
    drawn: tuple[int, list[Any]], data: st.DataObject
) -> None:
    units, said = drawn
    world, asked = allocated(units=units, paid="49.99"), 0
    for number, word in enumerate(data.draw(st.permutations(said))):
        when = max(world.now, word.received_at) + timedelta(seconds=number)
        before = world.until(when).state
        made = world.react(replace(word, at=when))
        if made.verdict is not Verdict.ACCEPTED:
            assert made.state.revocable == before.revocable
            continue
        asked += asked_of(word, units)
        after = world.state
        if getattr(word, "choice", "") == "keep":
            facts = world.last(Kind.ANSWER_RECEIVED).facts
            assert facts.quantity <= uncancelled(after), "who reads that units stay has them"
            if getattr(word, "rest", None) and all(
                each.received_at <= word.received_at for each in before.revocable
            ):
                assert after.quantity.open == min(int(word.quantity), before.quantity.open)
    state = world.until(at(6)).state
    assert state.revocable == ()
    assert state.quantity.cancelled <= min(units, asked)
    assert sum(each.units for each in state.cancellations) == state.quantity.cancelled
    assert owed(state) == sum(each.amount for each in state.refunds) == worth(state, state.quantity.cancelled)
