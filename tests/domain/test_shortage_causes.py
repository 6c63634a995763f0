"""Why a line had to wait, and what would have prevented it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.supply.shortage_causes import (
    Cause,
    Coming,
    Corrected,
    WaitedFor,
    cause_of,
    demand_by_sku,
    prevention,
)

ORDERED = date(2026, 3, 2)


def day(number: int) -> date:
    return ORDERED + timedelta(days=number)


def coming(due: int | None, units: int = 2, supplier: str = "birch", arrived: int | None = None) -> Coming:
    return Coming(
        order="PO-1/1",
        supplier=supplier,
        units=units,
        due=None if due is None else day(due),
        arrived=None if arrived is None else day(arrived),
    )


def line(
    *arrivals: Coming, units: int = 2, waited: int = 10, lost: int = 0, sku: str = "DESK", on: int = 0
) -> WaitedFor:
    return WaitedFor(
        backorder="A/1",
        sku=sku,
        ordered_on=day(on),
        units=units,
        waited=waited,
        unit_days=waited * units,
        wanted=units,
        coming=arrivals,
        lost=lost,
    )


@pytest.mark.parametrize(
    ("waited_for", "corrected", "cause"),
    [
        (line(), 0, Cause.NOTHING_ORDERED),
        (line(coming(4, units=1)), 0, Cause.NOTHING_ORDERED),  # one of two is on order, and on time or not
        (line(coming(-3)), 0, Cause.SUPPLIER_LATE),  # it had been due before the order
        (line(coming(4)), 0, Cause.SUPPLIER_LATE),  # due after 4 days, waited 10: 6 of them late
        (line(coming(5)), 0, Cause.SUPPLIER_LATE),  # half and half
        (line(coming(6)), 0, Cause.SOLD_MORE),
        (line(coming(10)), 0, Cause.SOLD_MORE),  # it came on its day
        (line(coming(None)), 0, Cause.SOLD_MORE),  # nobody ever stated a day
        (line(coming(2, units=1, arrived=2), coming(9, units=1)), 0, Cause.SOLD_MORE),  # one was on time
        (line(coming(2, units=1), coming(9, units=1, arrived=9)), 0, Cause.SUPPLIER_LATE),
        (line(coming(3, arrived=3), waited=30), 0, Cause.SOLD_MORE),  # it came on its day, for somebody else
        (line(coming(4), waited=0), 0, Cause.SOLD_MORE),
        (line(coming(-3), lost=1), 0, Cause.COUNTED_DOWN),
        (line(coming(-3)), 2, Cause.COUNTED_DOWN),
        (line(coming(-3)), 1, Cause.SUPPLIER_LATE),  # one unit more would not have been enough
    ],
)
def test_the_cause_is_that_of_most_of_the_wait(waited_for: WaitedFor, corrected: int, cause: Cause) -> None:
    assert cause_of(waited_for, corrected) is cause


def test_skus_are_ranked_by_units_and_days_and_split_by_cause() -> None:
    lines = [
        line(coming(-3), sku="DESK", waited=10),
        line(sku="LAMP", units=1, waited=3),
        line(sku="DESK", units=1, waited=4),
    ]
    first, second = demand_by_sku(lines, {})
    assert (first.sku, first.lines, first.units, first.days, first.unit_days, first.longest) == (
        *("DESK", 2, 3),
        *(14, 24, 10),
    )
    assert {cause: share.unit_days for cause, share in first.causes.items()} == {
        Cause.SUPPLIER_LATE: 20,
        Cause.NOTHING_ORDERED: 4,
    }
    assert first.main_cause is Cause.SUPPLIER_LATE
    assert (second.sku, second.main_cause) == ("LAMP", Cause.NOTHING_ORDERED)


def test_a_unit_that_was_not_there_explains_one_that_is_missing_and_for_a_month() -> None:
    corrected = {"DESK": [Corrected(on=day(-2), units=3)]}
    lines = [line(coming(9), on=0), line(coming(11), on=1), line(coming(40), on=29)]
    [sku] = demand_by_sku(lines, corrected)
    assert {cause: share.lines for cause, share in sku.causes.items()} == {
        Cause.COUNTED_DOWN: 1,
        Cause.SOLD_MORE: 2,
    }
    [late] = demand_by_sku([line(coming(40), on=29)], corrected)
    assert late.main_cause is Cause.SOLD_MORE
    [before] = demand_by_sku([line(coming(9), on=-3)], corrected)
    assert before.main_cause is Cause.SOLD_MORE


@pytest.mark.parametrize(
    ("waited_for", "lead_days", "words"),
    [
        (
            line(coming(-3)),
            21,
            "birch delivering on the day stated (10 days late at most), or 2 units more in stock",
        ),
        (
            line(coming(2, units=1), coming(4, units=1, supplier="acme", arrived=4)),
            21,
            "birch delivering on the day stated (8 days late at most), or 2 units more in stock",
        ),
        (line(coming(10), units=1), None, "1 unit more in stock, or the next order 10 days earlier"),
        (line(coming(10), units=1, waited=0), None, "1 unit more in stock"),
        (line(), 21, "an order of 2 units, 21 days before the first customer's order of 2026-03-02"),
        (line(), None, "an order of 2 units before the first customer ordered"),
        (
            line(lost=2),
            21,
            "a count before they were sold: 2 units were in the books and not on the shelf",
        ),
    ],
)
def test_what_would_have_prevented_it_is_said(
    waited_for: WaitedFor, lead_days: int | None, words: str
) -> None:
    [sku] = demand_by_sku([waited_for], {})
    assert prevention(sku, sku.main_cause, lead_days) == words


@given(
    st.lists(
        st.builds(
            line,
            units=st.integers(1, 9),
            waited=st.integers(0, 90),
            lost=st.integers(0, 2),
            sku=st.sampled_from("AB"),
            on=st.integers(0, 40),
        ),
        max_size=30,
    ),
    st.lists(st.builds(Corrected, on=st.integers(-10, 40).map(day), units=st.integers(1, 9)), max_size=4),
)
def test_every_line_counts_once_under_one_cause(lines: list[WaitedFor], corrected: list[Corrected]) -> None:
    found = demand_by_sku(sorted(lines, key=lambda each: each.ordered_on), {"A": corrected})
    for name in ("lines", "units", "days", "unit_days"):
        for sku in found:
            assert getattr(sku, name) == sum(getattr(share, name) for share in sku.causes.values())
    assert sum(sku.lines for sku in found) == len(lines)
    counted = sum(
        share.units for sku in found for cause, share in sku.causes.items() if cause is Cause.COUNTED_DOWN
    )
    assert counted <= sum(each.units for each in corrected) + sum(each.units for each in lines if each.lost)
