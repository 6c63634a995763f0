"""Events on their way to receivers: placed, claimed, called beside the transactions, and what came of it."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from backorder.domain.event_delivery import next_attempt
from backorder.domain.line.published_events import envelope
from backorder.errors import UnreadableError
from backorder.ports import Answered, EventAnswered, EventBatch, EventCall, Notify
from backorder.queries.event_report import events_in_words
from backorder.storage import (
    acknowledgements,
    deliveries,
    dispatchers,
    event_dispatcher,
    event_positions,
    tasks,
)
from backorder.storage.acknowledgements import AWAITED
from backorder.storage.codec import load_object
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Failure, clear, known, note, readable
from backorder.storage.receivers import Receiver, receivers_in

if TYPE_CHECKING:
    from backorder.storage.rows import EventDeliveryRow


log = logging.getLogger(__name__)
LEASE = timedelta(minutes=1)
"""How long a claim lasts: longer than a call may take."""
SLOTS = 2
"""Calls to one receiver under way at once."""
UNREADABLE_AGAIN = timedelta(hours=1)
REFUSING = "receiver_refusing"
"""The kind of the task that a person gets where events for a receiver were given up."""


class EventDispatch:
    """The events of one database. business: the business instant of a machine instant.

    chance: from 0 to 1, by which attempts that failed together come apart.
    """

    def __init__(
        self,
        engine: Engine,
        business: Callable[[datetime], datetime],
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._engine = engine
        self._business = business
        self._chance = chance

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts, in machine time."""
        return LEASE

    def in_words(self) -> str:
        """How events stand, for the operator; no words of a person, since a history keeps them."""
        with reading(self._engine) as connection:
            return events_in_words(connection)

    def stay_awake(self, now: datetime) -> Notify:
        """Nobody has to call from now on. Returns whose messages waited for an acknowledgement in vain."""
        with writing(self._engine) as connection:
            after = acknowledgements.release(connection, self._business(now))
            after = dispatchers.wake(connection, after)
            event_dispatcher.stay_awake(connection)
        return after

    def batch(
        self, now: datetime, busy: Mapping[str, int], done: Sequence[EventAnswered], *, claim: bool
    ) -> EventBatch:
        """Write down what came of calls, place what was written, and claim what comes next.

        now: machine time. busy: calls under way, by their receivers.
        """
        after = self._record(now, done) if done else Notify()
        placed = self._place(now) if claim else 0
        calls, more = self._claim(now, busy) if claim else ((), False)
        full = placed >= event_positions.EVENTS_A_BATCH
        return EventBatch(calls=calls, after=after, busy=bool(placed or more or done), full=full)

    def sleep(self, now: datetime) -> timedelta | None:
        """Go to sleep, unless there is something to do. Returns for how long; None: until called."""
        with writing(self._engine) as connection:
            if not event_dispatcher.may_sleep(connection) or event_positions.are_unplaced(connection):
                return timedelta(0)
            receivers = receivers_in(connection)
            if any(deliveries.due(connection, each.id, now, 1) for each in receivers):
                return timedelta(0)
            instants = [deliveries.next_due(connection, each.id, now) for each in receivers]
            until = min((each for each in instants if each is not None), default=None)
            event_dispatcher.sleep(connection, until)
        return None if until is None else until - now

    # --- placing and claiming

    def _place(self, now: datetime) -> int:
        with reading(self._engine) as connection:
            if not event_positions.are_unplaced(connection):
                return 0
        with writing(self._engine) as connection:
            return event_positions.place(connection, now)

    def _claim(self, now: datetime, busy: Mapping[str, int]) -> tuple[tuple[EventCall, ...], bool]:
        """Take what is due, as far as each receiver has room for it. Returns also whether anything was."""
        with reading(self._engine) as connection:
            found = [
                (each, row)
                for each in receivers_in(connection)
                if busy.get(each.id, 0) < SLOTS
                for row in deliveries.due(connection, each.id, now, SLOTS - busy.get(each.id, 0))
            ]
        if not found:
            return (), False
        with writing(self._engine) as connection:
            calls = [self._take(connection, receiver, row, now) for receiver, row in found]
        return tuple(each for each in calls if each is not None), True

    def _take(
        self, connection: Connection, receiver: Receiver, row: EventDeliveryRow, now: datetime
    ) -> EventCall | None:
        try:
            content = body(readable(row))
        except UnreadableError as error:
            self._put_off(connection, row, error, now)
            return None
        if not deliveries.claim(connection, row, now, now + LEASE):
            return None
        if row.attempts:
            clear(connection, deliveries.subject_of(row.event))
        return EventCall(
            receiver=receiver.id,
            url=receiver.url,
            event=row.event,
            backorder=row.backorder,
            attempt=row.attempts + 1,
            body=content,
            secrets=receiver.secrets(now),
        )

    def _put_off(
        self, connection: Connection, row: EventDeliveryRow, error: UnreadableError, now: datetime
    ) -> None:
        """Count it as an attempt that failed: what comes after it goes on, and it is given up in the end."""
        subject = deliveries.subject_of(row.event)
        log.error("%s cannot be read and is sent later: %s", subject, error, extra={"subject": subject})
        note(connection, [Failure(subject, error, row.backorder)], again=True)
        if known(row.attempts) is None:
            deliveries.send_again(connection, row.receiver, row.event, now + UNREADABLE_AGAIN)
        elif deliveries.claim(connection, row, now, now) and (
            mine := deliveries.lock(connection, row.receiver, row.event)
        ):
            again = Answered(
                reason=f"it cannot be read: {error}", retry_after=UNREADABLE_AGAIN.total_seconds()
            )
            self._refused(connection, mine, again, now, self._business(now))

    # --- what came of calls

    def _record(self, now: datetime, done: Sequence[EventAnswered]) -> Notify:
        at = self._business(now)
        with writing(self._engine) as connection:
            for each in sorted(done, key=lambda each: (each.call.receiver, each.call.event)):
                row = deliveries.lock(connection, each.call.receiver, each.call.event)
                if row is not None:
                    self._recorded(connection, row, each, now, at)
            taken = any(each.answered.taken for each in done)
            after = acknowledgements.release(connection, at) if taken else Notify()
            return dispatchers.wake(connection, after)

    def _recorded(
        self, connection: Connection, row: EventDeliveryRow, done: EventAnswered, now: datetime, at: datetime
    ) -> None:
        call, answered = done.call, done.answered
        if answered.taken:
            if row.state != "dropped":
                values = {
                    "state": "delivered",
                    "acknowledged_at": row.acknowledged_at or now,
                    "claimed_until": None,
                    "reason": None,
                }
                deliveries.write(connection, call.receiver, call.event, **values)
            if row.state == "dead":
                no_longer_refusing(connection, call.receiver, at)
        elif row.state != "pending" or row.attempts != call.attempt:
            return  # somebody else has it by now
        elif answered.handed_back:
            first = None if call.attempt == 1 else row.first_at
            values = {"attempts": call.attempt - 1, "first_at": first, "claimed_until": None}
            deliveries.write(connection, call.receiver, call.event, **values)
        else:
            self._refused(connection, row, answered, now, at)

    def _refused(
        self, connection: Connection, row: EventDeliveryRow, answered: Answered, now: datetime, at: datetime
    ) -> None:
        first_at = known(row.first_at) or now
        again = next_attempt(row.attempts, first_at, now, self._chance(), answered.retry_after)
        values = {"claimed_until": None, "reason": answered.reason, "first_at": first_at}
        if again is not None:
            deliveries.write(connection, row.receiver, row.event, due_at=again, **values)
            return
        deliveries.write(connection, row.receiver, row.event, state="dead", **values)
        fields = {"receiver": row.receiver, "event_id": row.event, "backorder": row.backorder}
        words = "event %s was given up for receiver %s after %s attempts: %s"
        log.error(words, row.event, row.receiver, row.attempts, answered.reason, extra=fields)
        detail = {"reason": answered.reason, "event": row.event}
        tasks.reopen(
            connection,
            key=_task_key(row.receiver),
            kind=REFUSING,
            subject=row.receiver,
            detail=detail,
            at=at,
        )
        if acknowledgements.is_awaited_from(connection, row.event, row.receiver):
            tasks.reopen(
                connection,
                key=acknowledgements.task_key(row.event),
                kind=AWAITED,
                subject=row.backorder,
                detail=detail | {"receiver": row.receiver},
                at=at,
            )


def no_longer_refusing(connection: Connection, receiver: str, at: datetime) -> None:
    """Take the task about a receiver off the list once nothing for it is given up any more."""
    if not deliveries.has_dead(connection, receiver):
        tasks.finish(connection, _task_key(receiver), at)


def _task_key(receiver: str) -> str:
    return f"receiver/{receiver}"


def body(row: EventDeliveryRow) -> bytes:
    """What is sent: the same bytes in every attempt. Raises UnreadableError."""
    data = load_object(row.data, "what an event says")
    whole = envelope(row.type, row.at, row.backorder, data)
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()
