"""Messages on their way: prepared on a snapshot, claimed past the door, and what becomes of them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, bindparam, select

from backorder import metrics
from backorder.domain.clock import Clock
from backorder.domain.law.notice_parts import lacking_in_words
from backorder.domain.line.events import MessageSent
from backorder.failures import in_words, kind_of, passes
from backorder.messaging.customer_links import CustomerLinks
from backorder.messaging.message_content import Rendered, Shop
from backorder.messaging.render import lacks, render
from backorder.ports import Batch, BatchContext, Channel, Claimed, Done, Doubtful, Sent, Unsendable
from backorder.queries.shard_report import shard_in_words
from backorder.services.apply_outcomes import LineOutcomes
from backorder.services.claim_messages import Claims
from backorder.services.delays import Delays
from backorder.services.dispatcher_sleep import pause_of
from backorder.services.due_messages import DueMessage, Shard
from backorder.services.gather_messages import gather
from backorder.services.lock_messages import lock_lines, lock_messages, lock_messages_of
from backorder.services.message_routes import Addressing, Routed
from backorder.services.prepared_messages import Prepared, Refused, Stored, Taken
from backorder.services.put_aside import put_message_aside
from backorder.services.record_outcomes import Settling
from backorder.storage import channels, dispatchers
from backorder.storage.compiled import fetch
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Apart, Failure, clear, failed, note, readable
from backorder.storage.message_rates import Allowance, allowance
from backorder.storage.policies import PolicyRepository
from backorder.storage.second_way import plan_copies
from backorder.storage.tables import message_items

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow


log = logging.getLogger(__name__)
_ITEMS = (
    select(message_items)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(message_items.c.message, message_items.c.backorder)
)


class MessageDispatch:
    """The messages of one database, shard by shard."""

    def __init__(
        self,
        engine: Engine,
        policies: PolicyRepository,
        shop: Shop,
        *,
        delays: Delays | None = None,
        links: CustomerLinks | None = None,
    ) -> None:
        self._engine = engine
        self._policies = policies
        self._links = links
        self._addressing = Addressing(policies, shop, links)
        self.delays = delays or Delays()

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts, in machine time."""
        return self.delays.lease

    def shards(self) -> tuple[int, ...]:
        """All shards."""
        with reading(self._engine) as connection:
            return tuple(dispatchers.shards(connection))

    def shard_of(self, person: str) -> int:
        """The shard in which a person's messages are sent."""
        with reading(self._engine) as connection:
            return dispatchers.shard_of(connection, person)

    def stay_awake(self, shard: int) -> None:
        """Nobody has to call the dispatcher of a shard from now on."""
        with writing(self._engine) as connection:
            dispatchers.stay_awake(connection, shard)

    def sleep(self, context: BatchContext, clock: Clock) -> timedelta | None:
        """Go to sleep, unless something is due. Returns for how long, machine time; None: until called."""
        with writing(self._engine) as connection:
            dispatchers.lock_to_sleep(connection, context.shard)
            closed, allowed = self._closed(connection, context), self._allowance(connection, context)
            pause = pause_of(self._shard(connection, context), closed, allowed, context, clock)
            if pause == timedelta(0):
                return pause
            until = None if pause is None else context.at + pause * clock.rate
            dispatchers.sleep(connection, context.shard, until)
            return pause

    def in_words(self, shard: int, at: datetime) -> str:
        """How a shard stands at a business instant, for the operator."""
        with reading(self._engine) as connection:
            return shard_in_words(connection, shard, at)

    # --- one batch

    def batch(self, context: BatchContext, done: Sequence[Done] = (), *, claim: bool = True) -> Batch:
        """Write down what came of calls, and claim what comes next.

        What fails in it is found in transactions that take each message apart. Raises what the database or
        the machine is to blame for.
        """
        prepared, failures = self.prepare(context) if claim else ([], [])
        if not (done or prepared or failures):
            return Batch()
        try:
            return self.write(context, done, prepared, failures, careful=False)
        except Exception as error:
            if passes(error):
                raise
            words = "a batch of messages failed and is repeated one by one: %s"
            log.warning(words, in_words(error), extra={"error": kind_of(error)})
        return self._one_by_one(context, done, prepared, failures)

    def _one_by_one(
        self,
        context: BatchContext,
        done: Sequence[Done],
        prepared: Sequence[Prepared],
        failures: list[Failure],
    ) -> Batch:
        batch = self.write(context, (), (), failures, careful=True)
        for each in done:
            batch = batch.and_also(self.write(context, [each], (), [], careful=True))
        for message in prepared:
            # What words or a way there are for it is found out anew, on another snapshot than before.
            try:
                batch = batch.and_also(self.write(context, (), [message], [], careful=True))
            except Exception as error:
                if passes(error):
                    raise
                mine = [failed(f"message/{message.id}", error, "")]
                batch = batch.and_also(self.write(context, (), (), mine, careful=True))
        return batch

    def _shard(self, connection: Connection, context: BatchContext) -> Shard:
        full = _full(context)
        return Shard(connection, context.shard, context.at, context.now, self.lease, full=full)

    def _allowance(self, connection: Connection, context: BatchContext, *, lock: bool = False) -> Allowance:
        return allowance(connection, self.delays.rates, context.shard, context.now, lock=lock)

    def _closed(self, connection: Connection, context: BatchContext) -> set[str]:
        """Channels by which nothing can go now."""
        paused = channels.paused(connection, context.now)
        # What stays in the database knows no trouble, but a person may want nothing to go.
        return _full(context) | {name for name, by in paused.items() if by or name not in context.stored}

    def prepare(self, context: BatchContext) -> tuple[list[Prepared], list[Failure]]:
        """Put into words what is due, on a snapshot: nobody waits for it."""
        due, routed, failures = self._read(context)
        if self._gather(due):
            due, routed, failures = self._read(context)
        prepared = []
        for each in due:
            with Apart(failures, f"message/{each.row.id}"):
                prepared.append(self._in_words(each, routed))
        lost = {failure.subject for failure in failures}
        return [each for each in prepared if f"message/{each.id}" not in lost], failures

    def _in_words(self, due: DueMessage, routed: Mapping[str, Routed]) -> Prepared:
        """A message as it is to go; one that was handed over before is looked up instead."""
        found = routed.get(due.row.id)
        if found is None:
            return Prepared(row=due.row, found=due.found, routed=None, words=None)
        words = render(found.content) if found.route.ways else None
        fault = lacking_in_words(lacks(found.content, words) if words else found.lacking)
        return Prepared(
            row=readable(due.row),
            found=due.found,
            routed=found,
            words=None if words is None or fault else self._kept(words),
            fault=fault,
        )

    def _kept(self, words: Rendered) -> Rendered:
        """The words as their row keeps them: a live link stands nowhere."""
        if self._links is None:
            return words
        html, text, sms = map(self._links.kept, (words.html, words.text, words.sms))
        return replace(words, html=html, text=text, sms=sms)

    def _read(self, context: BatchContext) -> tuple[list[DueMessage], Mapping[str, Routed], list[Failure]]:
        """What is due, and where it goes."""
        failures: list[Failure] = []
        with reading(self._engine) as connection:
            closed, allowed = self._closed(connection, context), self._allowance(connection, context)
            context.left.rate_until, slow = allowed.again, allowed.blocked
            shard = self._shard(connection, context)
            due = shard.due(closed | slow, context.left, failures, slow=slow, busy=context.busy)
            planned = [each.row for each in due if each.row.state == "planned"]
            return due, self._addressing.contents(connection, planned, failures), failures

    def _gather(self, due: Sequence[DueMessage]) -> bool:
        """Make one message of those that are said together. Returns whether there were any."""
        candidates = [id for each in due if each.siblings for id in (each.row.id, *each.siblings)]
        if not candidates:
            return False
        try:
            with writing(self._engine) as connection:
                return bool(gather(connection, candidates, self._policies))
        except Exception as error:
            if passes(error):
                raise
            words = "messages cannot be made one, and go each by itself: %s"
            log.warning(words, in_words(error), extra={"error": kind_of(error)})
            return False

    def write(
        self,
        context: BatchContext,
        done: Sequence[Done],
        prepared: Sequence[Prepared],
        failures: Sequence[Failure],
        *,
        careful: bool,
    ) -> Batch:
        if not (done or prepared or failures):
            return Batch()
        with writing(self._engine) as connection:
            transaction = _Writing(self, connection, context, careful=careful)
            batch = transaction.write(done, prepared, failures)
        for channel in transaction.stored:
            metrics.count("backorder_messages_total", channel=channel, outcome="accepted")
        return batch


