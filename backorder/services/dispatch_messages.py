"""Messages on their way: prepared on a snapshot, claimed past the door, and what becomes of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from backorder import metrics
from backorder.domain.clock import Clock
from backorder.domain.law.notice_parts import lacking_in_words
from backorder.domain.notifications import ANSWER_KINDS
from backorder.failures import in_words, kind_of, passes
from backorder.messaging.customer_links import CustomerLinks
from backorder.messaging.message_content import Rendered, Shop
from backorder.messaging.render import lacks, render
from backorder.ports import Batch, BatchContext, Done
from backorder.queries.shard_report import shard_in_words
from backorder.services.delays import Delays
from backorder.services.dispatcher_sleep import pause_of
from backorder.services.due_messages import DueMessage, Shard
from backorder.services.gather_messages import gather, to_come
from backorder.services.message_routes import Addressing, Routed
from backorder.services.prepared_messages import Prepared
from backorder.services.record_outcomes import Settling
from backorder.services.record_reports import ReportRecorder
from backorder.services.write_batch import BatchWriter
from backorder.storage import channels, dispatchers
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Apart, Failure, failed, readable
from backorder.storage.message_rates import Allowance, allowance
from backorder.storage.policies import PolicyRepository

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow


log = logging.getLogger(__name__)


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
        self._reports = ReportRecorder(engine, policies, self._addressing, self.delays)

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
        reported = self._report(context, done)
        prepared, failures = self.prepare(context) if claim else ([], [])
        if not (done or prepared or failures):
            return Batch()
        try:
            return self.write(context, done, prepared, failures, careful=False).and_also(reported)
        except Exception as error:
            if passes(error):
                raise
            words = "a batch of messages failed and is repeated one by one: %s"
            log.warning(words, in_words(error), extra={"error": kind_of(error)})
        return self._one_by_one(context, done, prepared, failures).and_also(reported)

    def _report(self, context: BatchContext, done: Sequence[Done]) -> Batch:
        """Take in what look-ups say became of messages, and refusals of addresses, as if their provider had
        reported it.

        That comes first: once a message counts as found, or goes another way, nobody asks about it any more.
        """
        reported = Batch()
        said = (each.looked_up or each.sent for each in done)
        for report in (each.report for each in said if each is not None):
            if report is None:
                continue
            try:
                recorded = self._reports.record([report], at=context.at, now=context.now)
            except Exception as error:
                if passes(error):
                    raise
                words = "what a provider says became of a message cannot be recorded: %s"
                log.warning(words, in_words(error), extra={"error": kind_of(error)})
            else:
                reported = reported.and_also(Batch(after=recorded.after))
        return reported

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
                lines = message.routed.items if message.routed else ()
                mine = _one_each(
                    failed(f"message/{message.id}", error, ""), [item.backorder for item in lines]
                )
                batch = batch.and_also(self.write(context, (), (), mine, careful=True))
        return batch

    def _shard(self, connection: Connection, context: BatchContext) -> Shard:
        full = _full(context)
        return Shard(connection, context.shard, context.at, context.now, self.lease, full=full)

    def _allowance(self, connection: Connection, context: BatchContext) -> Allowance:
        return allowance(connection, self.delays.rates, context.shard, context.now)

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
        due = self._complete(due, routed, context)
        prepared = []
        for each in due:
            with Apart(failures, f"message/{each.row.id}"):
                prepared.append(self._in_words(each, routed))
        lost = {failure.subject for failure in failures}
        rows = {f"message/{each.row.id}": each.row for each in due if each.row.state == "planned"}
        blamed = [each for failure in failures for each in self._blamed(failure, rows.get(failure.subject))]
        return [each for each in prepared if f"message/{each.id}" not in lost], blamed

    def _complete(
        self, due: Sequence[DueMessage], routed: Mapping[str, Routed], context: BatchContext
    ) -> list[DueMessage]:
        """What is due without what one request led to and other lines have still to rule on: that waits for
        them, as long as siblings gather.
        """
        waits = [each.row.id for each in due if _may_wait(each, routed.get(each.row.id), context.at)]
        if not waits:
            return [*due]
        with reading(self._engine) as connection:
            others = to_come(connection, waits)
        for each in due:
            if each.row.id in others:
                context.left.leave(each.row.id, each.row.version, context.now)
        return [each for each in due if each.row.id not in others]

    def _blamed(self, failure: Failure, row: MessageRow | None) -> list[Failure]:
        """Which lines are to blame that a message cannot be said: its others go without them."""
        if row is None:
            return [failure]
        with reading(self._engine) as connection:
            lines, bad = self._addressing.unsayable(connection, row, _said)
        if len(bad) == len(lines):
            return [failure]
        return bad or _one_each(failure, lines)

    def _in_words(self, due: DueMessage, routed: Mapping[str, Routed]) -> Prepared:
        """A message as it is to go; one that was handed over before is looked up instead."""
        found = routed.get(due.row.id)
        if found is None:
            return Prepared(row=due.row, found=due.found, routed=None, words=None)
        words, fault = _said(found)
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
            outcomes = Settling(
                connection, self._policies, self._addressing, self.delays, at=context.at, now=context.now
            )
            transaction = BatchWriter(outcomes, context, careful=careful)
            batch = transaction.write(done, prepared, failures)
        for channel in transaction.stored:
            metrics.count("backorder_messages_total", channel=channel, outcome="accepted")
        return batch


def _may_wait(due: DueMessage, routed: Routed | None, at: datetime) -> bool:
    """Whether a message says what a request led to, and is young enough to wait for its siblings."""
    if routed is None or routed.policy is None or due.row.kind not in ANSWER_KINDS or due.row.attempts:
        return False
    return due.row.created_at + routed.policy.updates.gather > at


def _said(routed: Routed) -> tuple[Rendered | None, str]:
    """A message in words, None where nobody is reached; and why those must not go, "" for nothing."""
    words = render(routed.content) if routed.route.ways else None
    return words, lacking_in_words(lacks(routed.content, words) if words else routed.lacking)


def _one_each(failure: Failure, lines: Sequence[str]) -> list[Failure]:
    """The failure of a message of which nobody knows which line is to blame: from now on each goes alone."""
    return [replace(failure, backorder=each) for each in [*dict.fromkeys(lines)][1:]] or [failure]


def _full(context: BatchContext) -> set[str]:
    """Channels whose slots are all taken."""
    return {name for name, slots in context.room.items() if slots <= 0}
