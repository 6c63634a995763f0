"""Units that are here and wait for their payment beside others: they have no day before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backorder.domain.notifications import Facts, Part


def unpaid_apart(facts: Facts, leaving: int, unpaid: int, open: int) -> Facts:
    """The facts of a line with the units apart that leave once they are paid for, and no day.

    leaving: open units that leave before them, whatever becomes of the payment. unpaid: those for which it is
    asked. open: all of them; where all wait for the payment, or none do, the facts stay as they are.
    """
    if not 0 < unpaid < open:
        return facts
    told = facts.parts or (Part(quantity=open, likely=facts.likely, by=facts.by),)
    before, after = _between(told, 0, leaving), _between(told, leaving + unpaid, open)
    parts = (*before, Part(quantity=unpaid, likely=None, by=None), *after)
    return facts.replace(parts=parts, set_aside=leaving, ready=False, pay_part=unpaid)


def _between(parts: Iterable[Part], start: int, stop: int) -> Iterator[Part]:
    """What of the parts is said of the units from one place to another."""
    place = 0
    for part in parts:
        first, last = max(place, start), min(place + part.quantity, stop)
        if first < last:
            yield replace(part, quantity=last - first)
        place += part.quantity
