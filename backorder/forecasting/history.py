"""Past purchase orders, and the CSV form in which a shop imports them."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from backorder.domain import iso

REQUIRED = ("supplier", "destination", "ordered", "arrived")
LONGEST_DAYS = 3650
"""A lead time or stated lead time longer than this is taken for a typing error."""


@dataclass(frozen=True, slots=True)
class PastOrder:
    """One purchase-order line: `stated` is the day the supplier stated, `arrived` is None while open."""

    supplier: str
    destination: str
    ordered: date
    stated: date | None = None
    arrived: date | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot have happened: arrival or stated day before the order."""
        if not self.supplier:
            raise ValueError("supplier is missing")
        _check_span("arrived", self.ordered, self.arrived)
        _check_span("stated", self.ordered, self.stated)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of a history file that was not read: `line` counts from 1, the header included."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class History(NamedTuple):
    """What `read_history` found: the orders in the file's order, and every fault."""

    orders: tuple[PastOrder, ...]
    faults: tuple[Fault, ...]


def read_history(text: str | Iterable[str]) -> History:
    """Read CSV with the header supplier, destination, ordered, arrived and optionally stated, in any order.

    Days are ISO (2025-03-31); an empty `arrived` is an open order, an empty `stated` one without a stated
    day. `text` is the whole file or its lines. A row is either an order or a fault, never neither; with a
    faulty header there are no orders. Other columns are ignored.
    """
    lines = text.lstrip("\ufeff").splitlines(keepends=True) if isinstance(text, str) else text
    orders: list[PastOrder] = []
    faults: list[Fault] = []
    header: list[str] | None = None
    for line, row in _rows(lines, faults):
        try:
            if header is None:
                header = _header(row)
            else:
                orders.append(_order(header, row))
        except ValueError as fault:
            faults.append(Fault(line, str(fault)))
            if header is None:
                break
    if header is None and not faults:
        faults.append(Fault(1, f"the file is empty; its header must name {', '.join(REQUIRED)}"))
    return History(tuple(orders), tuple(sorted(faults, key=lambda fault: fault.line)))


def _rows(lines: Iterable[str], faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(Fault(line, f"not CSV: {error}"))
            continue
        if any(cell.strip() for cell in row):
            yield line, row


def _header(row: Sequence[str]) -> list[str]:
    names = [cell.strip().lstrip("\ufeff").lower() for cell in row]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ValueError(f"the header lacks {', '.join(missing)}")
    for name in (*REQUIRED, "stated"):
        if names.count(name) > 1:
            raise ValueError(f"the header names {name} twice")
    return names


def _order(header: Sequence[str], row: Sequence[str]) -> PastOrder:
    if len(row) != len(header):
        raise ValueError(f"{len(row)} cells where the header has {len(header)}")
    return past_order({name: cell.strip() for name, cell in zip(header, row, strict=True)})


def past_order(cells: Mapping[str, str]) -> PastOrder:
    """The order that the cells of a row say, by column; one that is not there is empty. Raises ValueError."""
    ordered = _day("ordered", cells.get("ordered", ""))
    if ordered is None:
        raise ValueError("ordered is missing")
    return PastOrder(
        supplier=cells.get("supplier", ""),
        destination=cells.get("destination", ""),
        ordered=ordered,
        stated=_day("stated", cells.get("stated", "")),
        arrived=_day("arrived", cells.get("arrived", "")),
    )


def _day(name: str, cell: str) -> date | None:
    if not cell:
        return None
    try:
        day = iso.day_of(cell)
    except ValueError as error:
        raise ValueError(f"{name} is not an ISO day: {error}") from None
    if fault := iso.fault_of_year(day):
        raise ValueError(f"{name}: {fault}")
    return day


def _check_span(name: str, ordered: date, then: date | None) -> None:
    if then is None:
        return
    if then < ordered:
        raise ValueError(f"{name} {then} is before ordered {ordered}")
    if (then - ordered).days > LONGEST_DAYS:
        raise ValueError(f"{name} {then} is more than {LONGEST_DAYS} days after ordered {ordered}")
