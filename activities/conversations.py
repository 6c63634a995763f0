"""Saying to one person what is due: claim, send, settle, one message at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.calls import call_within
from activities.repeated_failures import RepeatedFailures
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Event
from backorder.domain.line.next_review import next_review
from backorder.failures import in_words, kind_of, passes
from backorder.ports import (
    HANDED_BACK,
    Channel,
    Claimed,
    Doubtful,
    Looked,
    NeedsProvider,
    Notifier,
    Notify,
    Pause,
    Sender,
    Sent,
    Taken,
    Unsendable,
)

if TYPE_CHECKING:
    from backorder.services.dispatch_messages import Batch, MessageDispatch
    from backorder.storage.lines import LineRecord

log = logging.getLogger(__name__)
AT_A_TIME_S = 20.0
"""How long one activity goes on taking messages, so that it ends well within its time-out."""
AT_A_TIME = 50
"""Messages that one transaction takes at most."""
DEADLINE_S = 15.0
"""How long a call to a provider may take, all in all."""
HEARTBEAT_S = 5.0
SHORTEST_S = 0.05
"""The shortest pause: what was nearly due is due by then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispatch:
    """Send a person what is due. at: the business instant."""

    person: str
    at: datetime
    clock: Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispatched:
    """sent: messages that went. pause: machine seconds until there is more to do, None for nothing more.

    outside: what comes next needs a provider, and was left alone.
    """

    sent: int
    pause: float | None
    outside: bool = False


