"""What a customer said, or was told, before it is recorded: it counts by its own instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from backorder.domain.line.commands import Decision
from backorder.domain.line.legal_dates import legal_date, open_question
from backorder.domain.line.state import Consent, Status
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import ASK, RULES, T, n, us
from tests.support.days import day
from tests.support.lines import accepted, answer, arrives, at, policy, supply
from tests.support.world import World, begun


def recorded(world: World, when: datetime, came: datetime, *, request: str = "a1", **said: Any) -> Decision:
    """A mail that they keep waiting, which a person records later, without the number of what it answers."""
    return world.react(replace(answer(when, "keep", request=request, **said), received_at=came))


def promised_in_time() -> World:
    """Told that it ships by day 10, and on day 5 asked to wait until day T + 40."""
    world = us(arrives(1, 10)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 40)))
    return world.until(at(6))


@pytest.mark.parametrize("said", [{}, {"indefinite": True}, {"until": day(30)}])
def test_who_had_not_been_asked_when_they_wrote_agrees_to_nothing(said: dict[str, Any]) -> None:
    world = promised_in_time()
    assert accepted(recorded(world, at(8), at(3), **said))
    question = open_question(world.state)
    assert question is not None
    assert (question.by, n(legal_date(RULES, world.state))) == (day(T + 40), T)
    assert (world.state.consent.state, world.state.agreements) == ("asked", ())
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.asks_again) == (
        None if "indefinite" in said else said.get("until") or day(10),
        True,
    )
    assert world.until(at(60)).days(Kind.CANCELLED) == [31 if "until" in said else T + 31]


def test_before_anything_was_told_the_day_of_the_order_is_what_they_keep_waiting_for() -> None:
    world = us(arrives(1, T + 40), start=at(4)).until(at(6))
    recorded(world, at(6), at(3))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.asks_again, world.state.agreements) == (
        world.state.terms.legal_date,
        True,
        (),
    )


@pytest.mark.parametrize("recorded_on", [4, 8])
def test_of_two_questions_it_is_the_one_that_they_had_read(recorded_on: int) -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    if recorded_on == 4:
        recorded(world, at(4), at(3))
    world.react(supply(at(5), arrives(1, T + 60)))
    world.until(at(6))
    if recorded_on == 8:
        recorded(world, at(8), at(3))
        assert world.last(Kind.ANSWER_RECEIVED).facts.asks_again
    assert world.days(ASK) == [0, 5]
    assert n(legal_date(RULES, world.state)) == T + 40
    assert world.state.consent == Consent(state="asked", until=day(T + 60), answer_by=day(T + 40))


def test_a_better_date_that_they_had_not_read_is_not_what_they_agreed_to() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 35)))
    world.until(at(6))
    recorded(world, at(8), at(3))
    assert world.state.consent == Consent(state="given", until=day(T + 40))


@pytest.mark.parametrize(("came", "kept"), [(3, False), (6, True)])
def test_it_withdraws_an_ending_only_where_it_answers_what_had_been_asked(came: int, kept: bool) -> None:
    world = us(arrives(1, 10)).until(at(1))
    world.react(supply(at(5)))
    world.until(at(T + 31, 11))
    assert world.stands() is Status.CLOSING
    assert accepted(recorded(world, at(T + 31, 12), at(came))) is kept
    assert (world.stands(), bool(world.state.refunds)) == (
        Status.WAITING if kept else Status.CLOSING,
        not kept,
    )
    assert (world.events("cancellation_withdrawn") != [], world.state.needs) == (kept, ())


def test_an_ending_after_the_day_that_was_agreed_stays() -> None:
    """They were asked anew shortly before that day, and what they had written before agrees to no more."""
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep"))
    world.until(at(T + 42))
    assert (world.days(ASK), world.days(Kind.CANCELLED)) == ([0, T + 37], [T + 41])
    assert not accepted(recorded(world, at(T + 42), at(30), request="a2"))
    assert accepted(recorded(world, at(T + 42), at(30), request="a3", indefinite=True))
    assert world.stands() is Status.WAITING


def test_by_a_clock_of_delivery_the_day_that_was_shown_is_what_moves_it() -> None:
    rules = policy(every=90)
    world = begun(rules, arrives(1, 15), pack="eu-crd-18", law=T, region="DE").until(at(1))
    world.react(supply(at(5), arrives(1, 80)))
    world.until(at(6))
    assert world.promised == 80
    recorded(world, at(8), at(3))
    assert n(legal_date(rules, world.state)) == T
    assert world.last(Kind.ANSWER_RECEIVED).facts.until == day(15)


def test_a_revision_that_is_remembered_no_more_is_not_the_newest_one() -> None:
    rules = policy(every=90)
    world = begun(rules, arrives(1, 15), pack="eu-crd-18", law=T, region="DE").until(at(1))
    for number in range(1, 7):
        world.react(supply(at(7 * number), arrives(1, 15 + 30 * number)))
        world.until(at(7 * number, 23))
    assert world.promised == 195
    world.react(answer(at(50), "keep", revision=2))
    assert world.last(Kind.ANSWER_RECEIVED).facts.until != day(195)
    assert legal_date(rules, world.state) != day(198)
