"""Past purchase orders as a table has them."""

from __future__ import annotations

from backorder.errors import RefusedError
from backorder.forecasting.history import PastOrder, past_order
from starter.files.cells import DAY
from starter.files.nested import as_texts, faults_of_cells
from starter.files.tables import Columns, Entry
from starter.files.verdict import with_others

PAST_ORDERS = Columns(
    known=("supplier", "destination", "ordered", "stated", "arrived"),
    required=("supplier", "destination", "ordered", "arrived"),
    kinds=dict.fromkeys(("ordered", "stated", "arrived"), DAY),
)


def past_order_in(entry: Entry) -> PastOrder:
    """The past order that an entry says. Raises RefusedError with what is wrong."""
    if entry.loose or entry.lost:
        raise RefusedError(list(entry.faults))
    unknown = [f'there is no column "{name}"' for name in entry.raw if name not in PAST_ORDERS.known]
    faults = [*entry.faults, *unknown, *faults_of_cells(entry.raw)]
    try:
        found = past_order({name: text.strip() for name, text in as_texts(entry.raw).items()})
    except ValueError as error:
        raise RefusedError(with_others(faults, [str(error)])) from None
    if faults:
        raise RefusedError(faults)
    return found
