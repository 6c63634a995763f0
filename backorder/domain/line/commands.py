"""What a decision asks the shell to do, in the same transaction that records the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from backorder.domain.line.state import State, Window
from backorder.domain.notifications import Facts, Kind
from backorder.domain.records import record

if TYPE_CHECKING:
    from backorder.domain.line.alternatives import OfferTerms
    from backorder.domain.line.refusals import Refusal
    from backorder.domain.line.step import Step


@record(frozen=True, kw_only=True, slots=True)
class Tell:
    """Write to the customer: one message row, unique on (backorder, key).

    A row under the same key that has not gone is replaced. not_before: it is not sent earlier.
    revision, window: the promise that it puts into words, if it does. awaits: the type of an event of the
    same decision that the order system has to acknowledge before it goes; "" for none. channel: by which it
    goes first, where the customer is reached by that; "" for the usual one.
    """

    key: str
    kind: Kind
    not_before: datetime
    facts: Facts
    revision: int | None = None
    window: Window | None = None
    awaits: str = ""
    channel: str = ""


@record(frozen=True, kw_only=True, slots=True)
class SecondWay:
    """A message that has gone goes by another channel too, if there is one and it did not yet."""

    key: str


@record(frozen=True, kw_only=True, slots=True)
class Withdraw:
    """Take a message back that has not gone."""

    key: str


@record(frozen=True, kw_only=True, slots=True)
class HoldBack:
    """Until when a hold lasts: what waits does not go before then, but for what no hold stops.

    What waits for the end of a hold already goes then, also where that was to be later (`goes_in_a_hold`).
    instead_of: when the hold was to end that this one takes the place of, None for none: what goes then
    waits for it, whatever happened meanwhile.
    """

    until: datetime
    instead_of: datetime | None = None

    def goes(self, not_before: datetime) -> datetime:
        """When a message goes that was to go at an instant."""
        return self.until if not_before == self.instead_of else max(not_before, self.until)


@record(frozen=True, kw_only=True, slots=True)
class Publish:
    """Tell the order system. type: without the leading "backorder."; data: JSON values."""

    type: str
    data: Mapping[str, object] = field(default_factory=dict)


@record(frozen=True, kw_only=True, slots=True)
class FreeUnits:
    """Give allocated units back to stock; they go to the head of the queue at once."""

    quantity: int


@record(frozen=True, kw_only=True, slots=True)
class ShipUnits:
    """Book units out of stock: allocated ones, free ones; `outside` never were in it.

    returned: units that the line had given back and that left all the same; whoever holds them by now, from
    the queue's tail, loses them.
    """

    allocated: int
    free: int
    outside: int
    returned: int = 0


@record(frozen=True, kw_only=True, slots=True)
class ReserveAlternative:
    """Set units of another product aside until the order system takes them over.

    request: the answer that chose it. It comes behind the event `substituted` of the same decision; where
    nobody is to acknowledge that, it counts as taken over at once.
    """

    sku: str
    quantity: int
    until: datetime
    request: str


@record(frozen=True, kw_only=True, slots=True)
class FreeAlternative:
    """Give back what is still set aside of another product for the line; its own queue gets it at once."""

    sku: str


@record(frozen=True, kw_only=True, slots=True)
class CountCoupon:
    """A stage has given out a code: it counts for the budget of a month (2026-03).

    last: nothing is left of it, which a person hears of.
    """

    stage: str
    month: str
    last: bool


@record(frozen=True, kw_only=True, slots=True)
class PassOver:
    """The units that come go to the next in the queue (`on`), or to this line again; it keeps its place."""

    on: bool


Command = (
    CountCoupon
    | PassOver
    | Tell
    | SecondWay
    | Withdraw
    | HoldBack
    | Publish
    | FreeUnits
    | ShipUnits
    | ReserveAlternative
    | FreeAlternative
)


class Verdict(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    RECORDED = "recorded"  # without effect after the end: kept and shown, nothing else changes
    REJECTED = "rejected"


@record(frozen=True, slots=True)
class Decision:
    """The outcome of one event. reason: one plain sentence, also where nothing is done.

    terms: how an offer stands now that was refused because it does not stand as the customer saw it.
    refusal: why nothing is done of what a customer asks for; None where it is, and where none asks.

    owed: every step that the line owes in that state, as `steps` lists them, so that `next_review` need not
    ask again; None where nobody asked.
    """

    state: State
    commands: tuple[Command, ...]
    reason: str
    verdict: Verdict = Verdict.ACCEPTED
    terms: OfferTerms | None = None
    refusal: Refusal | None = None
    owed: Sequence[Step] | None = field(default=None, compare=False, repr=False)

    @property
    def moves_units(self) -> bool:
        """Whether units on hand change hands."""
        return any(
            isinstance(each, FreeUnits | ShipUnits | ReserveAlternative | FreeAlternative | PassOver)
            for each in self.commands
        )
