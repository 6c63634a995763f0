"""Lines under the law of the United States, as its tests begin them."""

from __future__ import annotations

from datetime import date, datetime

from backorder.domain.line.events import NoticeGiven
from backorder.domain.notifications import Kind
from tests.support.days import day
from tests.support.lines import (
    policy,
)
from tests.support.world import World, begun

T = 20
"""The legal date of the lines here, in days from their start."""
RULES = policy(every=90)
ASK = Kind.CONSENT_REQUEST


def us(*arrivals: object, law: int = T, **fields: object) -> World:
    return begun(RULES, *arrivals, pack="us-ftc-435", law=law, region="US", **fields)  # type: ignore[arg-type]


def n(found: date | None) -> int | None:
    return None if found is None else (found - day(0)).days


def call(
    when: datetime, by: int | None, *, offered: bool = True, came: datetime | None = None
) -> NoticeGiven:
    return NoticeGiven(
        at=when,
        day=when.date(),
        request="n1",
        as_of=came or when,
        medium="call",
        by_date=None if by is None else day(by),
        offered=offered,
    )
