"""Sending events to their receivers: placed and claimed in batches, called beside them, answers kept."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.beating import beating
from activities.calls import call_within
from activities.repeated_failures import RepeatedFailures
from activities.threads import Threads
from backorder.failures import passes
from backorder.ports import Answered, EventAnswered, EventBatch, EventCall, Notifier

if TYPE_CHECKING:
    from backorder.messaging.webhook_sender import WebhookSender
    from backorder.services.publish_events import EventDispatch

log = logging.getLogger(__name__)
OPEN_S = 60.0
"""How long one activity goes on claiming events; then it waits for its calls alone."""
BETWEEN_S = 0.1
"""Between two looks, so that what is written meanwhile goes with the next one."""
LINGER_S = 5.0
"""How long it goes on looking after there was nothing more: whoever writes an event then calls nobody."""
MARGIN_S = 1.0
"""What a call may take beyond its own deadline before nobody waits for it any more."""
AGAIN_S = 1.0
"""How soon answers are written down again that could not be, because the database was away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliverEvents:
    """Send what is due. at: the machine instant at which it is asked."""

    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class EventsDelivered:
    """taken: events that a receiver took. pause: machine seconds until there is more to do, None until it is
    called. details: how they stand, in words.
    """

    taken: int
    pause: float | None
    details: str = ""


class EventDispatcher:
    """The activity that sends events."""

    def __init__(
        self,
        events: EventDispatch,
        sender: WebhookSender,
        notifier: Notifier,
        threads: Threads,
        *,
        linger: float = LINGER_S,
    ) -> None:
        """linger: see `LINGER_S`."""
        self.events = events
        self.sender = sender
        self.notifier = notifier
        self.threads = threads
        self.linger = linger
        self.repeated_failures = RepeatedFailures()

    @activity.defn
    async def deliver_events(self, ask: DeliverEvents) -> EventsDelivered:
        """Place what was written, and send what is due. What is not taken stays in its row."""
        delivery = _Delivery(self, ask)
        async with beating():
            try:
                pause = await delivery.run()
            finally:
                delivery.give_up()
        details = await self.threads.run(self.events.in_words)
        return EventsDelivered(taken=delivery.taken, pause=pause, details=details)


class _Delivery:
    """One run of the activity."""

    def __init__(self, dispatcher: EventDispatcher, ask: DeliverEvents) -> None:
        self._by = dispatcher
        self._ask = ask
        self._begun = time.monotonic()
        self._calls: dict[asyncio.Task[EventAnswered], EventCall] = {}
        self._done: list[EventAnswered] = []
        self.taken = 0

    async def run(self) -> float | None:
        """Look after look. Returns the pause, in machine seconds, None for until somebody calls."""
        after = await self._by.threads.run(self._by.events.stay_awake, self._now())
        if after:
            await self._by.notifier.notify(after)
        idle_since: float | None = None
        while True:
            claims = self._goes_on()
            batch = await self._batch(claims=claims)
            if not claims and not self._calls and not self._done:
                return 0.0
            if batch is not None and not batch.busy and not self._calls:
                idle_since = idle_since or time.monotonic()
                if time.monotonic() - idle_since >= self._by.linger:
                    pause = await self._by.threads.run(self._by.events.sleep, self._now())
                    if pause != timedelta(0):
                        return None if pause is None else pause.total_seconds()
            else:
                idle_since = None
            await self._rest(batch)

    def give_up(self) -> None:
        """Nobody waits any more for the calls under way: their claims end, and it goes again."""
        for call in self._calls:
            call.cancel()

    def _goes_on(self) -> bool:
        if activity.in_activity() and activity.is_worker_shutdown():
            return False
        return time.monotonic() - self._begun < OPEN_S

    def _now(self) -> datetime:
        """Machine time: never before what the workflow knows of it."""
        passed = timedelta(seconds=time.monotonic() - self._begun)
        return max(datetime.now(UTC), self._ask.at + passed)

    async def _batch(self, *, claims: bool) -> EventBatch | None:
        """Write down what came of calls and claim what comes next, then wake whom it concerns.

        None: the database is away, and there are answers to be written down as soon as it is back.
        """
        for call in [call for call in self._calls if call.done()]:
            del self._calls[call]
            self._done.append(call.result())
        busy = Counter(call.receiver for call in self._calls.values())
        claimed, done = time.monotonic(), tuple(self._done)
        try:
            batch = await self._by.threads.run(self._by.events.batch, self._now(), busy, done, claim=claims)
        except Exception as error:
            if passes(error) and (done or self._calls) and time.monotonic() - self._begun < 2 * OPEN_S:
                return None
            raise
        del self._done[: len(done)]
        self.taken += sum(each.answered.taken for each in done)
        for each in batch.calls:
            self._calls[asyncio.create_task(self._call(each, claimed))] = each
        if batch.after:
            await self._by.notifier.notify(batch.after)
        return batch

    async def _rest(self, batch: EventBatch | None) -> None:
        if batch is None:
            await asyncio.sleep(AGAIN_S)
        elif self._calls:
            await asyncio.wait(self._calls, timeout=BETWEEN_S, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(0 if batch.busy else min(BETWEEN_S, self._by.linger))

    async def _call(self, call: EventCall, claimed: float) -> EventAnswered:
        """Call a receiver, outside any transaction. claimed: the monotonic instant before the claim."""
        seconds = self._by.sender.seconds + MARGIN_S
        last = claimed + self._by.events.lease.total_seconds() - seconds
        try:
            answered = await call_within(seconds, _send_by, last, self._by.sender, call)
        except TimeoutError:
            answered = Answered(reason=f"it did not answer within {self._by.sender.seconds:g} seconds")
        except Exception as error:  # noqa: BLE001 whatever it was, it is tried again
            answered = Answered(reason=f"the call failed ({type(error).__name__})")
        self._say(call, answered)
        return EventAnswered(call=call, answered=answered)

    def _say(self, call: EventCall, answered: Answered) -> None:
        """A line for each event that was taken; a failure that repeats is said now and then."""
        fields: dict[str, object] = {
            "event_id": call.event,
            "receiver": call.receiver,
            "backorder": call.backorder,
            "attempt": call.attempt,
        }
        if answered.taken:
            log.info("event %s was taken by receiver %s", call.event, call.receiver, extra=fields)
            return
        times = self._by.repeated_failures.again((call.receiver, answered.reason))
        if times is not None:
            words = "event %s was not taken by receiver %s: %s [%s times since this was last said]"
            fields["times"] = times
            log.warning(words, call.event, call.receiver, answered.reason, times, extra=fields)


def _send_by(last: float, sender: WebhookSender, call: EventCall) -> Answered:
    """Hand an event over, on the thread of the call, unless that gets its turn after a monotonic instant.

    With less of the lease left than a call may take, somebody else may have it while it goes.
    """
    if time.monotonic() > last:
        return Answered(reason="the worker was too slow", handed_back=True)
    return sender.send(call)
