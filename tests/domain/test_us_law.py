"""16 CFR Part 435: what is asked and when, what silence means, and when a line ends without consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.law.delay_notices import Asked, asked
from backorder.domain.law.notice_parts import PARTS, missing_parts
from backorder.domain.line.events import MessageFailed, Notice
from backorder.domain.line.legal_dates import legal_date, open_question
from backorder.domain.line.state import Consent, DecisionContext, Status
from backorder.domain.notifications import Facts, Kind
from tests.domain.us_law_lines import ASK, RULES, T, call, n, us
from tests.support.days import day
from tests.support.lines import (
    arrives,
    at,
    blank,
    hold,
    ship,
    supply,
)
from tests.support.world import begun

# --- the table of notices: 435.2(b)(1), (b)(2)


@pytest.mark.parametrize(
    ("by", "renewed", "answer_by", "silence"),
    [
        (T + 30, False, T + 30, "agreed"),
        (T + 31, False, T + 30, "cancelled"),
        (T + 1, False, T + 1, "agreed"),
        (None, False, T + 30, "cancelled"),
        (T + 5, True, T + 2, "cancelled"),
        (None, True, T + 2, "cancelled"),
    ],
)
def test_435_2_b_what_silence_means_on_either_side_of_thirty_days(
    by: int | None, renewed: bool, answer_by: int, silence: str
) -> None:
    found = asked(day(T), day(T + 2) if renewed else day(T), day(by) if by else None, renewed=renewed)
    assert found == Asked(by=day(by) if by else None, answer_by=day(answer_by), silence=silence)  # type: ignore[arg-type]
    assert found.ends_on == (day(answer_by + 1) if silence == "cancelled" else None)


def test_435_2_b_a_later_date_is_asked_in_place_of_the_confirmation_once_it_has_settled() -> None:
    world = us(arrives(1, T + 1)).until(at(1))
    assert [(when, tell.kind) for when, tell in world.gone] == [(at(0, 11), ASK)]
    assert world.gone[0][1].facts.answer_by == day(T + 1)
    assert world.gone[0][1].facts.why is None, "no delivery was planned for it that comes later"
    assert us(arrives(1, T)).until(at(1)).kinds() == ["confirmed"]


def test_435_2_b_1_ii_a_first_notice_within_thirty_days_moves_the_legal_date_by_silence() -> None:
    world = us(arrives(1, T + 10)).until(at(1))
    assert n(legal_date(RULES, world.state)) == T + 10
    assert world.state.consent == Consent(state="implied", until=day(T + 10), answer_by=day(T + 10))


def test_435_2_b_1_iii_a_first_notice_beyond_thirty_days_needs_an_answer_until_then() -> None:
    world = us(arrives(1, T + 31)).until(at(1))
    assert n(legal_date(RULES, world.state)) == T
    assert world.state.consent == Consent(state="asked", until=day(T + 31), answer_by=day(T + 30))
    assert world.until(at(T + 30, 23)).days(Kind.CANCELLED) == []
    assert world.until(at(T + 31, 10)).days(Kind.CANCELLED) == [T + 31]
    assert world.state.cancellations[0].by == "no_consent"
    assert world.state.consent.state == "expired"


def test_435_2_b_2_a_renewed_notice_ends_with_the_agreed_date() -> None:
    world = us(arrives(1, T + 10)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 25)))
    world.until(at(6))
    assert world.state.consent == Consent(state="asked", until=day(T + 25), answer_by=day(T + 10))
    assert n(legal_date(RULES, world.state)) == T + 10
    assert world.until(at(90)).days(Kind.CANCELLED) == [T + 11]


def test_435_2_b_1_a_worse_date_replaces_the_question_and_keeps_its_deadline() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 60)))
    world.until(at(6))
    assert world.days(ASK) == [0, 5]
    question = open_question(world.state)
    assert question is not None
    assert (n(question.by), n(question.answer_by), question.silence) == (T + 60, T + 30, "cancelled")


def test_435_2_b_1_a_better_date_changes_neither_the_deadline_nor_what_silence_means() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    before = open_question(world.state)
    world.react(supply(at(5), arrives(1, T - 5)))
    world.until(at(6))
    assert (world.days(ASK), world.days(Kind.EARLIER)) == ([0], [5])
    assert open_question(world.state) == before
    assert world.until(at(90)).days(Kind.CANCELLED) == [T + 31]


def test_good_news_never_moves_the_legal_date() -> None:
    world = us(arrives(1, T + 10)).until(at(1))
    world.react(supply(at(5), arrives(1, T - 5)))
    assert n(legal_date(RULES, world.until(at(6)).state)) == T + 10


def test_435_2_b_1_a_line_without_a_date_is_asked_and_says_why() -> None:
    world = us().until(at(1))
    facts = world.last(ASK).facts
    assert (facts.by, facts.why is not None, facts.answer_by) == (None, True, day(T + 30))


# --- the duty to ask three days before


@pytest.mark.parametrize("allocated", [0, 1])
def test_a_line_that_has_not_shipped_is_asked_three_days_before_allocated_or_not(allocated: int) -> None:
    world = us(arrives(1, T)).until(at(2))
    if allocated:
        world.react(supply(at(2), allocated=1))
    world.until(at(T - 3, 9))
    assert world.days(ASK) == []
    world.until(at(T - 3, 10))
    assert world.days(ASK) == [T - 3]
    facts = world.last(ASK).facts
    assert facts.ask_until == day(T + 7)
    assert n(legal_date(RULES, world.state)) == T + 7


def test_what_has_shipped_in_full_is_not_asked_about_and_a_label_is_no_shipment() -> None:
    world = us(arrives(1, T)).until(at(2))
    world.react(ship(at(T - 4), 1))
    assert world.until(at(90)).days(ASK) == []


def test_the_order_system_hears_three_days_before_and_a_person_the_day_before() -> None:
    world = us(arrives(1, T)).until(at(2))
    world.react(supply(at(2), allocated=1))
    world.until(at(T + 7 - 3, 9))
    assert [each.data["date"] for _, each in world.published if each.type == "ship_by_law"] == [
        day(T).isoformat()
    ]
    world.until(at(T + 7 - 3, 10))
    assert world.event("ship_by_law") == {"date": day(T + 7).isoformat(), "quantity": 1}
    assert world.until(at(T + 7 - 1, 9)).state.needs == ()
    assert world.until(at(T + 7 - 1, 10)).state.needs == ("ships_or_ends",)
    world.react(ship(at(T + 7 - 1, 12), 1))
    assert (world.state.needs, world.stands()) == ((), Status.FULFILLED)


# --- what a duty wins over


def test_a_duty_wins_over_a_hold_and_over_the_distance_between_delays() -> None:
    world = us(arrives(1, T - 2)).until(at(1))
    world.react(supply(at(2), arrives(1, T - 1)))
    world.until(at(3))
    world.react(hold(at(3), at(25)))
    world.react(supply(at(4), arrives(1, T + 1)))
    assert world.until(at(5)).days(ASK) == [4]


def test_a_notice_that_was_waiting_for_a_hold_does_not_keep_a_question_back() -> None:
    world = us(arrives(1, T - 8)).until(at(1))
    world.react(hold(at(2), at(30)))
    world.react(supply(at(3), arrives(1, T - 1)))
    assert world.until(at(T - 2)).days(ASK) == [T - 3]


# --- what comes back


def test_435_2_b_3_a_bounce_takes_back_the_notice_its_legal_date_and_implied_consent() -> None:
    world = us(arrives(1, T + 10)).until(at(1))
    key = world.gone[-1][1].key
    world.react(MessageFailed(at=at(3), day=day(3), key=key, reason="it bounced", revision=1))
    assert n(legal_date(RULES, world.state)) == T
    assert (world.state.consent.state, world.state.promise) == ("none", None)
    assert "unreachable" in world.state.needs


def test_where_nothing_can_be_written_a_person_calls_three_days_early() -> None:
    world = us(arrives(1, T), context=DecisionContext(by_hand=True))
    world.refuses = True
    assert "legal_notice" not in world.until(at(T - 6, 9)).state.needs
    assert "legal_notice" in world.until(at(T - 6, 10)).state.needs


@pytest.mark.parametrize(("offered", "moved"), [(True, T + 10), (False, T)])
def test_a_call_counts_only_if_it_offered_to_cancel(offered: bool, moved: int) -> None:
    world = us(arrives(1, T + 10), context=DecisionContext(by_hand=True))
    world.until(at(1))
    assert "legal_notice" in world.state.needs
    world.react(call(at(1), T + 10, offered=offered))
    assert n(legal_date(RULES, world.state)) == moved
    assert ("legal_notice" in world.state.needs) is not offered


@pytest.mark.parametrize(("hour", "moved"), [(23, T + 10), (24, T)])
def test_a_call_after_the_legal_date_counts_for_nothing(hour: int, moved: int) -> None:
    world = us(arrives(1, T + 10), context=DecisionContext(by_hand=True))
    world.until(at(T + 1, 9))
    world.react(call(at(T + 1, 9), T + 10, came=at(T, 0) + timedelta(hours=hour)))
    assert n(legal_date(RULES, world.state)) == moved


# --- the start


@pytest.mark.parametrize(("offered", "moved"), [(True, T + 10), (False, T)])
def test_an_imported_notice_counts_only_if_it_offered_to_cancel(offered: bool, moved: int) -> None:
    told = Notice(at=at(1), on=day(1), medium="email", by_date=day(T + 10), offered=offered)
    world = us(arrives(1, T + 10), start=at(3), opened=3, notices=[told])
    assert n(legal_date(RULES, world.state)) == moved


def test_consent_at_the_start_moves_the_legal_date() -> None:
    state = replace(
        blank(pack="us-ftc-435", law=T, opened=T + 5), consent=Consent(state="given", until=day(T + 40))
    )
    world = begun(RULES, arrives(1, T + 40), start=at(T + 5), state=state)
    assert n(legal_date(RULES, world.state)) == T + 40
    assert world.state.needs == ()


@pytest.mark.parametrize(
    ("consent", "promised", "stands", "legal"),
    [
        (Consent(state="implied", until=day(T + 8)), None, "implied", T + 8),
        (Consent(state="implied"), T + 6, "implied", T + 6),
        (Consent(state="given"), T + 6, "given", T + 6),
        (Consent(state="given"), None, "none", T),
        (Consent(state="indefinite"), T + 6, "indefinite", None),
    ],
)
def test_consent_before_the_start_is_what_it_was_and_covers_the_day_that_was_promised(
    consent: Consent, promised: int | None, stands: str, legal: int | None
) -> None:
    state = replace(blank(pack="us-ftc-435", law=T), consent=consent)
    told = None if promised is None else 0
    world = begun(RULES, arrives(1, 2), state=state, promised_by=promised, told=told)
    assert (world.state.consent.state, n(legal_date(RULES, world.state))) == (stands, legal)


def test_a_duty_that_was_broken_at_the_start_is_reviewed_and_nothing_ends_for_two_days() -> None:
    world = us(arrives(1, T + 10), start=at(T + 5), opened=T + 5)
    assert "legal_review" in world.state.needs
    assert world.until(at(T + 7, 9)).days(Kind.CANCELLED) == []
    assert world.until(at(T + 7, 10)).days(Kind.CANCELLED) == [T + 7]


# --- what a notice says


WHOLE = Facts(by=day(30), silence="cancelled", answer_by=day(25), ends_on=day(26), refundable=False)


@pytest.mark.parametrize(
    ("lacking", "part"),
    [
        (WHOLE.replace(by=None), 0),
        (WHOLE.replace(refundable=True), 1),
        (WHOLE.replace(silence=""), 2),
        (WHOLE.replace(answer_by=None), 2),
        (WHOLE.replace(ends_on=None), 2),
        (WHOLE.replace(silence="agreed"), 2),
    ],
)
def test_435_2_b_1_a_notice_lacks_what_it_does_not_say(lacking: Facts, part: int) -> None:
    assert missing_parts(WHOLE) == ()
    assert missing_parts(lacking) == (list(PARTS)[part],)


def test_every_notice_that_the_engine_writes_is_whole() -> None:
    for payment in ("captured", "authorized", "unpaid"):
        for arrivals in ((arrives(1, T + 10),), (arrives(1, T + 40),), ()):
            facts = us(*arrivals, payment=payment).until(at(1)).last(ASK).facts
            assert missing_parts(facts) == ()
            assert (facts.refund is not None) is (payment == "captured") is facts.refundable
