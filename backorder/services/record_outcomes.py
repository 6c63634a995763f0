"""What became of a message: from a provider's answer, or from a look-up, to rows and to what lines hear."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, func, insert, select, update

from backorder.domain import channels as rules
from backorder.domain.delivery_reports import Delivery, ReportedState
from backorder.domain.keys import joined, parts
from backorder.domain.line.events import Event, MessageFailed, MessageNotSent, MessageSent, MessageUnknown
from backorder.domain.message_look_ups import (
    ASKED_AGAIN,
    BETWEEN_LOOKS,
    HELD_FOR,
    LOOK_UPS_AT_MOST,
    LOOKED_FOR,
    SENDS_AT_MOST,
    TWICE,
)
from backorder.domain.notifications import LEGAL_KINDS, PROMISE_KINDS, SUPPLIER_KINDS, Facts
from backorder.ports import Claimed, Doubtful, LookedUp, Outgoing, Sent, Unsendable
from backorder.services.channel_breakers import ChannelBreakers
from backorder.services.delays import Delays
from backorder.services.message_routes import Address, Addressing
from backorder.services.message_tries import tries_after, tries_by
from backorder.services.untold_notices import have_told, reason_known, told_after_all
from backorder.storage import channels, tasks
from backorder.storage.codec import load_facts
from backorder.storage.isolation import Apart, Failure, known
from backorder.storage.message_of_step import OF_MESSAGE
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import message_items, messages, sends
from backorder.storage.told_by_hand import told_by_hand
from backorder.storage.unapplied_outcomes import came_back, event_of

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow, SendRow


_SEND_STATES = {"accepted": "sent", "transient": "planned", "permanent": "failed", "unknown": "unknown"}
_RECORD_SEND = (
    update(sends)
    .where(
        sends.c.id == bindparam("_id"),
        sends.c.attempt == bindparam("_attempt"),
        sends.c.state.in_(("claimed", "unknown")),
    )
    .values({name: bindparam(name) for name in ("state", "provider_id", "code", "reason", "recorded_at")})
)
_ARRIVED_LATE = (
    update(sends)
    .where(sends.c.id == bindparam("_id"), sends.c.state.in_(("claimed", "unknown", "lost")))
    .values({name: bindparam(name) for name in ("provider_id", "recorded_at")} | {"state": "sent"})
)
_HAS_ARRIVED = (
    select(sends.c.id).where(sends.c.message == bindparam("message"), sends.c.state == "sent").limit(1)
)
_ITEMS = select(message_items).where(message_items.c.message == bindparam("message"))
_LOST_WAYS = select(sends.c.channel).where(sends.c.message == bindparam("message"), sends.c.state == "lost")
_LOST = select(func.count()).where(sends.c.message == bindparam("message"), sends.c.state == "lost")

_ANEW: Mapping[str, object] = MappingProxyType(
    {"state": "planned", "recorded_at": None, "done_at": None, "looks": 0, "absences": 0}
)
"""What a message is that goes once more, though it may have counted as sent."""
BLOCKED = "blocked"
"""The state of a send that did not arrive for now, whose address is tried once more."""
GIVEN_BACK = "refused"
"""The state of a send that the provider took and then gave back, for the shop's own account or for want of
room: its message goes again, as often as it takes.
"""
LATER = timedelta(minutes=30)
"""Machine time after which a message whose only way was blocked is tried once more."""


class Settling:
    """One transaction's outcomes, and what it goes by. at: the business instant; now: the machine's.

    breakers: what they say of the channels, which are locked before any outcome is written down.
    """

    def __init__(
        self,
        connection: Connection,
        policies: PolicyRepository,
        addressing: Addressing,
        delays: Delays,
        *,
        at: datetime,
        now: datetime,
    ) -> None:
        self.connection = connection
        self.policies = policies
        self._addressing = addressing
        self.delays = delays
        self.at = at
        self.now = now
        self.failures: list[Failure] = []
        self.breakers = ChannelBreakers(connection, delays, at=at, now=now)

    def sent(
        self, row: MessageRow, taken: Claimed | Unsendable, sent: Sent, *, kept: bool
    ) -> type[Event] | None:
        """Write down what became of an attempt. Returns what the lines hear, None for nothing.

        row: the message, locked. kept: its channel stays in the database.
        """
        if isinstance(taken, Unsendable):
            return self._failed(row, sent.reason) if row.state == "planned" else None
        again = row.state == "unknown" and sent.outcome == "unknown"
        if again or row.state not in ("claimed", "unknown") or not self._note(taken, sent):
            return self._late(row, taken.outgoing, sent.provider_id) if sent.outcome == "accepted" else None
        channel_state = rules.ChannelState() if kept else self.breakers.tried(taken.outgoing.channel, sent)
        if sent.outcome == "accepted":
            return self._over(row, "sent", None, MessageSent)
        if taken.attempt > 1 and self._has_arrived(row):
            return self._over(row, "sent", None, MessageSent)
        if sent.outcome == "permanent":
            return self._refused(row, sent)
        if sent.outcome == "unknown":
            waits = self.now + max(self.delays.settling, timedelta(seconds=sent.retry_after or 0))
            self._update(row, state="unknown", try_at=waits, looks=0, absences=0, reason=sent.reason)
            return None
        waits = self.now + rules.rest(taken.attempt, sent.retry_after, self.delays.first_rest)
        if channel_state.probe_at is not None:
            asked = timedelta(seconds=sent.retry_after or 0)
            waits = max(channel_state.probe_at, self.now + asked)
        self._update(row, state="planned", try_at=waits, reason=sent.reason)
        return None

    def looked_up(self, row: MessageRow, taken: Doubtful, looked_up: LookedUp) -> type[Event] | None:
        """Write down what a look-up found. Returns what the lines hear, None for nothing."""
        is_found = looked_up.sighting == "found"
        if row.state != "unknown":
            return self._late(row, taken.outgoing, looked_up.provider_id) if is_found else None
        if is_found:
            self._record_send(taken.outgoing, "sent", looked_up.provider_id, None)
            self.breakers.found(taken.outgoing.channel)
            return self._over(row, "sent", None, MessageSent)
        if looked_up.sighting == "never":
            return self._not_processed(row, taken.outgoing, looked_up.reason, certain=True)
        before, absent, waited = known(row.looks) or 0, known(row.absences) or 0, self.now - taken.since
        absences = absent + (looked_up.sighting == "absent")
        if absences >= TWICE or waited >= LOOKED_FOR:
            return self._not_processed(row, taken.outgoing, looked_up.reason, certain=absences >= TWICE)
        pause, looks = self.delays.settling, before + 1
        if looked_up.sighting == "failed":
            pause = max(pause, min(waited / 4, BETWEEN_LOOKS))
            looks = self._failed_looks(taken.outgoing.channel, before, waited)
        self._update(row, try_at=self.now + pause, looks=looks, absences=absences, reason=looked_up.reason)
        enough = absences > 0 or looks >= LOOK_UPS_AT_MOST
        if not enough or absent > 0 or before >= LOOK_UPS_AT_MOST:
            return None
        if row.kind in LEGAL_KINDS and row.copy_of is None:
            self._goes_another_way(row, taken.outgoing, looked_up.reason)
        return MessageUnknown

    def _goes_another_way(self, row: MessageRow, outgoing: Outgoing, why: str) -> None:
        """A legal notice that nobody found: by the next channel, or by a person where none is left.

        Where its line tells what it promises anew, that message takes the next channel.
        """
        way = self._untried(row, outgoing)
        if way is None:
            have_told(self.connection, row, why, self.at)
        elif not self._is_told_anew(row):
            self._record_send(outgoing, "lost", "", why)
            self._update(row, **{**_ANEW, **tries_after(row, way.channel), "reason": why})

    def _failed_looks(self, channel: str, before: int, waited: timedelta) -> int:
        """How many look-ups count after another one that failed. before: how many did until now."""
        if waited < ASKED_AGAIN * self.delays.settling:
            return before  # a provider that is away for a moment says nothing about the message
        away = waited < HELD_FOR and channels.state_of(self.connection, channel).paused
        return max(before, 1) if away else before + 1

    def refused(self, row: MessageRow, reason: str) -> type[Event]:
        """The door did not let a message through: its line decides what to say instead."""
        return self._over(row, "withdrawn", reason, MessageNotSent)

    def taken_out(self, row: MessageRow, item: ItemRow, reason: str) -> type[Event]:
        """The door did not let one line of a message through: the others go on without it."""
        own = secrets.token_hex(12)
        values = {name: getattr(row, name) for name in OF_MESSAGE}
        values |= {"id": own, "state": "withdrawn", "reason": reason}
        values |= {"recorded_at": self.now, "done_at": self.at}
        self.connection.execute(insert(messages), values)
        mine = (message_items.c.backorder == item.backorder) & (message_items.c.step == item.step)
        self.connection.execute(update(message_items).where(mine).values(message=own))
        self._update(row, version=messages.c.version + 1)
        return MessageNotSent

    def reported(
        self,
        row: MessageRow,
        send: SendRow,
        found: ReportedState,
        *,
        before: ReportedState,
        copies: Sequence[MessageRow] = (),
        wait: float | None = None,
    ) -> type[Event] | None:
        """Write down where a send stands by what its provider reported, unless it is known to stand there.

        row, copies: the message, and what goes by a second way for it; all of them locked. before: where it
        stood by what was reported earlier. wait: seconds after which it may go again, None where nothing says
        so. Returns what the lines hear, None for nothing.
        """
        if found.state is not Delivery.BOUNCED:
            return self._arrived(row, send)
        decided = send.state in ("failed", BLOCKED, GIVEN_BACK)
        if decided and (before.state is not Delivery.BOUNCED or found.asks_the_same(before)):
            self._better_known(row, send, found)
            return None
        waits = self._until_it_is_taken(send, found, wait)
        if send.state == "failed" and not (found.passes and self._may_go_again(row, send, waits)):
            self._better_known(row, send, found)
            return None
        self._fail_send(send, GIVEN_BACK if waits else "failed", found)
        # It waits, or was given up, because of this very send, of which more is known by now.
        anew = decided and row.state in ("planned", "failed")
        if (row.state not in ("claimed", "unknown", "sent") and not anew) or not self._carries(row, send):
            return None  # it goes on by another try, or is over for another reason
        if row.state != "sent" and self._has_arrived(row):
            return self._over(row, "sent", None, MessageSent)
        if any(each.state in ("claimed", "unknown", "sent") for each in copies):
            return None  # it is said by the second way
        for each in copies:
            self.refused(each, "what it is the copy of takes its way")
        return self._goes_again(row, send, found, waits)

    def _better_known(self, row: MessageRow, send: SendRow, found: ReportedState) -> None:
        """What became of a send stays as it is; only why is known better by now."""
        self._fail_send(send, send.state, found)
        given_up = row.state == "failed" and row.reason == send.reason
        if (row.state == "planned" or given_up) and self._is_last(row, send):
            self._update(row, reason=found.reason)
        if given_up:
            reason_known(self.connection, row, found.reason)
            for key, _, _ in self._supplier_tasks(row):
                tasks.amend(self.connection, key, {"why": found.reason})

    def _may_go_again(self, row: MessageRow, send: SendRow, waits: Mapping[str, object]) -> bool:
        """Whether a message whose send counted as failed for good can wait for that way after all.

        waits: what it would wait for; empty where it is tried once more on its only way. Nothing has gone
        instead of it, neither by another way nor in another message, and no person has told another day. A
        copy waits as long as what it is the copy of has arrived: what failed with it stays failed.
        """
        if row.state not in ("planned", "failed") or not self._is_last(row, send):
            return False
        if not waits and (not self._is_the_first_block(row) or self._ways_left(row)):
            return False
        if row.state == "planned":
            return True
        if row.copy_of is not None:
            return self.connection.execute(_HAS_ARRIVED, {"message": row.copy_of}).first() is not None
        return not self._is_followed(row) and not self._is_told_by_hand(row)

    def _goes_again(
        self, row: MessageRow, send: SendRow, found: ReportedState, waits: Mapping[str, object]
    ) -> type[Event] | None:
        """A send failed after all: the message waits to be tried again, takes its next way, or has failed."""
        later = found.passes and self._is_the_first_block(row)
        if not waits and later and not self._ways_left(row):
            self._fail_send(send, BLOCKED, found)
            waits = {"try_at": self.now + LATER, "reason": found.reason}
        if not waits:
            refused = Sent(outcome="permanent", code=found.code, reason=found.reason)
            outcome = self._refused(row, refused)
            if outcome is not None and row.channel is None:  # it had left that way, and there is no other
                self._update(row, channel=send.channel)
            return outcome
        way = tries_by(row, send.channel) | {"channel": send.channel}
        self._update(row, version=messages.c.version + 1, **{**_ANEW, **way, **waits})
        if row.state != "failed":
            return None
        if row.kind in LEGAL_KINDS:
            told_after_all(self.connection, row, self.at)
        for key, _, _ in self._supplier_tasks(row):
            tasks.finish(self.connection, key, self.at)
        return MessageSent  # a provider had it, and what it says counts again until it is given up

    def copy_failed(self, row: MessageRow, reason: str) -> type[Event] | None:
        """The second way failed too: what counted as said because of it was not. There is no third one.

        row: of what it was the copy, locked. Returns what its lines hear, None for nothing.
        """
        return None if row.state != "sent" or self._has_arrived(row) else self._failed(row, reason)

    def event(
        self, kind: type[Event], item: ItemRow, row: MessageRow, reason: str, *, delivered: bool
    ) -> Event:
        """What a line hears. delivered: nothing more is heard of its arrival."""
        failed, again = row.state == "failed", None
        # A date that did not fail did not come back; an answer that did is said anew under its own key.
        if kind is MessageSent and (failed or item.revision is None):
            again = came_back(self.connection, item, row.kind, failed=failed)
        return event_of(
            kind,
            item,
            row.kind,
            self.policies.calendar,
            at=self.at,
            reason=reason,
            delivered=delivered,
            again=again,
        )

    def lost(self, row: MessageRow) -> None:
        """A claim whose holder died: nobody knows whether it was handed over."""
        gone = (sends.c.message == row.id) & (sends.c.state == "claimed")
        self.connection.execute(update(sends).where(gone).values(state="unknown"))
        reason = "The worker that was sending it is gone."
        waits = self.now + self.delays.settling
        self._update(row, state="unknown", try_at=waits, looks=0, absences=0, reason=reason)

    # --- steps

    def _late(self, row: MessageRow, outgoing: Outgoing, provider_id: str) -> type[Event] | None:
        """An earlier try did arrive, though the message was given up or went on: nothing more goes for it.

        What is under way by another channel cannot be called back.
        """
        values = {"_id": outgoing.id, "provider_id": provider_id or None, "recorded_at": self.now}
        late = self.connection.execute(_ARRIVED_LATE, values).rowcount > 0
        if not late or row.state in ("claimed", "sent"):
            return None
        return self._over(row, "sent", None, MessageSent)

    def _arrived(self, row: MessageRow, send: SendRow) -> type[Event] | None:
        """A provider reports on a send, so it has it, whatever its answer was or may still be."""
        values = {"_id": send.id, "provider_id": send.provider_id, "recorded_at": self.now}
        late = self.connection.execute(_ARRIVED_LATE, values).rowcount > 0
        if not late or row.state == "sent" or (row.state == "claimed" and not self._is_last(row, send)):
            return None
        return self._over(row, "sent", None, MessageSent)

    def _carries(self, row: MessageRow, send: SendRow) -> bool:
        """Whether a send that failed was the one on which its message counts as sent, or is on its way."""
        return not self._has_arrived(row) if row.state == "sent" else self._is_last(row, send)

    def _is_last(self, row: MessageRow, send: SendRow) -> bool:
        newest = select(sends.c.id).where(sends.c.message == row.id)
        newest = newest.order_by(sends.c.attempt.desc(), sends.c.claimed_at.desc()).limit(1)
        return bool(self.connection.execute(newest).scalar_one() == send.id)

    def _is_the_first_block(self, row: MessageRow) -> bool:
        blocked = select(sends.c.id).where(sends.c.message == row.id, sends.c.state == BLOCKED).limit(1)
        return self.connection.execute(blocked).first() is None

    def _ways_left(self, row: MessageRow) -> bool:
        with self._apart(row):
            return bool(self._addressing.ways(self.connection, row))
        return True  # what cannot be read goes on as it would otherwise

    def _until_it_is_taken(
        self, send: SendRow, found: ReportedState, wait: float | None
    ) -> Mapping[str, object]:
        """What a message waits for whose provider took it and then gave it back; empty where it does not."""
        if found.busy:
            rest = rules.rest(send.attempt, wait, self.delays.first_rest)
            return {"try_at": self.now + rest, "reason": found.reason}
        if not found.account:
            return {}
        refused = Sent(outcome="transient", code=found.code, reason=found.reason, account=True)
        probe_at = self.breakers.tried(send.channel, refused, later=True).probe_at
        waits = probe_at or self.now + rules.rest(send.attempt, None, self.delays.first_rest)
        return {"try_at": waits, "reason": found.reason}

    def _fail_send(self, send: SendRow, state: str, found: ReportedState) -> None:
        values = {"state": state, "code": found.code or None, "reason": found.reason}
        mine = sends.c.id == send.id
        self.connection.execute(update(sends).where(mine).values(values | {"recorded_at": self.now}))

    def _has_arrived(self, row: MessageRow) -> bool:
        """Whether another try of the message turned out to have arrived."""
        return self.connection.execute(_HAS_ARRIVED, {"message": row.id}).first() is not None

    def _refused(self, row: MessageRow, sent: Sent) -> type[Event] | None:
        """The provider will never take it: the next channel, or nobody."""
        ways: tuple[Address, ...] = ()
        failed = len(self.failures)
        with self._apart(row):
            ways = self._addressing.ways(self.connection, row)
        if len(self.failures) > failed:  # who is to have it is found out when it is claimed again
            self._update(row, **{**_ANEW, "try_at": None, "reason": sent.reason})
            return None
        if ways and row.kind not in SUPPLIER_KINDS:
            goes = tries_after(row, ways[0].channel)
            self._update(row, **{**_ANEW, **goes, "reason": sent.reason})
            return None
        return self._failed(row, sent.reason)

    def _not_processed(
        self, row: MessageRow, outgoing: Outgoing, why: str, *, certain: bool
    ) -> type[Event] | None:
        """The provider does not have it. A promise is told anew by its line; others go once more."""
        self._record_send(outgoing, "lost", "", why)
        lost = self.connection.execute(_LOST, {"message": row.id}).scalar_one()
        again = certain and row.kind not in PROMISE_KINDS and lost < SENDS_AT_MOST
        if again and not self._overtaken(row):
            self._update(row, state="planned", try_at=None, looks=0, absences=0, reason=why)
            return None
        if row.kind in SUPPLIER_KINDS:
            with self._apart(row):
                self._have_called(row, why)
        return self._over(row, "withdrawn", why, MessageNotSent)

    def _apart(self, row: MessageRow) -> Apart:
        return Apart(self.failures, f"message/{row.id}", connection=self.connection)

    def _overtaken(self, row: MessageRow) -> bool:
        """Whether something later was said about one of its lines."""
        return self._is_followed(row, ("sent",))

    def _is_followed(
        self, row: MessageRow, states: Sequence[str] = ("planned", "claimed", "unknown", "sent")
    ) -> bool:
        """Whether a later message speaks for one of its lines. states: where that one stands."""
        mine = select(message_items.c.backorder).where(message_items.c.message == row.id)
        later = (
            select(messages.c.id)
            .join(message_items, message_items.c.message == messages.c.id)
            .where(
                message_items.c.backorder.in_(mine),
                messages.c.number > row.number,
                messages.c.state.in_(states),
                messages.c.copy_of.is_(None),
            )
            .limit(1)
        )
        return self.connection.execute(later).first() is not None

    def _is_told_by_hand(self, row: MessageRow) -> bool:
        """Whether a person has told another day since a message with a day was planned."""
        items = self.connection.execute(_ITEMS, {"message": row.id}).all()
        with self._apart(row):
            return bool(told_by_hand(self.connection, row, items))
        return False  # the door puts aside what cannot be read

    def _failed(self, row: MessageRow, reason: str) -> type[Event]:
        """No channel carries it. What the law wants told, a person tells on the same day."""
        if row.kind in SUPPLIER_KINDS:
            with self._apart(row):
                self._have_called(row, reason)
        if row.kind in LEGAL_KINDS and row.copy_of is None:
            have_told(self.connection, row, reason, self.at)
        return self._over(row, "failed", reason, MessageFailed)

    def _untried(self, row: MessageRow, outgoing: Outgoing) -> Address | None:
        """By which other channel a message can go that was not lost on it yet."""
        lost = {each.channel for each in self.connection.execute(_LOST_WAYS, {"message": row.id})}
        with self._apart(row):
            ways = self._addressing.ways(self.connection, row)
            return next((way for way in ways if way.channel not in {*lost, outgoing.channel}), None)
        return None

    def _is_told_anew(self, row: MessageRow) -> bool:
        """Whether it puts a promise into words; what is said once more does not."""
        items = self.connection.execute(_ITEMS, {"message": row.id})
        return row.kind in PROMISE_KINDS and any(known(item.revision) is not None for item in items)

    def _over(self, row: MessageRow, state: str, reason: str | None, outcome: type[Event]) -> type[Event]:
        values = {"recorded_at": self.now, "done_at": self.at, "try_at": None}
        if state == "sent" and row.kind in LEGAL_KINDS:
            told_after_all(self.connection, row, self.at)
        self._update(row, state=state, reason=reason, **values)
        return outcome

    def _update(self, row: MessageRow, **values: object) -> None:
        self.connection.execute(update(messages).where(messages.c.id == row.id).values(values))

    def _note(self, taken: Claimed, sent: Sent) -> bool:
        """Write down what became of an attempt. False if that was written down before."""
        values = {
            "_id": taken.outgoing.id,
            "_attempt": taken.attempt,
            "state": _SEND_STATES[sent.outcome],
            "provider_id": sent.provider_id or None,
            "code": sent.code or None,
            "reason": sent.reason or None,
            "recorded_at": self.now,
        }
        return self.connection.execute(_RECORD_SEND, values).rowcount > 0

    def _record_send(self, outgoing: Outgoing, state: str, provider_id: str, reason: str | None) -> None:
        values = {"state": state, "provider_id": provider_id or None, "reason": reason}
        mine = sends.c.id == outgoing.id
        self.connection.execute(update(sends).where(mine).values(values | {"recorded_at": self.now}))

    def _have_called(self, row: MessageRow, why: str) -> None:
        """A supplier cannot be reached by email: the buyer asks by other means."""
        for key, name, facts in self._supplier_tasks(row):
            detail = {
                "supplier": parts(row.person)[1],
                "why": why,
                "due": facts.due.isoformat() if facts.due else None,
                "outstanding": facts.quantity,
            }
            tasks.reopen(
                self.connection,
                key=key,
                kind="supplier_unreachable",
                subject=name,
                detail=detail,
                at=self.at,
            )

    def _supplier_tasks(self, row: MessageRow) -> Iterator[tuple[str, str, Facts]]:
        """The keys of what a buyer asks by other means, of which line and about what; none for a customer."""
        if row.kind not in SUPPLIER_KINDS:
            return
        for item in self.connection.execute(_ITEMS, {"message": row.id}).all():
            facts = load_facts(item.facts)
            name = joined(facts.purchase_order, facts.po_line)
            yield f"unreachable/{row.id}/{item.step}/{name}", name, facts
