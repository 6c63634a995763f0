"""What is asked about a purchase order as a whole."""

from __future__ import annotations

from typing import Literal

from backorder.fields import DateRevision, Id, LineName, Reason
from backorder.schemas.incoming import Incoming
from backorder.schemas.people import Decision


class DateDecision(Incoming):
    """A buyer decides about a date that waits. refuse: the same as reject.

    revision: which date of the supplier's is meant, as the detail of the task has it; where another one waits
    by now nothing is decided. Without it, the one that waits.
    """

    line: LineName
    decision: Literal["approve", "reject", "refuse"]
    revision: DateRevision | None = None


class DecisionBy(Decision):
    """Who decides about a date that waits. revision: as in `DateDecision`."""

    revision: DateRevision | None = None


class LineReassignment(Incoming):
    """What is outstanding of a line is ordered from another supplier."""

    line: LineName
    supplier: Id
    new_order: Id


class PurchaseOrderCancellation(Incoming):
    """What has not arrived is cancelled. line: of that alone; without it, of all lines."""

    line: LineName | None = None
    reason: Reason
