"""Answers to a notice of the US delay rule: what consent covers, what counts, and when (16 CFR 435.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backorder.domain.line.events import ContactChanged, NoticeGiven
from backorder.domain.line.legal_dates import legal_date, open_question
from backorder.domain.line.state import Consent, DecisionContext, Status
from backorder.domain.money import Money
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import ASK, RULES, T, n, us
from tests.support.days import day
from tests.support.lines import (
    accepted,
    answer,
    arrives,
    at,
    cancel,
    refund,
    supply,
)
from tests.support.world import World

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
        "refund_due": "0.00",
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


def test_who_keeps_a_part_reads_what_is_still_asked_of_the_rest() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=1))
    said = world.last(Kind.ANSWER_RECEIVED).facts
    assert (said.quantity, said.part_of_line, said.until) == (1, True, day(T + 40))
    assert (said.unanswered, said.silence, said.answer_by) == (2, "cancelled", day(T + 30))
    world.react(answer(at(3), "keep", request="a2", quantity=2))
    said = world.last(Kind.ANSWER_RECEIVED).facts
    assert (said.quantity, said.unanswered, said.silence) == (2, 0, "")


def test_a_part_kept_of_an_older_question_names_the_newer_one() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    shown = world.state.questions[-1].revision
    world.react(supply(at(5), arrives(3, T + 50)))
    world.until(at(6)).react(replace(answer(at(7), "keep", quantity=1), revision=shown))
    said = world.last(Kind.ANSWER_RECEIVED).facts
    assert (said.asks_again, said.unanswered, said.answer_by) == (True, 2, day(T + 30))


def test_a_question_that_goes_once_more_asks_about_what_is_left_of_it() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=1))
    moved = ContactChanged(at=at(3), day=day(3), fields=("sms",), reached=True, by="Eva", channel="sms")
    world.react(moved)
    said = world.until(at(3, 23)).last(ASK).facts
    assert (said.quantity, said.part_of_line) == (2, True)
    assert said.refund == Money(Decimal("20.00"), "EUR")


def test_keeping_some_and_cancelling_some_is_one_answer() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=2, rest="cancel"))
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 2)
    assert world.state.consent == Consent(state="given", until=day(T + 40))


def test_a_cancel_after_a_keep_counts_until_the_shipment() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep"))
    world.react(answer(at(3), "cancel", request="a2"))
    assert (world.stands(), world.state.consent) == (Status.CLOSING, Consent(state="refused"))


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
