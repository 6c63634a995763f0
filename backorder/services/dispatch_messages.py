"""Messages on their way: claimed, put into words, and what becomes of them written down."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, insert, literal, select, text, update

from backorder.domain import channels as rules
from backorder.domain.line.events import Event
from backorder.domain.message_order import Turn, Waiting, turn
from backorder.domain.notifications import COMMERCIAL_KINDS, KINDS, Kind
from backorder.domain.policy.policy import CHANNELS
from backorder.errors import UnreadableError
from backorder.messaging.letter import Letter, Rendered, Shop
from backorder.messaging.render import render, template_version
from backorder.ports import (
    Channel,
    Claimed,
    Doubtful,
    Looked,
    NeedsProvider,
    Notify,
    Outgoing,
    Pause,
    Sent,
    Taken,
    Unsendable,
)
from backorder.services.delays import Delays
from backorder.services.message_routes import ABOUT, Address, Addressing, Route
from backorder.services.record_outcomes import Settling
from backorder.storage import channels, unapplied_outcomes
from backorder.storage.engine import writing
from backorder.storage.isolation import Apart, Failure, clear, failed, known, left_alone, line, note, readable
from backorder.storage.lines import LineRecord
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders, engine_errors, message_items, messages, sends

log = logging.getLogger(__name__)
AT_MOST = 500
"""Messages to one person that are looked at in one go."""
ALL_WAYS_CLOSED = timedelta(hours=1)
"""Business time after which a message whose every channel is in trouble looks for another way again."""
_ASIDE = (
    select(func.max(engine_errors.c.until))
    .where(engine_errors.c.subject == literal("message/") + messages.c.id)
    .scalar_subquery()
)
_PENDING = (
    select(messages, _ASIDE.label("aside"))
    # Word for word the partial index's condition, which a parameter would not match.
    .where(
        messages.c.person == bindparam("person"),
        text("messages.state IN ('planned', 'claimed', 'unknown')"),
    )
    .order_by(messages.c.not_before, messages.c.number)
    .limit(AT_MOST)
)
_ITEMS = select(message_items.c.message, message_items.c.backorder).where(
    message_items.c.message.in_(bindparam("messages", expanding=True))
)
_CLAIMS = (
    select(sends.c.message, func.max(sends.c.claimed_at).label("at"))
    .where(sends.c.message.in_(bindparam("messages", expanding=True)))
    .group_by(sends.c.message)
)
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:person, 0))")
_LOCK_LINES = (
    select(backorders.c.id)
    .join(message_items, message_items.c.backorder == backorders.c.id)
    .where(message_items.c.message == bindparam("message"))
    .order_by(backorders.c.id)
    .with_for_update(of=backorders, key_share=True)
)
_LOCK_MESSAGE = select(messages).where(messages.c.id == bindparam("id")).with_for_update(key_share=True)
_CLAIM = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values(
        state="claimed",
        attempts=bindparam("attempts"),
        template=bindparam("template"),
        channel=bindparam("channel"),
        fallback_at=bindparam("fallback_at"),
        try_at=None,
    )
)
_LAST_SEND = (
    select(sends)
    .where(sends.c.message == bindparam("message"))
    .order_by(sends.c.attempt.desc(), sends.c.claimed_at.desc())
    .limit(1)
)


class MessageDispatch:
    """See `backorder.ports.Post`."""

    def __init__(
        self,
        engine: Engine,
        policies: PolicyRepository,
        shop: Shop,
        *,
        public_url: str = "",
        delays: Delays | None = None,
    ) -> None:
        self._engine = engine
        self.policies = policies
        self.addressing = Addressing(policies, shop)
        self.delays = delays or Delays()
        self._public_url = public_url

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts, in machine time."""
        return self.delays.lease

    @contextmanager
    def round(
        self,
        person: str,
        at: datetime,
        now: datetime | None = None,
        kept: Collection[Channel] = (),
        *,
        careful: bool = False,
    ) -> Iterator[Batch]:
        """One transaction over one person's messages; see `backorder.ports.Post`."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                # A round goes through a person's lines in the order of the messages: two rounds for the same
                # person, such as an attempt and its repetition, would lock them crosswise.
                connection.execute(_ALONE, {"person": person})
            instant = now or datetime.now(UTC)
            mine = Batch(self, connection, person, at, instant, frozenset(kept), careful=careful)
            yield mine
            mine.note()

    def claim(self, person: str, at: datetime, now: datetime | None = None) -> Taken:
        """Claim the person's next message, in a transaction of its own."""
        with self.round(person, at, now) as mine:
            return mine.claim()

    @contextmanager
    def settling(
        self, letter: Claimed | Unsendable, sent: Sent, at: datetime, now: datetime | None = None
    ) -> Iterator[list[tuple[LineRecord, Event]]]:
        """Settle a message in a transaction of its own, committed at the end of the block."""
        with self.round(letter.person, at, now) as mine:
            yield mine.settle(letter, sent)


