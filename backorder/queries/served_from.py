"""From what lines are served, as it was when their customers were told: it changes with a message alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeAlias, cast

from sqlalchemy import Connection, bindparam, select

from backorder.domain.supply.pegging import ON_HAND
from backorder.queries.views import CaseView
from backorder.storage.codec import load_json
from backorder.storage.isolation import known, readable
from backorder.storage.tables import promises

_TOLD = select(promises.c.backorder, promises.c.revision, promises.c.by, promises.c.evidence).where(
    promises.c.backorder.in_(bindparam("lines", expanding=True))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedFrom:
    """The supply that serves the last unit of a line, as told.

    units: of it in all; ahead: those that were promised to others before. here: they are on hand
    already; else likely, by: the days on which they were due at the dock, None where nobody could say.
    several: other supplies serve the line too.
    """

    units: int
    ahead: int
    here: bool
    likely: date | None
    by: date | None
    several: bool


def served_from(connection: Connection, lines: Iterable[CaseView]) -> Mapping[str, ServedFrom]:
    """What was told of each line, by its ID; one of which it is not known, or says nothing, is left out."""
    told = {each.id: each.promise.revision for each in lines if each.promise and each.quantity.waiting}
    if not told:
        return {}
    found = {}
    for row in connection.execute(_TOLD, {"lines": sorted(told)}):
        if row.revision == told[row.backorder] and (served := _of(readable(row))):
            found[row.backorder] = served
    return found


_Arrival: TypeAlias = tuple[int, str | None, str | None, str, int, int]
"""Units, between which days, from which supply, how many units that has, and how many go to lines before."""


class _ToldRow(Protocol):
    evidence: str
    by: date | None


def _of(row: _ToldRow) -> ServedFrom | None:
    arrivals = cast("Sequence[_Arrival]", load_json(row.evidence, "what a promise rests on"))
    if not arrivals or len(arrivals[-1]) < SHARE:
        return None
    _, likely, by, supply, units, ahead = arrivals[-1]
    last, promised = date.fromisoformat(by) if by else None, known(row.by)
    # A day that customer service promised rests on something else.
    if (last is None) != (promised is None) or (last and promised and last > promised):
        return None
    return ServedFrom(
        units=units,
        ahead=ahead,
        here=supply == ON_HAND,
        likely=date.fromisoformat(likely) if likely else None,
        by=last,
        several=len(arrivals) > 1,
    )


SHARE = 6
"""How much the last arrival of a promise's evidence says where the share of the supply is known."""
