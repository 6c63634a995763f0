"""Sending what is due to the people of one shard: claims in batches, calls beside them, outcomes kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.batch_loop import BETWEEN_S, LINGER_S, BatchLoop
from activities.beating import beating
from activities.calls import call_within
from activities.repeated_failures import RepeatedFailures
from activities.threads import Threads
from activities.timing import Timing
from activities.under_way import MassReview
from activities.waking import Waking
from backorder import metrics
from backorder.domain.clock import Clock
from backorder.ports import (
    HANDED_BACK,
    Batch,
    BatchContext,
    Channel,
    Claimed,
    Done,
    Doubtful,
    LookedUp,
    Notifier,
    Outgoing,
    Sender,
    Sent,
)

if TYPE_CHECKING:
    from backorder.services.dispatch_messages import MessageDispatch

log = logging.getLogger(__name__)
SLOTS = 8
"""Calls to the provider of one channel under way at once."""
BREATH_S = 0.045
"""Machine seconds that a full batch leaves to a replanning that reviews, so that the lines are right before
the last of their notices goes. With more, their workflows would be told beside most of the notices."""
DEADLINE_S = 15.0
"""How long a call to a provider may take, all in all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliver:
    """Send what is due in a shard. at: the business instant."""

    shard: int
    at: datetime
    clock: Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """sent: messages that went. pause: machine seconds until there is more to do, None until it is called.

    details: how the shard stands, in words.
    """

    sent: int
    pause: float | None
    details: str = ""


class Dispatcher:
    """The activity that sends the messages of a shard."""

    def __init__(
        self,
        messages: MessageDispatch,
        senders: Mapping[Channel, Sender],
        notifier: Notifier,
        threads: Threads,
        timing: Timing,
        *,
        stored: Collection[Channel] = (),
        deadline: float = DEADLINE_S,
        linger: float = LINGER_S,
        mass_review: MassReview | None = None,
    ) -> None:
        """stored: channels whose messages stay in the database, so that handing them over waits for nobody.

        deadline: seconds for a call to a provider, all in all. linger: see `LINGER_S`. mass_review: what
        batches leave room for.
        """
        self.messages = messages
        self.stored = {name: sender for name, sender in senders.items() if name in stored}
        self.senders = senders
        self.waking = Waking(notifier)
        self.threads = threads
        self.timing = timing
        self.deadline = deadline
        self.linger = linger
        self.mass_review = mass_review or MassReview()
        self.repeated_failures = RepeatedFailures()

    @activity.defn
    async def deliver(self, params: Deliver) -> Delivered:
        """Send what is due, in order. What fails, or is unclear, is left in its row with the next try."""
        await self.threads.run(self.messages.stay_awake, params.shard)
        delivery = _Delivery(self, params)
        async with beating():
            try:
                pause = await delivery.run()
            finally:
                delivery.give_up()
        details = await self.threads.run(self.messages.in_words, params.shard, delivery.at)
        return Delivered(sent=delivery.sent, pause=pause, details=details)


@dataclass(frozen=True, kw_only=True, slots=True)
class _UnderWay:
    """What calls leave to the next batch. room: free slots by channel; busy: people who wait for theirs."""

    room: Mapping[Channel, int]
    busy: frozenset[str]