class Conversations:
    """The activity around one person's messages."""

    def __init__(
        self,
        messages: MessageDispatch,
        senders: Mapping[Channel, Sender],
        notifier: Notifier,
        threads: Threads,
        timing: Timing,
        *,
        kept: Collection[Channel] = (),
        deadline: float = DEADLINE_S,
    ) -> None:
        """kept: channels whose messages stay in the database, so that handing them over waits for nobody.

        deadline: seconds for a call to a provider, all in all.
        """
        self._messages = messages
        self._senders = senders
        self._notifier = notifier
        self._threads = threads
        self._timing = timing
        self._kept = frozenset(kept)
        self._deadline = deadline
        self._repeated_failures = RepeatedFailures()

    @activity.defn
    async def dispatch_stored(self, ask: Dispatch) -> Dispatched:
        """Send what is due as far as it stays in the database: transactions, and nothing to wait for."""
        ask = await self._now(ask)
        begun = time.monotonic()
        turn = await self._turn(ask, begun, None, only=self._kept)
        if isinstance(turn.next, NeedsProvider | Doubtful):
            return Dispatched(sent=turn.sent, pause=0.0, outside=True)
        return Dispatched(sent=turn.sent, pause=_pause(turn.next, ask, begun))

    @activity.defn
    async def dispatch_messages(self, ask: Dispatch) -> Dispatched:
        """Send what is due, in order. What fails, or is unclear, is left in its row with the next try."""
        ask, begun = await self._now(ask), time.monotonic()
        async with _beating():
            turn = await self._turn(ask, begun, None)
            sent = turn.sent
            while isinstance(turn.next, Claimed | Doubtful):
                done = await self._call(turn.next, claimed=turn.begun)
                turn = await self._turn(ask, begun, done, go_on=time.monotonic() - begun < AT_A_TIME_S)
                sent += done.accepted + turn.sent
        return Dispatched(sent=sent, pause=_pause(turn.next, ask, begun))

    # --- calls

    async def _call(self, letter: Claimed | Doubtful, *, claimed: float) -> _Done:
        """Ask the provider, outside any transaction. claimed: the monotonic instant before the claim."""
        sender = self._senders[letter.outgoing.channel]
        if isinstance(letter, Doubtful):
            return _Done(letter=letter, looked=await self._find(sender, letter))
        if time.monotonic() - claimed + self._deadline > self._messages.lease.total_seconds():
            reason = "The worker was too slow; it was handed back unsent."
            return _Done(letter=letter, sent=Sent(outcome="transient", code=HANDED_BACK, reason=reason))
        try:
            sent = await call_within(self._deadline, sender.send, letter.outgoing)
        except TimeoutError:
            sent = _unclear("deadline")
        except Exception as error:  # noqa: BLE001 whatever it was, the text may have gone
            sent = _unclear(type(error).__name__)
        self._say(letter, sent)
        return _Done(letter=letter, sent=sent)

    async def _find(self, sender: Sender, letter: Doubtful) -> Looked:
        try:
            looked = await call_within(self._deadline, sender.find, letter.outgoing, letter.since)
        except TimeoutError:
            looked = Looked(sighting="failed", reason="The provider did not answer in time.")
        except Exception as error:  # noqa: BLE001 it is asked again later
            looked = Looked(sighting="failed", reason=f"The look-up failed ({type(error).__name__}).")
        fields = _fields(letter) | {"sighting": looked.sighting}
        log.info("message %s was looked up: %s", letter.message, looked.sighting, extra=fields)
        return looked

    def _say(self, letter: Claimed, sent: Sent) -> None:
        """A line for each outcome; a failure that repeats is said now and then, with how often it was."""
        fields = _fields(letter) | {"outcome": sent.outcome, "code": sent.code, "attempt": letter.attempt}
        channel = letter.outgoing.channel
        if sent.outcome == "accepted":
            log.info("message %s was accepted (%s)", letter.message, channel, extra=fields)
            return
        times = self._repeated_failures.again((channel, sent.outcome, sent.code))
        if times is not None:
            words = "message %s did not go (%s, %s): %s [%s times since this was last said]"
            log.warning(
                words,
                letter.message,
                channel,
                sent.outcome,
                sent.reason,
                times,
                extra=fields | {"times": times},
            )

    # --- transactions

    async def _now(self, ask: Dispatch) -> Dispatch:
        """The same at the instant, and by the clock, that count."""
        moment = await self._threads.run(self._timing.moment, ask.at)
        return replace(ask, at=moment.at, clock=moment.clock or ask.clock)

    async def _turn(
        self,
        ask: Dispatch,
        begun: float,
        done: _Done | None,
        only: Collection[Channel] | None = None,
        *,
        go_on: bool = True,
    ) -> _Turn:
        """Settle what was sent and claim what comes next, then wake whom it concerns."""
        turn = await self._threads.run(self._round, ask, begun, done, only, go_on=go_on)
        if turn.after:
            await self._notifier.notify(turn.after)
        return turn

    def _round(
        self,
        ask: Dispatch,
        begun: float,
        done: _Done | None,
        only: Collection[Channel] | None,
        *,
        go_on: bool,
    ) -> _Turn:
        """One transaction; what fails in it is found in a second one that takes each row apart."""
        try:
            return self._attempt(ask, begun, done, only, go_on=go_on, careful=False)
        except Exception as error:
            if passes(error):
                raise
            words = "a round of messages failed and is repeated one by one: %s"
            log.warning(words, in_words(error), extra={"error": kind_of(error)})
            return self._attempt(ask, begun, done, only, go_on=go_on, careful=True)

    def _attempt(
        self,
        ask: Dispatch,
        begun: float,
        done: _Done | None,
        only: Collection[Channel] | None,
        *,
        go_on: bool,
        careful: bool,
    ) -> _Turn:
        """The settled message's lines hear of it; what waits for nobody goes at once."""
        after, count, started = Notify(), 0, time.monotonic()
        following: Taken | None = None
        machine = _machine(ask, begun)
        with self._messages.round(ask.person, ask.at, machine, self._kept, careful=careful) as turn:
            if done is not None:
                after = _apply(turn, done, ask.at)
            while go_on and count < AT_A_TIME:
                letter = turn.claim(only)
                at_once = self._at_once(letter)
                if at_once is None:
                    following = letter
                    break
                after = after.and_also(_apply(turn, at_once, ask.at))
                count += 1
            after = after.and_also(turn.left_behind)
        return _Turn(next=following, after=_others(after, ask.person), sent=count, begun=started)

    def _at_once(self, letter: Taken) -> _Done | None:
        """What becomes of a letter that needs no provider; None for one that does."""
        if isinstance(letter, Unsendable):
            return _Done(
                letter=letter, sent=Sent(outcome="permanent", code="no_channel", reason=letter.reason)
            )
        if isinstance(letter, Pause | NeedsProvider) or letter.outgoing.channel not in self._kept:
            return None
        sender = self._senders[letter.outgoing.channel]
        if isinstance(letter, Doubtful):
            return _Done(letter=letter, looked=sender.find(letter.outgoing, letter.since))
        return _Done(letter=letter, sent=sender.send(letter.outgoing))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Done:
    """A letter, and what the provider said about it."""

    letter: Claimed | Unsendable | Doubtful
    sent: Sent | None = None
    looked: Looked | None = None

    @property
    def accepted(self) -> bool:
        """Whether the provider took it."""
        return self.sent is not None and self.sent.outcome == "accepted"

    def settle(self, turn: Batch) -> list[tuple[LineRecord, Event]]:
        """Write it down. Returns each line with what it hears."""
        if isinstance(self.letter, Doubtful):
            return turn.looked(self.letter, self.looked) if self.looked else []
        return turn.settle(self.letter, self.sent) if self.sent else []


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """next: what has to be handed over or looked up now, or until when there is nothing; None: nobody looked.

    after: whom to wake. sent: how many messages went in the transaction. begun: monotonic, before it.
    """

    next: Taken | None
    after: Notify
    sent: int
    begun: float


@asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    """Tell Temporal that this is alive, so that a conversation whose worker died goes on soon."""
    if not activity.in_activity():
        yield
        return

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(HEARTBEAT_S)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats


def _machine(ask: Dispatch, begun: float) -> datetime:
    """The machine's time now; never before what the workflow knows of it."""
    known = ask.clock.real(ask.at) + timedelta(seconds=time.monotonic() - begun)
    return max(datetime.now(UTC), known)


def _unclear(code: str) -> Sent:
    reason = f"The provider may or may not have the message ({code})."
    return Sent(outcome="unknown", code=code, reason=reason)


def _fields(letter: Claimed | Doubtful) -> dict[str, object]:
    """What a log line says about a message: IDs, nothing personal."""
    return {"message_id": letter.message, "send": letter.outgoing.id, "channel": letter.outgoing.channel}


def _apply(turn: Batch, done: _Done, at: datetime) -> Notify:
    """Let each line hear what became of a message that spoke for it."""
    after = Notify()
    for case, event in done.settle(turn):
        with turn.apart(case, event):
            for each in (*case.unapplied(), event):
                case.record(each, decide(case.policy, case.state, each))
            wake, _ = next_review(case.policy, case.state, at)
            after = after.and_also(case.finish(None, wake))
    return after


def _others(after: Notify, person: str) -> Notify:
    """Whoever is being written to right now is looked at again anyway."""
    return replace(
        after,
        people=tuple(each for each in after.people if each != person),
        later=tuple(each for each in after.later if each[0] != person),
    )


def _pause(following: Taken | None, ask: Dispatch, begun: float) -> float | None:
    """Machine seconds until the next message, try or look-up; 0 for more at once, None for nothing more."""
    if not isinstance(following, Pause):
        return 0.0
    waits = []
    if following.until is not None:
        waits.append(ask.clock.wait(following.until, _machine(ask, begun)))
    if following.again is not None:
        waits.append(following.again - _machine(ask, begun))
    return max(min(waits).total_seconds(), SHORTEST_S) if waits else None
