"""Complaints whose last day comes near, and that nobody has ended: people are asked once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from backorder.domain.calendar import Calendar
from backorder.storage.complaints import remind, urgent
from backorder.storage.engine import reading, writing


def remind_of_complaints(engine: Engine, calendar: Calendar, now: datetime) -> None:
    """Put each of them on the worklist a second time, once. now: business time."""
    with reading(engine) as connection:
        found = urgent(connection, calendar.day(now))
    if found:
        with writing(engine) as connection:
            for task in found:
                remind(connection, task, now)
