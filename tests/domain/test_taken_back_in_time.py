"""A cancellation by link counts at once, but for half an hour nothing is carried out and it can be undone."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import FreeUnits, Tell, Verdict, Withdraw
from backorder.domain.line.ledger import owed
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind
from tests.domain.cancelled_by_link import allocated, by_link, take_back
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, pay, policy, ship, supply
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))


def test_for_half_an_hour_no_unit_is_given_away_and_no_refund_or_void_is_asked_for() -> None:
    world = allocated()
    decision = world.react(by_link(at(4)))
    assert not [each for each in decision.commands if isinstance(each, FreeUnits)]
    assert world.stands() is Status.ALLOCATED
    world.until(at(4, 12, 29))
    assert world.events("refund_due", "void_due", "cancelled") == []
    world.until(at(4, 12, 30))
    assert world.events("cancelled", "refund_due") == ["cancelled", "refund_due"]
    assert world.stands() is Status.CLOSING


@pytest.mark.parametrize("via", ["agent", "phone", "sms"])
def test_a_cancellation_by_another_way_is_carried_out_at_once(via: str) -> None:
    world = allocated()
    world.react(answer(at(4), "cancel", via=via))
    assert world.events("cancelled", "refund_due") == ["cancelled", "refund_due"]


def test_the_clock_of_the_law_runs_from_the_cancellation() -> None:
    world = allocated()
    world.react(by_link(at(4, 23, 45)))
    world.until(at(6))
    refund = world.state.refund
    assert refund is not None
    assert refund.vested_at == at(4, 23, 45)
    assert refund.due_by == policy().calendar.add_working_days(day(4), 7)


def test_an_authorization_is_given_back_only_after_the_half_hour() -> None:
    world = allocated(payment="authorized", expires_at=at(40))
    world.react(by_link(at(4)))
    assert world.until(at(4, 12, 29)).events("void_due") == []
    assert world.until(at(4, 12, 31)).events("void_due") == ["void_due"]
    assert world.stands() is Status.CANCELLED


def test_the_warehouse_hears_at_once_that_the_units_must_not_leave_and_again_that_they_may() -> None:
    world = allocated()
    world.react(by_link(at(4)))
    assert world.event("allocation_withdrawn") == {"quantity": 2}
    world.react(take_back(at(4, 12, 20)))
    assert world.events("allocated", "allocation_withdrawn") == [
        "allocated",
        "allocation_withdrawn",
        "allocated",
    ]
    world.until(at(6))
    assert Kind.APOLOGY.value not in world.kinds()


def test_taken_back_in_time_the_line_keeps_its_place_its_units_and_its_promise() -> None:
    world = allocated()
    before = world.state
    world.react(by_link(at(4)))
    world.react(take_back(at(4, 12, 29), of="a1"))
    assert world.state.quantity == before.quantity
    assert world.state.promise == before.promise
    assert world.state.consent == before.consent
    assert world.state.revocable == ()
    world.until(at(5))
    assert world.events("cancelled", "refund_due") == []
    assert world.last(Kind.ANSWER_RECEIVED).facts.choice == "take_back"


def test_the_acknowledgement_names_what_is_cancelled_and_what_comes_back_by_when() -> None:
    world = allocated(units=3, paid="30.00")
    world.react(by_link(at(4), 2))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.quantity, facts.remaining) == ("cancel", 2, 1)
    assert facts.refund is not None
    last = policy().calendar.add_working_days(day(4), 7)
    assert (facts.refund.amount, facts.refund_by) == (Decimal("20.00"), last)


def test_after_the_half_hour_it_is_refused_in_words() -> None:
    world = allocated()
    world.react(by_link(at(4)))
    late = world.react(take_back(at(4, 12, 31)))
    assert (late.verdict, late.reason) == (
        Verdict.REJECTED,
        "the half hour in which the cancellation could be taken back is over",
    )


def test_what_was_not_cancelled_by_link_cannot_be_taken_back() -> None:
    world = allocated()
    world.react(cancel(at(4), 1))
    assert world.react(take_back(at(4, 12, 5))).verdict is Verdict.REJECTED


def test_the_same_wish_again_changes_nothing() -> None:
    world = allocated()
    world.react(by_link(at(4)))
    world.react(take_back(at(4, 12, 5)))
    assert world.react(take_back(at(4, 12, 6))).verdict is Verdict.IGNORED


def test_an_acknowledgement_that_has_not_gone_is_taken_back_too() -> None:
    world = allocated()
    world.down = True
    world.react(by_link(at(4)))
    decision = world.react(take_back(at(4, 12, 5)))
    assert Withdraw(key="answer/a1") in decision.commands


def test_of_two_cancellations_one_is_taken_back() -> None:
    world = allocated(units=3)
    world.react(by_link(at(4), 1))
    world.react(by_link(at(4, 12, 10), 1, request="a2"))
    world.react(take_back(at(4, 12, 20), of="a1"))
    world.until(at(5))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2)


def test_more_than_is_open_is_refused_also_while_some_of_it_waits() -> None:
    world = allocated(units=2)
    world.react(by_link(at(4), 1))
    assert world.react(by_link(at(4, 12, 10), 2, request="a2")).verdict is Verdict.REJECTED


def in_two_words() -> World:
    """Five units: two cancelled at noon, the others twenty minutes later."""
    world = begun(policy(), arrives(5, 20), units=5, paid="50.00").until(at(4))
    world.react(by_link(at(4), 2))
    world.react(by_link(at(4, 12, 20), request="a2"))
    return world


def test_each_cancellation_has_a_half_hour_of_its_own() -> None:
    world = in_two_words().until(at(4, 12, 40))
    assert [(each.request, each.units) for each in world.state.cancellations] == [("a1", 2)]
    assert [each.request for each in world.state.revocable] == ["a2"]
    assert len(world.events("refund_due")) == 1
    words = world.last(Kind.CANCELLED).facts
    assert (words.quantity, words.remaining, words.by, words.part_of_line) == (2, 0, None, True)
    assert words.refund is not None
    assert words.refund.amount == Decimal("20.00")
    decision = world.react(take_back(at(4, 12, 45)))
    assert decision.verdict is Verdict.ACCEPTED
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.quantity) == ("take_back", 3)
    world.until(at(5))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (2, 3)


def test_what_nobody_takes_back_ends_at_its_own_time() -> None:
    world = in_two_words().until(at(4, 12, 50))
    assert [(each.request, each.units) for each in world.state.cancellations] == [("a1", 2), ("a2", 3)]
    assert world.state.revocable == ()
    assert (world.last(Kind.CANCELLED).facts.quantity, owed(world.state)) == (3, Decimal("50.00"))


def test_what_can_still_be_taken_back_is_also_where_the_first_one_was_not_carried_out_yet() -> None:
    """The timer of the first is a little late, and the word comes first."""
    world = in_two_words()
    decision = world.react(take_back(at(4, 12, 31)))
    assert decision.verdict is Verdict.ACCEPTED
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (2, 3)
    assert world.last(Kind.ANSWER_RECEIVED).facts.quantity == 3


@pytest.mark.parametrize("recorded", [21, 35])
def test_a_first_word_that_is_recorded_later_cuts_the_second_one_short_by_nothing(recorded: int) -> None:
    world = begun(policy(), arrives(5, 20), units=5).until(at(4))
    world.react(by_link(at(4, 12, 20), request="a2"))
    world.react(replace(by_link(at(4, 12, recorded), 2), received_at=at(4)))
    assert "a2" in [each.request for each in world.state.revocable]
    assert world.react(take_back(at(4, 12, 36), of="a2")).verdict is Verdict.ACCEPTED
    world.until(at(5))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (2, 3)


def test_what_came_in_before_it_and_is_recorded_later_is_carried_out_first() -> None:
    world = begun(policy(), arrives(3, 20), units=3).until(at(4))
    world.react(by_link(at(4, 12, 10), 2, request="link"))
    earlier = replace(
        answer(at(4, 12, 20), "cancel", quantity=2, via="agent", request="rep"), received_at=at(4)
    )
    decision = world.react(earlier)
    assert [(each.request, each.units) for each in world.state.cancellations] == [("rep", 2)]
    said = [(each.key, each.facts.quantity) for each in decision.commands if isinstance(each, Tell)]
    assert said == [("answer/rep", 2)], "it keeps its half hour"
    world.until(at(4, 12, 40))
    assert [(each.request, each.units) for each in world.state.cancellations] == [("rep", 2), ("link", 1)]
    assert world.last(Kind.CANCELLED).facts.quantity == 1


def test_a_later_word_to_keep_takes_it_back_and_an_earlier_one_does_not() -> None:
    world = allocated()
    world.react(by_link(at(4)))
    early = answer(at(4, 12, 5), "keep", request="a2", via="phone")
    early = replace(early, received_at=at(4, 11))
    assert world.react(early).verdict is Verdict.RECORDED
    world.react(answer(at(4, 12, 10), "keep", request="a3", via="phone"))
    world.until(at(5))
    assert (world.state.quantity.open, world.state.consent.state) == (2, "given")


def test_a_shipment_makes_it_final_first_and_both_count_by_their_instants() -> None:
    late = allocated()
    late.react(by_link(at(4)))
    late.react(ship(at(4, 12, 20), 2))
    assert late.state.quantity.cancelled == 2
    assert "shipped_after_cancellation" in late.state.needs
    early = allocated()
    early.react(by_link(at(4)))
    early.react(ship(at(4, 12, 20), 2, left=at(4, 11)))
    assert (early.state.quantity.cancelled, early.stands()) == (0, Status.FULFILLED)
    assert owed(early.state) == 0


def test_while_it_may_be_taken_back_nothing_else_is_said_or_done() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 20)).until(at(4))
    world.react(by_link(at(4)))
    world.react(supply(at(4, 12, 5), arrives(1, 60)))
    world.until(at(4, 12, 29))
    assert world.kinds() == ["confirmed", "answer_received"]
    world.react(take_back(at(4, 12, 29)))
    world.until(at(5))
    assert "delayed" in world.kinds()


@pytest.mark.parametrize("way", ["rep", "letter", "shop"])
def test_a_word_by_another_way_makes_final_only_what_it_is_about(way: str) -> None:
    """One of three is cancelled by link. A word about another one leaves it its half hour."""

    def word(units: int | None, **others: Any) -> Any:
        if way == "letter":
            return answer(at(4, 12, 10), "cancel", quantity=units, via="letter", request="w", **others)
        return cancel(at(4, 12, 10), units, request="w", **others)

    for units in (1, 2):  # all that nobody has cancelled, at most
        world = allocated(units=3)
        world.react(by_link(at(4), 1))
        assert world.react(word(units)).verdict is Verdict.ACCEPTED
        assert [each.request for each in world.state.revocable] == ["a1"]
        assert world.state.quantity.cancelled == units
        assert world.react(take_back(at(4, 12, 20))).verdict is Verdict.ACCEPTED
        assert world.until(at(5)).state.quantity.open == 3 - units
    for all_of_them in (3, None):
        world = allocated(units=3)
        world.react(by_link(at(4), 1))
        assert world.react(word(all_of_them)).verdict is Verdict.ACCEPTED
        assert (world.state.revocable, world.state.quantity.open) == ((), 0)
        assert [each.request for each in world.state.cancellations] == ["a1", "w"]


def test_a_word_about_as_many_as_can_still_be_taken_back_takes_the_first_of_them() -> None:
    world = allocated(units=2)
    world.react(by_link(at(4), 1))
    world.react(by_link(at(4, 12, 5), 1, request="a2"))
    world.react(answer(at(4, 12, 10), "cancel", quantity=1, via="letter", request="w"))
    assert [each.request for each in world.state.cancellations] == ["a1"], "said once more, so it is meant"
    assert [each.request for each in world.state.revocable] == ["a2"]
    assert world.react(take_back(at(4, 12, 20), of="a2")).verdict is Verdict.ACCEPTED
    assert world.until(at(5)).state.quantity.open == 1


WHATEVER = ("cancel", "back", "ship", "rep", "rep some", "letter", "pay")


def happening(what: str, when: datetime, number: int, count: int) -> Any:
    if what == "cancel":
        return by_link(when, count, request=f"a{number}")
    if what == "back":
        return take_back(when, request=f"t{number}")
    if what == "ship":
        return ship(when, 1, id=f"s{number}")
    if what == "letter":
        return answer(when, "cancel", quantity=count, via="letter", request=f"l{number}")
    if what.startswith("rep"):
        return cancel(when, count if "some" in what else None, request=f"r{number}")
    return pay(when, "captured")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.sampled_from(["captured", "authorized", "unpaid"]),
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from(WHATEVER), st.integers(1, 3)),
        max_size=6,
    ),
)
def test_whatever_happens_meanwhile_each_unit_ends_once(
    units: int, payment: str, facts: list[tuple[int, str, int]]
) -> None:
    world = allocated(units=units, payment=payment)
    for number, (minute, what, count) in enumerate(sorted(facts)):
        when = at(4) + timedelta(minutes=minute, seconds=number)
        world.react(happening(what, when, number, min(count, units)))
    world.until(at(6))
    state = world.state
    assert state.revocable == ()
    assert state.quantity.ordered == units
    assert owed(state) <= state.payment.line_paid