class Batch:
    """See `backorder.ports.Round`."""

    def __init__(
        self,
        dispatch: MessageDispatch,
        connection: Connection,
        person: str,
        at: datetime,
        now: datetime,
        kept: frozenset[Channel],
        *,
        careful: bool,
    ) -> None:
        self._messages = dispatch
        self._connection = connection
        self._person = person
        self._at = at
        self._now = now
        self._kept = kept
        self._held: list[datetime | None] = []
        self._careful = careful
        self._aside: dict[str, datetime | None] = {}
        self._unheard: set[str] = set()
        self._failures: list[Failure] = []
        self._outcomes = Settling(
            connection, dispatch.policies, dispatch.addressing, dispatch.delays, at=at, now=now
        )

    # --- what comes next

    def claim(self, only: Collection[Channel] | None = None) -> Taken:
        """Claim the person's next message that is due, and put it into words."""
        found = turn(self._pending(), self._at, self._now)
        for each in found.due:
            taken = self._take_apart(each, found, only) if self._careful else self._take(each, found, only)
            if taken is not None:
                if each.id in self._aside and getattr(taken, "message", "") == each.id:
                    clear(self._connection, f"message/{each.id}")
                return taken
        hours = [*self._held, found.until]
        until = min((hour for hour in hours if hour is not None and hour > self._at), default=None)
        return Pause(until=until, again=found.again)

    def _pending(self) -> list[Waiting]:
        rows = self._connection.execute(_PENDING, {"person": self._person}).all()
        self._aside |= {row.id: known(row.aside) for row in rows if row.aside is not None}
        aside = [row.id for row in rows if self._is_aside(row.id)]
        rows = [row for row in rows if row.id not in aside and self._is_readable(row) and _is_ours(row)]
        lines: dict[str, set[str]] = {}
        if any(row.state != "planned" for row in rows):
            for item in self._connection.execute(_ITEMS, {"messages": [row.id for row in rows]}):
                lines.setdefault(item.message, set()).add(item.backorder)
        claimed = [row.id for row in rows if row.state == "claimed"]
        since = {}
        if claimed:
            since = {row.message: row.at for row in self._connection.execute(_CLAIMS, {"messages": claimed})}
        return [
            Waiting(
                id=row.id,
                state=row.state,
                not_before=row.not_before,
                try_at=since[row.id] + self._messages.lease if row.id in since else row.try_at,
                looks=row.looks,
                fallback_at=row.fallback_at,
                channel=row.channel,
                lines=frozenset(lines.get(row.id, ())),
            )
            for row in rows
        ] + [self._resting(id) for id in self._aside if self._is_aside(id)]

    def _is_aside(self, id: str) -> bool:
        until = self._aside.get(id)
        return until is not None and until > self._now

    def _is_readable(self, row: Any) -> bool:
        try:
            readable(row)
        except UnreadableError as error:
            self._put_aside(row.id, error)
            return False
        return True

    def _resting(self, id: str) -> Waiting:
        """A message that is aside, which stands in nobody's way."""
        return Waiting(
            id=id,
            state="planned",
            not_before=self._at,
            try_at=self._aside[id],
            looks=0,
            channel=None,
            fallback_at=None,
            lines=frozenset(),
        )

    def _put_aside(self, id: str, error: Exception) -> None:
        """Note, for each of its lines, that a message cannot be said, and leave it alone for a while."""
        items = self._connection.execute(_ITEMS, {"messages": [id]}).all()
        lines = {item.backorder for item in items} if self._person.startswith("customer/") else set()
        first, *others = sorted(lines) or [""]
        failures = [failed(f"message/{id}", error, first)]
        failures += [Failure(f"message/{id}", error, line) for line in others]
        pause = note(self._connection, failures, again=True)
        self._aside[id] = self._now + pause
        values = {"reason": "It could not be put into words."}
        self._connection.execute(update(messages).where(messages.c.id == id).values(values))

    def _take_apart(self, each: Waiting, found: Turn, only: Collection[Channel] | None) -> Taken | None:
        """The same, so that a message that cannot be taken is put aside."""
        failures: list[Failure] = []
        taken: Taken | None = None
        with Apart(failures, f"message/{each.id}", connection=self._connection):
            taken = self._take(each, found, only)
        if failures:
            self._put_aside(each.id, failures[0].error)
            return self.claim(only)
        return taken

    def _take(self, each: Waiting, found: Turn, only: Collection[Channel] | None) -> Taken | None:
        """Take one message that is due. None: it cannot be taken now, and stands in nobody's way."""
        if self._connection.dialect.name != "sqlite":
            # The lines before the message, as a review locks them too; SQLite has one lock for all.
            self._connection.execute(_LOCK_LINES, {"message": each.id})
        row = self._connection.execute(_LOCK_MESSAGE, {"id": each.id}).one()
        if row.state != each.state or row.not_before > self._at:
            return self.claim(only)  # a review was first: with its lines locked it stays as it is now
        if row.state == "planned":
            return self._claim(row, found, only)
        if row.state == "claimed":
            self._outcomes.lost(row)
            gone = "whoever was sending message %s is gone; it is looked up"
            log.warning(gone, row.id, extra={"message_id": row.id})
            if row.channel not in self._kept:
                return self.claim(only)
        return self._doubtful(row)

    def _doubtful(self, row: Any) -> Doubtful:
        send = readable(self._connection.execute(_LAST_SEND, {"message": row.id}).one())
        outgoing = Outgoing(
            id=send.id,
            channel=send.channel,
            to=send.address or "",
            subject=send.subject,
            html=send.html,
            text=send.text,
        )
        return Doubtful(message=row.id, person=row.person, outgoing=outgoing, since=send.claimed_at)

    def _claim(self, row: Any, found: Turn, only: Collection[Channel] | None) -> Taken | None:
        route, letter = self._messages.addressing.letter(self._connection, row)
        words = render(letter) if route.ways else None
        if words is None:
            reason = "no usable email address or phone number"
            return Unsendable(message=row.id, person=row.person, reason=reason)
        tried = route.ways if row.fallback_at is not None else route.ways[:1]
        if only is not None and any(way.channel not in only for way in tried):
            return NeedsProvider()
        address, fallback_at = self._way(row, route, found)
        if address is None:
            self._hold(row, route.ways[0].channel, fallback_at)
            return None
        return self._write(row, address, letter, words, fallback_at)

    def _way(self, row: Any, route: Route, found: Turn) -> tuple[Address | None, datetime | None]:
        """The way that a message takes now, None for none, and from when on it may take another one."""
        first, others = route.ways[0], route.ways[1:]
        due = row.fallback_at or self._at + route.grace_period if others else None
        falls_back = row.fallback_at is not None and due is not None and due <= self._at
        # Who waits for an answer about one message already has another way: he tries no paused channel.
        probes = not others or first.channel not in found.unclear
        if not falls_back and self._is_free(first, found, probes=probes):
            return first, due
        if due is None or due > self._at:
            return None, due
        for way in others:
            if self._is_free(way, found, probes=False):
                return way, due
        if falls_back and self._is_free(first, found, probes=probes):
            return first, due
        rests = any(way.channel in found.resting for way in others)
        return None, due if rests else self._at + max(route.grace_period, ALL_WAYS_CLOSED)

    def _is_free(self, way: Address, found: Turn, *, probes: bool) -> bool:
        return way.channel not in found.resting and self._is_open(way.channel, probes=probes)

    def _hold(self, row: Any, channel: Channel, fallback_at: datetime | None) -> None:
        """A message waits for its channel, so that a sweep knows for which, and until when."""
        self._held.append(fallback_at)
        if (row.channel, row.fallback_at) != (channel, fallback_at):
            values = {"channel": channel, "fallback_at": fallback_at}
            self._connection.execute(update(messages).where(messages.c.id == row.id).values(values))

    def _is_open(self, channel: Channel, *, probes: bool) -> bool:
        """Whether a message may go through a channel now; a paused one only if it is to be tried with it."""
        if channel in self._kept:
            return True
        standing = channels.standing(self._connection, channel)
        if not standing.paused or not probes:
            return not standing.paused
        standing = channels.standing(self._connection, channel, lock=True)
        if standing.lets_through(self._now):
            probed = rules.probed(standing, self._now, self._messages.delays.probe)
            channels.keep(self._connection, channel, standing, probed, self._at)
            return True
        return False

    def _write(
        self, row: Any, address: Address, letter: Letter, words: Rendered, fallback_at: datetime | None
    ) -> Claimed:
        """Claim the message and keep its words; those of a try that came to nothing are replaced."""
        kind, attempt = Kind(row.kind), row.attempts + 1
        last = (
            self._connection.execute(_LAST_SEND, {"message": row.id}).one_or_none() if row.attempts else None
        )
        again = last is not None and last.state == "planned" and last.channel == address.channel
        id = last.id if last is not None and again else secrets.token_hex(12)
        outgoing = _outgoing(id, address, words, commercial=kind in COMMERCIAL_KINDS)
        claim = {"_id": row.id, "attempts": attempt, "channel": address.channel, "fallback_at": fallback_at}
        self._connection.execute(_CLAIM, claim | {"template": template_version(kind, letter.locale)})
        values = {
            "attempt": attempt,
            "state": "claimed",
            "address": address.to,
            "subject": outgoing.subject,
            "html": outgoing.html,
            "text": outgoing.text,
            "claimed_at": self._now,
        }
        if again:
            self._connection.execute(update(sends).where(sends.c.id == outgoing.id).values(values))
        else:
            new = {"id": outgoing.id, "message": row.id, "channel": address.channel}
            self._connection.execute(insert(sends), new | values)
        return Claimed(message=row.id, person=row.person, outgoing=outgoing, attempt=attempt)

    # --- what became of it

    def settle(self, letter: Claimed | Unsendable, sent: Sent) -> list[tuple[LineRecord, Event]]:
        """Write down what became of a message. Returns each line with what it hears."""
        kept = isinstance(letter, Claimed) and letter.outgoing.channel in self._kept
        cases, items, row = self._open(letter)
        heard = self._outcomes.sent(row, letter, sent, kept=kept)
        return self._heard(cases, items, row, heard, sent.reason)

    def looked(self, letter: Doubtful, looked: Looked) -> list[tuple[LineRecord, Event]]:
        """Write down what a look-up found. Returns each line with what it hears."""
        cases, items, row = self._open(letter)
        heard = self._outcomes.looked(row, letter, looked)
        return self._heard(cases, items, row, heard, looked.reason)

    def _open(self, letter: Claimed | Unsendable | Doubtful) -> tuple[list[LineRecord], list[Any], Any]:
        """The lines before the message, as a review locks them too."""
        items = list(self._connection.execute(ABOUT, {"message": letter.message}))
        if letter.person.startswith("supplier/"):
            items = []  # they speak for purchase orders, which hear nothing of it
        if not self._careful:
            cases = [LineRecord(self._connection, self._messages.policies, item.backorder) for item in items]
        else:
            # What became of it is written down first, where no line can make that fail.
            cases = []
            if self._connection.dialect.name != "sqlite":
                self._connection.execute(_LOCK_LINES, {"message": letter.message})
        return cases, items, self._connection.execute(_LOCK_MESSAGE, {"id": letter.message}).one()

    def _heard(
        self, cases: list[LineRecord], items: list[Any], row: Any, heard: type[Event] | None, reason: str
    ) -> list[tuple[LineRecord, Event]]:
        if heard is None:
            return []
        if self._careful:
            return list(self._heard_apart(items, row, heard, reason))
        events = [self._outcomes.event(heard, item, row, reason) for item in items]
        return list(zip(cases, events, strict=True))

    def _heard_apart(
        self, items: list[Any], row: Any, heard: type[Event], reason: str
    ) -> Iterator[tuple[LineRecord, Event]]:
        for item in items:
            found: tuple[LineRecord, Event] | None = None
            with Apart(self._failures, *line(item.backorder), connection=self._connection):
                event = self._outcomes.event(heard, item, row, reason)
                found = (LineRecord(self._connection, self._messages.policies, item.backorder), event)
            if found is not None:
                yield found
            else:
                self._keep(item.backorder, item.step, heard, reason)

    @contextmanager
    def apart(self, case: LineRecord, event: Event) -> Iterator[None]:
        """A line hears in the block; see `backorder.ports.Round`."""
        if not self._careful:
            yield
            return
        before = len(self._failures)
        with Apart(self._failures, *line(case.id), connection=self._connection):
            yield
        if len(self._failures) > before:
            self._keep(case.id, event.key, type(event), getattr(event, "reason", ""))  # type: ignore[attr-defined]

    def _keep(self, backorder: str, step: str, heard: type[Event], reason: str) -> None:
        unapplied_outcomes.keep(self._connection, backorder, step, heard, at=self._at, reason=reason)
        self._unheard.add(backorder)

    @property
    def left_behind(self) -> Notify:
        """Lines that could not hear what became of a message."""
        return Notify(backorders=tuple(sorted(self._unheard)))

    def note(self) -> None:
        """Note what failed, at the end of the transaction."""
        note(self._connection, [*self._failures, *self._outcomes.failures])


def _is_ours(row: Any) -> bool:
    """Whether this version knows the message's kind and channel; another one is left to a newer version."""
    if row.kind in KINDS and (row.channel is None or row.channel in CHANNELS):
        return True
    left_alone(f"message/{row.id}")
    return False


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
