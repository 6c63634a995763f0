"""What a line would be promised that were opened now, before anybody orders. Pure.

The rules are those of opening: what is free is handed out in the order of the queue, what still waits is
pegged, and the arrival becomes the window in which the goods leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from backorder.domain.line.ship_window import dateless, delivery, seen_from, window
from backorder.domain.line.state import Arrival, PaidUnits, Quantity, SentAhead, Window
from backorder.domain.policy.policy import Policy
from backorder.domain.supply.allocation import Open, allocate
from backorder.domain.supply.offering import not_for_sale
from backorder.domain.supply.pegging import ON_HAND, Pegged, Supply, peg

NEW = "\U0010ffff"
"""The ID of a line that nobody has opened: it stands behind all others of its instant."""


class Availability(StrEnum):
    """Whether a quantity of a product can be had."""

    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    BACKORDER_NO_DATE = "backorder_no_date"
    NOT_SOLD = "not_sold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prospect:
    """What a new line finds at a SKU.

    free: units on hand that nobody has. queue: the open lines of the SKU; while nothing is free, one entry
    stands for all of those that are served before the new line, and the others are left out. waiting: units
    that wait in the whole queue. incoming: what is on its way.
    """

    free: int
    queue: tuple[Open, ...]
    waiting: int
    incoming: tuple[Supply, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SaleTerms:
    """On which terms a product is sold on backorder. limit: units that may wait at most, None for any number.
    without_date: whether it is sold while nobody knows a date.
    """

    limit: int | None
    without_date: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """What can be said of a quantity of a product before it is ordered.

    free: how many of the units are there now. window: the days between which a line ships that is opened now,
    as its customer would be told; None where it is not sold. deliver_by: the last day on which such a parcel
    is at the door. refusals: why it is not sold, by the names of `backorder.domain.supply.offering`.
    """

    status: Availability
    free: int
    window: Window | None = None
    deliver_by: date | None = None
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Served:
    """Where the units of the new line come from."""

    quantity: Quantity
    arrivals: tuple[Arrival, ...]
    allocated_on: date | None
    ahead: SentAhead | None = None
    paid: PaidUnits | None = None
    delivery_refused_at: datetime | None = None


def quote(prospect: Prospect, terms: SaleTerms, policy: Policy, quantity: int, at: datetime) -> Quote:
    """What a line for `quantity` units hears that is opened at a business instant under a policy."""
    today = policy.calendar.day(at)
    line = Open(id=NEW, priority=0, ordered_at=at, open=quantity, allocated=0, partial=policy.partial)
    grants = Counter({grant.id: grant.units for grant in allocate((*prospect.queue, line), prospect.free)})
    given, handed_out = grants[NEW], grants.total()
    place = _peg((*prospect.queue, line), grants, prospect, today) if given < quantity else None
    served = _Served(
        quantity=Quantity(ordered=quantity, allocated=given),
        arrivals=_arrivals(place) if place else (),
        allocated_on=today if given else None,
    )
    promised = window(policy, served)
    # Units of the quantity that are there, also where the policy would rather let them all come together.
    free = min(quantity, prospect.free - (handed_out - given))
    refusals = not_for_sale(
        waits=quantity - given,
        queue=prospect.waiting - (handed_out - given) + quantity - given,
        dated=place is None or place.by is not None,
        limit=terms.limit,
        sell_without_date=terms.without_date,
    )
    if refusals:
        return Quote(status=Availability.NOT_SOLD, free=free, refusals=refusals)
    told = promised or dateless(policy, served, place.why if place else None)
    return Quote(
        status=_status(place, promised),
        free=free,
        window=seen_from(told, today),
        deliver_by=delivery(policy, told.by),
    )


def _status(place: Pegged | None, promised: Window | None) -> Availability:
    if place is None:
        return Availability.IN_STOCK
    return Availability.BACKORDER if promised is not None else Availability.BACKORDER_NO_DATE


def _peg(queue: Iterable[Open], grants: Counter[str], prospect: Prospect, today: date) -> Pegged:
    """The place of the new line once what is free is handed out."""
    lines = [_served(line, grants[line.id]) for line in queue]
    supplies = list(prospect.incoming)
    if left := prospect.free - grants.total():
        supplies.append(Supply(id=ON_HAND, units=left, on_hand=True))
    pegged = peg((line.waiting for line in lines if line.need), supplies, today)
    return next(each for each in pegged if each.id == NEW)


def _served(line: Open, units: int) -> Open:
    """A line once it was given units: with them its claim is met."""
    return replace(line, allocated=line.allocated + units, claim=False) if units else line


def _arrivals(place: Pegged) -> tuple[Arrival, ...]:
    return tuple(Arrival(quantity=each.units, likely=each.likely, by=each.by) for each in place.pegs)
