"""Nobody is woken: never in quiet hours by the clock of the customer, never too early, never a day late."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backorder.domain.quiet_hours import LATEST, Hours, quiet_until, solicits_until, zone_read, zones_of
from backorder.domain.region_zones import REGION_ZONES

ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Europe/Berlin",
    "UTC",
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
USUAL: Hours = (time(21), time(8))
YEARS = st.integers(0, 5 * 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
LEAP_DAY = datetime(2028, 2, 29, tzinfo=UTC)


def changes(zone: str) -> list[datetime]:
    """The instants, to the half hour, at which a clock is set in two years."""
    place, step = ZoneInfo(zone), timedelta(minutes=30)
    at, found = datetime(2026, 1, 1, tzinfo=UTC), list[datetime]()
    while at < datetime(2028, 1, 1, tzinfo=UTC):
        if at.astimezone(place).utcoffset() != (at + step).astimezone(place).utcoffset():
            found.append(at + step)
        at += step
    return found


def is_quiet(at: datetime, zone: str, hours: Hours) -> bool:
    """Said another way than the product does: minutes since quiet hours began, on a clock without dates."""
    clock = at.astimezone(ZoneInfo(zone))
    minutes = [each.hour * 60 + each.minute for each in (clock, *hours)]
    return (minutes[0] - minutes[1]) % 1440 < (minutes[2] - minutes[1]) % 1440


def assert_considerate(at: datetime, zone: str, hours: Hours) -> None:
    until = quiet_until(at, [zone], hours)
    assert (until is None) == (not is_quiet(at, zone, hours))
    if until is not None:
        assert at < until <= at + LATEST
        assert not is_quiet(until, zone, hours)


@given(YEARS, st.sampled_from(ZONES), CLOCKS, CLOCKS)
@example(LEAP_DAY, "Pacific/Kiritimati", *USUAL)
def test_it_waits_until_it_is_day_there(at: datetime, zone: str, begin: time, end: time) -> None:
    assert_considerate(at, zone, (begin, end))


@pytest.mark.parametrize("zone", ZONES)
def test_on_the_days_on_which_clocks_are_set_too(zone: str) -> None:
    """Every quarter of an hour around both changes, with hours that begin or end within them."""
    for change in [*changes(zone), LEAP_DAY]:
        for hours in (USUAL, (time(22), time(2, 30)), (time(1, 30), time(8)), (time(23), time(1))):
            for quarter in range(-96, 97):
                assert_considerate(change + timedelta(minutes=15 * quarter), zone, hours)


def test_an_hour_that_comes_twice_ends_twice() -> None:
    """In Berlin it is a quarter past two for the second time: half past two is near, and not a day away."""
    at = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    assert quiet_until(at, ["Europe/Berlin"], (time(22), time(2, 30))) == at + timedelta(minutes=15)


def test_most_clocks_are_set_somewhere_in_these_zones() -> None:
    assert sum(bool(changes(zone)) for zone in ZONES) >= 7


@given(YEARS, st.sampled_from([region for region, zones in REGION_ZONES.items() if len(zones) > 1]))
def test_where_the_zone_is_not_known_it_must_be_day_everywhere(at: datetime, region: str) -> None:
    """The fewest sleep where there is no such hour, as for all stations of Antarctica."""
    zones = zones_of(None, region, "UTC")
    until = quiet_until(at, zones, USUAL)
    when = until or at
    assert at <= when <= at + LATEST
    asleep = sum(is_quiet(when, zone, USUAL) for zone in zones)
    assert asleep == 0 or region == "AQ"
    if until is None:
        assert asleep == 0


def test_whose_zone_counts() -> None:
    assert zones_of("Asia/Kathmandu", "DE", "UTC") == ("Asia/Kathmandu",)
    assert zones_of(None, "DE", "UTC") == ("Europe/Berlin",)
    assert zones_of(None, "US-CA", "UTC") == REGION_ZONES["US"]
    assert zones_of("Mars/Olympus", "DE", "UTC") == ("Europe/Berlin",), "this machine does not know it"
    assert zones_of(None, "BV", "Europe/Oslo") == ("Europe/Oslo",), "nobody lives there"


def test_every_zone_of_the_table_is_known() -> None:
    for zones in REGION_ZONES.values():
        for zone in zones:
            assert ZoneInfo(zone).key == zone


@pytest.mark.parametrize(
    ("local", "goes"),
    [
        ("2026-11-27T08:59", "2026-11-27T09:00"),  # a Friday
        ("2026-11-27T09:00", None),
        ("2026-11-27T19:59", None),
        ("2026-11-27T20:00", "2026-11-28T09:00"),
        ("2026-11-28T20:00", "2026-11-29T12:00"),  # over to Sunday
        ("2026-11-29T11:59", "2026-11-29T12:00"),
        ("2026-11-29T12:00", None),
        ("2026-11-29T20:00", "2026-11-30T09:00"),
    ],
)
def test_a_text_that_promotes_keeps_the_hours_of_the_strictest_states(local: str, goes: str | None) -> None:
    """16 CFR 310.4(c), and the states' narrower hours: 9 to 8, Sundays from noon, at the recipient."""
    zone = ZoneInfo("America/New_York")
    at = datetime.fromisoformat(local).replace(tzinfo=zone)
    until = solicits_until(at, ["America/New_York"], USUAL)
    assert until == (datetime.fromisoformat(goes).replace(tzinfo=zone) if goes else None)


@given(YEARS)
def test_a_text_that_promotes_goes_when_it_may_in_every_zone_of_the_country(at: datetime) -> None:
    zones = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu"]
    goes = solicits_until(at, zones, USUAL) or at
    assert at <= goes <= at + timedelta(days=2)
    for zone in zones:
        local = goes.astimezone(ZoneInfo(zone))
        assert time(12 if local.weekday() == 6 else 9) <= local.time() < time(20)


@pytest.mark.parametrize(
    ("own", "region", "read"),
    [
        (None, "DE", "Europe/Berlin"),
        ("Asia/Kathmandu", "DE", "Asia/Kathmandu"),
        (None, "US-CA", "Europe/Oslo"),
        (None, "", "Europe/Oslo"),
    ],
)
def test_times_are_read_by_the_clocks_of_a_country_that_has_one(
    own: str | None, region: str, read: str
) -> None:
    assert zone_read(own, region, "Europe/Oslo").key == read
