"""When a supplier's date waits for the buyer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from backorder.domain.calendar import Calendar
from backorder.domain.supply.approval import Limits, asked_until, doubt, repeats
from backorder.domain.supply.expected_receipts import Expected

AGREED = date(2026, 5, 1)
LIMITS = Limits(days=30, lines=2)


@pytest.mark.parametrize(
    ("moves", "since", "why"),
    [
        ([], 90, ""),
        ([30, -30], 30, ""),
        ([None, 3], 3, ""),
        ([3, -31], 3, "it moves a date by 31 days"),
        ([1, 1, None], 1, "it concerns 3 lines"),
        ([5], 31, "little by little it has moved by 31 days, from 2026-05-01"),
        ([5], -31, "little by little it has moved by 31 days, from 2026-05-01"),
    ],
)
def test_what_exceeds_a_limit_waits_for_the_buyer(moves: list[int | None], since: int, why: str) -> None:
    assert doubt(LIMITS, moves, AGREED, AGREED + timedelta(days=since)) == why


def test_without_a_day_on_both_sides_nothing_has_moved_little_by_little() -> None:
    assert doubt(LIMITS, [5], None, AGREED) == doubt(LIMITS, [5], AGREED, None) == ""


FRIDAY = datetime(2026, 5, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limits", "days", "hour"),
    [
        ([], 1, 9),
        ([12], 1, 9),  # Tuesday: there is Monday
        ([12, 11], 0, 12),  # Monday: noon of Friday, the working day before
        ([8], 0, 9),  # today: at once, as the noon before is over
        ([7], 1, 9),  # over: nothing is to be kept to any more
    ],
)
def test_the_buyer_is_asked_no_longer_than_the_law_lets_a_customer_wait(
    limits: list[int], days: int, hour: int
) -> None:
    until = asked_until(Calendar(), FRIDAY, [date(2026, 5, limit) for limit in limits])
    assert until == FRIDAY.replace(hour=hour) + timedelta(days=days)


def to_come(*parts: tuple[int, date | None]) -> list[Expected]:
    return [
        Expected(units=units, ordered_on=AGREED, stated=stated, unsure=stated is None)
        for units, stated in parts
    ]


LATER = AGREED + timedelta(days=1)


@pytest.mark.parametrize(
    ("stands", "stated", "repeated"),
    [
        ([(10, AGREED)], [(10, AGREED)], True),
        ([(10, AGREED)], [(4, AGREED), (6, AGREED)], True),
        ([(4, AGREED), (6, None)], [(6, None), (4, AGREED)], True),
        ([(10, None)], [(10, None)], True),
        ([(10, AGREED)], [(10, LATER)], False),
        ([(10, AGREED)], [(9, AGREED), (1, None)], False),
        ([(10, AGREED)], [(10, None)], False),
        ([(10, AGREED)], [], False),
    ],
)
def test_a_word_that_leaves_every_unit_on_its_day_is_a_repetition(
    stands: list[tuple[int, date | None]], stated: list[tuple[int, date | None]], repeated: bool
) -> None:
    assert repeats(to_come(*stands), stated) is repeated


def test_a_usual_day_counts_where_the_caller_says_so_alone() -> None:
    unsaid = [Expected(units=10, ordered_on=AGREED)]
    assert not repeats(unsaid, [(10, AGREED)])
    assert repeats(unsaid, [(10, AGREED)], AGREED)
    assert not repeats(unsaid, [(10, LATER)], AGREED)
    assert not repeats(unsaid, [(10, None)])
