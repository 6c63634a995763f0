"""Saying to one person what is due: claim, send, settle, one message at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity

from activities.threads import Threads
from backorder.domain.clock import Clock
from backorder.domain.decide import decide
from backorder.domain.upcoming import next_look
from backorder.ports import After, Channel, Claimed, Pause, Post, Sender, Sent, Unsendable, Wakes

AT_A_TIME_S = 60.0
"""How long one activity goes on taking messages, so that it ends well within its time-out."""
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
    """

    sent: int
    pause: float | None
    failures: int = 0


class Conversations:
    """The activity around one person's messages."""

    def __init__(self, post: Post, senders: Mapping[Channel, Sender], wakes: Wakes, threads: Threads) -> None:
        self._post = post
        self._senders = senders
        self._wakes = wakes
        self._threads = threads

    @activity.defn
    async def speak(self, ask: Speak) -> Spoken:
        """Send what is due, in order. A provider that fails is tried again later, by the workflow's timer."""
        sent, failures, stop = 0, ask.failures, time.monotonic() + AT_A_TIME_S
        while time.monotonic() < stop:
            letter = await self._threads.run(self._post.claim, ask.person, ask.at)
            if isinstance(letter, Pause):
                return Spoken(sent=sent, pause=_pause(letter, ask))
            result = await self._send(letter)
            after = await self._threads.run(self._settle, letter, result, ask.at)
            if after:
                await self._wakes.wake(after)
            if result.outcome == "transient":
                pause = max(result.retry_after or 0.0, _back_off(failures))
                return Spoken(sent=sent, pause=pause, failures=failures + 1)
            sent, failures = sent + 1, 0
        return Spoken(sent=sent, pause=0.0)

    async def _send(self, letter: Claimed | Unsendable) -> Sent:
        if isinstance(letter, Unsendable):
            return Sent(outcome="permanent", code="no_channel", reason=letter.reason)
        sender = self._senders[letter.outgoing.channel]
        return await self._threads.run(sender.send, letter.outgoing)

    def _settle(self, letter: Claimed | Unsendable, sent: Sent, at: datetime) -> After:
        """Write down what became of the message, and let each line hear it, in one transaction."""
        after = After()
        with self._post.settling(letter, sent, at) as heard:
            for case, event in heard:
                decision = decide(case.policy, case.state, event)
                case.record(event, decision)
                wake, _ = next_look(case.policy, case.state, at)
                after = after.and_also(case.finish(None, wake))
        # Whoever is being written to right now is looked at again anyway.
        return replace(
            after,
            people=tuple(person for person in after.people if person != letter.person),
            later=tuple(each for each in after.later if each[0] != letter.person),
        )


def _pause(pause: Pause, ask: Speak) -> float | None:
    if pause.until is None:
        return None
    if pause.until <= ask.at:  # it is due, but somebody else has claimed it
        return TRY_AGAIN_S
    return ask.clock.machine(pause.until - ask.at).total_seconds()


def _back_off(failures: int) -> float:
    return min(TRY_AGAIN_S * 2.0 ** min(failures, 10), TRY_AGAIN_AT_MOST_S)
