"""Allocation: handing out units on hand in the order of the queue, and taking them back from its tail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Literal, assert_never

from backorder.domain.supply.pegging import WaitingLine, in_order

Partial = Literal["ship", "hold", "skip"]
"""What a line does when the units do not suffice for all of it.

`ship`: takes them and ships them. `hold`: takes them and keeps them, at the head of the queue, until it is
whole. `skip`: leaves them to the next line that fits.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """The open units of one order line (ordered, and not shipped, cancelled or substituted).

    `allocated` of the `open` units are set aside for the line already. `claim`: an allocation of the line was
    withdrawn, so it has the first claim on the next receipt. `passed_over`: it gets nothing for now, because
    its payment is missing; it keeps its place.

    Raises:
        ValueError: `open` is below 1, `allocated` is below 0 or above `open`, or `ordered_at` has no time
            zone.
    """

    id: str
    priority: int
    ordered_at: datetime
    open: int
    allocated: int
    partial: Partial
    claim: bool = False
    passed_over: bool = False

    def __post_init__(self) -> None:
        if self.open < 1:
            raise ValueError(f"line {self.id}: open must be at least 1, not {self.open}")
        if not 0 <= self.allocated <= self.open:
            raise ValueError(f"line {self.id}: allocated must be 0 to {self.open}, not {self.allocated}")
        if self.ordered_at.utcoffset() is None:
            raise ValueError(f"line {self.id}: ordered_at needs a time zone")

    @property
    def need(self) -> int:
        """Units not allocated yet."""
        return self.open - self.allocated

    @property
    def heads(self) -> bool:
        """Whether the line is served before those without a claim: it has one, or holds a part of its units.

        Its entry in the pegging's queue has the same claim.
        """
        return self.claim or (self.partial == "hold" and 0 < self.allocated < self.open)

    @property
    def waiting(self) -> WaitingLine:
        """What of it waits, as pegging sees it.

        Raises:
            ValueError: nothing of it waits.
        """
        return WaitingLine(
            id=self.id,
            priority=self.priority,
            ordered_at=self.ordered_at,
            units=self.need,
            claim=self.heads,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A number of units, at least 1, that a line is given, or that are taken back from it."""

    id: str
    units: int


def allocate(queue: Iterable[Open], free: int) -> list[Grant]:
    """Hand out free units on hand in the order of the queue.

    The order: lines with a claim or with held units, then priority (higher first), then the time of the
    order, then ID. Each line takes what it needs; where fewer units are left than that, `partial` decides.
    Lines with `skip` are passed over while fewer units are left than they need, others if they have to be.

    Args:
        queue: the open lines of one SKU, in any order; whole ones are left alone.
        free: units on hand that are not allocated.

    Returns:
        What each line gets, in queue order, without the lines that get nothing; `free` units in all at most.

    Raises:
        ValueError: `free` is negative, or two lines have the same ID.
    """
    if free < 0:
        raise ValueError(f"free units must not be negative, not {free}")
    grants: list[Grant] = []
    for line in sorted(in_order(queue, claims=False), key=attrgetter("heads"), reverse=True):
        units = _take(line, free)
        if units:
            grants.append(Grant(id=line.id, units=units))
            free -= units
    return grants


def withdraw(queue: Iterable[Open], missing: int) -> list[Grant]:
    """Take back allocated units that are not there any more, from the tail of the queue.

    The tail goes by priority, the time of the order and ID alone: a claim is one on the next receipt, and no
    reason to take units from a line further ahead.

    Args:
        queue: the open lines of one SKU, in any order.
        missing: units allocated beyond what is on hand.

    Returns:
        What each line loses, the last line of the queue first; exactly `missing` units in all.

    Raises:
        ValueError: `missing` is negative or more than is allocated, or two lines have the same ID.
    """
    if missing < 0:
        raise ValueError(f"missing units must not be negative, not {missing}")
    grants: list[Grant] = []
    left = missing
    for line in reversed(in_order(queue, claims=False)):
        units = min(line.allocated, left)
        if units:
            grants.append(Grant(id=line.id, units=units))
            left -= units
    if left:
        raise ValueError(f"{missing} units are missing, but only {missing - left} are allocated")
    return grants


def _take(line: Open, free: int) -> int:
    if line.passed_over:
        return 0
    match line.partial:
        case "ship" | "hold":
            return min(line.need, free)
        case "skip":
            return line.need if line.need <= free else 0
        case _:
            assert_never(line.partial)
