"""When a supplier's date waits for the buyer before customers hear of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backorder.domain.calendar import Calendar
from backorder.domain.supply.expected_receipts import Expected
from backorder.domain.texts import how_many

FROM_LINK = "the supplier stated it through the link"
"""Why every date that comes by the supplier's own link waits, but one that leaves all as it stands."""
BY_LINK = "the supplier's link, "
"""How the source of what came by a supplier's link begins; see `source_of_link`."""
FROM_ORDER = "purchase order"
"""The source of a date that stands in the order itself, and is no answer of the supplier's."""
GRACE_PERIOD = timedelta(days=1)
"""How long, in business time, a large move waits for the buyer before customers hear of it all the same."""
_NOON = time(12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a buyer wants to see first. days: a move longer than that; lines: more lines concerned."""

    days: int = 30
    lines: int = 500


def asked_until(calendar: Calendar, at: datetime, limits: Iterable[date]) -> datetime:
    """Until when the buyer is asked about what is stated now, at the latest.

    A day; never past noon of the working day before a day by which the law wants a customer told (limits),
    as far as that is still to come. At once where that noon is over.
    """
    today = calendar.day(at)
    noons = (calendar.instant(calendar.working_day_before(day), _NOON) for day in limits if day >= today)
    return max(at, min([at + GRACE_PERIOD, *noons]))


def source_of_link(send: str, answer: str) -> str:
    """The source of what came by a supplier's link. send: of the mail with it; answer: its ID, said once."""
    return f"{BY_LINK}mail {send}, answer {answer}"


def is_the_engines_own(source: str) -> bool:
    """Whether a source is one by which the engine tells apart whose word a date is; nobody else says it."""
    words = " ".join(source.casefold().split())
    return words == FROM_ORDER or words.startswith(BY_LINK.strip())


def repeats(
    stands: Iterable[Expected], stated: Iterable[tuple[int, date | None]], usual: date | None = None
) -> bool:
    """Whether a supplier's word leaves every unit that is to come on its day.

    usual: the day of units of which nothing was said; None where naming it is a word of its own.
    """
    expected = list(stands)
    known = _by_day((each.units, each.stated if each.is_stated else usual) for each in expected)
    return all(each.is_stated or usual for each in expected) and known == _by_day(stated)


def _by_day(parts: Iterable[tuple[int, date | None]]) -> Counter[date | None]:
    found: Counter[date | None] = Counter()
    for units, day in parts:
        found[day] += units
    return found


def doubt(limits: Limits, moves: Sequence[int | None], agreed: date | None, last: date | None) -> str:
    """Why the buyer should see a date first; "" if there is no need.

    moves: by how many days each line moves that is concerned, None where it gains or loses its date. agreed:
    the day that holds since the buyer saw it last; last: the last day that is stated now.
    """
    longest = max((abs(days) for days in moves if days is not None), default=0)
    if longest > limits.days:
        return f"it moves a date by {how_many(longest, 'day')}"
    if len(moves) > limits.lines:
        return f"it concerns {how_many(len(moves), 'line')}"
    moved_alone = abs((last - agreed).days) if moves and agreed and last else 0
    if moved_alone > limits.days:
        return f"little by little it has moved by {how_many(moved_alone, 'day')}, from {agreed}"
    return ""
