"""Past purchase orders, and the columns in which a shop imports them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backorder.domain import iso
from backorder.domain.texts import fault_of_label

LONGEST_DAYS = 3650
"""A lead time or stated lead time longer than this is taken for a typing error."""
_LETTERS: Mapping[str, int] = {"supplier": 200, "destination": 128}
"""How long a text may be."""


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


def past_order(cells: Mapping[str, str]) -> PastOrder:
    """The order that the cells of a row say, by column; one that is not there is empty. Raises ValueError."""
    for name, most in _LETTERS.items():
        if fault := fault_of_label(cells.get(name, ""), most=most):
            raise ValueError(f"{name}: {fault}")
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
