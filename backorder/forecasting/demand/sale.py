"""One row of sales, as people and their systems write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backorder.domain import iso
from backorder.domain.texts import fault_of_label, fault_of_sku, shown
from backorder.errors import RefusedError

COLUMNS = ("sku", "day", "quantity", "order", "in_stock", "category")
REQUIRED = ("sku", "day", "quantity")
MOST_UNITS = 1_000_000
EARLIEST = date(1970, 1, 1)
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_DIGITS = 12
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Units of a SKU sold on a day; below zero for what came back or was cancelled.

    order: of which it is a part, "" where nobody says. in_stock: whether there was any to sell that day.
    category: the product's, "" for none.
    """

    sku: str
    day: date
    quantity: int
    order: str = ""
    in_stock: bool = True
    category: str = ""


def sale_of(cells: Mapping[str, str]) -> Sale:
    """The sale that the cells of a row say, by column. Raises RefusedError with every fault."""
    faults: list[str] = []
    found = {name: cells.get(name, "").strip() for name in COLUMNS}
    checks = (
        ("sku", fault_of_sku(found["sku"])),
        ("order", fault_of_label(found["order"], most=128)),
        ("category", fault_of_label(found["category"], most=128)),
    )
    faults += [f"{name}: {fault}" for name, fault in checks if fault]
    day = _day(found["day"], faults)
    quantity = _quantity(found["quantity"], faults)
    in_stock = _FLAGS.get(found["in_stock"].casefold())
    if in_stock is None:
        faults.append(f"in_stock: {shown(found['in_stock'])} is neither true nor false")
    if day is None or quantity is None or in_stock is None or faults:
        raise RefusedError(faults)
    return Sale(
        sku=found["sku"],
        day=day,
        quantity=quantity,
        order=found["order"],
        in_stock=in_stock,
        category=found["category"],
    )


def _day(text: str, faults: list[str]) -> date | None:
    if not text:
        faults.append("day: is empty; write it like 2026-05-31")
        return None
    try:
        day = iso.day_of(text)
    except ValueError as error:
        faults.append(f"day: {error}")
        return None
    if not EARLIEST <= day <= iso.LAST:
        faults.append(f"day: {day} is before {EARLIEST} or after {iso.LAST}, so it must be a mistake")
        return None
    return day


def _quantity(text: str, faults: list[str]) -> int | None:
    if not _WHOLE.fullmatch(text):
        faults.append(
            f"quantity: {shown(text)} is no whole number; write digits, like 12, or -2 for two that came back"
            if text
            else "quantity: is empty; write digits, like 12, or leave the row out"
        )
        return None
    if len(text) > _DIGITS or abs(int(text)) > MOST_UNITS:
        faults.append(f"quantity: {shown(text)} is out of bounds; {MOST_UNITS} units of a row are the most")
        return None
    return int(text)
