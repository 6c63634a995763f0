"""SKUs that have to be pegged anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from backorder.storage.compiled import change
from backorder.storage.tables import replans

_MARK = insert(replans)


def mark_for_replanning(
    connection: Connection, sku: str, cause: str, at: datetime, *, moved_by_time_alone: bool = False
) -> None:
    """A SKU has to be pegged anew; the row stays until that is done, whatever crashes in between."""
    row = {"sku": sku, "cause": cause, "moved_by_time_alone": moved_by_time_alone, "at": at}
    change(connection, _MARK, row)
