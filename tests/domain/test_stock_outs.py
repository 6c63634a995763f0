"""Days without stock, from what changed what was free."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.calendar import Calendar
from backorder.domain.supply.stock_outs import StockOut, stock_outs

TOKYO = Calendar(zone="Asia/Tokyo")
START = datetime(2025, 3, 3, tzinfo=UTC)
changes_of = st.lists(st.tuples(st.integers(0, 40 * 24), st.integers(-4, 4)), max_size=30).map(
    lambda found: [(START + timedelta(hours=hours), units) for hours, units in sorted(found)]
)


@given(changes_of, st.integers(0, 40 * 24))
def test_a_day_is_without_stock_if_nothing_was_free_at_any_hour_of_it(
    changes: list[tuple[datetime, int]], known: int
) -> None:
    known_from = START + timedelta(hours=known)
    found = stock_outs(TOKYO, changes, known_from)

    def free(at: datetime) -> int:
        return sum(units for when, units in changes if when <= at)

    for number in range(42):
        day = TOKYO.day(START) + timedelta(days=number)
        midnight = TOKYO.instant(day, datetime.min.time())
        hours = [midnight + timedelta(hours=hour) for hour in range(24)]
        expected = hours[0] >= known_from and all(free(each) <= 0 for each in hours)
        without = any(each.first <= day and (each.until is None or day < each.until) for each in found)
        assert without == expected, (day, found)


def test_the_last_stretch_goes_on_and_units_set_aside_at_once_were_never_free() -> None:
    def at(day: int, hour: int) -> datetime:
        return datetime(2025, 3, day, hour, tzinfo=UTC)

    calendar = Calendar(zone="UTC")
    changes = [(at(3, 9), 5), (at(5, 9), -5), (at(9, 9), 4), (at(9, 9), -4), (at(12, 9), 1), (at(12, 15), -1)]
    assert stock_outs(calendar, changes, at(3, 9)) == [
        StockOut(first=date(2025, 3, 6), until=date(2025, 3, 12)),
        StockOut(first=date(2025, 3, 13), until=None),
    ]
    assert stock_outs(calendar, [], at(3, 9)) == [StockOut(first=date(2025, 3, 4), until=None)]
