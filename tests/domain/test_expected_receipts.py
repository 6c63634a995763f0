"""What of a purchase-order line is still to come, and since when."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.supply.expected_receipts import (
    Expected,
    OrderedLine,
    Stated,
    Tranche,
    counted,
    expect_receipts,
    fewer,
    is_cut,
    more,
)

START = date(2026, 11, 1)


def day(n: int) -> date:
    return START + timedelta(days=n)


def line(
    *tranches: tuple[int, int],
    received: int = 0,
    stated: tuple[tuple[int, int | None], ...] = (),
    stated_after: int | None = 0,
) -> OrderedLine:
    return OrderedLine(
        tranches=tuple(Tranche(units=units, ordered_on=day(on)) for units, on in tranches),
        received=received,
        stated=tuple(Stated(units=units, day=None if on is None else day(on)) for units, on in stated),
        stated_after=stated_after if stated else None,
    )


def expected(units: int, on: int, stated: int | None = None, *, unsure: bool = False) -> Expected:
    return Expected(
        units=units, ordered_on=day(on), stated=None if stated is None else day(stated), unsure=unsure
    )


def test_a_raised_quantity_keeps_the_stated_day_for_what_it_was_stated_for() -> None:
    raised = line((10, 0), (5, 40), stated=((10, 65),))
    assert expect_receipts(raised) == [expected(10, 0, 65), expected(5, 40)]


def test_what_comes_is_what_was_announced_and_the_added_units_stay_without_a_word() -> None:
    assert expect_receipts(line((10, 0), (5, 40), received=10, stated=((10, 65),))) == [expected(5, 40)]
    assert not is_cut(line((10, 0), (5, 40), received=10, stated=((10, 65),)))
    assert is_cut(line((10, 0), (5, 40), received=9, stated=((10, 65),)))


def test_a_word_given_after_some_had_come_speaks_for_the_rest() -> None:
    later = line((10, 0), (5, 40), received=6, stated=((4, 50), (7, None)), stated_after=4)
    assert expect_receipts(later) == [expected(2, 0, 50), expected(7, 0, unsure=True)]


def test_what_was_kept_without_the_units_that_had_come_is_taken_as_before() -> None:
    old = line((10, 0), received=5, stated=((4, 10), (6, 30)), stated_after=None)
    assert expect_receipts(old) == [expected(5, 0, 30)]


def test_units_that_are_not_ordered_any_more_would_have_come_last() -> None:
    assert expect_receipts(line((7, 0), stated=((4, 10), (6, 30)))) == [
        expected(4, 0, 10),
        expected(3, 0, 30),
    ]


def test_a_line_without_a_word_is_expected_tranche_by_tranche() -> None:
    assert expect_receipts(line((3, 0), (2, 9), received=1)) == [expected(2, 0), expected(2, 9)]
    assert is_cut(line((3, 0), (2, 9), received=1))
    assert not is_cut(line((3, 0), (2, 9), received=3))


def test_what_was_sent_back_counts_as_the_order_says() -> None:
    assert counted(10, 10, 4, replaced=True) == 6
    assert counted(10, 10, 4, replaced=False) == 10
    assert counted(10, 12, 3, replaced=False) == 10
    assert counted(10, 12, 4, replaced=True) == 8


tranches = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 90)), min_size=1, max_size=4)
words = st.lists(st.tuples(st.integers(1, 20), st.none() | st.integers(0, 200)), max_size=4)


@given(tranches, words, st.integers(0, 60), st.integers(0, 60))
def test_every_outstanding_unit_is_expected_once(
    ordered: list[tuple[int, int]], stated: list[tuple[int, int | None]], after: int, received: int
) -> None:
    found = line(*ordered, received=max(after, received), stated=tuple(stated), stated_after=after)
    parts = expect_receipts(found)
    assert sum(part.units for part in parts) == found.outstanding
    assert sum(part.units for part in parts if part.stated) <= sum(units for units, _ in stated)
    assert {part.ordered_on for part in parts} <= {each.ordered_on for each in found.tranches}


@given(tranches, st.integers(1, 50), st.integers(1, 30))
def test_units_that_are_added_and_taken_off_again_leave_the_others_alone(
    ordered: list[tuple[int, int]], units: int, later: int
) -> None:
    before = line(*ordered).tranches
    raised = more(before, units, day(90 + later))
    assert fewer(raised, units) == before
    assert sum(each.units for each in raised) == sum(each.units for each in before) + units
