"""What is asked about something that has not happened."""

from __future__ import annotations

from pydantic import model_validator

from backorder.fields import DaysMoved, Flag, Id
from backorder.schemas.incoming import Incoming, wrong


class SupplierMove(Incoming):
    """Everything that a supplier still owes comes later or earlier, without a date, or not at all.

    days: later; below zero for earlier. no_date: the supplier cannot say when. cannot_supply: nothing comes.
    """

    supplier: Id
    days: DaysMoved | None = None
    no_date: Flag = False
    cannot_supply: Flag = False

    @model_validator(mode="after")
    def _one_of(self) -> SupplierMove:
        if sum((self.days is not None, self.no_date, self.cannot_supply)) != 1:
            raise wrong(
                "days, no_date, cannot_supply", "say one of them: what happens to the supplier's goods"
            )
        if self.days == 0:
            raise wrong("days", "must not be 0")
        return self
