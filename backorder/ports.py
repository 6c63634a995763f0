"""The few Protocols between the activities and the adapters, and the values that cross them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from backorder.domain.clock import Clock
from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.message_order import LeftBehind

if TYPE_CHECKING:
    from backorder.messaging.provider_reports import ProviderReport

Channel = Literal["email", "sms"]
Outcome = Literal["accepted", "transient", "permanent", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One text on its way to one person over one channel.

    id: the send's own opaque ID; it travels with the text so that it can be found again at the provider.
    to: an email address or an E.164 number. subject and html are empty for SMS.
    commercial: a promotion, which the law wants marked and easy to stop. unsubscribe_url: where that is
        done, for a commercial email; it must take the POST of RFC 8058 (one click). "" if there is none.
    others: the provider's IDs of other texts of the same words to the same person, for a look-up by words.
    """

    id: str
    channel: Channel
    to: str
    subject: str
    html: str
    text: str
    commercial: bool = False
    unsubscribe_url: str = ""
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of handing a text to a provider.

    outcome: accepted (the provider has it), transient (certainly not processed; try again, after
        `retry_after` seconds where the provider said so), permanent (it will never work as it is; `code`
        says why), unknown (it may have been processed: never send again blindly, ask `retry_after` later).
    provider_id: the provider's own ID, where it gave one. reason: one plain sentence, no personal data.
    account: transient because the provider refuses the shop's account or settings, whoever the text is for.
    recipient: transient because of who it is for alone. report: what it says of the address.
    """

    outcome: Outcome
    provider_id: str = ""
    code: str = ""
    reason: str = ""
    retry_after: float | None = None
    account: bool = False
    recipient: bool = False
    report: ProviderReport | None = None


HANDED_BACK = "handed_back"
"""The code of a text that was never handed over, because its claim would have run out meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LookedUp:
    """What a provider says about a text of which nobody knows whether it went.

    sighting: found (it has it), absent (it does not know it), failed (it could not be asked), never (it
        certainly has not got it, and need not be asked again). report: what it says became of what was found.
    """

    sighting: Literal["found", "absent", "failed", "never"]
    provider_id: str = ""
    reason: str = ""
    report: ProviderReport | None = None


class Sender(Protocol):
    """One channel's way out. Never raises for what a provider answers; never retries by itself."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one text over, once."""
        ...

    def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
        """Look a text up at the provider. since: the machine instant before which it was not handed over."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestOutcome:
    """What became of one request. verdict: accepted, ignored, recorded or rejected; reason: in words.

    terms: how an offer stands now, where it was refused because it does not stand as the customer saw it.
    refusal: why nothing was done of what a customer asked for, one of `Refusal`; "" where it was, and where
    none asked.
    """

    verdict: str
    reason: str
    terms: OfferTerms | None = None
    refusal: str = ""


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
    instant at which to look again, None for never. next: what happens then. outcomes: one for each request,
    in their order. clock: the one that counts from now on; None for the machine's own time. version: of the
    line as this answer says it; whoever is told twice keeps the higher one, whichever comes last.
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
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LineReviewed:
    """What a line's workflow is told that did not ask for the review; the fields are those of `Reviewed`."""

    status: str
    phase: str
    summary: str
    wake: datetime | None
    next: str
    closed: bool
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Notify:
    """Whom to wake once a transaction is committed.

    backorders: lines whose supply changed. skus: to be pegged anew. orders: purchase orders about which
    something new is known. shards: whose dispatcher sleeps for too long. due: shards in which a message is
    due, and the business instant; before the commit they become `shards` where the dispatcher sleeps longer.
    events: some were written; at the end of the transaction: and their dispatcher sleeps.
    """

    backorders: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    shards: tuple[int, ...] = ()
    due: tuple[tuple[int, datetime], ...] = ()
    events: bool = False

    def __bool__(self) -> bool:
        named = self.backorders or self.skus or self.orders or self.shards or self.due
        return bool(named or self.events)

    def and_also(self, other: Notify) -> Notify:
        """Both together, each name once."""
        return Notify(
            backorders=tuple(dict.fromkeys((*self.backorders, *other.backorders))),
            skus=tuple(dict.fromkeys((*self.skus, *other.skus))),
            orders=tuple(dict.fromkeys((*self.orders, *other.orders))),
            shards=tuple(dict.fromkeys((*self.shards, *other.shards))),
            due=tuple(dict.fromkeys((*self.due, *other.due))),
            events=self.events or other.events,
        )


