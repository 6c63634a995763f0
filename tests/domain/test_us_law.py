"""16 CFR Part 435: what is asked and when, what silence means, and when a line ends without consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backorder.domain.calendar import Calendar
from backorder.domain.law.delay_notices import Asked, asked
from backorder.domain.law.notice_parts import PARTS, missing_parts
from backorder.domain.line.events import MessageFailed, Notice, NoticeGiven
from backorder.domain.line.ledger import outstanding
from backorder.domain.line.legal_dates import is_over, last_day, legal_date, open_question
from backorder.domain.line.state import Consent, DecisionContext, Status
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from tests.support.days import day
from tests.support.lines import (
    accepted,
    answer,
    arrives,
    at,
    blank,
    cancel,
    hold,
    pay,
    policy,
    refund,
    ship,
    stage,
    supply,
)
from tests.support.world import World, begun

ZONES = (
    *("UTC", "America/New_York", "America/Santiago", "America/St_Johns", "Pacific/Honolulu", "Pacific/Apia"),
    *("Pacific/Chatham", "Europe/Berlin", "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe"),
)
T = 20
"""The legal date of the lines here, in days from their start."""
RULES = policy(every=90)
ASK = Kind.CONSENT_REQUEST


def us(*arrivals: object, law: int = T, **fields: object) -> World:
    return begun(RULES, *arrivals, pack="us-ftc-435", law=law, region="US", **fields)  # type: ignore[arg-type]


def n(found: date | None) -> int | None:
    return None if found is None else (found - day(0)).days


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


# --- answers


def test_consent_covers_the_date_that_was_shown_and_a_later_one_asks_again() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep"))
    assert n(legal_date(RULES, world.state)) == T + 40
    assert world.state.consent == Consent(state="given", until=day(T + 40))
    world.react(supply(at(5), arrives(1, T + 50)))
    assert world.until(at(6)).days(ASK) == [0, 5]
    assert world.state.consent.answer_by == day(T + 40)


def test_an_answer_names_the_revision_that_it_saw() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 60)))
    world.until(at(6))
    world.react(answer(at(7), "keep", revision=1))
    assert n(legal_date(RULES, world.state)) == T + 40
    assert open_question(world.state) is not None


def test_who_keeps_a_better_date_answers_the_question_that_it_left_open() -> None:
    world = us().until(at(1))
    world.react(supply(at(5), arrives(1, T + 35)))
    world.until(at(6))
    assert (world.days(ASK), world.days(Kind.EARLIER), world.promised) == ([0], [5], T + 35)
    world.react(answer(at(7), "keep", revision=world.state.revision))
    assert open_question(world.state) is None
    assert world.state.consent == Consent(state="given", until=day(T + 35))
    assert world.until(at(T + 33)).days(Kind.CANCELLED) == []
    assert world.days(ASK) == [0, T + 32], "three days before the day that was agreed"


def test_a_better_date_that_was_kept_is_what_is_agreed_and_not_the_worse_one_that_was_asked_for() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(supply(at(5), arrives(1, T + 12)))
    world.until(at(6))
    world.react(answer(at(7), "keep", revision=world.state.revision))
    assert world.state.consent == Consent(state="given", until=day(T + 12))
    assert world.until(at(T + 10)).days(ASK) == [0, T + 9]


@pytest.mark.parametrize(
    ("later", "ends"), [({}, None), ({"indefinite": True}, None), ({"until": 50}, 51), ({"until": 30}, 31)]
)
def test_what_a_customer_said_last_of_their_own_last_day_counts(
    later: dict[str, Any], ends: int | None
) -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep", until=day(40)))
    said = {name: day(value) if name == "until" else value for name, value in later.items()}
    world.react(answer(at(7), "keep", request="a2", **said))
    late = answer(at(8), "keep", request="a3", until=day(25))
    world.react(replace(late, received_at=at(3)))  # it was said before, and is only recorded later
    assert world.until(at(T + 40)).days(Kind.CANCELLED) == ([] if ends is None else [ends])


@pytest.mark.parametrize(("until", "kept"), [(5, False), (6, True)])
def test_a_last_day_that_is_over_when_it_is_named_is_refused(until: int, kept: bool) -> None:
    world = us(arrives(1, T + 40)).until(at(6))
    decision = world.react(answer(at(6), "keep", until=day(until)))
    assert accepted(decision) is kept
    assert world.state.quantity.open == 1
    assert kept or f"{day(until).isoformat()} is over" in decision.reason


def test_a_last_day_for_a_part_wants_a_word_about_the_rest() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    refused = world.react(answer(at(2), "keep", quantity=2, until=day(40)))
    assert not accepted(refused)
    assert "what becomes of the rest" in refused.reason
    world.react(answer(at(2), "keep", request="a2", quantity=2, until=day(40), rest="cancel"))
    assert (world.state.quantity.open, world.state.last_day) == (2, day(40))


@pytest.mark.parametrize(("arrival", "agreed"), [(None, T + 35), (T + 40, T + 12)])
def test_an_answer_without_a_revision_is_about_the_last_news(arrival: int | None, agreed: int) -> None:
    world = us(*([arrives(1, arrival)] if arrival else [])).until(at(1))
    world.react(supply(at(5), arrives(1, agreed)))
    world.until(at(6))
    world.react(answer(at(7), "keep", via="email"))
    assert world.state.consent == Consent(state="given", until=day(agreed))


def test_a_keep_of_the_news_between_two_questions_leaves_the_second_open() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(supply(at(3), arrives(1, T + 12)))
    world.until(at(4))
    world.react(supply(at(6), arrives(1, T + 60)))
    world.until(at(7))
    assert (world.days(ASK), world.days(Kind.EARLIER)) == ([0, 6], [3])
    world.react(answer(at(8), "keep", revision=2))
    question = open_question(world.state)
    assert question is not None
    assert (question.by, n(legal_date(RULES, world.state))) == (day(T + 60), T + 12)


@pytest.mark.parametrize("again", [{}, {"indefinite": True}, {"until": day(70)}])
def test_the_acknowledgement_names_the_last_day_that_counts_no_more(again: dict[str, Any]) -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep", until=day(40)))
    assert world.last(Kind.ANSWER_RECEIVED).facts.dropped_day is None
    world.react(answer(at(7), "keep", request="a2", **again))
    assert world.last(Kind.ANSWER_RECEIVED).facts.dropped_day == day(40)


def test_a_reminder_of_a_last_day_that_counts_no_more_does_not_go() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep", until=day(40)))
    world.until(at(38, 9))
    world.down = True
    world.until(at(38, 11))
    world.react(answer(at(38, 12), "keep", request="a2"))
    world.down = False
    assert world.until(at(39)).days(Kind.LAST_DAY_REMINDER) == []


def test_a_keep_in_time_that_is_recorded_later_withdraws_the_end_after_the_customers_own_day() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep", until=day(40)))
    world.until(at(41, 11))
    assert world.stands() is Status.CLOSING
    world.react(replace(answer(at(41, 12), "keep", request="a2", until=day(40)), received_at=at(40, 22)))
    assert world.stands() is Status.CLOSING
    world.react(replace(answer(at(41, 13), "keep", request="a3"), received_at=at(40, 23)))
    assert (world.stands(), world.state.last_day) == (Status.WAITING, None)
    assert world.until(at(57)).stands() is Status.WAITING


def ended_after_their_own_day() -> World:
    """Five units that a customer wanted until day 40; that day is over, and they have read so."""
    world = us(arrives(5, T + 40), units=5).until(at(1))
    world.react(answer(at(2), "keep", until=day(40)))
    return world.until(at(41, 11))


@pytest.mark.parametrize(("kept", "rest", "left"), [(2, "", 0), (2, "cancel", 2), (5, "", 5)])
def test_a_keep_of_a_part_leaves_the_customers_own_day_as_it_is(kept: int, rest: Any, left: int) -> None:
    world = ended_after_their_own_day()
    late = answer(at(41, 12), "keep", request="a2", quantity=kept, rest=rest)
    world.react(replace(late, received_at=at(40, 22)))
    assert world.until(at(42)).state.quantity.open == left
    assert world.events("cancellation_withdrawn") == (["cancellation_withdrawn"] if left else [])


@pytest.mark.parametrize(
    ("came", "word", "asks"),
    [
        (22, {"choice": "keep"}, True),
        (22, {"choice": "keep", "until": day(60)}, True),
        (22, {"choice": "keep", "quantity": 3, "rest": "cancel"}, True),
        (22, {"choice": "alternative", "sku": "LAMP"}, True),
        (22, {"choice": "keep", "until": day(40)}, False),
        (22, {"choice": "keep", "quantity": 3}, False),
        (26, {"choice": "keep"}, False),
    ],
)
def test_a_word_in_time_is_a_persons_to_see_to_once_money_of_the_customers_own_day_was_sent(
    came: int, word: dict[str, Any], asks: bool
) -> None:
    world = ended_after_their_own_day()
    world.react(refund(at(41, 12), "10.00"))
    late = answer(at(41, 13), word.pop("choice"), request="a2", **word)
    decision = world.react(replace(late, received_at=at(40) + timedelta(hours=came - 12)))
    assert (accepted(decision), world.state.needs) == (asks, ("kept_before_ending",) if asks else ())
    assert (world.state.quantity.open, world.events("cancellation_withdrawn")) == (0, [])


def test_an_agreement_to_the_rest_that_was_ended_and_paid_back_is_a_persons_to_see_to() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2))
    world.until(at(T + 31, 11)).react(refund(at(T + 31, 12), "10.00"))
    world.react(replace(answer(at(T + 31, 13), "keep", request="a2"), received_at=at(T + 30, 22)))
    assert (world.state.quantity.open, world.state.needs) == (2, ("kept_before_ending",))


def test_the_customer_reads_of_each_end_after_their_own_day() -> None:
    world = ended_after_their_own_day()
    world.react(replace(answer(at(41, 12), "keep", request="a2"), received_at=at(40, 20)))
    assert world.state.quantity.open == 5
    world.react(replace(answer(at(41, 13), "keep", request="a3", until=day(40)), received_at=at(40, 21)))
    keys = [tell.key for _, tell in world.until(at(42)).gone if tell.kind is Kind.CANCELLED]
    assert (world.stands(), len(keys), len(set(keys))) == (Status.CLOSING, 2, 2)


def test_the_customer_reads_of_each_end_for_want_of_consent() -> None:
    world = us(arrives(5, T + 40), units=5).until(at(T + 31, 11))
    world.react(replace(answer(at(T + 31, 12), "keep", quantity=2), received_at=at(T + 30, 22)))
    told = [tell for _, tell in world.until(at(T + 32)).gone if tell.kind is Kind.CANCELLED]
    assert [tell.facts.quantity for tell in told] == [5, 3]
    assert (world.state.quantity.open, len({tell.key for tell in told})) == (2, 2)


def test_an_acknowledgement_names_no_day_that_does_not_count() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(7), "keep", until=day(50)))
    world.react(replace(answer(at(8), "keep", request="a2", until=day(25)), received_at=at(3)))
    assert (world.last(Kind.ANSWER_RECEIVED).facts.until, world.state.last_day) == (day(T + 40), day(50))


def test_keeping_a_question_without_a_date_is_consent_for_as_long_as_it_takes() -> None:
    world = us().until(at(1))
    world.react(answer(at(2), "keep"))
    assert world.state.consent.state == "indefinite"
    assert world.until(at(200)).days(ASK, Kind.CANCELLED) == [0]
    world.react(cancel(at(201)))
    assert world.stands() is Status.CLOSING


@pytest.mark.parametrize(("minute", "kept"), [(59, True), (60, False)])
def test_what_counts_of_an_answer_is_when_it_came_in(minute: int, kept: bool) -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    came = at(T + 30, 23) + timedelta(minutes=minute)
    world.until(at(T + 31, 9))
    decision = world.react(replace(answer(at(T + 31, 9), "keep"), received_at=came))
    assert accepted(decision) is kept
    assert (world.until(at(T + 32)).days(Kind.CANCELLED) == []) is kept


def test_an_agreement_in_time_that_was_recorded_later_withdraws_the_ending() -> None:
    world = us(arrives(2, T + 40), units=2).until(at(T + 31, 11))
    assert world.stands() is Status.CLOSING
    world.react(replace(answer(at(T + 31, 12), "keep"), received_at=at(T + 30, 23)))
    assert (world.stands(), world.state.quantity.waiting, world.state.refunds) == (Status.WAITING, 2, ())
    assert world.event("cancellation_withdrawn") == {
        "quantity": 2,
        "shipment_id": None,
        "refund_due": "0",
    }
    assert n(legal_date(RULES, world.state)) == T + 40


@pytest.mark.parametrize(
    ("units", "ended", "read", "paid"),
    [(2, 2, True, True), (3, 1, True, True), (2, 2, True, False), (2, 2, False, True)],
)
def test_who_read_of_an_ending_that_is_withdrawn_reads_that_it_is_off(
    units: int, ended: int, read: bool, paid: bool
) -> None:
    world = us(arrives(units, T + 40), units=units, payment="captured" if paid else "authorized").until(at(1))
    if ended < units:
        world.react(answer(at(2), "keep", quantity=units - ended, request="a0"))
    world.until(at(T + 31, 9))
    world.down = not read
    world.until(at(T + 31, 11))
    world.react(replace(answer(at(T + 31, 12), "keep", request="a1"), received_at=at(T + 30, 23)))
    world.down = False
    facts = world.until(at(T + 32)).last(Kind.ANSWER_RECEIVED).facts
    back = Money(Decimal(10 * ended), "EUR") if read and paid else None
    assert (facts.uncancelled, facts.refund) == (ended if read else 0, back)
    assert (Kind.CANCELLED.value in world.kinds()) is read


def test_an_agreement_in_time_is_a_persons_to_see_to_once_money_was_sent() -> None:
    world = us(arrives(2, T + 40), units=2).until(at(T + 31, 11))
    world.react(refund(at(T + 31, 12), "20.00"))
    world.react(replace(answer(at(T + 31, 13), "keep"), received_at=at(T + 30, 23)))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ("kept_before_ending",))


@pytest.mark.parametrize(
    ("came", "offered", "taken", "asks"),
    [
        (T, True, True, ("tell_customer", "kept_before_ending")),
        (T + 1, True, True, ()),
        (T, False, False, ("tell_customer",)),
    ],
)
@pytest.mark.parametrize("units", [1, 2])
def test_a_call_in_time_that_is_recorded_after_the_ending_is_a_persons_to_see_to(
    units: int, came: int, offered: bool, taken: bool, asks: tuple[str, ...]
) -> None:
    world = us(arrives(2, T + 40), units=units, context=DecisionContext(by_hand=True))
    world.until(at(T + 1, 11))
    assert world.stands() is Status.CLOSING
    call = NoticeGiven(
        at=at(T + 1, 12),
        day=day(T + 1),
        request="n",
        as_of=at(came, 11),
        medium="call",
        by_date=day(T + 20),
        offered=offered,
    )
    decision = world.react(call)
    assert (accepted(decision), world.state.needs) == (taken, asks)
    assert world.state.quantity.cancelled == units


def test_a_keep_after_the_end_changes_nothing() -> None:
    world = us(arrives(1, T + 40)).until(at(T + 31, 11))
    assert not accepted(world.react(answer(at(T + 32), "keep")))


def test_an_answer_for_a_part_leaves_the_rest_unanswered() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2))
    assert world.state.consent.state == "asked"
    world.until(at(T + 32))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2)
    assert n(legal_date(RULES, world.state)) == T + 40
    assert world.until(at(T + 40, 23)).state.quantity.open == 2


def test_keeping_some_and_cancelling_some_is_one_answer() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2, rest="cancel"))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2)
    assert world.state.consent == Consent(state="given", until=day(T + 40))


def test_a_cancel_after_a_keep_counts_until_the_shipment() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep"))
    world.react(answer(at(3), "cancel", request="a2"))
    assert world.stands() is Status.CLOSING


@pytest.mark.parametrize("via", ["link", "email"])
def test_a_refusal_is_shown_and_ends_the_line(via: str) -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "cancel", via=via))
    world.until(at(2, 13))
    assert (world.state.consent.state, world.stands()) == ("refused", Status.CLOSING)


def test_a_customers_own_last_day_is_kept_with_a_reminder_and_replaces_no_notice() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep", until=day(T + 20)))
    assert n(legal_date(RULES, world.state)) == T + 40
    world.until(at(T + 18, 11))
    assert world.days(Kind.LAST_DAY_REMINDER) == [T + 18]
    assert world.last(Kind.LAST_DAY_REMINDER).facts.ends_on == day(T + 21)
    assert world.until(at(T + 21, 9)).days(Kind.CANCELLED) == []
    world.until(at(T + 21, 10))
    assert (world.days(Kind.CANCELLED), world.state.cancellations[0].by) == ([T + 21], "customer")


# --- silence


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("UTC", T + 31),
        ("America/New_York", T + 31),
        ("Pacific/Honolulu", T + 31),
        ("Pacific/Pago_Pago", T + 32),
    ],
)
def test_a_deadline_ends_with_its_day_at_the_shop_or_at_the_customer(zone: str, ends: int) -> None:
    """In Honolulu the day ends at 10:00 at the shop, sharp: the look at 10:00 is the next one."""
    world = us(arrives(1, T + 40), context=DecisionContext(zones=(zone,))).until(at(T + 40))
    assert world.days(Kind.CANCELLED) == [ends]


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.sampled_from(ZONES),
    st.lists(st.sampled_from(ZONES), max_size=3),
)
@example(date(2026, 3, 7), "America/New_York", ["Europe/Berlin"])  # the day before the clocks are set
@example(date(2026, 10, 25), "Europe/Berlin", ["Australia/Lord_Howe"])  # a day of 25 hours
@example(date(2026, 9, 5), "America/Santiago", [])  # its midnight does not exist
def test_a_day_is_over_once_it_is_over_everywhere_also_when_clocks_are_set(
    on: date, shop: str, zones: list[str]
) -> None:
    rules = replace(RULES, calendar=Calendar(zone=shop))
    state = replace(blank(), context=DecisionContext(zones=tuple(zones)))
    over, places = is_over(rules, state, on), [ZoneInfo(each) for each in (shop, *zones)]
    assert all(over.astimezone(place).date() > on for place in places)
    before = (over.astimezone(UTC) - timedelta(seconds=1)).astimezone
    assert any(before(place).date() <= on for place in places), "and not a moment later"


def test_the_look_of_the_day_after_is_too_early_where_the_customers_day_ends_later() -> None:
    rules = replace(RULES, calendar=Calendar(zone="Asia/Tokyo"))
    world = begun(rules, arrives(1, T + 40), pack="us-ftc-435", law=T)
    world.context = replace(world.context, zones=("America/New_York",))
    world.until(at(T + 40))
    # Midnight in New York is 04:00 UTC, 13:00 in Tokyo: after the look at 10:00 there.
    (ended,) = [when for when, tell in world.gone if tell.kind is Kind.CANCELLED]
    assert ended == datetime(2025, 4, 24, 1, tzinfo=UTC)


def test_the_right_to_the_refund_arises_with_the_deadline_not_with_the_day_of_recording() -> None:
    world = us(arrives(1, T + 40)).until(at(T + 31, 11))
    (owed,) = world.state.refunds
    assert owed.vested_at == at(T + 31, 0) - timedelta(seconds=1)  # on the last day for an answer
    assert owed.due_by == day(T + 30 + 9)  # seven working days, the first of them the day after


@pytest.mark.parametrize("who", ["law", "own day"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Honolulu"])
def test_a_refund_is_counted_from_the_day_after_the_deadline_wherever_its_day_ends(
    who: str, zone: str
) -> None:
    tokyo = replace(RULES, calendar=Calendar(zone="Asia/Tokyo"))
    law = {"pack": "us-ftc-435", "law": T, "region": "US"} if who == "law" else {}
    context = DecisionContext(zones=(zone,))
    world = begun(tokyo, arrives(1, T + 80), context=context, **law)  # type: ignore[arg-type]
    if who == "own day":
        world.until(at(1)).react(answer(at(1), "keep", until=day(T + 30)))
    world.until(at(T + 33))
    (owed,) = world.state.refunds
    assert (tokyo.calendar.day(owed.vested_at), owed.due_by) == (day(T + 30), day(T + 39))
    captured = begun(tokyo, arrives(1, T + 80), context=context, payment="authorized", **law)  # type: ignore[arg-type]
    if who == "own day":
        captured.until(at(1)).react(answer(at(1), "keep", until=day(T + 30)))
    captured.until(at(T + 40)).react(pay(at(T + 40), "captured"))
    (owed,) = captured.state.refunds
    assert owed.vested_at == at(T + 40)  # money that is taken later is owed from then on


def test_an_ending_is_announced_and_withdrawn_if_the_customer_agrees() -> None:
    world = us(arrives(1, T + 40)).until(at(T + 29, 11))
    assert world.event("ending_due") == {"stage": "no_consent", "on": day(T + 31).isoformat()}
    world.react(answer(at(T + 29, 12), "keep"))
    assert world.event("ending_withdrawn") == {"stage": "no_consent", "on": day(T + 31).isoformat()}


def test_435_2_c_5_a_notice_that_was_never_told_ends_the_line_the_day_after_the_legal_date() -> None:
    world = us(arrives(1, T + 10))
    world.down = True
    world.until(at(T + 1, 11))
    assert world.state.cancellations[0].by == "no_consent"
    assert world.state.cancellations[0].received_at == at(T + 1, 0)


# --- money


def test_435_1_b_a_coupon_that_was_given_lowers_no_refund() -> None:
    thanks = policy(stage("thanks", "coupon", waited=3), every=90)
    world = begun(thanks, arrives(2, T), units=2, pack="us-ftc-435", law=T).until(at(5))
    assert world.days(Kind.COUPON) == [3]
    world.react(cancel(at(6)))
    assert [each.amount for each in world.state.refunds] == [Decimal("20.00")]


@pytest.mark.parametrize("means", ["coupon", "Store credit ", "voucher"])
def test_435_1_b_store_credit_never_takes_the_place_of_a_refund(means: str) -> None:
    world = us(arrives(1, T)).until(at(2))
    world.react(cancel(at(2)))
    refused = world.react(replace(refund(at(3), "10.00"), means=means))
    assert not accepted(refused)
    assert "no money" in refused.reason
    assert outstanding(world.state) == Decimal("10.00")
    assert accepted(world.react(refund(at(3), "10.00", id="f2")))
    elsewhere = begun(RULES, arrives(1, T), pack="plain").until(at(2))
    elsewhere.react(cancel(at(2)))
    assert accepted(elsewhere.react(replace(refund(at(3), "10.00"), means=means)))


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


def call(
    when: datetime, by: int | None, *, offered: bool = True, came: datetime | None = None
) -> NoticeGiven:
    return NoticeGiven(
        at=when,
        day=when.date(),
        request="n1",
        as_of=came or when,
        medium="call",
        by_date=None if by is None else day(by),
        offered=offered,
    )


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


# --- whatever happens, in whatever order

STEP = st.tuples(
    st.integers(0, 3),
    st.sampled_from(
        ["supply", "supply", "allocate", "keep", "part", "cancel", "ship", "bounce", "call", "hold"]
    ),
    st.integers(0, 80),
)


@given(st.lists(STEP, max_size=14), st.sampled_from(["UTC", "America/New_York", "Pacific/Honolulu"]))
def test_no_line_is_kept_beyond_its_last_day_and_nothing_is_cancelled_twice(
    steps: list[tuple[int, str, int]], zone: str
) -> None:
    world = us(arrives(2, 10), units=2)
    world.context = DecisionContext(zones=(zone,))
    when = at(0, 12)
    for number, (wait, what, value) in enumerate(steps):
        when += timedelta(days=wait, hours=value % 11)
        world.until(when)
        _never_late(world, when)
        _happen(world, when, what, value, str(number))
        _never_late(world, when)
    for later in range(1, 140, 7):
        _never_late(world.until(when + timedelta(days=later)), when + timedelta(days=later))
    quantity = world.state.quantity
    assert quantity.shipped + quantity.cancelled + quantity.open == 2
    assert sum(each.units for each in world.state.cancellations) == quantity.cancelled
    assert sum((each.amount for each in world.state.refunds), Decimal(0)) == 10 * quantity.cancelled


def _never_late(world: World, when: datetime) -> None:
    """A line that is open has a last day that is not over for more than a look."""
    last = last_day(RULES, world.state)
    if world.state.quantity.open and last is not None and last >= world.state.ordered_on:
        assert when.date() - last <= timedelta(days=2)


def _happen(world: World, when: datetime, what: str, value: int, name: str) -> None:
    open = world.state.quantity.open
    match what:
        case "supply" if open:
            world.react(supply(when, arrives(open, n(when.date()) + value)))  # type: ignore[operator]
        case "allocate" if open:
            world.react(supply(when, allocated=open))
        case "keep":
            world.react(answer(when, "keep", request=name))
        case "part":
            world.react(answer(when, "keep", request=name, quantity=1))
        case "cancel":
            world.react(answer(when, "cancel", request=name, quantity=1))
        case "ship" if open:
            world.react(ship(when, 1, id=name))
        case "bounce" if world.gone:
            told = world.gone[-1][1]
            world.react(
                MessageFailed(at=when, day=when.date(), key=told.key, reason="back", revision=told.revision)
            )
        case "call":
            world.react(replace(call(when, n(when.date()) + value), request=name))  # type: ignore[operator]
        case "hold" if open:
            world.react(hold(when, when + timedelta(days=1 + value % 20)))


@pytest.mark.parametrize("last", range(7))
@pytest.mark.parametrize("later", range(1, 6))
def test_no_two_questions_of_which_silence_means_the_opposite_follow_within_a_day(
    last: int, later: int
) -> None:
    world = begun(policy(), arrives(1, last + later), law=last, pack="us-ftc-435").until(at(60))
    asked = [(when, tell.facts) for when, tell in world.gone if tell.kind is Kind.CONSENT_REQUEST]
    (first, near), (second, then), *_ = asked
    assert (near.silence, then.silence) == ("agreed", "cancelled")
    assert second - first > timedelta(days=1)
    if last + later <= 4:  # the next question would follow at once
        assert (near.by, near.ask_until) == (day(last + later), day(last + 7))
        assert near.answer_by == day(last + 7)
    else:
        assert (near.by, near.ask_until) == (day(last + later), None)
