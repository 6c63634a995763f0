"""Saying to one person what is due: claim, send, settle, one message at a time."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity

from activities.threads import Threads
from backorder.domain.clock import Clock
from backorder.domain.decide import decide
from backorder.domain.events import Event
from backorder.domain.upcoming import next_look
from backorder.ports import (
    After,
    Case,
    Channel,
    Claimed,
    Elsewhere,
    Pause,
    Post,
    Sender,
    Sent,
    Unsendable,
    Wakes,
)

AT_A_TIME_S = 20.0
"""How long one activity goes on taking messages, so that it ends well within its time-out."""
AT_A_TIME = 50
"""Messages that one transaction takes at most."""
TRY_AGAIN_S = 30.0
TRY_AGAIN_AT_MOST_S = 900.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Speak:
    """Send a person what is due. at: the business instant. failures: how often in a row sending failed."""

    person: str
    at: datetime
    clock: Clock
    failures: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """sent: messages that went. pause: machine seconds until there is more to do, None for nothing more.

    failures: how often in a row sending failed; a pause after a failure is not to be cut short.
    outside: what comes next needs a provider, and was left alone.
    """

    sent: int
    pause: float | None
    failures: int = 0
    outside: bool = False


class Conversations:
    """The activity around one person's messages."""

    def __init__(
        self,
        post: Post,
        senders: Mapping[Channel, Sender],
        wakes: Wakes,
        threads: Threads,
        *,
        kept: Collection[Channel] = (),
    ) -> None:
        """kept: channels whose messages stay in the database, so that handing them over waits for nobody."""
        self._post = post
        self._senders = senders
        self._wakes = wakes
        self._threads = threads
        self._kept = frozenset(kept)

    @activity.defn
    async def file(self, ask: Speak) -> Spoken:
        """Send what is due as far as it stays in the database: transactions, and nothing to wait for."""
        turn = await self._turn(ask, None, only=self._kept)
        if isinstance(turn.next, Elsewhere):
            return Spoken(sent=turn.sent, pause=0.0, outside=True)
        return Spoken(sent=turn.sent, pause=_pause(turn.next, ask))

    @activity.defn
    async def speak(self, ask: Speak) -> Spoken:
        """Send what is due, in order. A provider that fails is tried again later, by the workflow's timer."""
        failures, stop = ask.failures, time.monotonic() + AT_A_TIME_S
        turn = await self._turn(ask, None)
        sent = turn.sent
        while isinstance(turn.next, Claimed):
            letter = turn.next
            sender = self._senders[letter.outgoing.channel]
            result = await self._threads.run(sender.send, letter.outgoing)
            failed = result.outcome == "transient"
            done = _Done(letter=letter, result=result, go_on=not failed and time.monotonic() < stop)
            turn = await self._turn(ask, done)
            if failed:
                pause = max(result.retry_after or 0.0, _back_off(failures))
                return Spoken(sent=sent, pause=pause, failures=failures + 1)
            sent, failures = sent + 1 + turn.sent, 0
        return Spoken(sent=sent, pause=_pause(turn.next, ask))

    async def _turn(self, ask: Speak, done: _Done | None, only: Collection[Channel] | None = None) -> _Turn:
        """Settle what was sent and claim what comes next, then wake whom it concerns."""
        turn = await self._threads.run(self._round, ask, done, only)
        if turn.after:
            await self._wakes.wake(turn.after)
        return turn

    def _round(self, ask: Speak, done: _Done | None, only: Collection[Channel] | None) -> _Turn:
        """One transaction: the settled message's lines hear of it; what waits for nobody goes at once."""
        after, count = After(), 0
        following: Claimed | Pause | Elsewhere | None = None
        with self._post.round(ask.person, ask.at) as turn:
            if done is not None:
                after = _hear(turn.settle(done.letter, done.result), ask.at)
            while (done is None or done.go_on) and count < AT_A_TIME:
                letter = turn.claim(only)
                result = self._at_once(letter)
                if isinstance(letter, Pause | Elsewhere) or (isinstance(letter, Claimed) and result is None):
                    following = letter
                    break
                if result is not None:
                    after = after.and_also(_hear(turn.settle(letter, result), ask.at))
                    count += 1
        return _Turn(next=following, after=_others(after, ask.person), sent=count)

    def _at_once(self, letter: Claimed | Unsendable | Pause | Elsewhere) -> Sent | None:
        """What becomes of a letter that needs no provider; None for one that does."""
        if isinstance(letter, Unsendable):
            return Sent(outcome="permanent", code="no_channel", reason=letter.reason)
        if isinstance(letter, Claimed) and letter.outgoing.channel in self._kept:
            return self._senders[letter.outgoing.channel].send(letter.outgoing)
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Done:
    """A letter that was handed over, and what the provider said. go_on: claim the next one too."""

    letter: Claimed
    result: Sent
    go_on: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """next: what has to be handed over now, or until when there is nothing; None where nobody looked.

    after: whom to wake. sent: how many messages went in the transaction.
    """

    next: Claimed | Pause | Elsewhere | None
    after: After
    sent: int


def _hear(heard: Iterable[tuple[Case, Event]], at: datetime) -> After:
    """Let each line hear what became of a message that spoke for it."""
    after = After()
    for case, event in heard:
        decision = decide(case.policy, case.state, event)
        case.record(event, decision)
        wake, _ = next_look(case.policy, case.state, at)
        after = after.and_also(case.finish(None, wake))
    return after


def _others(after: After, person: str) -> After:
    """Whoever is being written to right now is looked at again anyway."""
    return replace(
        after,
        people=tuple(each for each in after.people if each != person),
        later=tuple(each for each in after.later if each[0] != person),
    )


def _pause(pause: Claimed | Pause | Elsewhere | None, ask: Speak) -> float | None:
    if not isinstance(pause, Pause):
        return 0.0  # there is more to do at once
    if pause.until is None:
        return None
    if pause.until <= ask.at:  # it is due, but somebody else has claimed it
        return TRY_AGAIN_S
    return ask.clock.machine(pause.until - ask.at).total_seconds()


def _back_off(failures: int) -> float:
    return min(TRY_AGAIN_S * 2.0 ** min(failures, 10), TRY_AGAIN_AT_MOST_S)
