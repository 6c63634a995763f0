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
class OrderFacts:
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


def terms_of(order: OrderFacts, calendar: Calendar, *, policy: str = "auto") -> Terms:
    """The law of a line. policy: the pack that its policy names."""
    pack = pack_for(order.region, order.kind, policy=policy, order=order.pack)
    return Terms(
        pack=pack.name,
        region=order.region,
        legal_date=_legal_date(pack, order, calendar),
        essential=order.essential,
        withdrawal=order.withdrawal,
        reason=order.reason,
        credit=order.credit,
    )


def _legal_date(pack: Pack, order: OrderFacts, calendar: Calendar) -> date | None:
    """The latest statement before the order counts; without one, the days that the law gives."""
    if pack.clock == "none":
        return None
    complete = order.completed_at or order.ordered_at
    shown = order.ship_by
    if shown is None and order.told_at is not None and order.told_at <= complete:
        shown = order.promised_by
    if pack.clock == "delivery":
        window = calendar.day(order.ordered_at) + timedelta(days=pack.window)
        return shown + timedelta(days=order.transit) if shown else window
    days = pack.credit_window if order.credit else pack.window
    return shown or calendar.day(complete) + timedelta(days=days)
