"""What is asked of many lines at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from backorder.fields import Id, LineId, Reason
from backorder.schemas.incoming import Incoming, wrong
from backorder.schemas.requests import Cancellation

MOST = 10_000
"""Lines of one call, at most."""


class BulkCancellation(Incoming):
    """Lines are cancelled together: all that wait for a product, or those with these IDs."""

    request_id: Id
    sku: Id | None = None
    ids: Annotated[tuple[LineId, ...], Field(max_length=MOST)] = ()
    reason: Reason
    by: Literal["customer", "shop", "supplier"] = "shop"

    @model_validator(mode="after")
    def _one_of_both(self) -> BulkCancellation:
        if (self.sku is None) == (not self.ids):
            raise wrong("sku, ids", "say one of both: a product, or the IDs of lines")
        return self

    def for_each(self) -> Cancellation:
        """What is asked of each line."""
        return Cancellation(request_id=self.request_id, reason=self.reason, by=self.by)
