"""Which past orders cannot be true: a wrong year in one row must not speak for the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from backorder.forecasting.history import PastOrder
from backorder.forecasting.table import Days

FEWEST = 20
"""From fewer orders nobody can tell what is usual."""

TIMES = 10
USUAL = 0.95
SHORTEST_LIMIT = 180
"""A lead time is absurd beyond ten times what 95% of all took, and never below 180 days."""

GAP_AFTER = 365
GAP_BEFORE = 5 * 365
ALONE = 0.01
"""Days apart from all others, in at most one order in a hundred, that look like a wrong year."""


@dataclass(frozen=True, slots=True)
class Implausible:
    """An order that cannot be true: `place` is its index among the orders that were looked at."""

    place: int
    reason: str


def implausible(orders: Sequence[PastOrder], today: date | None = None) -> list[Implausible]:
    """The orders that cannot be true and why, by place; at most one reason an order.

    An order was placed or arrived after `today` (None: not looked at), took or was stated to take more than
    ten times as long as is usual, has not arrived five years later, or was placed or arrived years apart from
    everything else.
    """
    found = {
        **_apart(orders),
        **_too_long(orders, "stated"),
        **_too_long(orders, "arrived"),
        **_never_came(orders, today),
        **_in_the_future(orders, today or date.max),
    }
    return [Implausible(place, found[place]) for place in sorted(found)]


def plausible(orders: Iterable[PastOrder], today: date | None = None) -> list[PastOrder]:
    """The orders without those that cannot be true, in the same order."""
    rows = list(orders)
    wrong = {each.place for each in implausible(rows, today)}
    return [order for place, order in enumerate(rows) if place not in wrong] if wrong else rows


def _in_the_future(orders: Sequence[PastOrder], today: date) -> dict[int, str]:
    found = {}
    for place, order in enumerate(orders):
        if order.ordered > today:
            found[place] = f"ordered {order.ordered} is after today, {today}"
        elif order.arrived and order.arrived > today:
            found[place] = f"arrived {order.arrived} is after today, {today}"
    return found


def _too_long(orders: Sequence[PastOrder], name: str) -> dict[int, str]:
    then = [order.arrived if name == "arrived" else order.stated for order in orders]
    spans = {
        place: (day - order.ordered).days
        for place, (order, day) in enumerate(zip(orders, then, strict=True))
        if day
    }
    if len(spans) < FEWEST:
        return {}
    usual = float(np.quantile(np.fromiter(spans.values(), dtype=np.int64), USUAL, method="higher"))
    limit = max(TIMES * usual, SHORTEST_LIMIT)
    return {
        place: f"{name} {then[place]} is {span} days after ordered {orders[place].ordered}; "
        f"19 of 20 orders need at most {usual:.0f}"
        for place, span in spans.items()
        if span > limit
    }


def _never_came(orders: Sequence[PastOrder], today: date | None) -> dict[int, str]:
    if today is None:
        return {}
    return {
        place: f"ordered {order.ordered} has not arrived in more than five years"
        for place, order in enumerate(orders)
        if order.arrived is None and (today - order.ordered).days > GAP_BEFORE
    }


def _apart(orders: Sequence[PastOrder]) -> dict[int, str]:
    if len(orders) < FEWEST:
        return {}
    first = np.array([order.ordered.toordinal() for order in orders])
    last = np.array([(order.arrived or order.ordered).toordinal() for order in orders])
    most = max(1, int(ALONE * len(orders)))
    latest = _edge(np.sort(last), most, GAP_AFTER)
    earliest = -_edge(np.sort(-first), most, GAP_BEFORE)
    found = {}
    for place in np.flatnonzero((last > latest) | (first < earliest)).tolist():
        order = orders[place]
        if last[place] > latest:
            name, day = ("arrived", order.arrived) if order.arrived else ("ordered", order.ordered)
            found[place] = f"{name} {day} is more than a year after nearly all others, {_day(latest)}"
        else:
            found[place] = (
                f"ordered {order.ordered} is more than five years before nearly all others, {_day(earliest)}"
            )
    return found


def _edge(days: Days, most: int, gap: int) -> int:
    """The last of some increasing days before a gap behind which there are at most `most` of them."""
    places = np.flatnonzero(np.diff(days[-most - 1 :]) > gap)
    return int(days[-most - 1 :][places[0]]) if len(places) else int(days[-1])


def _day(number: int) -> date:
    return date.min + timedelta(days=number - 1)
