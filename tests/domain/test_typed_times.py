"""Times as people type them: a day, an instant or a length, in the shop's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.durations import in_words
from backorder.domain.iso import typed_day, typed_instant

AUCKLAND = "Pacific/Auckland"
NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
INSTANTS = st.integers(1_000_000_000, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
LENGTHS = st.integers(0, 3650 * 86400).map(lambda seconds: timedelta(seconds=seconds))
ZONES = st.sampled_from(["UTC", AUCKLAND, "America/Los_Angeles", "Europe/Berlin"])


@given(now=INSTANTS, length=LENGTHS, zone=ZONES)
def test_a_length_is_from_now_on_or_back_from_now(now: datetime, length: timedelta, zone: str) -> None:
    said = in_words(length)
    assert typed_instant(said, now, zone) == now + length
    assert typed_instant(said, now, zone, back=True) == now - length
    assert typed_day(said, now, zone) == (now + length).astimezone(ZoneInfo(zone)).date()


@given(now=INSTANTS, day=st.dates(date(2000, 1, 1), date(2199, 12, 31)), zone=ZONES)
def test_a_day_is_itself_and_as_an_instant_its_beginning_at_the_shop(
    now: datetime, day: date, zone: str
) -> None:
    begins = typed_instant(day.isoformat(), now, zone)
    assert typed_day(day.isoformat(), now, zone) == day
    assert typed_day(begins.isoformat(), now, zone) == day
    assert begins.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(
        day, datetime.min.time()
    )


def test_an_instant_of_which_the_shop_has_no_day_is_refused() -> None:
    for read in (typed_day, typed_instant):
        with pytest.raises(ValueError, match=r"is out of the calendar; .*or a length like 3d"):
            read("9999-12-31T23:30:00Z", NOON, AUCKLAND)


def test_an_instant_is_the_day_that_the_shop_has_then() -> None:
    assert typed_day("2026-05-31T13:00:00Z", NOON, AUCKLAND) == date(2026, 6, 1)
    assert typed_day("2026-05-31 13:00", NOON, AUCKLAND) == date(2026, 5, 31)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tomorrow", "is no date of ISO 8601"),
        ("3 days", "is no date of ISO 8601"),
        ("46143", "is a spreadsheet's serial number"),
        ("2026-02-30", "is no day of the calendar"),
        ("1;2", '"1;2" is no date of ISO 8601'),
        ("9999999999d", "is longer than ten years"),
        ("0001-01-01T00:00:00+14:00", "is out of the calendar"),
        ("9999-12-31T23:59:59-14:00", "is out of the calendar"),
        ("٣d", "is no date of ISO 8601"),
    ],
)
def test_anything_else_says_what_can_be_written(text: str, why: str) -> None:
    for read in (typed_day, typed_instant):
        with pytest.raises(ValueError, match="is") as refused:
            read(text, NOON, "UTC")
        assert why in str(refused.value)
        if "longer" not in why:
            assert str(refused.value).endswith("or a length like 3d")
