"""The arrivals that a line is pegged to, as they are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from backorder.domain.keys import joined
from backorder.domain.supply.pegging import Pegged, Supply
from backorder.domain.supply.shares import Share
from backorder.storage.codec import dump_json


class SupplyRow(Protocol):
    """Names a part of a purchase-order line; split: 0 where there are no several."""

    purchase_order: str
    line: str
    split: int


class ExpectedRow(SupplyRow, Protocol):
    """A part that is on its way."""

    quantity: int
    likely: date | None
    by: date | None


class ShareRow(Protocol):
    """What a demand rests on."""

    arrivals: str
    supply_units: int | None
    units_ahead: int | None


def supply_id(row: SupplyRow) -> str:
    """The name of a purchase-order line's part: order/line, and the part where there are several."""
    name = joined(row.purchase_order, row.line)
    return f"{name}#{row.split}" if row.split else name


def coming(row: ExpectedRow) -> Supply:
    """A part of a purchase-order line that is on its way, as pegging sees it."""
    return Supply(id=supply_id(row), units=row.quantity, likely=row.likely, by=row.by)


def arrivals_of(pegged: Pegged) -> str:
    """The arrivals of a line as they are kept: rows of units, likely, by, supply."""
    return dump_json([[each.units, _iso(each.likely), _iso(each.by), each.supply] for each in pegged.pegs])


def share_columns(share: Share | None) -> dict[str, int | None]:
    """A line's share of its supply, as the row of its demand keeps it."""
    return {
        "supply_units": share.units if share else None,
        "units_ahead": share.ahead if share else None,
    }


def told_of(row: ShareRow) -> str:
    """What a message about a line rests on: its arrivals, and behind the last of them its share of that
    supply (units of it in all, units pegged to lines before). row: of its demand.
    """
    if row.supply_units is None:
        return str(row.arrivals)
    arrivals = json.loads(row.arrivals)
    if arrivals:
        arrivals[-1] += [row.supply_units, row.units_ahead]
    return dump_json(arrivals)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def why_dateless(pegged: Pegged) -> str | None:
    """Why a line has no date: nothing covers it, or the supplier cannot say. None for one with a date."""
    return pegged.why.value if pegged.why else None


def arrivals_in_words(text: str) -> Iterable[tuple[int, date | None, date | None, str]]:
    """The arrivals of a line: units, likely, by, supply."""
    for units_, likely, by, supply in json.loads(text):
        yield units_, likely and date.fromisoformat(likely), by and date.fromisoformat(by), supply
