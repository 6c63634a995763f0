"""What a line's customer had been told before the engine knew of the line."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from pydantic_core import from_json

from backorder.domain.calendar import Calendar
from backorder.domain.line.events import Notice


class ToldBefore(TypedDict):
    """The fields of `Started` that say what was told before."""

    promised_by: date | None
    told_at: datetime | None
    told_on: date | None
    notices: tuple[Notice, ...]


def told_before(opening: str, calendar: Calendar) -> ToldBefore:
    """The fields of `Started` that say it, from what is kept of the order (`opening`)."""
    told = from_json(opening)
    notices = tuple(
        Notice(
            at=datetime.fromisoformat(each["at"]),
            on=calendar.day(datetime.fromisoformat(each["at"])),
            medium=each["medium"],
            by_date=each["by_date"] and datetime.fromisoformat(each["by_date"]).date(),
            offered=bool(each.get("offered")),
        )
        for each in told.get("notices", ())
    )
    told_at = datetime.fromisoformat(told["told_at"]) if told.get("told_at") else None
    return {
        "promised_by": datetime.fromisoformat(told["by"]).date() if told.get("by") else None,
        "told_at": told_at,
        "told_on": calendar.day(told_at) if told_at else None,
        "notices": notices,
    }
