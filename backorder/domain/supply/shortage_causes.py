"""Why units were not there when a customer ordered them, and what would have prevented it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Cause(StrEnum):
    """Why a line had to wait."""

    SUPPLIER_LATE = "supplier_late"
    SOLD_MORE = "sold_more_than_planned"
    NOTHING_ORDERED = "nothing_ordered"
    COUNTED_DOWN = "stock_counted_down"


MEANING: Mapping[Cause, str] = {
    Cause.SUPPLIER_LATE: "units for it were on order, and most of the wait came after the day first stated",
    Cause.SOLD_MORE: "units for it were on order, and most of the wait came before they were due: more was "
    "sold than had been planned for",
    Cause.NOTHING_ORDERED: "nothing was on order that could serve it",
    Cause.COUNTED_DOWN: "the books had said that units were there which were not",
}
"""What each cause means, one row a cause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """Units that a line was first pegged to. due: the day that the supplier had first stated, or that of the
    usual lead time.
    """

    order: str
    supplier: str
    units: int
    due: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitedFor:
    """A line as it was ordered. ordered_on: the shop's day. units: that were not there.

    waited: days until its units were set aside, or until it ended, or until now. coming: what was on its way
    for it at first; units that nothing covered are in none. lost: units that had been set aside for it and
    were not there.
    """

    backorder: str
    sku: str
    ordered_on: date
    units: int
    waited: int
    coming: tuple[Coming, ...] = ()
    lost: int = 0

    @property
    def late(self) -> int:
        """Days of its wait that came after the last of its units had first been due."""
        days = [each.due for each in self.coming]
        if not days or any(day is None for day in days):
            return 0
        due = max(day for day in days if day is not None)
        return max(0, self.waited - max(0, (due - self.ordered_on).days))


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
    if sum(each.units for each in line.coming) < line.units:
        return Cause.NOTHING_ORDERED
    return Cause.SUPPLIER_LATE if line.late and 2 * line.late >= line.waited else Cause.SOLD_MORE


LOOKED_BACK = 30
"""Days for which a correction of the books explains that units were missing."""


@dataclass(kw_only=True, slots=True)
class Share:
    """What one cause is to blame for. suppliers: who was late, by units; most_late: days, at most."""

    lines: int = 0
    units: int = 0
    days: int = 0
    unit_days: int = 0
    first_on: date | None = None
    suppliers: Counter[str] = field(default_factory=Counter)
    most_late: int = 0

    def add(self, line: WaitedFor) -> None:
        """Count a line."""
        self.lines += 1
        self.units += line.units
        self.days += line.waited
        self.unit_days += line.waited * line.units
        self.first_on = min(self.first_on or line.ordered_on, line.ordered_on)
        self.most_late = max(self.most_late, line.late)
        if line.late:
            self.suppliers.update({each.supplier: each.units for each in line.coming})


@dataclass(kw_only=True, slots=True)
class SkuDemand:
    """A SKU that was waited for: lines, units, days in all, units times days, the longest wait, by cause."""

    sku: str
    lines: int = 0
    units: int = 0
    days: int = 0
    unit_days: int = 0
    longest: int = 0
    causes: dict[Cause, Share] = field(default_factory=dict)

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
        sku.unit_days += line.waited * line.units
        sku.longest = max(sku.longest, line.waited)
        sku.causes.setdefault(cause, Share()).add(line)
    return sorted(found.values(), key=lambda each: (-each.unit_days, -each.units, each.sku))


def prevention(sku: SkuDemand, lead_days: int | None) -> str:
    """What would have prevented most of it, in words. lead_days: until goods of a new order arrive."""
    cause = sku.main_cause
    share = sku.causes[cause]
    units = f"{share.units} {'unit' if share.units == 1 else 'units'}"
    match cause:
        case Cause.SUPPLIER_LATE:
            names = " and ".join(name for name, _ in share.suppliers.most_common(2)) or "the supplier"
            days = f"{share.most_late} {'day' if share.most_late == 1 else 'days'}"
            return f"{names} delivering on the day stated ({days} late at most), or {units} more in stock"
        case Cause.SOLD_MORE:
            return f"{units} more in stock, or the next order {_days(share)} earlier"
        case Cause.NOTHING_ORDERED:
            when = f" of {share.first_on}" if share.first_on else ""
            ahead = f", {lead_days} days before the first customer's order{when}" if lead_days else ""
            return f"an order of {units}{ahead or ' before the first customer ordered'}"
        case Cause.COUNTED_DOWN:
            return f"a count before they were sold: {units} were in the books and not on the shelf"


def _days(share: Share) -> str:
    days = -(-share.days // share.lines) if share.lines else 0
    return f"{days} {'day' if days == 1 else 'days'}"
