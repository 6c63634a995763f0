"""What is asked about something that has not happened."""

from __future__ import annotations

from collections.abc import Iterator

from backorder.fields import DaysMoved, Flag, Id
from backorder.schemas.incoming import Incoming, Rule, Wrong


def _one_thing(move: SupplierMove, _usual: frozenset[str]) -> Iterator[Wrong]:
    if sum((move.days is not None, move.no_date, move.cannot_supply)) != 1:
        words = "say one of them: what happens to the supplier's goods"
        yield Wrong("days, no_date, cannot_supply", words)
    if move.days == 0:
        yield Wrong("days", "must not be 0")


class SupplierMove(Incoming):
    """Everything that a supplier still owes comes later or earlier, without a date, or not at all.

    days: later; below zero for earlier. no_date: the supplier cannot say when. cannot_supply: nothing comes.
    """

    supplier: Id
    days: DaysMoved | None = None
    no_date: Flag = False
    cannot_supply: Flag = False
    rules = (Rule(("days", "no_date", "cannot_supply"), _one_thing),)
