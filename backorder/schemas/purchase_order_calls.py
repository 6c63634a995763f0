"""What is asked about a purchase order as a whole."""

from __future__ import annotations

from typing import Literal

from backorder.fields import Id, LineName, Reason
from backorder.schemas.incoming import Incoming


class DateDecision(Incoming):
    """A buyer decides about a date that waits. refuse: the same as reject."""

    line: LineName
    decision: Literal["approve", "reject", "refuse"]


class LineReassignment(Incoming):
    """What is outstanding of a line is ordered from another supplier."""

    line: LineName
    supplier: Id
    new_order: Id


class PurchaseOrderCancellation(Incoming):
    """What has not arrived is cancelled. line: of that alone; without it, of all lines."""

    line: LineName | None = None
    reason: Reason
