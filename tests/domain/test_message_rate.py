"""At most so many messages a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.message_rate import BURST, Rate, rate_of
from backorder.errors import SetupError
from backorder.settings import read_settings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RATES = st.floats(min_value=0.001, max_value=10_000, allow_nan=False)
PAUSES = st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(1, 40)), max_size=30)


@given(RATES, st.integers(1, 4), PAUSES)
def test_whatever_is_asked_for_never_more_goes_than_the_rate_lets(
    per_second: float, shards: int, asked: list[tuple[int, int]]
) -> None:
    """asked: microseconds since the one before, and how many would go if they might."""
    rate = rate_of(per_second, shards)
    now, gone = NOW, list[datetime]()
    for pause, wanted in asked:
        now += timedelta(microseconds=pause)
        count = min(wanted, rate.free(now))
        gone += [now] * count
        rate = rate.spent(count, now) if count else rate
    at_once = max(BURST / rate.interval, 1)
    for first, begin in enumerate(gone):
        for last in range(first, len(gone)):
            assert last - first + 1 <= (gone[last] - begin) / rate.interval + at_once


@given(RATES, st.integers(0, 100), st.integers(0, 5_000_000))
def test_the_next_one_may_go_exactly_when_it_says(per_second: float, spent: int, pause: int) -> None:
    rate, now = rate_of(per_second, 2).spent(spent, NOW), NOW + timedelta(microseconds=pause)
    again = rate.again(now)
    assert rate.free(again) >= 1
    if again > now:
        assert rate.free(now) == 0
        assert rate.free(again - timedelta(microseconds=1)) == 0


@given(RATES, PAUSES)
def test_a_rate_that_stays_goes_on_as_it_was_left(per_second: float, asked: list[tuple[int, int]]) -> None:
    rate, now = rate_of(per_second, 2), NOW
    for pause, wanted in asked:
        now += timedelta(microseconds=pause)
        count = min(wanted, rate.free(now))
        rate = rate.spent(count, now) if count else rate
        assert rate_of(per_second, 2).going_on(rate.next_at, now) == rate


def test_each_shard_has_its_part() -> None:
    assert rate_of(0.5, 2) == Rate(interval=timedelta(seconds=4))
    assert rate_of(100, 2).free(NOW) == 10, "what fits into a fifth of a second goes in one batch"


@pytest.mark.parametrize(
    "word", ["0", "-1", "0.0001", "1e3", "nan", "inf", "many", "", "10001", "1_0", "None"]
)
def test_a_rate_that_can_hardly_be_meant_is_refused(word: str) -> None:
    with pytest.raises(SetupError, match="BACKORDER_SMS_RATE"):
        read_settings({"BACKORDER_SMS_RATE": word})


def test_a_rate_may_be_a_fraction_and_there_is_none_without() -> None:
    settings = read_settings({"BACKORDER_EMAIL_RATE": "0.5"})
    assert (settings.email_rate, settings.sms_rate) == (0.5, None)
