"""What is on record of one line, as a policy's backtest plays it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from backorder.domain.line.events import CancelRequested, Event, Started
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.state import State
from backorder.domain.notifications import Alternative
from backorder.domain.records import record

AFTER_THE_END = timedelta(days=2)
"""How long after its end a line is played on: what it says of its end goes out."""


@record(frozen=True, kw_only=True, slots=True)
class ToldSoFar:
    """What a customer had heard by an instant: the last day that was promised, and what had been offered.

    offers: kinds of offer, in the order of their names; a coupon with its percentage, also where its code
    waits on the customer's page.
    """

    by: date | None = None
    offers: tuple[str, ...] = ()


@record(frozen=True, kw_only=True, slots=True)
class LineHistory:
    """One line as it was, from its order to its end or to this day.

    state: as it was opened. started: its first event. facts: what was heard of it, by their instants: its
    supply as it was forecast on each day, shipments, cancellations, answers. told: what its customer had
    heard from each instant on. until: how far the record goes; after the end of a line nothing of its supply
    is known. ended: how it ended on record, "" for a line that is open. marketing: the customer agreed to
    promotions. alternatives: what could be offered, and from when on it is known that it could.
    """

    state: State
    started: Started
    facts: Sequence[Event]
    told: Sequence[tuple[datetime, ToldSoFar]]
    until: datetime
    ended: str = ""
    marketing: bool = False
    alternatives: tuple[Alternative, ...] = ()
    offered_from: datetime | None = None

    def told_by(self, at: datetime) -> ToldSoFar:
        """What the customer had heard by then, as it is on record."""
        last = ToldSoFar()
        for since, told in self.told:
            if since > at:
                break
            last = told
        return last


_CHOICES = tuple(kind.event for kind in REQUEST_KINDS.values() if kind.by == "customer")


def is_choice(event: Event) -> bool:
    """Whether an event is the customer's own decision, which depends on what they had heard."""
    if isinstance(event, CancelRequested):
        return event.by == "customer"
    return isinstance(event, _CHOICES)


def coupon_of(percent: Decimal) -> str:
    """A coupon as what was heard names it."""
    return f"coupon {percent.normalize():f}%"
