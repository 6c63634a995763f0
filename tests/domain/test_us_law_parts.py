"""A question after a part was kept: of which units it asks (16 CFR 435.2(b))."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from backorder.domain.line.legal_dates import legal_date, open_question, staying
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.domain.text_answers import asks_for_digit
from tests.domain.us_law_lines import ASK, RULES, T, call, n, us
from tests.support.days import day
from tests.support.lines import answer, arrives, at, supply


@pytest.mark.parametrize("call_asks", [False, True])
def test_a_newer_question_asks_nothing_of_units_that_are_kept_for_ever(call_asks: bool) -> None:
    """Of those that are kept until an earlier day it does: consent covers the day that was shown."""
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2, indefinite=True))
    if call_asks:
        world.react(call(at(5), T + 60))
        question = open_question(world.state)
        assert (question.kept if question else None) == 2
    else:
        world.react(supply(at(5), arrives(3, T + 60)))
        said = world.until(at(6)).last(ASK).facts
        assert (said.by, said.quantity, said.part_of_line) == (day(T + 60), 1, True)
        assert said.refund == Money(Decimal("10.00"), "EUR")
    world.react(answer(at(7), "keep", request="a2", quantity=1))
    said = world.last(Kind.ANSWER_RECEIVED).facts
    assert (said.quantity, said.unanswered, said.silence) == (1, 0, "")
    assert n(legal_date(RULES, world.state)) == T + 60
    assert world.until(at(T + 61, 23)).state.quantity.open == 2, "the third was kept until then"


def test_without_an_answer_to_it_they_stay() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2, indefinite=True))
    world.react(supply(at(5), arrives(3, T + 60)))
    world.until(at(T + 32))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2)
    assert world.state.consent.state == "indefinite"
    assert world.until(at(T + 59)).state.quantity.open == 2


def test_units_that_are_kept_until_an_earlier_day_are_asked_about_too() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2))
    world.react(supply(at(5), arrives(3, T + 60)))
    said = world.until(at(6)).last(ASK).facts
    assert (said.by, said.quantity, said.staying) == (day(T + 60), 3, 2), "they are not cancelled without"
    world.until(at(T + 32))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2), "as they had been told"


def test_an_acknowledgement_counts_what_an_earlier_answer_keeps_for_longer() -> None:
    world = us(arrives(4, T + 40), units=4).until(at(1))
    world.react(answer(at(2), "keep", quantity=2))
    world.react(supply(at(5), arrives(4, T + 60)))
    world.until(at(6)).react(answer(at(7), "keep", request="a2", quantity=1))
    said = world.last(Kind.ANSWER_RECEIVED).facts
    assert (said.unanswered, said.staying) == (3, 1)
    world.until(at(T + 32))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (2, 2)


@pytest.mark.parametrize("before", [None, 2])
def test_a_part_that_is_kept_for_ever_keeps_the_others_no_longer_than_was_said(before: int | None) -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    asked = world.state.questions[-1].revision
    world.react(replace(answer(at(2), "keep", quantity=before), revision=asked))
    late = answer(at(3), "keep", request="a2", quantity=1, indefinite=True)
    world.react(replace(late, revision=asked))
    assert n(legal_date(RULES, world.state)) == T + 40
    assert world.state.consent.state == "given"
    world.react(supply(at(5), arrives(3, T + 60)))
    assert world.until(at(6)).last(ASK).facts.quantity == 2


def test_after_a_last_day_of_their_own_nothing_stays() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2))
    world.react(supply(at(5), arrives(3, T + 60)))
    asked = open_question(world.until(at(6)).state)
    assert asked is not None
    assert staying(world.state, asked) == 2
    own = world.state.replace(last_day=day(T + 25))
    assert staying(own, asked) == 0


def test_a_text_about_a_part_asks_for_no_digit() -> None:
    """Which would cancel all that is open."""
    whole = Facts(quantity=3, by=day(T), silence="cancelled", answer_by=day(T))
    assert asks_for_digit(ASK, [whole], "+12025550123")
    assert not asks_for_digit(ASK, [whole.replace(quantity=1, part_of_line=True)], "+12025550123")
