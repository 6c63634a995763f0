"""One batch's transaction: what came of calls is written down, then what comes next is claimed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from backorder.domain.line.decision_builder import RECALLED
from backorder.domain.line.events import Event, MessageSent
from backorder.ports import Batch, BatchContext, Channel, Claimed, Done, Doubtful, Sent, Unsendable
from backorder.services.apply_outcomes import LineOutcomes
from backorder.services.claim_messages import Claims
from backorder.services.lock_messages import lock_lines, lock_messages, lock_messages_of
from backorder.services.pass_door import recalled_items
from backorder.services.prepared_messages import Prepared, Refused, Reworded, Stored, Taken
from backorder.services.put_aside import put_message_aside
from backorder.services.record_outcomes import Settling
from backorder.services.take_apart import take_out
from backorder.services.texted_questions import DigitsAsked
from backorder.storage import dispatchers
from backorder.storage.compiled import fetch
from backorder.storage.isolation import Failure, clear, note
from backorder.storage.message_rates import allowance
from backorder.storage.second_way import originals_of, plan_copies
from backorder.storage.tables import message_items

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow


log = logging.getLogger(__name__)
_ITEMS = (
    select(message_items)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(message_items.c.message, message_items.c.backorder)
)


class BatchWriter:
    """The writer of one batch. careful: what fails for a line fails for it alone, see `LineOutcomes`."""

    def __init__(self, outcomes: Settling, context: BatchContext, *, careful: bool) -> None:
        self._outcomes = outcomes
        self._connection = outcomes.connection
        self._context = context
        self._claims = Claims(
            outcomes.connection,
            outcomes.delays,
            at=context.at,
            calendar=outcomes.policies.calendar,
            now=context.now,
            stored=context.stored,
            room=context.room,
            left=context.left,
        )
        self._told_of = LineOutcomes(outcomes, careful=careful)
        self._copies: list[tuple[MessageRow, str]] = []
        self._originals: Mapping[str, MessageRow] = {}
        self.stored: list[Channel] = []
        """The channels of messages that went with it, as they stay in the database."""

    def write(self, done: Sequence[Done], prepared: Sequence[Prepared], failures: Sequence[Failure]) -> Batch:
        """Write all of it down. failures: messages that cannot be prepared. Returns what is to be called."""
        items, rows, phases = self._lock(done, prepared, failures)
        arrived = {each.taken.message: self._record(each, rows[each.taken.message], items) for each in done}
        self._take_back({id: rows[id] for id, is_sent in arrived.items() if not is_sent}, items, phases)
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
            id = failure.subject.removeprefix("message/")
            if id in rows and rows[id].state in ("planned", "claimed", "unknown"):
                self._set_aside(failure, rows[id], items, phases)
        after = self._told_of.tell(phases).and_also(
            plan_copies(self._connection, self._copies, self._context.at)
        )
        note(self._connection, [*self._told_of.failures, *self._outcomes.failures])
        if self._outcomes.breakers.resumed:
            after = after.and_also(dispatchers.everybody(self._connection, self._context.at))
        after = dispatchers.wake(self._connection, after)
        return Batch(calls=tuple(calls), after=after, stored=tuple(stored), taken=taken)

    def _lock(
        self, done: Sequence[Done], prepared: Sequence[Prepared], failures: Sequence[Failure]
    ) -> tuple[Mapping[str, list[ItemRow]], Mapping[str, MessageRow], Mapping[str, str]]:
        """Lock all that may be written, in the order of all locks. Returns items, messages and free lines."""
        ids = [*(each.taken.message for each in done), *(each.id for each in prepared)]
        ids += [each.subject.removeprefix("message/") for each in failures]
        items: dict[str, list[ItemRow]] = defaultdict(list)
        self._read_items(ids, items)
        if originals := originals_of(self._connection, items):
            self._read_items(originals - items.keys(), items)
        phases = lock_lines(self._connection, {item.backorder for each in items.values() for item in each})
        rows = lock_messages_of(self._connection, [*ids, *originals], phases)
        self._originals = {id: rows[id] for id in originals if id in rows}
        self._digits = DigitsAsked(self._connection, prepared)
        if prepared:
            self._claims.observe(prepared)
        ways = {way.channel for each in prepared if each.routed for way in each.routed.route.ways}
        self._claims.probing = self._outcomes.breakers.lock(done, ways - self._context.stored.keys())
        if prepared:
            self._claims.allowance = allowance(
                self._connection,
                self._outcomes.delays.rates,
                self._context.shard,
                self._context.now,
                lock=True,
            )
        return items, rows, phases

    def _read_items(self, ids: Collection[str], items: dict[str, list[ItemRow]]) -> None:
        if ids:
            for item in fetch(self._connection, _ITEMS, {"messages": sorted(ids)}):
                items[item.message].append(item)

    # --- what came of calls, written first, where no line can make it fail

    def _record(
        self, done: Done, row: MessageRow, items: Mapping[str, list[ItemRow]], *, stored: bool = False
    ) -> bool:
        """Write down what became of a call, and have the lines hear it. Returns whether it was sent."""
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
            self._hear(row, items, outcome, reason, stored=stored)
        return outcome is MessageSent

    def _hear(
        self,
        row: MessageRow,
        items: Mapping[str, list[ItemRow]],
        outcome: type[Event],
        reason: str,
        *,
        stored: bool = False,
    ) -> None:
        """Have the lines hear it; of a copy that did not arrive, what it is the copy of may fail with it."""
        original = self._originals.get(row.copy_of or "")
        self._told_of.add(row, items, outcome, reason, stored=stored, original=original)

    def _take_back(
        self,
        rows: Mapping[str, MessageRow],
        items: Mapping[str, list[ItemRow]],
        phases: Mapping[str, str],
    ) -> None:
        """What its lines took back while it was on its way waits no longer where it came back unsent.

        rows: the messages that were tried and not sent. Where somebody holds a line, the door sees to it
        later.
        """
        free = {
            id: row for id, row in rows.items() if {item.backorder for item in items[id]} <= phases.keys()
        }
        recalled = recalled_items(self._connection, free.keys())
        for id, row in free.items():
            found = [(item, RECALLED) for item in items[id] if (item.backorder, item.step) in recalled]
            if found:
                whole = len(found) == len(items[id])
                self._refused(row, Refused(message=id, person=row.person, items=tuple(found), whole=whole))

    # --- what cannot be said

    def _set_aside(
        self,
        failure: Failure,
        row: MessageRow,
        items: Mapping[str, list[ItemRow]],
        phases: Mapping[str, str],
    ) -> None:
        """Leave a message alone for a while; or the one line of it that is to blame, by itself."""
        lines = {item.backorder for item in items[row.id]}
        if not failure.backorder or lines == {failure.backorder}:
            put_message_aside(self._connection, failure)
        elif row.state != "planned" or (row.person.startswith("customer/") and not lines <= phases.keys()):
            # Whoever holds a line may say it anew, and is not waited for.
            self._context.left.leave(row.id, row.version, self._context.now)
        elif failure.backorder in lines:
            own = take_out(self._connection, row, failure.backorder)
            put_message_aside(self._connection, replace(failure, subject=f"message/{own}"))

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
        taken = self._claim(message, row, phases)
        if isinstance(taken, Refused):
            self._refused(row, taken)
        elif isinstance(taken, Unsendable):
            sent = Sent(outcome="permanent", code="no_channel", reason=taken.reason)
            outcome = self._outcomes.sent(row, taken, sent, kept=False)
            if outcome is not None:
                self._hear(row, items, outcome, taken.reason)
        elif isinstance(taken, Stored):
            self._told_of.add(row, items, MessageSent, "", stored=True)
            self._copies += [(row, taken.also)] if taken.also else []
        elif isinstance(taken, Doubtful) and taken.outgoing.channel in self._context.stored:
            looked_up = self._context.stored[taken.outgoing.channel].find(taken.outgoing, taken.since)
            self._record(Done(taken=taken, looked_up=looked_up), row, items, stored=True)
            return Stored(message=row.id, person=row.person, channel=taken.outgoing.channel)
        return taken

    def _claim(self, message: Prepared, row: MessageRow, phases: Mapping[str, str]) -> Taken | None:
        """Take it, unless it names digits that another question to the same number has by now."""
        if self._digits.are_overtaken(message):
            return Reworded(message=row.id, person=row.person)
        taken = self._claims.take(message, row, phases)
        if _goes_by_text(taken):
            self._digits.note(message)
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


def _goes_by_text(taken: Taken | None) -> bool:
    """Whether a message was claimed to go by text."""
    match taken:
        case Claimed():
            return taken.outgoing.channel == "sms"
        case Stored():
            return taken.channel == "sms"
        case _:
            return False
