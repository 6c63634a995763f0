"""What is asked before anything is ordered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backorder.fields import Region, Units
from backorder.schemas.incoming import Incoming

MOST_SKUS = 100
"""Products in one question."""


class AvailabilityQuestion(Incoming):
    """Which products, how many of each, and where they would go."""

    sku: Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_SKUS)]
    quantity: Units = 1
    region: Region | None = None
