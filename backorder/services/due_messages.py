"""Which messages of a shard are due, and when it is worth another look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, literal, or_, select, text

from backorder.domain.gathering import asked_by
from backorder.domain.message_order import LeftBehind, MessageOrder, PendingMessage, message_order
from backorder.domain.notifications import ANSWER_KINDS, KINDS, LEGAL_KINDS, Kind
from backorder.domain.policy.policy import CHANNELS
from backorder.errors import UnreadableError
from backorder.ports import PEOPLE_AT_ONCE
from backorder.services.gather_messages import may_gather, settles_with
from backorder.storage.compiled import fetch
from backorder.storage.isolation import Failure, known, left_alone, readable
from backorder.storage.tables import channels, engine_errors, message_items, messages, sends

if TYPE_CHECKING:
    from backorder.storage.rows import HeadRow, MessageRow, PendingRow


PER_PERSON = 500
"""Messages to one person that are looked at in one go."""
FURTHER = 8
"""How many times as much is read where what is first is one person's, busy, left behind or aside."""
# Word for word the partial index's condition, which a parameter would not match.
_PENDING = text("messages.state IN ('planned', 'claimed', 'unknown')")
_ASIDE = (
    select(func.max(engine_errors.c.until))
    .where(engine_errors.c.subject == literal("message/") + messages.c.id)
    .scalar_subquery()
)
IS_OURS = messages.c.kind.in_(KINDS) & (messages.c.channel.is_(None) | messages.c.channel.in_(CHANNELS))
"""The condition that leaves out messages of a kind, or on a channel, that only a newer version knows."""
# What waits for the order system is not due, and stands in nobody's way.
_WAITS_FOR_NOBODY = messages.c.awaits.is_(None)
_IS_PLANNED = messages.c.state == "planned"
_FALLS_BACK = and_(
    _IS_PLANNED,
    messages.c.fallback_at <= bindparam("at"),
    or_(messages.c.other_try_at.is_(None), messages.c.other_try_at <= bindparam("now")),
)
_LAST_CHANNEL = (
    select(sends.c.channel)
    .where(sends.c.message == messages.c.id)
    .order_by(sends.c.attempt.desc(), sends.c.claimed_at.desc())
    .limit(1)
    .scalar_subquery()
)
"""By which an attempt went that is looked up."""
_DUE = (
    select(messages.c.id, messages.c.number, messages.c.person, messages.c.version, _ASIDE.label("aside"))
    .where(
        messages.c.shard == bindparam("shard"),
        _PENDING,
        IS_OURS,
        _WAITS_FOR_NOBODY,
        messages.c.not_before <= bindparam("at"),
        or_(messages.c.try_at.is_(None), messages.c.try_at <= bindparam("now"), _FALLS_BACK),
        or_(
            ~_IS_PLANNED,
            messages.c.channel.is_(None),
            messages.c.channel.not_in(bindparam("closed", expanding=True)),
            _FALLS_BACK & messages.c.channel.not_in(bindparam("stays", expanding=True)),
        ),
    )
    .order_by(messages.c.priority, messages.c.not_before, messages.c.number)
    .limit(bindparam("limit", type_=Integer))
)
_DUE_BESIDE_FULL = _DUE.where(
    or_(messages.c.state != "unknown", _LAST_CHANNEL.not_in(bindparam("full", expanding=True)))
)
"""The same where all slots of some channels are taken: what waits for a look-up there fills no batch."""
_OF_PEOPLE = (
    select(messages, _ASIDE.label("aside"))
    .where(messages.c.person.in_(bindparam("people", expanding=True)), _PENDING, _WAITS_FOR_NOBODY)
    .order_by(messages.c.person, messages.c.not_before, messages.c.number)
    .limit(bindparam("limit", type_=Integer))
)
_THESE_OF_PEOPLE = _OF_PEOPLE.where(messages.c.id.in_(bindparam("messages", expanding=True)))
_ITEMS = select(message_items.c.message, message_items.c.backorder).where(
    message_items.c.message.in_(bindparam("messages", expanding=True))
)
_STEPS = select(message_items.c.message, message_items.c.step).where(
    message_items.c.message.in_(bindparam("messages", expanding=True))
)
_CLAIMS = (
    select(sends.c.message, func.max(sends.c.claimed_at).label("at"))
    .where(sends.c.message.in_(bindparam("messages", expanding=True)))
    .group_by(sends.c.message)
)
_MINE = (messages.c.shard == bindparam("shard"), _PENDING, _WAITS_FOR_NOBODY)
_NEXT_HOUR = select(func.min(messages.c.not_before)).where(
    *_MINE, _IS_PLANNED, messages.c.not_before > bindparam("at")
)
_NEXT_FALLBACK = select(func.min(messages.c.fallback_at)).where(
    *_MINE, _IS_PLANNED, messages.c.fallback_at > bindparam("at")
)
# By a channel that a person paused nothing is tried; by one that failed one message is, from then on.
_PAUSED = select(channels.c.name).where(
    channels.c.paused, or_(channels.c.probe_at.is_(None), channels.c.probe_at > bindparam("now"))
)
_NEXT_TRY = select(func.min(messages.c.try_at)).where(
    *_MINE,
    messages.c.try_at > bindparam("now"),
    # Who waits for a paused channel is tried when that is.
    or_(~_IS_PLANNED, messages.c.channel.is_(None), messages.c.channel.not_in(_PAUSED)),
)
_NEXT_OTHER_TRY = select(func.min(messages.c.other_try_at)).where(
    *_MINE, _IS_PLANNED, messages.c.other_try_at > bindparam("now")
)
# Who has nothing due for a channel tries it with what falls due next: a probe wakes nobody else.
_NEXT_PROBE = select(func.min(channels.c.probe_at)).where(
    channels.c.paused,
    channels.c.probe_at > bindparam("now"),
    channels.c.name.in_(
        select(messages.c.channel).where(*_MINE, _IS_PLANNED, messages.c.not_before <= bindparam("at"))
    ),
)
_NEXT_REST = (
    select(func.min(engine_errors.c.until))
    .join(messages, engine_errors.c.subject == literal("message/") + messages.c.id)
    .where(*_MINE, engine_errors.c.until > bindparam("now"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueMessage:
    """A person's message that is due. row: as it was read; found: what else waits for the person.

    siblings: messages that may be said together with it.
    """

    row: MessageRow
    found: MessageOrder
    siblings: tuple[str, ...] = ()


class Shard:
    """The messages of one shard at an instant. at: business; now: machine time; lease: of a claim.

    full: channels by which nobody can be called now, not for a look-up either.
    """

    def __init__(
        self,
        connection: Connection,
        shard: int,
        at: datetime,
        now: datetime,
        lease: timedelta,
        *,
        full: Collection[str] = (),
    ) -> None:
        self._full = full
        self._connection = connection
        self._shard = shard
        self._at = at
        self._now = now
        self._lease = lease

    def due(
        self,
        closed: Collection[str],
        left: LeftBehind,
        failures: list[Failure],
        *,
        slow: Collection[str] = (),
        busy: Collection[str] = (),
        limit: int = PEOPLE_AT_ONCE,
    ) -> list[DueMessage]:
        """The next message of each of some people. closed: channels by which nothing can go now.

        slow: those of them that will soon take the next one, so that nothing takes another way for it.
        busy: people who have to wait for what is on its way to them.

        What cannot be read goes to `failures`; what has to wait for something is left behind.
        """
        heads = self._heads(closed, slow, left, busy, limit)
        found: list[DueMessage] = []
        while heads and len(found) < limit:
            people = list(heads)[: limit - len(found)]
            pending = self._of({person: heads[person] for person in people}, failures)
            for person in people:
                ids = heads.pop(person)
                one = self._next(pending.get(person, []), ids, left)
                if one is not None:
                    found.append(one)
        return found

    def _heads(
        self,
        closed: Collection[str],
        slow: Collection[str],
        left: LeftBehind,
        busy: Collection[str],
        wanted: int,
    ) -> dict[str, dict[str, int]]:
        """People with something due, in order, each with the messages that are due and their versions.

        As many as are wanted, unless there are fewer: whoever is first with hundreds keeps nobody waiting.
        """
        stays = CHANNELS if slow and not set(CHANNELS) - set(closed) else slow
        values: dict[str, object] = {"shard": self._shard, "at": self._at, "now": self._now}
        values |= {"closed": sorted(closed) or [""], "stays": sorted(stays) or [""]}
        if self._full:
            values["full"] = sorted(self._full)
        query = _DUE_BESIDE_FULL if self._full else _DUE
        most = 3 * PEOPLE_AT_ONCE + len(left.until) + len(busy)
        while True:
            rows = fetch(self._connection, query, values | {"limit": most})
            people = self._people(rows, left, busy)
            if len(people) >= wanted or len(rows) < most:
                return people
            most *= FURTHER

    def _people(
        self, rows: Sequence[HeadRow], left: LeftBehind, busy: Collection[str]
    ) -> dict[str, dict[str, int]]:
        people: dict[str, dict[str, int]] = {}
        for row in rows:
            aside = known(row.aside)
            if (
                row.person in busy
                or left.rests(row.id, row.version, self._now)
                or (aside is not None and aside > self._now)
            ):
                continue
            people.setdefault(row.person, {})[row.id] = row.version
        return people

    def _of(
        self, people: Mapping[str, Collection[str]], failures: list[Failure]
    ) -> Mapping[str, list[tuple[PendingRow, PendingMessage]]]:
        """All that waits for some people, each with messages that are due; in order."""
        rows = [row for row in self._all_of(people) if self._is_sound(row, failures)]
        lines: dict[str, set[str]] = {}
        on_their_way = [row.id for row in rows if row.state != "planned"]
        if on_their_way:
            for item in fetch(self._connection, _ITEMS, {"messages": on_their_way}):
                lines.setdefault(item.message, set()).add(item.backorder)
        planned = [row.id for row in rows if row.state == "planned"] if on_their_way else []
        if planned:
            for item in fetch(self._connection, _ITEMS, {"messages": planned}):
                lines.setdefault(item.message, set()).add(item.backorder)
        claimed, since = [row.id for row in rows if row.state == "claimed"], {}
        if claimed:
            since = {row.message: row.at for row in fetch(self._connection, _CLAIMS, {"messages": claimed})}
        pending: dict[str, list[tuple[PendingRow, PendingMessage]]] = defaultdict(list)
        for row in rows:
            aside = known(row.aside)
            rests = aside if aside is not None and aside > self._now else None
            lost = since[row.id] + self._lease if row.id in since else None
            waiting = _resting(row, self._at, rests) if rests else _waiting(row, lost, lines)
            pending[row.person].append((row, waiting))
        return pending

    def _all_of(self, people: Mapping[str, Collection[str]]) -> Sequence[PendingRow]:
        """What waits for some people, in order. Where it is much, each is read alone: none hides others, and
        what waits hides nothing that is due.
        """
        most = PER_PERSON * len(people)
        rows = fetch(self._connection, _OF_PEOPLE, {"people": list(people), "limit": most})
        if len(rows) < most:
            return rows
        return [row for person, due in people.items() for row in self._much_of(person, due)]

    def _much_of(self, person: str, due: Collection[str]) -> Sequence[PendingRow]:
        rows = fetch(self._connection, _OF_PEOPLE, {"people": [person], "limit": PER_PERSON})
        missing = set(due) - {row.id for row in rows}
        if not missing:
            return rows
        values = {"people": [person], "messages": sorted(missing), "limit": len(missing)}
        return [*rows, *fetch(self._connection, _THESE_OF_PEOPLE, values)]

    def _is_sound(self, row: PendingRow, failures: list[Failure]) -> bool:
        aside = known(row.aside)
        if aside is not None and aside > self._now:
            return True
        try:
            readable(row)
        except UnreadableError as error:
            failures.append(Failure(f"message/{row.id}", error))
            return False
        if row.kind in KINDS and (row.channel is None or row.channel in CHANNELS):
            return True
        left_alone(f"message/{row.id}")
        return False

    def _next(
        self, pending: Sequence[tuple[PendingRow, PendingMessage]], due: Mapping[str, int], left: LeftBehind
    ) -> DueMessage | None:
        """A person's next message. What is due and cannot go now is left alone until it may."""
        found = message_order([waiting for _, waiting in pending], self._at, self._now)
        rows = {row.id: row for row, _ in pending}
        for each in found.due:
            row = rows[each.id]
            if each.id in due or (each.legal and not left.rests(row.id, row.version, self._now)):
                return DueMessage(row=row, found=found, siblings=self._siblings(row, pending))
        for id, version in due.items():
            left.leave(id, version, self._now, found.again)
        return None

    def _siblings(
        self, head: PendingRow, pending: Sequence[tuple[PendingRow, PendingMessage]]
    ) -> tuple[str, ...]:
        """What may be said together with a message: it is due too, or will be soon for the same reason.

        What could not be said before goes by itself: whatever becomes of it, the others go.
        """
        if len(pending) == 1 or not may_gather(head) or head.aside is not None:
            return ()
        found = tuple(
            row.id
            for row, waiting in pending
            if (row.kind, row.person) == (head.kind, head.person)
            and row.id != head.id
            and row.aside is None
            and may_gather(row)
            and not _later(waiting, self._now)
            and (row.not_before <= self._at or settles_with(head, row))
        )
        return self._of_same_word(head, found) if found and head.kind in ANSWER_KINDS else found

    def _of_same_word(self, head: PendingRow, others: tuple[str, ...]) -> tuple[str, ...]:
        """Those of some messages that say what came of the same word as another."""
        rows = fetch(self._connection, _STEPS, {"messages": [head.id, *others]})
        asked = {row.message: asked_by(Kind(head.kind), row.step) for row in rows}
        word = asked.get(head.id)
        return tuple(each for each in others if word and asked.get(each) == word)

    def next_due(self) -> tuple[datetime | None, datetime | None]:
        """When something falls due that is not yet: the business instant, and the machine's."""
        return self._first(_NEXT_HOUR, _NEXT_FALLBACK), self._first(
            _NEXT_TRY, _NEXT_OTHER_TRY, _NEXT_PROBE, _NEXT_REST
        )

    def _first(self, *queries: Select[datetime]) -> datetime | None:
        values = {"shard": self._shard, "at": self._at, "now": self._now}
        instants = (known(self._connection.execute(query, values).scalar_one_or_none()) for query in queries)
        return min((each for each in instants if each is not None), default=None)


def _waiting(row: MessageRow, lost: datetime | None, lines: Mapping[str, set[str]]) -> PendingMessage:
    return PendingMessage(
        id=row.id,
        state=row.state,
        not_before=row.not_before,
        try_at=lost or row.try_at,
        looks=row.looks,
        fallback_at=row.fallback_at,
        other_try_at=row.other_try_at,
        legal=row.kind in LEGAL_KINDS,
        channel=row.channel,
        lines=frozenset(lines.get(row.id, ())),
    )


def _later(waiting: PendingMessage, now: datetime) -> bool:
    return waiting.try_at is not None and waiting.try_at > now


def _resting(row: MessageRow, at: datetime, until: datetime) -> PendingMessage:
    """A message that is aside, which stands in nobody's way."""
    return PendingMessage(
        id=row.id,
        state="planned",
        not_before=at,
        try_at=until,
        looks=0,
        channel=None,
        fallback_at=None,
        lines=frozenset(),
    )
