"""Lead times as the mornings of a history knew them, and those that orders placed afterwards came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backorder.forecasting.arrival import ENOUGH, ArrivalModel
from backorder.forecasting.demand.stock import LEAD_LEVELS
from backorder.forecasting.history import PastOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimeDays:
    """Days from an order to its arrival, by kind of lead time.

    known: equally likely ones, as a morning knew them. came: of the orders placed from then on, in their
    order; none where too few of them have arrived to say.
    """

    known: Sequence[Sequence[float]]
    came: Sequence[Sequence[float]]


Leads = Callable[[date], LeadTimeDays]
"""What is known on a morning, and what came of it."""


def fixed(days: Sequence[float]) -> Leads:
    """Equally likely days, the same on each morning; they are what comes, too."""
    return lambda _: LeadTimeDays(known=[days], came=[()])


def learnt(orders: Sequence[PastOrder], kinds: Sequence[tuple[str | None, int]], last: date) -> Leads:
    """What orders of the past teach. kinds: a supplier, None for all of them together, and what is stated.

    last: the day that all is known by. A morning before enough of the orders had arrived knows what `last`
    does. Orders that are placed so late that slow ones of them are still open say nothing.
    """
    whole = _curves(orders, kinds, last)

    def at(day: date) -> LeadTimeDays:
        arrived = sum(each.arrived is not None and each.arrived < day for each in orders)
        known = _curves(orders, kinds, day) if arrived >= ENOUGH else whole
        came = []
        for (supplier, _), days in zip(kinds, whole, strict=True):
            latest = last - timedelta(days=max(days))
            leads = _came(orders, supplier, day, latest)
            came.append(leads if len(leads) >= ENOUGH else ())
        return LeadTimeDays(known=known, came=came)

    return at


def _curves(
    orders: Sequence[PastOrder], kinds: Sequence[tuple[str | None, int]], day: date
) -> list[list[float]]:
    model = ArrivalModel.fit(orders, day)
    return [
        [float(each) for each in model.lead_days(LEAD_LEVELS)]
        if supplier is None
        else model.lead_spread(LEAD_LEVELS, supplier, stated)
        for supplier, stated in kinds
    ]


def _came(orders: Sequence[PastOrder], supplier: str | None, first: date, latest: date) -> Sequence[float]:
    """Of the orders placed in some time that have arrived."""
    placed = sorted(
        (each.ordered, each.arrived)
        for each in orders
        if each.arrived is not None
        and first <= each.ordered <= latest
        and (supplier is None or each.supplier == supplier)
    )
    return [float((arrived - ordered).days) for ordered, arrived in placed]
