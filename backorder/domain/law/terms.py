"""What an order said that the law asks about: pinned when the line starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backorder.domain.calendar import Calendar
from backorder.domain.law.packs import PACKS, Pack, pack_for

UNKNOWN = ""
"""The pack of a line whose law nobody has looked up yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The law of a line, and what counts for it.

    pack: by its name; UNKNOWN until it was looked up. region: of the customer, ISO 3166. legal_date: the day
    by whose end the goods have to have shipped, or to be delivered, as the pack's clock says; None without a
    clock. essential: that day was essential to the customer. withdrawal: the right to withdraw is not
    excepted. reason: why the order names another pack than its region's. credit: the seller is the creditor.
    """

    pack: str = UNKNOWN
    region: str = ""
    legal_date: date | None = None
    essential: bool = False
    withdrawal: bool = True
    reason: str = ""
    credit: bool = False

    @property
    def law(self) -> Pack | None:
        """The pack itself; None for one that is not known."""
        return PACKS.get(self.pack)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What an order says about it.

    ordered_at, completed_at: of the order. promised_by, told_at: what was stated before. transit: days from
    the carrier to the door. Further as `Terms` and the order line have it.
    """

    region: str
    kind: str
    ordered_at: datetime
    completed_at: datetime | None = None
    credit: bool = False
    ship_by: date | None = None
    promised_by: date | None = None
    told_at: datetime | None = None
    essential: bool = False
    withdrawal: bool = True
    pack: str = "auto"
    reason: str = ""
    transit: int = 0


def terms_of(said: Said, calendar: Calendar, *, policy: str = "auto") -> Terms:
    """The law of a line. policy: the pack that its policy names."""
    pack = pack_for(said.region, said.kind, policy=policy, order=said.pack)
    return Terms(
        pack=pack.name,
        region=said.region,
        legal_date=_legal_date(pack, said, calendar),
        essential=said.essential,
        withdrawal=said.withdrawal,
        reason=said.reason,
        credit=said.credit,
    )


def _legal_date(pack: Pack, said: Said, calendar: Calendar) -> date | None:
    """The latest statement before the order counts; without one, the days that the law gives."""
    if pack.clock == "none":
        return None
    complete = said.completed_at or said.ordered_at
    shown = said.ship_by
    if shown is None and said.told_at is not None and said.told_at <= complete:
        shown = said.promised_by
    if pack.clock == "delivery":
        window = calendar.day(said.ordered_at) + timedelta(days=pack.window)
        return shown + timedelta(days=said.transit) if shown else window
    days = pack.credit_window if said.credit else pack.window
    return shown or calendar.day(complete) + timedelta(days=days)
