"""What a customer said, or was told, before it is recorded: it counts by its own instant."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import Decision
from backorder.domain.line.legal_dates import legal_date, open_question
from backorder.domain.line.state import Consent, Status
from backorder.domain.line.told_promises import told_promises
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import ASK, RULES, T, call, n, us
from tests.support.days import day
from tests.support.lines import accepted, answer, arrives, at, policy, supply
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))


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
    assert (facts.until, facts.asks_again) == (day(T) if said else day(10), True)
    assert world.until(at(60)).days(Kind.CANCELLED) == [31 if "until" in said else T + 31]


def test_an_answer_written_down_to_the_minute_is_one_to_the_question_of_that_minute() -> None:
    world = promised_in_time()
    asked = open_question(world.state)
    assert asked is not None
    assert asked.told_at is not None
    minute = asked.told_at.replace(second=0, microsecond=0)
    world.state = world.state.replace(
        questions=(*world.state.questions[:-1], replace(asked, told_at=minute + timedelta(seconds=40.5)))
    )
    assert accepted(recorded(world, at(6), minute))
    assert world.state.consent.state == "given"


def test_before_anything_was_told_the_day_of_the_order_is_what_they_keep_waiting_for() -> None:
    world = us(arrives(1, T + 40), start=at(4)).until(at(6))
    recorded(world, at(6), at(3))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.asks_again, world.state.agreements) == (
        world.state.terms.legal_date,
        True,
        (),
    )


@pytest.mark.parametrize(
    ("said", "until", "beyond"),
    [
        ({"indefinite": True}, T, True),
        ({"until": day(T + 10)}, T, True),
        ({"until": day(T - 5)}, T - 5, False),
    ],
)
def test_who_was_never_asked_reads_until_when_their_word_counts(
    said: dict[str, Any], until: int, beyond: bool
) -> None:
    """However long they would wait, without a word more the line ends where silence cancels."""
    world = us(arrives(1, 10)).until(at(1))
    assert accepted(world.react(answer(at(2), "keep", **said)))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.asks_again, facts.asks_beyond) == (day(until), False, beyond)
    assert (world.state.agreements, n(legal_date(RULES, world.state))) == ((), T)
    if beyond:
        world.react(supply(at(5), arrives(1, T + 40)))
        assert world.until(at(6)).days(ASK) == [5]


def test_who_agreed_for_as_long_as_it_takes_reads_so_whatever_they_had_written_before() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(3), "keep", indefinite=True))
    recorded(world, at(4), at(-1), request="a0", indefinite=True)
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.until, facts.asks_again, facts.asks_beyond) == (None, False, False)


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


# --- what a person told them


def better_date_after_a_call() -> World:
    """Asked on day 0 to wait until day T + 40, and told a better date on day 5."""
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 35)))
    return world.until(at(6))


def test_who_keeps_what_was_told_after_a_call_answers_the_call_too() -> None:
    world = better_date_after_a_call()
    world.react(call(at(8), T + 60, came=at(2)))
    assert world.promised == T + 35, "what was told after it stands"
    question = open_question(world.state)
    assert question is not None
    assert (question.by, question.answer_by) == (day(T + 60), day(T + 30))
    shown = world.state.promise
    assert shown is not None
    world.react(answer(at(9), "keep", revision=shown.revision))
    assert not world.last(Kind.ANSWER_RECEIVED).facts.asks_again
    assert world.state.consent == Consent(state="given", until=day(T + 35))
    assert world.until(at(T + 33)).days(Kind.CANCELLED) == []


def test_a_call_asks_nothing_of_who_kept_what_was_told_after_it() -> None:
    world = better_date_after_a_call()
    shown = world.state.promise
    assert shown is not None
    world.react(answer(at(7), "keep", revision=shown.revision))
    world.react(call(at(8), T + 60, came=at(2)))
    assert (open_question(world.state), world.state.consent) == (
        None,
        Consent(state="given", until=day(T + 35)),
    )
    assert world.until(at(T + 33)).days(ASK) == [0, T + 32]


def test_a_notice_after_a_call_is_the_one_that_is_open() -> None:
    """It said that silence agrees; a call of the same morning had no date to name."""
    world = us(arrives(1, T + 10)).until(at(1))
    before = open_question(world.state)
    assert before is not None
    assert before.silence == "agreed"
    world.react(call(at(8), None, came=at(0, 8)))
    assert open_question(world.state) == before
    assert world.until(at(T + 8)).days(ASK) == [0, T + 7]


def test_a_call_before_a_notice_does_not_show_that_the_notice_arrived() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.fates = [((timedelta(0), "accepted"),)]
    world.react(supply(at(5), arrives(1, T + 60)))
    world.until(at(6))
    world.react(call(at(6, 13), T + 50, came=at(2)))
    assert [(each.by, each.by_hand, each.delivered) for each in world.state.questions] == [
        (day(T + 40), False, True),
        (day(T + 50), True, True),
        (day(T + 60), False, False),
    ]


HOURS = st.integers(1, 40)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(
    st.lists(HOURS, min_size=1, max_size=3, unique=True),
    HOURS,
    HOURS,
    st.integers(T + 51, T + 60),
    st.integers(-20, 15),
    st.randoms(use_true_random=False),
)
def test_a_call_and_answers_end_alike_in_whatever_order_they_are_recorded(
    kept: list[int], part: int, called: int, first: int, moved: int, random: Any
) -> None:
    """Two dates were written, on days 0 and 3; a call named a worse one, and answers came.

    One for a part names nothing, and is recorded last; the others name what their customer had read.
    """
    ends, words = set(), [("call", called), ("part", part), *(("keep", hours) for hours in kept)]
    for _ in range(4):
        world = us(arrives(2, first), units=2).until(at(1))
        world.react(supply(at(3), arrives(2, first + moved)))
        world.until(at(6))
        written = [each.promise for each in told_promises(world.state)]
        world.down = True  # no news between the words
        random.shuffle(words)
        for minute, (what, hours) in enumerate(sorted(words, key=lambda each: each[0] == "part")):
            when = at(6, 12, minute)
            came = at(1, 12, 15 if what == "call" else 30) + timedelta(hours=2 * hours)
            shown = [each for each in written if each.told_at <= came][-1]
            if what == "call":
                world.react(replace(call(when, T + 80, came=came), request=f"n{hours}"))
                continue
            event = answer(when, "keep", request=f"{what}{hours}", quantity=1 if what == "part" else None)
            revision = None if what == "part" else shown.revision
            world.react(replace(event, received_at=came, revision=revision))
        question = open_question(world.state)
        asked = (question.by, question.answer_by, question.silence, question.kept) if question else None
        ends.add((asked, legal_date(RULES, world.state), world.state.consent))
    assert len(ends) == 1, ends
