"""Who would stand elsewhere: what previews and facts of supply answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backorder.services.supply_effects import Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectView:
    """What a change of supply does to a line. before, after: the day its last unit arrives (P90).

    promised: what the customer was last told, by: what would be said now, both the last day on which the
    goods leave. hears: the kind of message that the customer gets, "" for none. units: how many more are set
    aside for the line; below zero, how many it loses.
    """

    backorder: str
    position: int
    before: date | None
    after: date | None
    days: int | None
    promised: date | None
    by: date | None
    hears: str
    units: int


def effects_of(found: Sequence[Effect]) -> tuple[EffectView, ...]:
    """The lines that stand elsewhere, in queue order."""
    return tuple(
        EffectView(
            backorder=each.backorder,
            position=each.position,
            before=each.before,
            after=each.after,
            days=each.days,
            promised=each.promised,
            by=each.by,
            hears=each.hears,
            units=each.units,
        )
        for each in found
    )
