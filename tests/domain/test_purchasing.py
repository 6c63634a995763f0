"""Asking a supplier, chasing and escalating: when each falls due, and that none of it goes on for ever."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.supply.purchase_order_follow_up import (
    FollowUpRules,
    FollowUpStep,
    OpenLine,
    due_follow_up,
)

START = date(2025, 3, 3)
RULES = FollowUpRules()


def day(n: int) -> date:
    return START + timedelta(days=n)


def due(line: OpenLine, today: int = 0, rules: FollowUpRules = RULES) -> tuple[int, FollowUpStep] | None:
    found = due_follow_up(rules, line, day(today))
    return ((found[0] - START).days, found[1]) if found else None


def test_the_supplier_is_asked_some_days_before_the_date() -> None:
    assert due(OpenLine(due=day(20))) == (13, FollowUpStep.ASK)
    assert due(OpenLine(due=day(20)), rules=FollowUpRules(confirm_before=3)) == (17, FollowUpStep.ASK)


def test_it_is_asked_once_and_expedited_the_day_after_the_date() -> None:
    assert due(OpenLine(due=day(20), asked_on=day(13))) == (21, FollowUpStep.EXPEDITE)


@pytest.mark.parametrize(
    ("said", "then"),
    [(12, (13, FollowUpStep.ASK)), (13, (21, FollowUpStep.EXPEDITE)), (19, (21, FollowUpStep.EXPEDITE))],
)
def test_a_date_younger_than_the_question_is_not_questioned(
    said: int, then: tuple[int, FollowUpStep]
) -> None:
    assert due(OpenLine(due=day(20), stated_on=day(said))) == then


def test_what_is_overdue_already_is_expedited_rather_than_asked() -> None:
    assert due(OpenLine(due=day(20)), today=20) == (13, FollowUpStep.ASK)
    assert due(OpenLine(due=day(20)), today=21) == (21, FollowUpStep.EXPEDITE)


def test_it_is_expedited_every_few_days_and_then_the_buyer_gets_it() -> None:
    line, deeds = OpenLine(due=day(20), asked_on=day(13)), []
    while (found := due(line)) is not None:
        deeds.append(found)
        on, deed = found
        if deed is FollowUpStep.ESCALATE:
            line = replace(line, escalated_on=day(on))
        else:
            line = replace(line, expedited_on=day(on), times_expedited=line.times_expedited + 1)
    expedite = FollowUpStep.EXPEDITE
    assert deeds == [(21, expedite), (24, expedite), (27, expedite), (30, FollowUpStep.ESCALATE)]


def test_what_has_not_gone_is_waited_for_and_only_what_expedites() -> None:
    waits = OpenLine(due=day(20), asked_on=day(13), still_to_go=True)
    assert due(waits) == (21, FollowUpStep.EXPEDITE)
    assert due(replace(waits, expedited_on=day(21), times_expedited=1)) is None


def test_a_shop_that_does_not_expedite_hands_the_line_to_the_buyer_at_once() -> None:
    assert due(OpenLine(due=day(20)), today=21, rules=FollowUpRules(expedite_times=0)) == (
        21,
        FollowUpStep.ESCALATE,
    )


def test_a_part_is_expedited_at_once() -> None:
    assert due(OpenLine(due=day(20), part_on=day(5))) == (5, FollowUpStep.EXPEDITE)
    assert due(OpenLine(due=day(20), part_on=day(5), stated_on=day(4))) == (5, FollowUpStep.EXPEDITE)


def test_a_part_that_the_supplier_has_explained_is_not() -> None:
    assert due(OpenLine(due=day(20), part_on=day(5), stated_on=day(5))) == (13, FollowUpStep.ASK)


def test_a_supplier_who_cannot_say_is_asked_again_after_a_while() -> None:
    assert due(OpenLine(due=None, stated_on=day(2))) == (9, FollowUpStep.EXPEDITE)
    assert due(OpenLine(due=None)) is None


@dataclass
class Desk:
    """A purchase-order line over many days, and what was done about each word of its supplier."""

    rules: FollowUpRules
    line: OpenLine
    word: int = 0

    def __post_init__(self) -> None:
        self.done: dict[int, list[FollowUpStep]] = {}
        self.questions: list[date | None] = []

    def hears(self, today: date, when: date | None) -> None:
        """The supplier states a date, or cannot say."""
        self.line = OpenLine(due=when, stated_on=today, part_on=self.line.part_on)
        self.word += 1

    def gets_a_part(self, today: date) -> None:
        """Some of the units come."""
        self.line = OpenLine(due=self.line.due, stated_on=self.line.stated_on, part_on=today)
        self.word += 1

    def looks(self, today: date) -> None:
        """The day's look."""
        found = due_follow_up(self.rules, self.line, today)
        if found is None or found[0] > today:
            return
        deed = found[1]
        self.done.setdefault(self.word, []).append(deed)
        match deed:
            case FollowUpStep.ASK:
                self.questions.append(self.line.due)
                self.line = replace(self.line, asked_on=today)
            case FollowUpStep.EXPEDITE:
                self.line = replace(
                    self.line, expedited_on=today, times_expedited=self.line.times_expedited + 1
                )
            case FollowUpStep.ESCALATE:
                self.line = replace(self.line, escalated_on=today)


NEWS = st.one_of(
    st.none(),
    st.none(),
    st.tuples(st.just("says"), st.one_of(st.none(), st.integers(-5, 40))),
    st.tuples(st.just("part"), st.none()),
)


@given(
    rules=st.builds(
        FollowUpRules,
        confirm_before=st.integers(0, 10),
        expedite_every=st.integers(1, 5),
        expedite_times=st.integers(0, 4),
    ),
    first=st.integers(0, 30),
    news=st.lists(NEWS, max_size=60),
)
def test_each_word_of_the_supplier_is_asked_once_expedited_so_often_and_escalated_once(
    rules: FollowUpRules, first: int, news: list[tuple[str, int | None] | None]
) -> None:
    desk = Desk(rules, OpenLine(due=day(first)))
    silence: list[tuple[str, int | None] | None] = [None] * 80
    for number, each in enumerate(news + silence):
        today = day(number)
        if each is not None and each[0] == "says":
            desk.hears(today, None if each[1] is None else today + timedelta(days=each[1]))
        elif each is not None:
            desk.gets_a_part(today)
        desk.looks(today)
        desk.looks(today)  # a look that is repeated on the same day
    for deeds in desk.done.values():
        assert deeds.count(FollowUpStep.ASK) <= 1
        assert deeds.count(FollowUpStep.EXPEDITE) <= rules.expedite_times
        assert deeds.count(FollowUpStep.ESCALATE) <= 1
        assert deeds == sorted(
            deeds, key=[FollowUpStep.ASK, FollowUpStep.EXPEDITE, FollowUpStep.ESCALATE].index
        )
    # Silence never goes unnoticed: in the end the buyer has the line.
    assert desk.done[desk.word][-1] is FollowUpStep.ESCALATE


@given(first=st.integers(0, 30), repeated=st.integers(1, 4))
def test_a_date_that_was_confirmed_is_not_asked_about_again(first: int, repeated: int) -> None:
    desk = Desk(RULES, OpenLine(due=day(first)))
    for number in range(first + 1):
        desk.looks(day(number))
        if desk.questions and repeated:
            desk.hears(day(number), day(first))
            repeated -= 1
    assert desk.questions == [day(first)]
