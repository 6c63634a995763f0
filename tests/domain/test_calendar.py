"""Days and instants, working days, the clock, and durations as people write them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.calendar import Calendar
from backorder.domain.clock import CHECKED_AGAIN, Clock, starting_at
from backorder.domain.durations import in_words, parse_duration, whole_days

BERLIN = Calendar(zone="Europe/Berlin")


def test_a_day_is_the_shops_day() -> None:
    late = datetime(2025, 3, 3, 23, 30, tzinfo=UTC)
    assert BERLIN.day(late) == date(2025, 3, 4)
    assert Calendar().day(late) == date(2025, 3, 3)


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (date(2025, 1, 15), time(10), datetime(2025, 1, 15, 9, tzinfo=UTC)),
        (date(2025, 7, 15), time(10), datetime(2025, 7, 15, 8, tzinfo=UTC)),
        # 2:30 does not exist on that night: read with the offset before the change.
        (date(2025, 3, 30), time(2, 30), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
        # 2:30 comes twice on that night: the first one.
        (date(2025, 10, 26), time(2, 30), datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_time_is_one_instant_also_when_the_clocks_change(
    day: date, clock: time, utc: datetime
) -> None:
    assert BERLIN.instant(day, clock) == utc


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_the_look_of_a_day_falls_on_that_day(day: date) -> None:
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata"):
        calendar = Calendar(zone=zone)
        assert calendar.day(calendar.instant(day, time(10))) == day


@pytest.mark.parametrize(("count", "expected"), [(0, 7), (1, 11), (2, 12), (6, 18)])
def test_working_days_leave_out_weekends_and_closed_days(count: int, expected: int) -> None:
    shop = Calendar(closed=frozenset({date(2025, 3, 10)}))
    assert shop.add_working_days(date(2025, 3, 7), count) == date(2025, 3, expected)


def test_the_clock_stretches_machine_time_and_reads_back() -> None:
    epoch = datetime(2025, 1, 1, tzinfo=UTC)
    clock = Clock(epoch=epoch, rate=43200.0)  # a day in two seconds
    real = epoch + timedelta(seconds=180)
    assert clock.business(real) == epoch + timedelta(days=90)
    assert clock.real(clock.business(real)) == real
    assert clock.machine(timedelta(days=1)) == timedelta(seconds=2)


def test_in_production_business_time_is_machine_time() -> None:
    now = datetime(2025, 3, 3, 12, tzinfo=UTC)
    assert Clock().business(now) is now
    assert Clock().real(now) is now
    assert Clock().machine(timedelta(hours=3)) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        (" 2 w ", timedelta(weeks=2)),
        ("0d", timedelta(0)),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "d", "7", "7 days", "-1d", "1.5h", "1d2h", "9999999999d", "600w"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|ten years"):
        parse_duration(text)


@given(st.integers(0, 10_000_000))
def test_a_duration_in_words_reads_back(seconds: int) -> None:
    assert parse_duration(in_words(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("hours", "days"), [(0, 0), (1, 1), (24, 1), (25, 2)])
def test_days_are_rounded_up(hours: int, days: int) -> None:
    assert whole_days(timedelta(hours=hours)) == days


BEGINS = datetime(2026, 9, 7, 8, tzinfo=UTC)
REAL = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY_IN_TWO_SECONDS = 43_200.0


def machine(seconds: float) -> datetime:
    return REAL + timedelta(seconds=seconds)


def about(instant: datetime) -> datetime:
    return (instant + timedelta(seconds=30)).replace(second=0, microsecond=0)


def test_a_clock_shows_the_wanted_instant_and_runs_at_the_wanted_pace() -> None:
    clock = starting_at(BEGINS, REAL, DAY_IN_TWO_SECONDS)
    assert about(clock.business(REAL)) == BEGINS
    assert about(clock.business(machine(2))) == BEGINS + timedelta(days=1)


def test_a_held_clock_stands_at_its_limit_and_goes_on_from_there() -> None:
    limit = BEGINS + timedelta(days=1)
    held = starting_at(BEGINS, REAL, DAY_IN_TWO_SECONDS).held(limit, REAL)
    assert about(held.business(machine(1))) == BEGINS + timedelta(hours=12)
    assert held.business(machine(2.5)) == held.business(machine(100)) == limit

    on = held.held(limit + timedelta(days=1), machine(100))  # the 98 seconds are not made up for
    assert about(on.business(machine(101))) == limit + timedelta(hours=12)
    assert about(on.going_on(machine(101)).business(machine(110))) == limit + timedelta(days=5)

    early = held.held(limit + timedelta(days=1), machine(1))  # let on before it stood
    assert early.epoch == held.epoch
    with pytest.raises(ValueError, match="cannot be held"):
        Clock().held(BEGINS, REAL)


def test_who_waits_for_a_clock_that_stands_looks_again_and_seldom_once_it_stands_long() -> None:
    limit, due = BEGINS + timedelta(days=1), BEGINS + timedelta(days=1, minutes=1)
    held = starting_at(BEGINS, REAL, DAY_IN_TWO_SECONDS).held(limit, REAL)
    assert held.wait(BEGINS + timedelta(hours=12), REAL) < timedelta(seconds=1.01)
    assert held.wait(due, machine(2.01)) == CHECKED_AGAIN
    assert held.wait(due, machine(30)) == CHECKED_AGAIN
    assert timedelta(seconds=57.9) < held.wait(due, machine(60)) < timedelta(seconds=58.1)
    assert held.wait(BEGINS, machine(10)) < timedelta(0)
