"""What a shop's page reads of a product before it is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backorder.domain.availability import Availability, Quote
from backorder.domain.notifications import Part
from backorder.domain.supply.offering import OVER_LIMIT, WITHOUT_DATE

_REFUSALS = {OVER_LIMIT: "backorder_limit", WITHOUT_DATE: "no_date"}
STATUSES = tuple(each.value for each in Availability)


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowView:
    """The goods go to the carrier between likely and by, and are at the door by deliver_by at the latest."""

    likely: date
    by: date
    deliver_by: date


@dataclass(frozen=True, kw_only=True, slots=True)
class AvailabilityView:
    """A quantity of a product, as a new order line would get it.

    status: one of STATUSES. free: how many of the units are there now. window: None where no date can be
    said, or it is not sold. ship_by: its last day, which an order that was shown it sends back. parts: where
    the line would ship in several, each with its window. reasons: why it is not sold (backorder_limit,
    no_date), or has no date (no_supply, supplier_unsure). version: of the SKU's queue, stock and supply; what
    is said holds for it on the shop's day as_of.
    """

    sku: str
    status: str
    quantity: int
    free: int
    window: WindowView | None
    ship_by: date | None
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    version: int
    as_of: date


def availability_view(sku: str, quantity: int, quote: Quote, *, version: int, day: date) -> AvailabilityView:
    """A quote as it is read."""
    told = quote.window
    window = None
    if told is not None and told.likely and told.by and quote.deliver_by:
        window = WindowView(likely=told.likely, by=told.by, deliver_by=quote.deliver_by)
    reasons = tuple(_REFUSALS[each] for each in quote.refusals)
    if told is not None and told.why is not None:
        reasons = (told.why.value,)
    return AvailabilityView(
        sku=sku,
        status=quote.status.value,
        quantity=quantity,
        free=quote.free,
        window=window,
        ship_by=window.by if window else None,
        parts=told.parts if told else (),
        reasons=reasons,
        version=version,
        as_of=day,
    )
