"""What is agreed to beside a newer question: consent to a day never ends before it (16 CFR 435.2(b))."""

from __future__ import annotations

from typing import Any

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import ResendRequested
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.message_keys import attempt_key
from backorder.domain.line.state import Consent, Status
from backorder.domain.notifications import Kind
from backorder.queries.case_parts import consent_of
from tests.domain.us_law_lines import ASK, T, us
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, ship, supply
from tests.support.world import World


def asked_twice(units: int = 1, kept: int | None = None) -> World:
    """Asked for day T + 40 and then for T + 60, both until T + 30; `kept` units were kept in between."""
    world = us(arrives(units, T + 40), units=units).until(at(1))
    if kept is not None:
        world.react(answer(at(2), "keep", request="a0", quantity=kept))
    world.react(supply(at(5), arrives(units, T + 60)))
    world.until(at(6))
    assert world.days(ASK) == [0, 5]
    return world


def agreed_to_the_older() -> World:
    """A digit that crossed the newer question keeps the older day."""
    world = asked_twice()
    world.react(answer(at(7), "keep", revision=1))
    return world


def test_who_agrees_to_the_older_day_reads_until_when_the_newer_question_waits_now() -> None:
    """The newer one, which they have, names the last day of before."""
    world = agreed_to_the_older().until(at(8))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.asks_again, facts.answer_by) == (day(T + 40), True, day(T + 40))
    assert world.last(ASK).facts.answer_by == day(T + 30)


def test_a_newer_question_waits_until_the_end_of_the_older_day_that_was_agreed() -> None:
    world = agreed_to_the_older()
    assert world.state.consent == Consent(state="asked", until=day(T + 60), answer_by=day(T + 40))
    shown = consent_of(world.state)
    assert (shown.answer_by, shown.ends_on) == (day(T + 40), day(T + 41))
    world.until(at(T + 40, 23))
    assert (world.stands(), world.days(Kind.CANCELLED)) == (Status.WAITING, [])
    assert world.event("ending_due") == {"stage": "no_consent", "on": day(T + 41).isoformat()}
    world.until(at(T + 42))
    assert (world.days(Kind.CANCELLED), world.state.cancellations[0].by) == ([T + 41], "no_consent")
    assert world.state.cancellations[0].deadline == day(T + 40)


@pytest.mark.parametrize("revision", [None, 2])
@pytest.mark.parametrize(("on", "taken"), [(T + 31, True), (T + 40, True), (T + 41, False)])
def test_an_answer_to_it_counts_as_long(on: int, taken: bool, revision: int | None) -> None:
    world = agreed_to_the_older().until(at(on, 8))
    decision = world.react(answer(at(on, 8), "keep", request="a2", revision=revision))
    assert (decision.verdict is Verdict.ACCEPTED, open_question(world.state) is None) == (taken, taken)
    assert world.until(at(T + 42)).stands() is (Status.WAITING if taken else Status.CLOSING)


def test_it_is_not_sent_again_with_the_last_day_that_it_named() -> None:
    world = agreed_to_the_older()
    asked = world.last(ASK)
    again = ResendRequested(
        at=at(8),
        day=day(8),
        request="r",
        message="m",
        key=attempt_key(asked.key, 2),
        kind=asked.kind,
        facts=asked.facts,
        revision=asked.revision,
        state="sent",
        reachable=True,
        by="Eva",
    )
    assert "more time for an answer" in world.react(again).reason


@pytest.mark.parametrize(
    ("said", "asked", "until"), [({}, [0, 7], T + 40), ({"indefinite": True}, [0], None)]
)
def test_a_question_that_has_not_gone_is_asked_as_it_is_true_after_a_keep(
    said: dict[str, Any], asked: list[int], until: int | None
) -> None:
    """It said that the line ends before the day that had just been agreed to, or asked who waits for ever."""
    world = us(arrives(1, T + 40)).until(at(1))
    world.down = True
    world.react(supply(at(5), arrives(1, T + 60)))
    world.until(at(6)).react(answer(at(6), "keep", **said))
    world.until(at(7, 9))
    world.down = False
    world.until(at(8))
    assert world.days(ASK) == asked
    if until is None:
        assert world.state.consent.state == "indefinite"
    else:
        facts = world.last(ASK).facts
        assert (facts.by, facts.answer_by, facts.ends_on) == (day(T + 60), day(until), day(until + 1))
        assert world.state.consent == Consent(state="asked", until=day(T + 60), answer_by=day(until))


def test_units_that_were_kept_stay_when_a_newer_question_about_all_ends_the_rest() -> None:
    world = asked_twice(3, kept=2)
    world.until(at(T + 32))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2)
    assert world.last(Kind.CANCELLED).facts.remaining == 2
    world.until(at(T + 42))
    assert [(each.units, each.deadline) for each in world.state.cancellations] == [
        (1, day(T + 30)),
        (2, day(T + 40)),
    ]


@pytest.mark.parametrize("gone", ["cancelled", "shipped"])
def test_once_the_others_are_gone_the_line_waits_as_long_as_the_rest_was_kept_for(gone: str) -> None:
    world = asked_twice(3, kept=2)
    world.react(cancel(at(8), 1) if gone == "cancelled" else ship(at(8), 1))
    world.until(at(T + 32))
    assert world.state.quantity.open == 2
    assert world.until(at(T + 42)).state.quantity.open == 0


@pytest.mark.parametrize(
    ("own", "until", "ends"), [(T + 90, T + 40, T + 41), (T + 40, T + 40, T + 41), (T + 35, T + 35, T + 36)]
)
def test_435_2_b_who_names_a_last_day_beside_the_date_that_is_agreed_reads_what_comes_first(
    own: int, until: int, ends: int
) -> None:
    """Their own last day is no consent to wait longer than the date that they were shown."""
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep", until=day(own)))
    facts = world.until(at(2, 18)).last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.last_day, facts.ends_on) == (day(until), day(own), day(ends))
    assert world.until(at(T + 91, 18)).days(Kind.CANCELLED) == [ends]