class _Delivery(BatchLoop[Claimed | Doubtful, Done, Batch]):
    """One run of the activity."""

    def __init__(self, dispatcher: Dispatcher, params: Deliver) -> None:
        super().__init__(dispatcher.linger)
        self._by = dispatcher
        self._params = params
        self._context = BatchContext(
            shard=params.shard, at=params.at, now=datetime.now(UTC), stored=dispatcher.stored
        )
        self._clock = params.clock
        self.sent = 0

    @property
    def at(self) -> datetime:
        """The business instant that it has come to."""
        return self._context.at

    async def write(self, done: tuple[Done, ...], *, claim: bool) -> Batch:
        """See `BatchLoop`."""
        return await self._by.threads.run(self._write, self._under_way(), done, claim=claim)

    async def go_on(self, batch: Batch, done: tuple[Done, ...], claimed: float) -> None:
        """See `BatchLoop`."""
        self.sent += len(batch.stored) + sum(each.accepted for each in done)
        for taken in batch.calls:
            self.call(self._call(taken, claimed=claimed), taken)
        await self._by.waking.wake(batch.after)

    def found(self, batch: Batch) -> bool:
        """See `BatchLoop`."""
        return bool(batch.taken)

    def hurries(self, batch: Batch) -> bool:
        """See `BatchLoop`."""
        return batch.full

    def breath(self) -> float:
        """See `BatchLoop`."""
        return BREATH_S if self._by.mass_review.is_under_way else 0.0

    async def sleep(self) -> float | None:
        """See `BatchLoop`."""
        pause = await self._by.threads.run(self._by.messages.sleep, self._context, self._clock)
        return None if pause is None else pause.total_seconds()

    def between(self) -> float:
        """Until a rate lets the next message go, if that is sooner than usual."""
        rate_until = self._context.left.rate_until
        if rate_until is None:
            return BETWEEN_S
        return min(BETWEEN_S, max(0.0, (rate_until - datetime.now(UTC)).total_seconds()))

    def _write(self, under_way: _UnderWay, done: tuple[Done, ...], *, claim: bool) -> Batch:
        self._context = self._now(self._context, under_way)
        return self._by.messages.batch(self._context, done, claim=claim)

    def _under_way(self) -> _UnderWay:
        room = {name: SLOTS for name in self._by.senders if name not in self._by.stored}
        for taken in self.calls.values():
            room[taken.outgoing.channel] = room.get(taken.outgoing.channel, 0) - 1
        busy = {each.person for each in self.calls.values()} | {each.taken.person for each in self.done}
        return _UnderWay(room=room, busy=frozenset(busy))

    def _now(self, context: BatchContext, under_way: _UnderWay) -> BatchContext:
        """The next batch, at the instant that counts."""
        passed = timedelta(seconds=time.monotonic() - self.begun)
        # Never before what the workflow knows of the machine's time. What is repeated was asked for long ago.
        machine = max(datetime.now(UTC), self._params.clock.real(self._params.at) + passed)
        moment = self._by.timing.moment(self._params.clock.business(machine))
        self._clock = moment.clock or self._clock
        return context.moved(at=moment.at, now=machine, room=under_way.room, busy=under_way.busy)

    # --- calls

    async def _call(self, taken: Claimed | Doubtful, *, claimed: float) -> Done:
        """Ask the provider, outside any transaction. claimed: the monotonic instant before the claim."""
        sender = self._by.senders[taken.outgoing.channel]
        if isinstance(taken, Doubtful):
            return Done(taken=taken, looked_up=await self._find(sender, taken))
        last = claimed + self._by.messages.lease.total_seconds() - self._by.deadline
        try:
            sent = await call_within(self._by.deadline, _send_by, last, sender, taken.outgoing)
        except TimeoutError:
            sent = _unclear("deadline")
        except Exception as error:  # noqa: BLE001 whatever it was, the text may have gone
            sent = _unclear(type(error).__name__)
        self._say(taken, sent)
        return Done(taken=taken, sent=sent)

    async def _find(self, sender: Sender, taken: Doubtful) -> LookedUp:
        try:
            looked_up = await call_within(self._by.deadline, sender.find, taken.outgoing, taken.since)
        except TimeoutError:
            looked_up = LookedUp(sighting="failed", reason="The provider did not answer in time.")
        except Exception as error:  # noqa: BLE001 it is asked again later
            looked_up = LookedUp(sighting="failed", reason=f"The look-up failed ({type(error).__name__}).")
        channel = taken.outgoing.channel
        metrics.count("backorder_message_lookups_total", channel=channel, sighting=looked_up.sighting)
        fields = _fields(taken) | {"sighting": looked_up.sighting}
        log.info("message %s was looked up: %s", taken.message, looked_up.sighting, extra=fields)
        return looked_up

    def _say(self, taken: Claimed, sent: Sent) -> None:
        """A line for each outcome; a failure that repeats is said now and then, with how often it was."""
        fields = _fields(taken) | {"outcome": sent.outcome, "code": sent.code, "attempt": taken.attempt}
        channel = taken.outgoing.channel
        if sent.code != HANDED_BACK:
            metrics.count("backorder_messages_total", channel=channel, outcome=sent.outcome)
        if sent.outcome == "accepted":
            log.info("message %s was accepted (%s)", taken.message, channel, extra=fields)
            return
        times = self._by.repeated_failures.again((channel, sent.outcome, sent.code))
        if times is not None:
            words = "message %s did not go (%s, %s): %s [%s times since this was last said]"
            log.warning(
                words,
                taken.message,
                channel,
                sent.outcome,
                sent.reason,
                times,
                extra=fields | {"times": times},
            )


def _send_by(last: float, sender: Sender, outgoing: Outgoing) -> Sent:
    """Hand a text over, on the thread of the call, unless that gets its turn after a monotonic instant.

    With less of the lease left than a call may take, somebody else may find the claim while it goes.
    """
    if time.monotonic() > last:
        reason = "The worker was too slow; it was handed back unsent."
        return Sent(outcome="transient", code=HANDED_BACK, reason=reason)
    return sender.send(outgoing)


def _unclear(code: str) -> Sent:
    reason = f"The provider may or may not have the message ({code})."
    return Sent(outcome="unknown", code=code, reason=reason)


def _fields(taken: Claimed | Doubtful) -> dict[str, object]:
    """What a log line says about a message: IDs, nothing personal."""
    return {"message_id": taken.message, "send": taken.outgoing.id, "channel": taken.outgoing.channel}
