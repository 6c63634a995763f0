"""What is asked of many lines at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from backorder.fields import Id, LineId, Reason
from backorder.schemas.incoming import Incoming, Rule, Wrong
from backorder.schemas.requests import Cancellation

MOST = 10_000
"""Lines of one call, at most."""


def _one_of_both(asked: BulkCancellation, _usual: frozenset[str]) -> Iterator[Wrong]:
    if (asked.sku is None) == (not asked.ids):
        yield Wrong("sku, ids", "say one of both: a product, or the IDs of lines")


class BulkCancellation(Incoming):
    """Lines are cancelled together: all that wait for a product, or those with these IDs."""

    request_id: Id
    sku: Id | None = None
    ids: Annotated[tuple[LineId, ...], Field(max_length=MOST)] = ()
    reason: Reason
    by: Literal["customer", "shop", "supplier"] = "shop"
    rules = (Rule(("sku", "ids"), _one_of_both),)

    def for_each(self) -> Cancellation:
        """What is asked of each line."""
        return Cancellation(request_id=self.request_id, reason=self.reason, by=self.by)
