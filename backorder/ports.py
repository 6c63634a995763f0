"""The few Protocols between the activities and the adapters, and the values that cross them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from backorder.domain.clock import Clock

Channel = Literal["email", "sms"]
Outcome = Literal["accepted", "transient", "permanent", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One text on its way to one person over one channel.

    id: the send's own opaque ID; it travels with the text so that it can be found again at the provider.
    to: an email address or an E.164 number. subject and html are empty for SMS.
    commercial: a promotion, which the law wants marked and easy to stop. unsubscribe_url: where that is
        done, for a commercial email; it must take the POST of RFC 8058 (one click). "" if there is none.
    """

    id: str
    channel: Channel
    to: str
    subject: str
    html: str
    text: str
    commercial: bool = False
    unsubscribe_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of handing a text to a provider.

    outcome: accepted (the provider has it), transient (certainly not processed; try again, after
        `retry_after` seconds where the provider said so), permanent (it will never work as it is; `code`
        says why), unknown (it may or may not have been processed: never send again blindly).
    provider_id: the provider's own ID, where it gave one. reason: one plain sentence, no personal data.
    account: transient because the provider refuses the shop's account or settings, whoever the text is for.
    """

    outcome: Outcome
    provider_id: str = ""
    code: str = ""
    reason: str = ""
    retry_after: float | None = None
    account: bool = False


HANDED_BACK = "handed_back"
"""The code of a text that was never handed over, because its claim would have run out meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a provider says about a text of which nobody knows whether it went.

    sighting: found (the provider has it), absent (it does not know it), failed (it could not be asked),
        never (it certainly has not got it, and need not be asked again).
    """

    sighting: Literal["found", "absent", "failed", "never"]
    provider_id: str = ""
    reason: str = ""


class Sender(Protocol):
    """One channel's way out. Never raises for what a provider answers; never retries by itself."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one text over, once."""
        ...

    def find(self, outgoing: Outgoing, since: datetime) -> Looked:
        """Look a text up at the provider. since: the machine instant before which it was not handed over."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestOutcome:
    """What became of one request. verdict: accepted, ignored, recorded or rejected; reason: in words."""

    verdict: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """Look at a line. at: the business instant, never before what the timer was armed for.

    requests: IDs of what was asked since the last review, in order. all: hear what else was asked and never
    came through.
    """

    backorder: str
    seq: int
    at: datetime
    requests: list[str] = field(default_factory=list)
    all: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """What a review answers the workflow: a few fields, so that a history stays small.

    phase: "open", or the status once the outcome is decided. summary: one line for people. wake: the business
    instant at which to look again, None for never. next: what happens then. rulings: one for each request,
    in their order. clock: the one that counts from now on; None for the machine's own time.
    """

    seq: int
    status: str
    phase: str
    summary: str
    wake: datetime | None
    next: str
    closed: bool
    outcomes: list[RequestOutcome] = field(default_factory=list)
    clock: Clock | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notify:
    """Whom to wake once a transaction is committed.

    people: those with a message to get now. later: those whose next message is only due at that business
    instant. backorders: lines whose supply changed. skus: to be pegged anew.
    orders: purchase orders about which something new is known.
    """

    people: tuple[str, ...] = ()
    backorders: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    later: tuple[tuple[str, datetime], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.backorders or self.skus or self.orders or self.later)

    def and_also(self, other: Notify) -> Notify:
        """Both together, each name once."""
        return Notify(
            people=tuple(dict.fromkeys((*self.people, *other.people))),
            backorders=tuple(dict.fromkeys((*self.backorders, *other.backorders))),
            skus=tuple(dict.fromkeys((*self.skus, *other.skus))),
            orders=tuple(dict.fromkeys((*self.orders, *other.orders))),
            later=tuple(dict.fromkeys((*self.later, *other.later))),
        )


class Notifier(Protocol):
    """Waking workflows after a commit."""

    async def notify(self, after: Notify) -> Collection[str]:
        """Wake everybody named. Returns the lines that have no workflow, as one that has ended.

        Raises what the Temporal client raises; waking twice does no harm.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A message that is claimed for sending, its words on record. attempt: the how-manieth try, from 1."""

    message: str
    person: str
    outgoing: Outgoing
    attempt: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubtful:
    """A message of which nobody knows whether it went, to be looked up at the provider now.

    since: the machine instant at which it was claimed.
    """

    message: str
    person: str
    outgoing: Outgoing
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsendable:
    """A message that no channel can carry. reason: in words, no personal data."""

    message: str
    person: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Nothing is due. until: the business instant of the person's next message, None without one.

    again: the machine instant of the next try or look-up, None without one.
    """

    until: datetime | None
    again: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NeedsProvider:
    """The person's next message is due, but not for one of the channels that were asked for."""


Taken = Claimed | Unsendable | Doubtful | Pause | NeedsProvider
"""What comes next for a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Orphaned:
    """unstarted: lines whose workflow never began. after: who has to be woken.

    ended: lines that have ended, and have something to hear for which no workflow is there any more.
    """

    unstarted: tuple[str, ...]
    after: Notify
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanned:
    """lines: how many wait. changed: how many of them have another supply now.

    uncalled: some lines have to look at their supply and were not called to do so.
    """

    lines: int
    changed: int
    unnotified: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowedUp:
    """What a look at a purchase order answers its workflow.

    wake: the next look. open: lines outstanding. clock: the one that counts from now on; None for the
    machine's own time.
    """

    wake: datetime | None
    closed: bool
    open: int
    clock: Clock | None = None
