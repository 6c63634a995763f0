"""The few Protocols between the activities and the adapters, and the values that cross them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from backorder.domain.clock import Clock
from backorder.domain.line.commands import Decision
from backorder.domain.line.events import Event, Started, SupplyChanged
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy

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


class Case(Protocol):
    """One backorder inside the transaction that reviews it."""

    @property
    def id(self) -> str:
        """The line's ID."""
        ...

    @property
    def policy(self) -> Policy:
        """The policy version that the line keeps."""
        ...

    @property
    def state(self) -> State:
        """The state so far, with what lies around it."""
        ...

    @property
    def reviewed(self) -> tuple[Reviewed, Notify] | None:
        """What this review was answered before, if it is repeated."""
        ...

    @property
    def was_aside(self) -> bool:
        """Whether the line could not be looked at the last time."""
        ...

    def unapplied(self) -> Sequence[Event]:
        """What became of its messages while it could not be read; heard from now on."""
        ...

    def opening(self, at: datetime) -> Started | None:
        """The first event, unless the line was started already."""
        ...

    def supply(self, at: datetime) -> SupplyChanged | None:
        """The supply as it stands, if it changed since the last review."""
        ...

    def request(self, id: str, at: datetime) -> Event | RequestOutcome:
        """What somebody asked for, or the ruling that was made already."""
        ...

    def undecided(self) -> list[str]:
        """IDs of requests on which no ruling was made yet, in the order in which they came."""
        ...

    def record(self, event: Event, decision: Decision, *, request: str = "") -> None:
        """Write a decision and everything that it asks for."""
        ...

    def finish(self, reviewed: Reviewed | None, wake: datetime | None) -> Notify:
        """Write the state, and the answer under the review's key. Returns whom to wake after the commit."""
        ...


class Casebook(Protocol):
    """The cases, each opened in one transaction of its own."""

    def case(
        self, backorder: str, *, seq: int | None = None, units: bool = False
    ) -> AbstractContextManager[Case]:
        """Open a case: all that is written in the block is committed at its end, or nothing of it.

        seq: the review's key, None for what is not asked for by the line's workflow. units: lock the units of
        the SKU too. Raises UnknownBackorderError.
        """
        ...

    def put_aside(
        self, backorder: str, error: Exception, *, seq: int, at: datetime, requests: int
    ) -> Reviewed:
        """Note that a line cannot be looked at, in a transaction of its own: `needs = engine_error`.

        Returns what its workflow is answered: to look again after a pause that grows with each failure. Each
        of its requests stays without a ruling. Raises the error itself where the database or the machine is
        in trouble, which the line has nothing to do with, and where there is no such line.
        """
        ...


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


class Round(Protocol):
    """One transaction over one person's messages."""

    def claim(self, only: Collection[Channel] | None = None) -> Taken:
        """Claim the person's next message that is due, and put it into words.

        only: the channels that will do; a message for another one is left as it is.
        """
        ...

    def settle(self, letter: Claimed | Unsendable, sent: Sent) -> list[tuple[Case, Event]]:
        """Write down what became of a message. Returns each line it spoke for with what that line hears.

        Nothing for a message that was settled before.
        """
        ...

    def looked(self, letter: Doubtful, looked: Looked) -> list[tuple[Case, Event]]:
        """Write down what a look-up found. Returns each line with what it hears."""
        ...

    def apart(self, case: Case, event: Event) -> AbstractContextManager[None]:
        """A line hears in the block. In a careful round one that cannot hears it later, the others now."""
        ...

    @property
    def left_behind(self) -> Notify:
        """Lines that could not hear what became of a message: they look by themselves."""
        ...


class Post(Protocol):
    """The messages of each person: rows first, then claimed, then sent."""

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts, in machine time."""
        ...

    def round(
        self, person: str, at: datetime, now: datetime, kept: Collection[Channel], *, careful: bool = False
    ) -> AbstractContextManager[Round]:
        """All that is done in the block is committed at its end, or nothing of it.

        careful: each message and each line apart, at a price: one that fails is noted and left for later. It
        is for the repetition of a round that failed.

        at: the business instant; now: the machine's, for claims, tries and look-ups. kept: channels whose
        messages stay in the database.
        """
        ...


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