class Notifier(Protocol):
    """Waking workflows after a commit."""

    async def notify(self, after: Notify) -> Collection[str]:
        """Wake everybody named. Returns the lines that no workflow was woken for, as one that has ended.

        Raises what the Temporal client raises; waking twice does no harm.
        """
        ...


class LineTeller(Protocol):
    """Telling a line's workflow what it need not look up."""

    async def tell(self, backorder: str, reviewed: LineReviewed) -> bool:
        """Tell it. Returns False where no workflow takes it; raises what the Temporal client raises."""
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
class Done:
    """A message that was handed over or looked up, and what came of it."""

    taken: Claimed | Doubtful
    sent: Sent | None = None
    looked_up: LookedUp | None = None

    @property
    def accepted(self) -> bool:
        """Whether the provider took it."""
        return self.sent is not None and self.sent.outcome == "accepted"


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchContext:
    """What a batch of a shard's messages goes by. at: the business instant; now: machine time.

    stored: ways out of channels whose messages stay in the database. room: free slots for calls of the
    others. busy: people with a call under way, whose next message waits for it. left: what could not be taken
    lately.
    """

    shard: int
    at: datetime
    now: datetime
    stored: Mapping[Channel, Sender] = field(default_factory=dict)
    room: Mapping[Channel, int] = field(default_factory=dict)
    busy: frozenset[str] = frozenset()
    left: LeftBehind = field(default_factory=LeftBehind)

    def moved(
        self, *, at: datetime, now: datetime, room: Mapping[Channel, int], busy: frozenset[str]
    ) -> BatchContext:
        """The next batch of the same run."""
        return replace(self, at=at, now=now, room=room, busy=busy)


PEOPLE_AT_ONCE = 10
"""People whose next message is taken in one transaction. With more of them reviews only wait longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What one transaction did. calls: what has to be handed over, or looked up, now. after: whom to wake.

    stored: whose message went with the transaction. taken: how many people's messages were taken.
    """

    calls: tuple[Claimed | Doubtful, ...] = ()
    after: Notify = field(default_factory=Notify)
    stored: tuple[str, ...] = ()
    taken: int = 0

    @property
    def full(self) -> bool:
        """Whether there is likely more to do at once."""
        return self.taken >= PEOPLE_AT_ONCE

    def and_also(self, other: Batch) -> Batch:
        """Both together."""
        return Batch(
            calls=(*self.calls, *other.calls),
            after=self.after.and_also(other.after),
            stored=(*self.stored, *other.stored),
            taken=self.taken + other.taken,
        )


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

    unnotified: some lines have to be reviewed for their supply. untold: the workflows of some do not know yet
    what a review in the database came to.
    """

    lines: int
    changed: int
    unnotified: bool
    untold: bool = False


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


@dataclass(frozen=True, kw_only=True, slots=True)
class EventCall:
    """An event that is claimed for a receiver. event: its ID. attempt: the how-manieth, from 1.

    body: the same in every attempt. secrets: what it is signed with. backorder: the line that it is about.
    """

    receiver: str
    url: str
    event: str
    backorder: str
    attempt: int
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What a receiver did with an event. taken: it answered 2xx. reason: why it was not taken, in words.

    retry_after: seconds of pause that it asked for. handed_back: nobody called it.
    """

    taken: bool = False
    reason: str = ""
    retry_after: float | None = None
    handed_back: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EventAnswered:
    """A call, and what came of it."""

    call: EventCall
    answered: Answered


@dataclass(frozen=True, kw_only=True, slots=True)
class EventBatch:
    """What one look at the events did. calls: to be made now. after: whom to wake. busy: it found work.

    full: it placed as many as one look can, so that there are likely more.
    """

    calls: tuple[EventCall, ...] = ()
    after: Notify = field(default_factory=Notify)
    busy: bool = False
    full: bool = False
