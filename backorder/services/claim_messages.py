"""Claiming messages: past the door, by the way that is open, their words on record."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, select, update

from backorder.domain import channels as rules
from backorder.domain.calendar import Calendar
from backorder.domain.keys import parts
from backorder.domain.line.decision_builder import NOTHING_WRITTEN
from backorder.domain.message_order import LeftBehind, MessageOrder
from backorder.domain.notifications import COMMERCIAL_KINDS, LEGAL_KINDS, Kind
from backorder.domain.suppression import covered
from backorder.messaging.message_content import Rendered
from backorder.messaging.render import template_version
from backorder.ports import Channel, Claimed, Doubtful, Outgoing, Sender, Sent, Unsendable
from backorder.services.delays import Delays
from backorder.services.hold_messages import Holds
from backorder.services.message_routes import Address, Route, Routed
from backorder.services.message_tries import tries_by
from backorder.services.pass_door import refused
from backorder.services.prepared_messages import Prepared, PutOff, Refused, Reworded, Stored, Taken
from backorder.services.restate_messages import restate, restate_to_supplier, states_to_restate
from backorder.storage import channels, suppressions
from backorder.storage.compiled import change, first, only
from backorder.storage.isolation import readable
from backorder.storage.line_chain import of_send
from backorder.storage.message_rates import Allowance
from backorder.storage.tables import backorders, message_items, messages, sends

if TYPE_CHECKING:
    from backorder.storage.rows import LineStateRow, MessageRow, SendRow


ALL_WAYS_CLOSED = timedelta(hours=1)
"""Business time after which a message whose every channel is in trouble looks for another way again."""
_CLAIM = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in ("state", "attempts", "template", "channel", "also")})
    .values({name: bindparam(name) for name in ("fallback_at", "try_at", "other_try_at")})
    .values({name: bindparam(name) for name in ("recorded_at", "done_at", "reason")})
)
_SEND = insert(sends)
_LAST_SEND = (
    select(sends)
    .where(sends.c.message == bindparam("message"))
    .order_by(sends.c.attempt.desc(), sends.c.claimed_at.desc())
    .limit(1)
)
_LAST_SEND_BY = _LAST_SEND.where(sends.c.channel == bindparam("channel"))
_OTHERS = select(sends.c.provider_id).where(
    sends.c.message.in_(
        select(message_items.c.message)
        .join(backorders, backorders.c.id == message_items.c.backorder)
        .where(backorders.c.customer == bindparam("customer"))
    ),
    sends.c.channel == bindparam("channel"),
    sends.c.text == bindparam("text"),
    sends.c.id != bindparam("send"),
    sends.c.provider_id.is_not(None),
)
_HELD = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in ("channel", "fallback_at", "try_at", "other_try_at")})
)


class Claims:
    """The claims of one transaction. at: the business instant; calendar: the shop's; now: machine time.

    stored: the ways out of the channels whose messages stay in the database. room: how many calls each other
    channel still has slots for. allowance: what the rates still let go. probing: paused channels, locked,
    that one message may try.
    """

    def __init__(
        self,
        connection: Connection,
        delays: Delays,
        *,
        at: datetime,
        calendar: Calendar,
        now: datetime,
        stored: Mapping[Channel, Sender],
        room: Mapping[Channel, int],
        left: LeftBehind,
    ) -> None:
        self.allowance = Allowance()
        self.probing: frozenset[str] = frozenset()
        self._connection = connection
        self._delays = delays
        self._at = at
        self._calendar = calendar
        self._today = calendar.day(at)
        self._now = now
        self._stored = stored
        self._room = dict(room)
        self._left = left
        self._holds = Holds(connection, at)
        self._listed: Mapping[tuple[str, str], frozenset[str]] = {}
        self._lines: Mapping[str, LineStateRow] = {}
        self._states: dict[str, rules.ChannelState] = {}
        self._sends: list[dict[str, object]] = []
        self._updates: list[dict[str, object]] = []

    def take(self, prepared: Prepared, row: MessageRow, phases: Mapping[str, str]) -> Taken | None:
        """Take a message. None: it cannot be taken now, and stands in nobody's way.

        row: the message, locked. phases: where its lines stand, all of them locked.
        """
        if row.state != prepared.row.state or row.version != prepared.row.version:
            return None  # a review was first; what it has to say is put into words anew
        if row.state == "planned":
            return self._planned(prepared, row, phases)
        return self._doubtful(row)

    def observe(self, prepared: Sequence[Prepared]) -> None:
        """Look up anew where nothing goes any more, and how the lines stand whose messages have waited.

        Somebody may have said STOP since the snapshot.
        """
        self._lines = states_to_restate(self._connection, prepared, self._at)
        ways = (way for each in prepared if each.routed for way in each.routed.route.ways)
        self._listed = suppressions.listed(self._connection, [(way.channel, way.to) for way in ways])

    def write(self) -> None:
        """Write down all that was claimed, with a statement for each table."""
        new = [row for row in self._sends if not row["again"]]
        if new:
            change(self._connection, _SEND, [_without(row, "again") for row in new])
        for row in self._sends:
            if row["again"]:
                values = _without(row, "again")
                self._connection.execute(update(sends).where(sends.c.id == values.pop("id")).values(values))
        if self._updates:
            change(self._connection, _CLAIM, self._updates)
        self.allowance.keep(self._connection)
        self._sends, self._updates = [], []

    # --- what was planned

    def _planned(self, prepared: Prepared, row: MessageRow, phases: Mapping[str, str]) -> Taken | None:
        routed, words = prepared.routed, prepared.words
        if routed is None:
            return None
        if row.person.startswith("customer/"):
            found = refused(self._connection, row, routed.items, phases, at=self._at, calendar=self._calendar)
            now = restate(self._connection, row, routed, self._lines, at=self._at, today=self._today)
        else:
            found, now = [], restate_to_supplier(self._connection, row, routed)
        if now.changed:
            return Reworded(message=row.id, person=row.person)
        if found := found or [*now.lost]:
            whole = len(found) == len(routed.items)
            return Refused(message=row.id, person=row.person, items=tuple(found), whole=whole)
        if routed.unwanted or routed.unwritten:
            why = NOTHING_WRITTEN if routed.unwritten else "the customer wants no promotions"
            found = [(item, why) for item in routed.items]
            return Refused(message=row.id, person=row.person, items=tuple(found), whole=True)
        if self._is_closed_by_now(row, routed):
            self._left.leave(row.id, row.version, self._now)
            return None
        if words is None:
            reason = prepared.fault or "no usable email address or phone number"
            return Unsendable(message=row.id, person=row.person, reason=reason)
        ways = _ways(row, routed.route, prepared.found)
        first = ways[0].channel
        nights = self._holds.nights(routed)
        awake = self._falls_back(row, ways) and any(way.channel not in nights for way in ways)
        if self._holds.put_off(row, routed, None if awake else nights.get(first)):
            return PutOff(message=row.id, person=row.person)
        if self._is_slow(first):
            self._left.leave(row.id, row.version, self._now, self._again(first))
            return None
        address, fallback_at = self._way(row, ways, routed.route.grace_period, prepared.found, nights)
        if address is None:
            self._hold(row, first, fallback_at)
            return None
        return self._claim(row, address, routed, words, fallback_at)

    def _is_closed_by_now(self, row: MessageRow, routed: Routed) -> bool:
        """Whether one of its ways was closed since it was put into words; then it is looked at anew."""
        commercial = Kind(row.kind) in COMMERCIAL_KINDS
        ways = routed.route.ways
        return any(
            covered(self._listed.get((way.channel, way.to), ()), commercial=commercial) for way in ways
        )

    def _falls_back(self, row: MessageRow, ways: Sequence[Address]) -> bool:
        """Whether a message takes another way now than the first, which is in trouble."""
        if len(ways) == 1 or row.fallback_at is None or row.fallback_at > self._at:
            return False
        return row.try_at is not None or not self._is_open(ways[0].channel, probes=False)

    def _way(
        self,
        row: MessageRow,
        ways: Sequence[Address],
        grace_period: timedelta,
        found: MessageOrder,
        nights: Mapping[str, datetime],
    ) -> tuple[Address | None, datetime | None]:
        """The way that a message takes now, None for none, and from when on it may take another one.

        nights: the channels by which nobody is written to now, each with until when.
        """
        first, *others = ways
        due = (row.fallback_at or self._at + grace_period) if others else None
        failed = row.try_at is not None and due is not None and due <= self._at
        # Who waits for an answer about one message already has another way: he tries no paused channel.
        probes = not others or first.channel not in found.unclear
        awake = first.channel not in nights
        if awake and not failed and self._is_free(first, found, probes=probes):
            return first, due
        if due is None or due > self._at:
            return None, due
        for way in others:
            if way.channel not in nights and self._is_free(way, found, probes=False):
                return way, due
        if awake and failed and self._is_free(first, found, probes=probes):
            return first, due
        if others[0].channel in nights:
            return None, nights[others[0].channel]
        rests = any(way.channel in found.resting or self._is_slow(way.channel) for way in others)
        return None, due if rests else self._at + max(grace_period, ALL_WAYS_CLOSED)

    def _is_free(self, way: Address, found: MessageOrder, *, probes: bool) -> bool:
        return (
            way.channel not in found.resting
            and self._takes(way.channel)
            and self._is_open(way.channel, probes=probes)
        )

    def _is_slow(self, channel: Channel) -> bool:
        """Whether a channel in no trouble takes nothing more right now, but soon."""
        return not self._takes(channel) and self._is_open(channel, probes=False)

    def _again(self, channel: Channel) -> datetime | None:
        return None if self.allowance.lets(channel) else self.allowance.at(channel)

    def _takes(self, channel: Channel) -> bool:
        return channel in self._stored or (self._has_room(channel) and self.allowance.lets(channel))

    def _has_room(self, channel: Channel) -> bool:
        return channel in self._stored or self._room.get(channel, 0) > 0

    def _is_open(self, channel: Channel, *, probes: bool) -> bool:
        """Whether a message may go through a channel now; a paused one only if it is to be tried with it."""
        state = self._state_of(channel)
        if channel in self._stored:
            return not state.by
        if not state.paused or not probes:
            return not state.paused
        if channel in self.probing and state.lets_through(self._now):
            probed = rules.probed(state, self._now, self._delays.probe)
            channels.keep(self._connection, channel, state, probed, self._at)
            self._states[channel] = probed
            return True
        return False

    def _state_of(self, channel: Channel) -> rules.ChannelState:
        if channel not in self._states:
            self._states[channel] = channels.state_of(self._connection, channel)
        return self._states[channel]

    def _hold(self, row: MessageRow, channel: Channel, fallback_at: datetime | None) -> None:
        """A message waits for its channel, so that everybody knows for which, and until when."""
        if (row.channel, row.fallback_at) != (channel, fallback_at):
            held = {"_id": row.id, "channel": channel, "fallback_at": fallback_at}
            self._connection.execute(_HELD, held | tries_by(row, channel))
        state = self._state_of(channel)
        self._left.leave(row.id, row.version, self._now, state.probe_at if state.paused else None)

    def _claim(
        self, row: MessageRow, address: Address, routed: Routed, words: Rendered, fallback_at: datetime | None
    ) -> Claimed | Stored:
        """Claim the message and keep its words; those of a try that came to nothing are replaced."""
        kind, attempt = Kind(row.kind), row.attempts + 1
        last = self._last_send_by(address.channel, row.id) if row.attempts else None
        again = last is not None and last.state == "planned"
        id = last.id if last is not None and again else secrets.token_hex(12)
        outgoing = _outgoing(id, address, words, commercial=kind in COMMERCIAL_KINDS)
        sent = self._stored[address.channel].send(outgoing) if address.channel in self._stored else None
        also = routed.route.second(address)
        self._updates.append(
            {
                "_id": row.id,
                "state": "claimed" if sent is None else "sent",
                "attempts": attempt,
                "channel": address.channel,
                "fallback_at": fallback_at,
                "also": also,
                **tries_by(row, address.channel),
                "try_at": self._now + self._delays.lease if sent is None else None,
                "template": template_version(kind, routed.content.locale, routed.content.shop.templates),
                "reason": row.reason if sent is None else None,
                "recorded_at": None if sent is None else self._now,
                "done_at": None if sent is None else self._at,
            }
        )
        digits = routed.content.digits and address.channel == "sms"
        self._sends.append(self._send(row.id, outgoing, attempt, sent) | {"again": again, "digits": digits})
        self._left.forget(row.id)
        if sent is not None:
            return Stored(message=row.id, person=row.person, channel=outgoing.channel, also=also)
        self._room[address.channel] = self._room.get(address.channel, 0) - 1
        self.allowance.spend(address.channel)
        return Claimed(message=row.id, person=row.person, outgoing=outgoing, attempt=attempt)

    def _send(self, message: str, outgoing: Outgoing, attempt: int, sent: Sent | None) -> dict[str, object]:
        row = {
            "id": outgoing.id,
            "message": message,
            "channel": outgoing.channel,
            "attempt": attempt,
            "state": "claimed" if sent is None else "sent",
            "address": outgoing.to,
            "subject": outgoing.subject,
            "html": outgoing.html,
            "text": outgoing.text,
            "provider_id": sent.provider_id if sent else None,
            "claimed_at": self._now,
            "recorded_at": self._now if sent else None,
        }
        return row | of_send(row)

    def _last_send(self, message: str) -> SendRow:
        """The one that was tried last, of a message that was."""
        found: SendRow = only(self._connection, _LAST_SEND, {"message": message})
        return found

    def _last_send_by(self, channel: Channel, message: str) -> SendRow | None:
        values = {"message": message, "channel": channel}
        found: SendRow | None = first(self._connection, _LAST_SEND_BY, values)
        return found

    # --- what nobody knows

    def _doubtful(self, row: MessageRow) -> Doubtful | None:
        """A message that is to be looked up: its channel has a slot for that too."""
        send = readable(self._last_send(row.id))
        if not self._has_room(send.channel):
            self._left.leave(row.id, row.version, self._now)
            return None
        if send.channel not in self._stored:
            self._room[send.channel] = self._room.get(send.channel, 0) - 1
        # Who looks it up may die too.
        again = {"try_at": self._now + self._delays.lease}
        self._connection.execute(update(messages).where(messages.c.id == row.id).values(again))
        outgoing = Outgoing(
            id=send.id,
            channel=send.channel,
            to=send.address or "",
            subject=send.subject,
            html=send.html,
            text=send.text,
            others=self._others(row, send),
        )
        return Doubtful(message=row.id, person=row.person, outgoing=outgoing, since=send.claimed_at)

    def _others(self, row: MessageRow, send: SendRow) -> frozenset[str]:
        """Texts that the same person has got in the same words, as of two lines with the same product."""
        role, id = parts(row.person)
        if role != "customer":
            return frozenset()
        values = {"customer": id, "channel": send.channel, "text": send.text, "send": send.id}
        return frozenset(self._connection.execute(_OTHERS, values).scalars())


def _outgoing(id: str, address: Address, words: Rendered, *, commercial: bool) -> Outgoing:
    email = address.channel == "email"
    return Outgoing(
        id=id,
        channel=address.channel,
        to=address.to,
        subject=words.subject if email else "",
        html=words.html if email else "",
        text=words.text if email else words.sms,
        commercial=commercial,
    )


def _ways(row: MessageRow, route: Route, found: MessageOrder) -> Sequence[Address]:
    """The ways of a message in the order in which they are tried."""
    if Kind(row.kind) not in LEGAL_KINDS:
        return route.ways
    # Of what went by an unclear one nobody knows: another one is better.
    return sorted(route.ways, key=lambda way: way.channel in found.unclear)


def _without(row: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in row.items() if key != name}
