"""What providers report about what was sent, and where a send stands after all of it. Pure.

Reports come late, twice, in any order, and before the send itself has returned: where a send stands is a fold
over all of its reports that gives the same end in every order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from backorder.domain.suppression import Cause


class Delivery(StrEnum):
    """Where a send stands, the later ones over the earlier ones: a failure is hidden by no success."""

    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    BOUNCED = "bounced"


class Reported(StrEnum):
    """What a provider can report, whichever provider it is."""

    ACCEPTED = "accepted"  # it has the message, and goes on trying
    DELIVERED = "delivered"
    UNSUBSCRIBED = "unsubscribed"  # the reader wants no promotions any more
    SUBSCRIBED = "subscribed"  # the reader wants them again
    COMPLAINED = "complained"  # the reader calls it spam
    BUSY = "busy"  # not now: quiet hours there, or a full queue; neither message nor address is to blame
    HELD_UP = "held_up"  # not now: a block, a phone that is off; the address may be fine
    SHOP_REFUSED = "shop_refused"  # the provider refuses the shop, whoever the message is for
    FAILED = "failed"  # this message will not arrive; that says nothing about the address
    BOUNCED = "bounced"  # nothing will ever arrive at this address
    UNUSABLE = "unusable"  # the number takes no texts
    OPTED_OUT = "opted_out"  # the number said STOP
    WITHHELD = "withheld"  # the provider sends nothing to this address any more


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What a report means. puts: where it puts the send. suppresses, lifts: a cause on the suppression list.

    in_words: why the message did not arrive. passes: the same address may well take it later. account: the
    shop's own account or its settings are to blame, no message of it and no address. busy: nobody is, and it
    is tried as often as it takes.
    """

    puts: Delivery
    suppresses: Cause | None = None
    lifts: Cause | None = None
    in_words: str = ""
    passes: bool = False
    account: bool = False
    busy: bool = False


MEANINGS: Mapping[Reported, Meaning] = {
    Reported.ACCEPTED: Meaning(puts=Delivery.SENT),
    Reported.DELIVERED: Meaning(puts=Delivery.DELIVERED),
    Reported.UNSUBSCRIBED: Meaning(puts=Delivery.DELIVERED, suppresses=Cause.UNSUBSCRIBE),
    Reported.SUBSCRIBED: Meaning(puts=Delivery.DELIVERED, lifts=Cause.UNSUBSCRIBE),
    Reported.COMPLAINED: Meaning(puts=Delivery.COMPLAINED, suppresses=Cause.COMPLAINT),
    Reported.BUSY: Meaning(
        puts=Delivery.BOUNCED, in_words="the provider asks to wait", passes=True, busy=True
    ),
    Reported.HELD_UP: Meaning(
        puts=Delivery.BOUNCED, in_words="it could not be delivered for now", passes=True
    ),
    Reported.SHOP_REFUSED: Meaning(
        puts=Delivery.BOUNCED,
        in_words="the provider refuses this account or its settings: an operator must act",
        passes=True,
        account=True,
    ),
    Reported.FAILED: Meaning(puts=Delivery.BOUNCED, in_words="the provider gave it up"),
    Reported.BOUNCED: Meaning(
        puts=Delivery.BOUNCED, suppresses=Cause.HARD_BOUNCE, in_words="the address does not exist"
    ),
    Reported.UNUSABLE: Meaning(
        puts=Delivery.BOUNCED, suppresses=Cause.UNUSABLE, in_words="the number takes no texts"
    ),
    Reported.OPTED_OUT: Meaning(
        puts=Delivery.BOUNCED, suppresses=Cause.STOP, in_words="the number said STOP"
    ),
    Reported.WITHHELD: Meaning(
        puts=Delivery.BOUNCED, suppresses=Cause.WITHHELD, in_words="the provider sends nothing there any more"
    ),
}
"""What each report means, one row each."""

_RANK = {state: rank for rank, state in enumerate(Delivery)}
_BLAME = {said: rank for rank, said in enumerate(Reported)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One report about a send. id: the report's own. code: the provider's, "" for none."""

    id: str
    said: Reported
    code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedState:
    """Where a send stands. code, reason: of the report that says most. passes: only a delay, so far.

    account: the shop itself is refused, so far. busy: it has to wait, so far.
    """

    state: Delivery = Delivery.CLAIMED
    code: str = ""
    reason: str = ""
    passes: bool = False
    account: bool = False
    busy: bool = False

    def asks_the_same(self, other: ReportedState) -> bool:
        """Whether a failure asks for the same as another, whatever words either has for its cause."""
        mine, theirs = ((each.state, each.passes, each.account, each.busy) for each in (self, other))
        return mine == theirs


def reported_state(reports: Iterable[Report]) -> ReportedState:
    """Where a send stands after its reports, in whatever order they came.

    A failure that names its cause is not hidden by one that names none, nor one for good by one that passes.
    """
    telling = max(reports, key=_weight, default=None)
    if telling is None:
        return ReportedState()
    meaning = MEANINGS[telling.said]
    reason = meaning.in_words
    if reason and telling.code:
        reason = f"{reason} ({telling.code})"
    return ReportedState(
        state=meaning.puts,
        code=telling.code,
        reason=reason,
        passes=meaning.passes,
        account=meaning.account,
        busy=meaning.busy,
    )


def _weight(report: Report) -> tuple[int, bool, bool, bool, int, str, str]:
    """By nothing that depends on when a report came in."""
    meaning = MEANINGS[report.said]
    has_code, blame = bool(report.code), _BLAME[report.said]
    names_cause = has_code or meaning.suppresses is not None
    lasts = not meaning.passes
    return _RANK[meaning.puts], names_cause, lasts, has_code, blame, report.code, report.id
