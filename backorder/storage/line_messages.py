"""What one line says: its messages and promises, written inside the transaction that reviews it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    UpdateBase,
    bindparam,
    case,
    insert,
    or_,
    select,
    update,
)

from backorder.domain.gathering import goes_at, notice_goes_at
from backorder.domain.keys import joined
from backorder.domain.line.commands import HoldBack, SecondWay, Tell, Verdict, Withdraw
from backorder.domain.line.decision_builder import HELD, goes_in_a_hold
from backorder.domain.line.events import (
    Event,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    NoticeGiven,
    SendNowRequested,
)
from backorder.domain.line.message_keys import is_resend
from backorder.domain.line.split_shipments import key_of_split
from backorder.domain.line.state import State, Window
from backorder.domain.line.told_promises import may_follow_restored, number_of_restored, told_by
from backorder.domain.line.untold import told_since
from backorder.domain.notifications import COMMERCIAL_KINDS, KINDS, LEGAL_KINDS, Kind
from backorder.domain.quiet_hours import NIGHT
from backorder.domain.suppression import covered
from backorder.errors import UnreadableError
from backorder.storage import acknowledgements, dispatchers, isolation, suppressions
from backorder.storage.arrivals import told_of
from backorder.storage.codec import dump_facts, dump_window, load_arrivals, load_facts
from backorder.storage.compiled import change, first
from backorder.storage.complaint_tasks import kind_now
from backorder.storage.line_case import NOT_GONE, LineCase
from backorder.storage.line_chain import LineChain
from backorder.storage.message_of_step import OF_MESSAGE
from backorder.storage.policies import PolicyRepository
from backorder.storage.second_way import plan_copy
from backorder.storage.tables import message_items, messages, promises, tasks

_OTHERS = (
    select(message_items.c.step)
    .where(
        message_items.c.message == bindparam("message"),
        or_(message_items.c.backorder != bindparam("id"), message_items.c.step != bindparam("step")),
    )
    .limit(1)
)
_WAITING = (
    select(message_items.c.step, messages.c.reason)
    .join(messages, messages.c.id == message_items.c.message)
    .where(message_items.c.backorder == bindparam("id"), messages.c.state == "planned")
    .where(messages.c.copy_of.is_(None))
    .order_by(messages.c.id)
)
_WAITS = (
    select(
        message_items.c.step,
        message_items.c.facts,
        *(messages.c[name] for name in ("kind", "reason", "fallback_at")),
    )
    .join(messages, messages.c.id == message_items.c.message)
    .where(message_items.c.backorder == bindparam("id"), messages.c.state == "planned")
    .order_by(messages.c.id)
)
_CHANGED = update(messages).where(messages.c.id == bindparam("_id")).values(version=messages.c.version + 1)
_TAKE_BACK = (
    update(messages)
    .where(messages.c.id == bindparam("_id"), messages.c.state.in_(("planned", "failed")))
    .values(state="withdrawn", version=messages.c.version + 1)
    .values(reason=case((messages.c.state == "planned", None), else_=messages.c.reason))
)
"""What it waited for is no reason any more; why it failed is."""
_PLAN, _PLAN_ITEM = insert(messages), insert(message_items)
_KEPT = select(promises.c.evidence, promises.c.message).where(
    promises.c.backorder == bindparam("id"), promises.c.revision == bindparam("revision")
)
_KEEP = insert(promises)
_TOLD = (
    update(tasks)
    .where(tasks.c.subject == bindparam("_line"), kind_now == bindparam("_kind"))
    .where(tasks.c.done_at.is_(None))
    .values(done_at=bindparam("done_at"))
)


class LineMessages(LineCase):
    """The part of a line's record that is said to its customer; see `backorder.storage.lines.LineRecord`."""

    def __init__(
        self, connection: Connection, policies: PolicyRepository, backorder: str, *, lock: bool
    ) -> None:
        super().__init__(connection, policies, backorder, lock=lock)
        self._chain = LineChain(connection, backorder, self._row)
        self._due: dict[int, datetime] = {}
        self._lines: set[str] = set()
        self._has_to_look = False
        self._events: dict[str, str] = {}

    def _write(self, statement: UpdateBase, row: dict[str, object] | None = None) -> None:
        """Write to one table."""
        if row is None:
            self._connection.execute(statement)
        else:
            change(self._connection, statement, row)

    def _tell(self, command: Tell, at: datetime, *, priority: int) -> None:
        person = joined("customer", self._row.customer)
        shard = dispatchers.shard_of(self._connection, person)
        not_before = self._goes_at(command, at)
        self._due[shard] = min(not_before, self._due.get(shard, not_before))
        item: dict[str, object] = {
            "facts": dump_facts(command.facts),
            "revision": command.revision,
            "window": dump_window(command.window) if command.window else None,
            "evidence": told_of(self._demand),
        }
        planned: dict[str, object] = {
            "kind": command.kind.value,
            "state": "planned",
            "not_before": not_before,
        }
        planned |= self._way(command, not_before) | {"shard": shard, "priority": priority}
        planned |= self._awaited(command)
        known = self._item(command.key)
        if known is None:
            message = secrets.token_hex(12)
            self._write(_PLAN, planned | {"id": message, "person": person, "created_at": at})
            item |= {"backorder": self._id, "step": command.key, "message": message}
            self._write(_PLAN_ITEM, item)
        elif known.state in NOT_GONE:
            if self._is_shared(known.message, command.key):
                row = planned | {"person": person, "created_at": at}
                self._take_out(known.message, command.key, row, item)
            else:
                again = planned | {"try_at": None, "other_try_at": None, "looks": 0, "absences": 0}
                again |= {"recorded_at": None, "done_at": None, "version": messages.c.version + 1}
                self._write(update(messages).where(messages.c.id == known.message).values(again))
                self._write(update(message_items).where(self._of_step(command.key)).values(item))
            del self._items[command.key]

    def _goes_at(self, command: Tell, at: datetime) -> datetime:
        """When it goes at the earliest, so that the lines of an order have one message.

        What a person asked for once more waits for nothing.
        """
        if is_resend(command.key):
            return command.not_before
        rules, calendar = self._policy.updates, self._policy.calendar
        goes = goes_at(command.kind, command.not_before, rules.gather)
        return notice_goes_at(command.kind, goes, at, rules, calendar)

    def _awaited(self, command: Tell) -> dict[str, object]:
        """The event that has to be acknowledged before it may go, where anybody is to acknowledge it."""
        event = self._events.get(command.awaits)
        if event is None or not acknowledgements.is_expected(self._connection, f"backorder.{command.awaits}"):
            hold = self._state.hold
            held = hold is not None and command.not_before == hold.until
            return {"awaits": None, "reason": HELD if held else None}
        return {"awaits": event, "reason": acknowledgements.WAITS}

    def _of_step(self, step: str) -> ColumnElement[bool]:
        return (message_items.c.backorder == self._id) & (message_items.c.step == step)

    def _is_shared(self, message: str, step: str) -> bool:
        """Whether a message, which is locked, speaks for others too."""
        values = {"message": message, "id": self._id, "step": step}
        return first(self._connection, _OTHERS, values) is not None

    def _take_out(self, message: str, step: str, row: dict[str, object], item: dict[str, object]) -> None:
        """Give a step a message of its own, so that what it shared goes on without it.

        row: of the message that it gets; item: what changes of the step.
        """
        own = secrets.token_hex(12)
        self._write(_PLAN, row | {"id": own})
        self._write(update(message_items).where(self._of_step(step)).values(item | {"message": own}))
        self._write(_CHANGED, {"_id": message})

    def _go_anew(self, at: datetime) -> None:
        """By which way, when and together with whom that goes which waits is found out anew."""
        for row in self._connection.execute(_WAITING, {"id": self._id}).all():
            item = self._item(row.step)
            if item is None or item.state != "planned":
                continue
            way: dict[str, object] = {"channel": item.channel if Kind(item.kind) in LEGAL_KINDS else None}
            goes = min(at, item.not_before) if row.reason == NIGHT else item.not_before
            way["not_before"] = goes
            if self._is_shared(item.message, row.step):
                own = {name: getattr(item, name) for name in OF_MESSAGE} | {"state": "planned"}
                self._take_out(item.message, row.step, own | way, {})
            else:
                way |= {"fallback_at": None, "other_try_at": None}
                self._write(_CHANGED.values(way), {"_id": item.message})
            self._due[item.shard] = min(goes, self._due.get(item.shard, goes))
            del self._items[row.step]

    def _hold_back(self, command: HoldBack) -> None:
        """What waits goes when a hold is over; what waited for the end of another hold, by this one's."""
        for row in self._connection.execute(_WAITS, {"id": self._id}).all():
            item = self._item(row.step)
            if item is None or item.state != "planned" or _goes_in_a_hold(row.kind, row.facts):
                continue
            goes = command.until if row.reason == HELD else command.goes(item.not_before)
            if goes == item.not_before:
                continue
            held: dict[str, object] = {"not_before": goes, "reason": HELD}
            if self._is_shared(item.message, row.step):
                own = {name: getattr(item, name) for name in OF_MESSAGE} | {"state": "planned"}
                self._take_out(item.message, row.step, own | held, {})
            else:
                if isolation.known(row.fallback_at) is not None:
                    held["fallback_at"] = goes + self._policy.updates.fallback_after
                self._write(_CHANGED.values(held), {"_id": item.message})
            self._due[item.shard] = min(goes, self._due.get(item.shard, goes))
            del self._items[row.step]

    def _second_way(self, command: SecondWay, at: datetime) -> None:
        """What has gone goes by another open way too, once."""
        item, row = self._item(command.key), self._row
        if item is None or item.state != "sent":
            return
        ways = {"email": row.customer_email, "sms": row.customer_phone}
        legal = Kind(item.kind) in LEGAL_KINDS
        others = {way: ways[way] for way in self._reached(legal=legal) if way != item.channel}
        listed = suppressions.listed(self._connection, list(others.items()))
        open_ = [each for each in others.items() if not covered(listed.get(each, ()), commercial=False)]
        if open_ and plan_copy(self._connection, item.message, item, open_[0][0], at):
            self._due[item.shard] = min(at, self._due.get(item.shard, at))

    def _way(self, command: Tell, not_before: datetime) -> dict[str, object]:
        """By which channel it goes first, and from when on another one may carry it."""
        legal, commercial = command.kind in LEGAL_KINDS, command.kind in COMMERCIAL_KINDS
        ways = self.promotes_by() if commercial else self._reached(legal=legal)
        ways = tuple(sorted(ways, key=lambda way: way != command.channel))
        waits = timedelta(0) if command.kind in LEGAL_KINDS else self._policy.updates.fallback_after
        return {
            "channel": ways[0] if ways else None,
            "fallback_at": not_before + waits if len(ways) > 1 else None,
        }

    def _withdraw(self, command: Withdraw) -> None:
        item = self._item(command.key)
        if item is None:
            return
        if item.state in ("planned", "failed") and self._is_shared(item.message, command.key):
            row = {name: getattr(item, name) for name in OF_MESSAGE} | {"state": "withdrawn"}
            self._take_out(item.message, command.key, row, {})
        else:
            self._write(_TAKE_BACK, {"_id": item.message})
            isolation.clear(self._connection, f"message/{item.message}")
        del self._items[command.key]

    def _keep_what_stands(self, event: Event, verdict: Verdict, before: State) -> None:
        """What the customer was promised, or what stands again in the place of it; and that nobody has to
        tell them any more what was told them since.

        before: the state without the event.
        """
        if verdict is not Verdict.REJECTED:
            for kind in told_since(event, self._state):
                self._write(_TOLD, {"_line": self._id, "_kind": kind, "done_at": event.at})
        if self._state.promise == before.promise:
            return
        if isinstance(event, MessageSent):
            self._keep_promise(event.key, before)
        elif isinstance(event, NoticeGiven):
            self._keep_promise("", before)
        elif isinstance(event, SendNowRequested):
            self._keep_split(event, before)
        elif isinstance(event, MessageFailed | MessageNotSent):
            self._keep_restored(event, before)

    def _keep_split(self, event: SendNowRequested, before: State) -> None:
        """What the customer was told of the parts that they asked for; see `send_now_requested`."""
        stands, stood = self._state.promise, before.promise
        if stands is not None and stood is not None and stands.revision != stood.revision:
            self._keep_promise(key_of_split(event), before)

    def _keep_promise(self, key: str, before: State) -> None:
        """What the customer was promised by the message of a step; "" for a call or a letter."""
        promise = self._state.promise
        if promise is None:
            return
        if load_arrivals(self._demand.arrivals) != self._state.arrivals:
            # A drift that was worth no look may be one against what was told; others have their look coming.
            self._has_to_look = self._demand.supply_version <= self._demand.acknowledged
            self._lines.add(self._id)
        known = self._item(key) if key else None
        row = {
            "backorder": self._id,
            "revision": self._free_number(promise.revision, before),
            "likely": promise.window.likely,
            "by": promise.window.by,
            "parts": dump_window(promise.window),
            "evidence": known.evidence if known else "[]" if key else told_of(self._demand),
            "told_at": promise.told_at,
            "message": known.message if known else None,
            "takes_back": None,
        }
        self._write(_KEEP, self._chain.promise(row))

    def _free_number(self, revision: int, before: State) -> int:
        """The number of a promise's row. revision: its own.

        A version before kept what stood again under the number of what was planned by the same decision: both
        are bound by now, and the number left free is the one before.
        """
        if not may_follow_restored(before, revision):
            return revision
        taken = first(self._connection, _KEPT, {"id": self._id, "revision": revision})
        return revision if taken is None else revision - 1

    def _keep_restored(self, event: MessageFailed | MessageNotSent, before: State) -> None:
        """What stands again, or nothing, in the place of a promise that did not arrive."""
        promise, source = self._state.promise, None
        if promise is not None:
            wanted = {"id": self._id, "revision": self._state.told[-1].promise.revision}
            source = first(self._connection, _KEPT, wanted)
        row = {
            "backorder": self._id,
            "revision": number_of_restored(before),
            "likely": promise.window.likely if promise else None,
            "by": promise.by if promise else None,
            "parts": dump_window(promise.window if promise else Window(likely=None, by=None)),
            "evidence": source.evidence if source else "[]",
            "told_at": promise.told_at if promise else event.at,
            "message": source.message if source else None,
            "takes_back": event.revision or told_by(before, event.key),
        }
        self._write(_KEEP, self._chain.promise(row))


def _goes_in_a_hold(kind: str, facts: str) -> bool:
    """See `goes_in_a_hold`. What this version cannot read is left as it is."""
    if kind not in KINDS:
        return True
    try:
        return goes_in_a_hold(Kind(kind), load_facts(facts))
    except (UnreadableError, ValueError, KeyError, TypeError):
        return True
