"""Sending events to their receivers: placed and claimed in batches, called beside them, answers kept."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.batch_loop import LINGER_S, BatchLoop
from activities.beating import beating
from activities.calls import call_within
from activities.repeated_failures import RepeatedFailures
from activities.threads import Threads
from activities.waking import Waking
from backorder import metrics
from backorder.ports import Answered, EventAnswered, EventBatch, EventCall, Notifier

if TYPE_CHECKING:
    from backorder.messaging.webhook_sender import WebhookSender
    from backorder.services.publish_events import EventDispatch

log = logging.getLogger(__name__)
MARGIN_S = 1.0
"""What a call may take beyond its own deadline before nobody waits for it any more."""


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
        self.waking = Waking(notifier)
        self.threads = threads
        self.linger = linger
        self.repeated_failures = RepeatedFailures()

    @activity.defn
    async def deliver_events(self, params: DeliverEvents) -> EventsDelivered:
        """Place what was written, and send what is due. What is not taken stays in its row."""
        delivery = _Delivery(self, params)
        async with beating():
            try:
                await delivery.begin()
                pause = await delivery.run()
            finally:
                delivery.give_up()
        details = await self.threads.run(self.events.in_words)
        return EventsDelivered(taken=delivery.taken, pause=pause, details=details)


class _Delivery(BatchLoop[EventCall, EventAnswered, EventBatch]):
    """One run of the activity."""

    def __init__(self, dispatcher: EventDispatcher, params: DeliverEvents) -> None:
        super().__init__(dispatcher.linger)
        self._by = dispatcher
        self._params = params
        self.taken = 0

    async def begin(self) -> None:
        """From now on nobody has to call."""
        after = await self._by.threads.run(self._by.events.stay_awake, self._now())
        await self._by.waking.wake(after)

    async def write(self, done: tuple[EventAnswered, ...], *, claim: bool) -> EventBatch:
        """See `BatchLoop`."""
        busy = Counter(call.receiver for call in self.calls.values())
        return await self._by.threads.run(self._by.events.batch, self._now(), busy, done, claim=claim)

    async def go_on(self, batch: EventBatch, done: tuple[EventAnswered, ...], claimed: float) -> None:
        """See `BatchLoop`."""
        self.taken += sum(each.answered.taken for each in done)
        for each in batch.calls:
            self.call(self._call(each, claimed), each)
        await self._by.waking.wake(batch.after)

    def found(self, batch: EventBatch) -> bool:
        """See `BatchLoop`."""
        return batch.busy

    def hurries(self, batch: EventBatch) -> bool:
        """See `BatchLoop`."""
        return batch.full

    async def sleep(self) -> float | None:
        """See `BatchLoop`."""
        pause = await self._by.threads.run(self._by.events.sleep, self._now())
        return None if pause is None else pause.total_seconds()

    def _now(self) -> datetime:
        """Machine time: never before what the workflow knows of it."""
        passed = timedelta(seconds=time.monotonic() - self.begun)
        return max(datetime.now(UTC), self._params.at + passed)

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
        if not answered.handed_back:
            metrics.count("backorder_event_deliveries_total", taken="yes" if answered.taken else "no")
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
