"""Until when money has to go back: each law counts its own days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from backorder.domain.calendar import ONE_DAY, Calendar
from backorder.domain.law.packs import PACKS

_SATURDAY = 5
LONGEST_BILLING_CYCLE = 92
"""Days of a quarter of a year: statements of an account are no further apart (12 CFR 1026.2(a)(4))."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holidays:
    """Days on which nobody works, besides Saturdays and Sundays, by country of ISO 3166.

    everywhere: those of every country.
    """

    everywhere: frozenset[date] = frozenset()
    of: Mapping[str, frozenset[date]] = field(default_factory=dict, hash=False)

    def works(self, day: date, region: str) -> bool:
        """Whether a day is a working day in a region: a country, or a part of one."""
        if day.weekday() >= _SATURDAY or day in self.everywhere:
            return False
        return day not in self.of.get(region.partition("-")[0], frozenset())


NO_HOLIDAYS = Holidays()


def refund_due_by(
    pack: str,
    vested_at: datetime,
    *,
    calendar: Calendar,
    region: str = "",
    holidays: Holidays = NO_HOLIDAYS,
    within: int = 7,
    billing_cycle: int | None = None,
) -> date:
    """The last day on which a refund is sent in time, counted from the day after `vested_at` at the shop.

    pack: by its name; that of a line is `state.terms.pack`, its region `state.terms.region`. within: working
    days, of the policy, which count where no law does ("none", or a pack that is not known). Working days are
    Mondays to Fridays without the holidays of the region; days on which only the shop is closed count.
    billing_cycle: days of the seller's own, where it is the creditor; it counts where the law knows it.
    """
    vested, row = calendar.day(vested_at), PACKS.get(pack)
    if row is None or row.name == "none":
        return calendar.add_working_days(vested, within)
    if row.billing_cycle and billing_cycle is not None:
        return vested + timedelta(days=billing_cycle)
    if not row.working:
        return vested + timedelta(days=row.refund_days)
    return _after_working_days(vested, row.refund_days, holidays, region)


def refund_reminder_on(pack: str, due_by: date) -> date | None:
    """The day on which a person is reminded of a refund that has not been sent; None where no law says so.

    due_by: its last day, which a refund that did not arrive moves, and the reminder with it.
    """
    row = PACKS.get(pack)
    if row is None or row.reminder is None:
        return None
    return due_by - timedelta(days=row.refund_days - row.reminder)


def _after_working_days(day: date, count: int, holidays: Holidays, region: str) -> date:
    while count > 0:
        day += ONE_DAY
        count -= holidays.works(day, region)
    return day
