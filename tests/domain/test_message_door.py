"""The last look at a message before it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from backorder.domain.message_door import Passing, refusal
from backorder.domain.notifications import NOTIFICATIONS, Kind

TODAY = date(2026, 3, 2)
SOUND = Passing(ended=False, by=TODAY, overtaken=False)
ENDED = Passing(ended=True, by=None, overtaken=False)
OVERTAKEN = Passing(ended=False, by=TODAY, overtaken=True)
BY_HAND = Passing(ended=False, by=TODAY, overtaken=False, told_by_hand=True)
PAST = Passing(ended=False, by=TODAY - timedelta(days=1), overtaken=False)


@pytest.mark.parametrize("kind", Kind)
def test_what_still_holds_goes(kind: Kind) -> None:
    assert refusal(kind, SOUND, TODAY) == ""


@pytest.mark.parametrize("kind", Kind)
def test_what_happened_is_told_whatever_came_after_it(kind: Kind) -> None:
    """An ended line, a later message, a day that has passed: only what says what happened goes."""
    row = NOTIFICATIONS[kind]
    told = row.owed or row.audience == "supplier"
    assert (refusal(kind, ENDED, TODAY) == "") == told
    assert (refusal(kind, OVERTAKEN, TODAY) == "") == (told or not row.dated)
    assert (refusal(kind, BY_HAND, TODAY) == "") == (told or not row.dated)
    assert (refusal(kind, PAST, TODAY) == "") == (told or not row.dated)


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_offered_while_the_law_asks_or_right_after_a_complaint(kind: Kind) -> None:
    for line in (replace(SOUND, asked=True), replace(SOUND, rests=True)):
        assert (refusal(kind, line, TODAY) == "") == (not NOTIFICATIONS[kind].offer)


def test_a_coupon_goes_on_its_last_day_and_not_after_it() -> None:
    assert refusal(Kind.COUPON, replace(SOUND, valid_until=TODAY), TODAY) == ""
    over = replace(SOUND, valid_until=TODAY - timedelta(days=1))
    assert refusal(Kind.COUPON, over, TODAY) == "the coupon is not valid any more"


def test_the_reason_is_said() -> None:
    assert refusal(Kind.CONFIRM_ADDRESS, replace(SOUND, unasked=True), TODAY) == "its link counts no more"
    assert "asked first" in refusal(Kind.COUPON, replace(SOUND, asked=True), TODAY)
    assert "just complained" in refusal(Kind.ALTERNATIVES, replace(SOUND, rests=True), TODAY)
    assert refusal(Kind.CONFIRMED, ENDED, TODAY) == "its line has come to an end"
    assert refusal(Kind.CONFIRMED, OVERTAKEN, TODAY) == "a later message has gone"
    assert refusal(Kind.CONFIRMED, BY_HAND, TODAY) == "a person has told another day since"
    assert refusal(Kind.CONFIRMED, PAST, TODAY) == "the day that it names has passed"
