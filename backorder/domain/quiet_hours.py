"""Hours in which a customer is not disturbed, by their own clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from backorder.domain.region_zones import REGION_ZONES

LATEST = timedelta(hours=25)
"""How long a message is held at most: the longest day, on which a clock is set back."""
NIGHT = "It is night where the customer is."
"""Why a message waits for the morning, in words; by another way, or other hours, it may not have to."""
DISTURBING = frozenset({"sms"})
"""Channels that wake people. A mail lies there until somebody looks: legal notices go by mail first."""
SOLICITED = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
"""Countries in which texts that promote something have hours of their own."""
_SOLICITING, _NOON, _SUNDAY = (time(20), time(9)), time(12), 6
_LOOKS = 8
"""How often the rules are asked one after the other; each of them moves the instant on at most twice."""
Hours = tuple[time, time]
"""From when until when it is quiet, by the clock on the wall; both the same: never."""


def zones_of(own: str | None, region: str, shop: str) -> tuple[str, ...]:
    """Where it must not be quiet: in the customer's own zone, else in all of their country, else at the shop.

    own: an IANA name, if known. region: a country of ISO 3166, or a part of one.
    """
    if own and _known(own):
        return (own,)
    country = region.partition("-")[0]
    return tuple(filter(_known, REGION_ZONES.get(country, ()))) or (shop,)


def zone_read(own: str | None, region: str, shop: str) -> ZoneInfo:
    """By whose clocks a customer reads times: their own, else those of their country where it has one zone
    alone, else the shop's.

    own, region: as in `zones_of`.
    """
    zones = zones_of(own, region, shop)
    return _zone(zones[0] if len(zones) == 1 else shop)


def quiet_until(at: datetime, zones: Sequence[str], hours: Hours) -> datetime | None:
    """When a message may go that is ready at an aware instant: None for now, else a UTC instant within a day.

    Where it is never loud everywhere within a day, it goes when the fewest people sleep.
    """
    if not any(_is_quiet(at, zone, hours) for zone in zones):
        return None
    ends = sorted(end for zone in zones for end in _ends(at, zone, hours) if at < end <= at + LATEST)
    quietest = min(
        ends, key=lambda end: (sum(_is_quiet(end, zone, hours) for zone in zones), end), default=None
    )
    return quietest or at + LATEST


def solicits_until(at: datetime, zones: Sequence[str], hours: Hours) -> datetime | None:
    """When a text that promotes something may go in the United States: None for now, else a UTC instant.

    Beside the quiet hours of the policy the strictest states count: 9 in the morning to 8 in the evening,
    Sundays from noon.
    """
    free = at
    for _ in range(_LOOKS):
        later = quiet_until(free, zones, hours) or quiet_until(free, zones, _SOLICITING)
        noons = [noon for zone in zones if (noon := _sunday_noon(free, zone)) is not None]
        later = later or max(noons, default=None)
        if later is None:
            break
        free = later
    return free if free > at else None


def _sunday_noon(at: datetime, zone: str) -> datetime | None:
    """The end of a Sunday's morning on which an instant falls."""
    local = at.astimezone(_zone(zone))
    if local.weekday() != _SUNDAY or local.time() >= _NOON:
        return None
    return datetime.combine(local.date(), _NOON, _zone(zone)).astimezone(UTC)


def _is_quiet(at: datetime, zone: str, hours: Hours) -> bool:
    begin, end = hours
    clock = at.astimezone(_zone(zone)).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


def _ends(at: datetime, zone: str, hours: Hours) -> Iterable[datetime]:
    """The instants around one at which quiet hours end. A clock that is set shows a time twice, or never."""
    place, end = _zone(zone), hours[1]
    today = at.astimezone(place).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        for fold in (0, 1):
            yield datetime.combine(day, end.replace(fold=fold), place).astimezone(UTC)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1024)
def _known(name: str) -> bool:
    """Whether the zone database of this machine has a zone."""
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
