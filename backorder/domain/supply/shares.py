"""What a line has of the supply that serves it last, beside those before it in the queue. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backorder.domain.supply.pegging import Pegged, Supply


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A line's part of a supply. units: of the supply in all; ahead: those pegged to lines before it."""

    units: int
    ahead: int


def shares(pegged: Iterable[Pegged], supplies: Iterable[Supply]) -> Iterator[Share | None]:
    """The share of each line in the supply of its last peg, in queue order; None where no supply serves it.

    pegged: the whole queue, in its order.
    """
    units = {each.id: each.units for each in supplies}
    taken: Counter[str] = Counter()
    for line in pegged:
        last = line.pegs[-1].supply if line.pegs else ""
        yield Share(units=units[last], ahead=taken[last]) if last and not line.uncovered else None
        for each in line.pegs:
            taken[each.supply] += each.units