def _full(context: BatchContext) -> set[str]:
    """Channels whose slots are all taken."""
    return {name for name, slots in context.room.items() if slots <= 0}


class _Writing:
    """One batch's transaction."""

    def __init__(
        self, dispatch: MessageDispatch, connection: Connection, context: BatchContext, *, careful: bool
    ) -> None:
        self._connection = connection
        self._dispatch = dispatch
        self._policies = dispatch._policies
        self._context = context
        addressing, delays = dispatch._addressing, dispatch.delays
        self._outcomes = Settling(
            connection, self._policies, addressing, delays, at=context.at, now=context.now
        )
        self._claims = Claims(
            connection,
            delays,
            at=context.at,
            today=self._policies.calendar.day(context.at),
            now=context.now,
            stored=context.stored,
            room=context.room,
            left=context.left,
        )
        self._told_of = LineOutcomes(connection, self._policies, self._outcomes, context.at, careful=careful)
        self._copies: list[tuple[MessageRow, str]] = []
        self.stored: list[Channel] = []

    def write(self, done: Sequence[Done], prepared: Sequence[Prepared], failures: Sequence[Failure]) -> Batch:
        ids = [*(each.taken.message for each in done), *(each.id for each in prepared)]
        ids += [each.subject.removeprefix("message/") for each in failures]
        items: dict[str, list[ItemRow]] = defaultdict(list)
        if ids:
            for item in fetch(self._connection, _ITEMS, {"messages": ids}):
                items[item.message].append(item)
        phases = lock_lines(self._connection, {item.backorder for each in items.values() for item in each})
        rows = lock_messages_of(self._connection, ids, phases)
        if prepared:
            self._claims.observe(prepared)
        ways = {way.channel for each in prepared if each.routed for way in each.routed.route.ways}
        self._claims.probing = self._outcomes.breakers.lock(done, ways - self._context.stored.keys())
        if prepared:
            self._claims.allowance = self._dispatch._allowance(self._connection, self._context, lock=True)
        for each in done:
            self._record(each, rows[each.taken.message], items)
        calls, stored, taken = [], [], 0
        for message in prepared:
            found = self._take(message, rows[message.id], items, phases)
            taken += found is not None
            if isinstance(found, Stored):
                stored.append(found.person)
                self.stored.append(found.channel)
            elif isinstance(found, Claimed | Doubtful):
                calls.append(found)
        self._claims.write()
        if prepared:
            self._context.left.rate_until = self._claims.allowance.again
        for failure in failures:
            put_message_aside(self._connection, failure)
        after = self._told_of.tell(phases).and_also(
            plan_copies(self._connection, self._copies, self._context.at)
        )
        note(self._connection, [*self._told_of.failures, *self._outcomes.failures])
        if self._outcomes.breakers.resumed:
            after = after.and_also(dispatchers.everybody(self._connection, self._context.at))
        after = dispatchers.wake(self._connection, after)
        return Batch(calls=tuple(calls), after=after, stored=tuple(stored), taken=taken)

    # --- what came of calls, written first, where no line can make it fail

    def _record(
        self, done: Done, row: MessageRow, items: Mapping[str, list[ItemRow]], *, stored: bool = False
    ) -> None:
        outcome, reason = None, ""
        if isinstance(done.taken, Doubtful) and done.looked_up is not None:
            reason = done.looked_up.reason
            outcome = self._outcomes.looked_up(row, done.taken, done.looked_up)
        elif isinstance(done.taken, Claimed) and done.sent is not None:
            outcome = self._outcomes.sent(row, done.taken, done.sent, kept=False)
            reason = done.sent.reason
        if outcome is MessageSent and row.also is not None:
            self._copies.append((row, row.also))
        if outcome is not None:
            self._told_of.add(row, items, outcome, reason, stored=stored)

    # --- what comes next

    def _take(
        self,
        message: Prepared,
        row: MessageRow,
        items: Mapping[str, list[ItemRow]],
        phases: Mapping[str, str],
    ) -> Taken | None:
        customer = row.person.startswith("customer/")
        if customer and any(item.backorder not in phases for item in items[row.id]):
            # Whoever holds its line is not waited for.
            self._context.left.leave(row.id, row.version, self._context.now)
            return None
        if row.state == "claimed" and message.row.state == "claimed":
            self._outcomes.lost(row)
            gone = "whoever was sending message %s is gone; it is looked up"
            log.warning(gone, row.id, extra={"message_id": row.id})
            if row.channel not in self._context.stored:
                return None
            row = lock_messages(self._connection, [row.id])[row.id]
            message = replace(message, row=row)
        if getattr(message.row, "aside", None) is not None:
            clear(self._connection, f"message/{row.id}")
        taken = self._claims.take(message, row, phases)
        if isinstance(taken, Refused):
            self._refused(row, taken)
        elif isinstance(taken, Unsendable):
            sent = Sent(outcome="permanent", code="no_channel", reason=taken.reason)
            outcome = self._outcomes.sent(row, taken, sent, kept=False)
            if outcome is not None:
                self._told_of.add(row, items, outcome, taken.reason)
        elif isinstance(taken, Stored):
            self._told_of.add(row, items, MessageSent, "", stored=True)
            self._copies += [(row, taken.also)] if taken.also else []
        elif isinstance(taken, Doubtful) and taken.outgoing.channel in self._context.stored:
            looked_up = self._context.stored[taken.outgoing.channel].find(taken.outgoing, taken.since)
            self._record(Done(taken=taken, looked_up=looked_up), row, items, stored=True)
            return Stored(message=row.id, person=row.person, channel=taken.outgoing.channel)
        return taken

    def _refused(self, row: MessageRow, refused: Refused) -> None:
        """Take back what must not be said any more; its lines decide what to say instead."""
        for item, reason in refused.items:
            log.info("message %s does not go: %s", row.id, reason, extra={"message_id": row.id})
            if refused.whole:
                outcome = self._outcomes.refused(row, reason)
            else:
                outcome = self._outcomes.taken_out(row, item, reason)
            self._told_of.add(row, {row.id: [item]}, outcome, reason)
