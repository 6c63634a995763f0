"""What is asked before anything is ordered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backorder.fields import Region, Text, Units
from backorder.schemas.incoming import Incoming

MOST_SKUS = 100
"""Products in one question."""


class AvailabilityQuestion(Incoming):
    """Which products, how many of each, and where they would go.

    sku: any text. What can be no ID is no product on record, and stops no other.
    """

    sku: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MOST_SKUS)]
    quantity: Units = 1
    region: Region | None = None
