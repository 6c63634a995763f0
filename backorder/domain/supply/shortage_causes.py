"""Why units were not there when a customer ordered them, and what would have prevented it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from backorder.domain.texts import how_many


class Cause(StrEnum):
    """Why a line had to wait.

    supplier_late, sold_more_than_planned: units for it were on order, and most of the wait came after, or
    before, the day first stated. nothing_ordered: nothing was that could serve it. stock_counted_down: the
    books had said that units were there which were not.
    """

    SUPPLIER_LATE = "supplier_late"
    SOLD_MORE = "sold_more_than_planned"
    NOTHING_ORDERED = "nothing_ordered"
    COUNTED_DOWN = "stock_counted_down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """Units that a line was first pegged to. due: the day that the supplier had first stated, or that of the
    usual lead time. arrived: the day on which all of that order's units had come, None: they have not.
    """

    order: str
    supplier: str
    units: int
    due: date | None
    arrived: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitedFor:
    """A line as it was ordered. ordered_on: the shop's day. units: that were not there, at most at one time.

    waited: days until none of them was missing: set aside, cancelled or swapped, or until now. unit_days:
    each unit's own days. wanted: units of them that were not cancelled or swapped; all, where every one was.
    coming: what was on its way for it at first; units that nothing covered are in none. lost: units that had
    been set aside for it and were not there.
    """

    backorder: str
    sku: str
    ordered_on: date
    units: int
    waited: int
    unit_days: int
    wanted: int
    coming: tuple[Coming, ...] = ()
    lost: int = 0

    def late(self, order: Coming) -> int:
        """Days of its wait for which an order was late that it was pegged to."""
        if order.due is None:
            return 0
        over = self.ordered_on + timedelta(days=self.waited)
        return max(0, (min(order.arrived or over, over) - max(order.due, self.ordered_on)).days)

    @property
    def most_late(self) -> int:
        """The same of the order that was late for longest."""
        return max(map(self.late, self.coming), default=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """Units that a count or an adjustment took out of the books on a day."""

    on: date
    units: int


def cause_of(line: WaitedFor, corrected: int = 0) -> Cause:
    """Why a line had to wait.

    corrected: units that had lately been taken out of the books and that no line before has accounted for.
    A line of which units were not even on order waits for those, whoever else is late.
    """
    if line.lost or (corrected and corrected >= line.units):
        return Cause.COUNTED_DOWN
    if sum(each.units for each in line.coming) < line.wanted:
        return Cause.NOTHING_ORDERED
    late = line.most_late
    return Cause.SUPPLIER_LATE if late and 2 * late >= line.waited else Cause.SOLD_MORE


LOOKED_BACK = 30
"""Days for which a correction of the books explains that units were missing."""


@dataclass(kw_only=True, slots=True)
class CauseShare:
    """What one cause is to blame for. suppliers: who was late, by units; most_late: by days at most."""

    lines: int = 0
    units: int = 0
    days: int = 0
    unit_days: int = 0
    first_on: date | None = None
    suppliers: Counter[str] = field(default_factory=Counter)
    most_late: dict[str, int] = field(default_factory=dict)

    def add(self, line: WaitedFor) -> None:
        """Count a line."""
        self.lines += 1
        self.units += line.units
        self.days += line.waited
        self.unit_days += line.unit_days
        self.first_on = min(self.first_on or line.ordered_on, line.ordered_on)
        for order in line.coming:
            if late := line.late(order):
                self.suppliers[order.supplier] += order.units
                self.most_late[order.supplier] = max(late, self.most_late.get(order.supplier, 0))


@dataclass(kw_only=True, slots=True)
class SkuDemand:
    """A SKU that was waited for: lines, units, days in all, units times days, the longest wait, by cause."""

    sku: str
    lines: int = 0
    units: int = 0
    days: int = 0
    unit_days: int = 0
    longest: int = 0
    causes: dict[Cause, CauseShare] = field(default_factory=dict)

    @property
    def main_cause(self) -> Cause:
        """The cause with most units times days."""
        return max(self.causes, key=lambda cause: (self.causes[cause].unit_days, self.causes[cause].units))


def demand_by_sku(
    lines: Iterable[WaitedFor], corrected: Mapping[str, Sequence[Corrected]]
) -> list[SkuDemand]:
    """The SKUs that were waited for, those with most units times days first.

    lines: of each SKU in the order in which they were ordered. corrected: by SKU, what was taken out of the
    books; each unit of it explains one unit that is missing afterwards.
    """
    found: dict[str, SkuDemand] = {}
    explained: dict[str, int] = defaultdict(int)
    for line in lines:
        known = [
            each.units
            for each in corrected.get(line.sku, ())
            if 0 <= (line.ordered_on - each.on).days <= LOOKED_BACK
        ]
        left = max(0, sum(known) - explained[line.sku])
        cause = cause_of(line, left)
        if cause is Cause.COUNTED_DOWN and not line.lost:
            explained[line.sku] += line.units
        sku = found.setdefault(line.sku, SkuDemand(sku=line.sku))
        sku.lines += 1
        sku.units += line.units
        sku.days += line.waited
        sku.unit_days += line.unit_days
        sku.longest = max(sku.longest, line.waited)
        sku.causes.setdefault(cause, CauseShare()).add(line)
    return sorted(found.values(), key=lambda each: (-each.unit_days, -each.units, each.sku))


def prevention(sku: SkuDemand, cause: Cause, lead_days: int | None) -> str:
    """What would have prevented most of what a cause is to blame for, in words.

    lead_days: until goods of a new order arrive.
    """
    share = sku.causes[cause]
    units = how_many(share.units, "unit")
    match cause:
        case Cause.SUPPLIER_LATE:
            late = [name for name, _ in share.suppliers.most_common(2)]
            names = " and ".join(late) or "the supplier"
            most = max((share.most_late[name] for name in late), default=0)
            behind = f" ({how_many(most, 'day')} late at most)" if most else ""
            return f"{names} delivering on the day stated{behind}, or {units} more in stock"
        case Cause.SOLD_MORE:
            usual = -(-share.days // share.lines) if share.lines else 0
            sooner = f", or the next order {how_many(usual, 'day')} earlier" if usual else ""
            return f"{units} more in stock{sooner}"
        case Cause.NOTHING_ORDERED:
            when = f" of {share.first_on}" if share.first_on else ""
            if not lead_days:
                return f"an order of {units} before the first customer ordered"
            return (
                f"an order of {units}, {how_many(lead_days, 'day')} before the first customer's order{when}"
            )
        case Cause.COUNTED_DOWN:
            were = "was" if share.units == 1 else "were"
            return f"a count before they were sold: {units} {were} in the books and not on the shelf"
