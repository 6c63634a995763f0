"""What is on record of many lines, as a policy's backtest plays it: bounded reads, chunk by chunk.

Each line's supply is taken as it was forecast at the time: from what its messages rested on and from every
pegging that moved it, never from what is known today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select, tuple_, union

from backorder.domain.backtest.history import AFTER_THE_END, LineHistory, ToldSoFar, coupon_of
from backorder.domain.calendar import Calendar
from backorder.domain.line.events import Event, Started, SupplyChanged
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.state import CLOSED, Arrival
from backorder.domain.money import Money
from backorder.domain.notifications import OFFER_KINDS, Alternative, Kind, Why
from backorder.domain.policy.policy import STAGE_KEYS
from backorder.domain.records import record
from backorder.storage import marketing_consents
from backorder.storage.codec import load_pegs, load_request, opened_state
from backorder.storage.compiled import fetch
from backorder.storage.isolation import line, sound
from backorder.storage.opening import told_before
from backorder.storage.statements import AnyRow
from backorder.storage.stored_state import PlainAlternative, PlainOffer
from backorder.storage.tables import (
    allocations,
    approvals,
    backorders,
    message_items,
    messages,
    peggings,
    promises,
    requests,
    stated_dates,
)
from backorder.storage.types import among

R = TypeVar("R", bound="_OfLineRow")

CHUNK = 500
"""Lines that are read at once."""
_NOT_PLAYED = frozenset({"policy", "clear", "contact", "resend"})
"""Requests that say nothing of the line itself, or name another policy than the one that is tried."""
_PLAYED = tuple(kind for kind in REQUEST_KINDS if kind not in _NOT_PLAYED)
_OPENED = backorders.c.opened_at
_LINES = (
    select(
        backorders.c.id,
        backorders.c.opened_at,
        backorders.c.closed_at,
        backorders.c.phase,
        backorders.c.opening,
        backorders.c.content,
        backorders.c.state,
        backorders.c.customer,
    )
    .where(
        tuple_(_OPENED, backorders.c.id)
        > tuple_(bindparam("at", type_=_OPENED.type), bindparam("after", type_=backorders.c.id.type)),
        backorders.c.seq > 0,
    )
    .order_by(_OPENED, backorders.c.id)
    .limit(CHUNK)
)
_PEGGINGS = (
    select(peggings.c.backorder, peggings.c.at, peggings.c.arrivals, peggings.c.why)
    .where(among(peggings.c.backorder, "ids"))
    .order_by(peggings.c.number)
)
_ALLOCATIONS = (
    select(allocations.c.backorder, allocations.c.at, allocations.c.quantity, allocations.c.cause)
    .where(among(allocations.c.backorder, "ids"))
    .order_by(allocations.c.id)
)
_REQUESTS = (
    select(requests.c.backorder, requests.c.kind, requests.c.content, requests.c.decided_at)
    .where(among(requests.c.backorder, "ids"), requests.c.verdict == "accepted", requests.c.kind.in_(_PLAYED))
    .order_by(requests.c.decided_at, requests.c.requested_at, requests.c.id)
)
_TOLD = (
    select(promises.c.backorder, promises.c.told_at, promises.c.by)
    .where(among(promises.c.backorder, "ids"))
    .order_by(promises.c.revision)
)
_IS_CONFIRMATION = message_items.c.step == Kind.CONFIRMED.value
_SAID = (
    select(
        message_items.c.backorder,
        message_items.c.evidence,
        message_items.c.step,
        messages.c.kind,
        messages.c.state,
        messages.c.created_at,
        messages.c.done_at,
    )
    .join(messages, messages.c.id == message_items.c.message)
    .where(
        among(message_items.c.backorder, "ids"),
        or_(_IS_CONFIRMATION, message_items.c.step.startswith(STAGE_KEYS)),
        or_(_IS_CONFIRMATION, messages.c.kind.in_([kind.value for kind in OFFER_KINDS])),
    )
    .order_by(messages.c.number)
)
"""Confirmations and offers. Their keys tell them from most others, whose messages need not be read then."""
_SINCE: BindParameter[datetime] = bindparam("since", type_=stated_dates.c.at.type)
_STATED_AT = union(
    select(stated_dates.c.at).where(stated_dates.c.at >= _SINCE),
    select(approvals.c.decided_at).where(approvals.c.decided_at >= _SINCE),
)
"""When suppliers stated a day, and when one counted that had waited for the buyer."""


class _Supply(NamedTuple):
    """What a line was pegged to from an instant on. source: how many units of which supply."""

    at: datetime
    arrivals: tuple[Arrival, ...]
    source: tuple[tuple[int, str | None], ...]
    why: Why | None = None


class _LineRow(Protocol):
    id: str
    opened_at: datetime
    closed_at: datetime | None
    phase: str
    opening: str
    content: str | None
    state: str
    customer: str


class _OfLineRow(Protocol):
    backorder: str


class _PeggedRow(_OfLineRow, Protocol):
    at: datetime
    arrivals: str
    why: str | None


class _AllocatedRow(_OfLineRow, Protocol):
    at: datetime
    quantity: int
    cause: str


class _AskedRow(_OfLineRow, Protocol):
    kind: str
    content: str
    decided_at: datetime


class _ToldRow(_OfLineRow, Protocol):
    told_at: datetime
    by: date | None


class _SaidRow(_OfLineRow, Protocol):
    evidence: str
    step: str
    kind: str
    state: str
    created_at: datetime
    done_at: datetime | None


def count_lines(connection: Connection, since: datetime) -> int:
    """How many lines were opened since an instant."""
    query = select(func.count()).where(since <= _OPENED, backorders.c.seq > 0)
    return int(connection.execute(query).scalar_one())


def line_histories(
    connection: Connection, calendar: Calendar, *, since: datetime, now: datetime
) -> Iterator[LineHistory]:
    """The lines that were opened since an instant, in that order; one that cannot be read is left out and
    logged.
    """
    stated = frozenset(connection.execute(_STATED_AT, {"since": since - timedelta(days=1)}).scalars())
    place: dict[str, object] = {"at": since, "after": ""}
    while rows := fetch(connection, _LINES, place):
        yield from _chunk(connection, rows, stated, calendar, now)
        place = {"at": rows[-1].opened_at, "after": rows[-1].id}


def _chunk(
    connection: Connection,
    rows: Sequence[AnyRow],
    stated: frozenset[datetime],
    calendar: Calendar,
    now: datetime,
) -> Iterator[LineHistory]:
    ids = {"ids": [row.id for row in rows]}
    consents = marketing_consents.ever(connection, {row.customer for row in rows})
    pegged: Mapping[str, list[_PeggedRow]] = _by_line(fetch(connection, _PEGGINGS, ids))
    allocated: Mapping[str, list[_AllocatedRow]] = _by_line(fetch(connection, _ALLOCATIONS, ids))
    asked: Mapping[str, list[_AskedRow]] = _by_line(fetch(connection, _REQUESTS, ids))
    told: Mapping[str, list[_ToldRow]] = _by_line(fetch(connection, _TOLD, ids))
    said: Mapping[str, list[_SaidRow]] = _by_line(fetch(connection, _SAID, ids))

    def read(row: _LineRow) -> LineHistory:
        record = _Record(
            row,
            consents.get(row.customer, ()),
            pegged.get(row.id, []),
            allocated.get(row.id, []),
            asked.get(row.id, []),
            told.get(row.id, []),
            said.get(row.id, []),
        )
        return record.history(stated, calendar, now)

    found, _ = sound(rows, read, lambda row: line(row.id))
    yield from found


def _by_line(rows: Iterable[R]) -> Mapping[str, list[R]]:
    """The rows of each line."""
    found: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        found[row.backorder].append(row)
    return found


@record(frozen=True, slots=True)
class _Record:
    """The rows of one line."""

    row: _LineRow
    consents: Sequence[marketing_consents.Stood]
    pegged: list[_PeggedRow]
    allocated: list[_AllocatedRow]
    asked: list[_AskedRow]
    told: list[_ToldRow]
    said: list[_SaidRow]

    def history(self, stated: frozenset[datetime], calendar: Calendar, now: datetime) -> LineHistory:
        """What they say. Raises UnreadableError."""
        row, opened_at = self.row, self.row.opened_at
        state, offered = opened_state(row.state, row.content)
        supplies = self._supplies()
        first = supplies[0] if supplies else _Supply(opened_at, (), ())
        given = sum([each.quantity for each in self.allocated if each.at <= opened_at])
        facts: list[Event] = [*self._changes(supplies[1:], stated, first, given, calendar)]
        facts += self._asked(calendar)
        facts.sort(key=_AT)
        offers = [each for each in offered if each.get("alternatives")]
        return LineHistory(
            state=state,
            started=self._started(first, given, calendar),
            facts=facts,
            told=self._told(offered, calendar),
            until=min(now, row.closed_at + AFTER_THE_END) if row.closed_at is not None else now,
            ended=row.phase if row.phase in CLOSED else "",
            marketing=any(each.stood(opened_at, row.closed_at or now) for each in self.consents),
            alternatives=tuple(map(_alternative, offers[0]["alternatives"])) if offers else (),
            offered_from=(
                calendar.instant(date.fromisoformat(offers[0]["on"]), datetime.min.time()) if offers else None
            ),
        )

    def _supplies(self) -> list[_Supply]:
        """What the line was pegged to, from its start on: first as its confirmation rested on it."""
        found = [_Supply(each.at, *_pegs(each.arrivals), _why(each.why)) for each in self.pegged]
        confirmed = next((each for each in self.said if each.kind == _CONFIRMED), None)
        if confirmed is not None and not (found and found[0].at < confirmed.created_at):
            found.insert(0, _Supply(confirmed.created_at, *_pegs(confirmed.evidence)))
        return found

    def _started(self, first: _Supply, given: int, calendar: Calendar) -> Started:
        at = self.row.opened_at
        day = calendar.day(at)
        supply = SupplyChanged(
            at=at,
            day=day,
            allocated=given,
            allocated_on=day if given else None,
            arrivals=first.arrivals,
            since=at,
            why=first.why,
        )
        return Started(at=at, day=day, supply=supply, **_before(self.row.opening, calendar))

    def _changes(
        self,
        supplies: Sequence[_Supply],
        stated: frozenset[datetime],
        first: _Supply,
        given: int,
        calendar: Calendar,
    ) -> Iterator[SupplyChanged]:
        """What the line heard of its supply: units set aside or lost, and other days. given: at the start."""
        opened_at, last = self.row.opened_at, first
        since_day = calendar.day(opened_at) if given else None
        changes: list[_Supply | _AllocatedRow] = [each for each in self.allocated if each.at > opened_at]
        changes += supplies  # where a day and units come at one instant, the units come first
        changes.sort(key=_AT)
        for each in changes:
            alone, at = False, each.at
            if isinstance(each, _Supply):
                alone = each.source == last.source and at not in stated
                last, at = each, max(at, opened_at)
            else:
                given += each.quantity
                if each.quantity > 0:
                    since_day = calendar.day(at)
                elif each.cause != "withdrawn":
                    continue  # the line's own doing, which it knows of
            yield SupplyChanged(
                at=at,
                day=calendar.day(at),
                allocated=max(0, given),
                allocated_on=since_day,
                arrivals=last.arrivals,
                since=each.at,
                moved_by_time_alone=alone,
                why=last.why,
            )

    def _asked(self, calendar: Calendar) -> Iterator[Event]:
        for each in self.asked:
            event, at = load_request(each.kind, each.content), each.decided_at
            yield replace(event, at=at, day=calendar.day(at))

    def _told(
        self, offered: Sequence[PlainOffer], calendar: Calendar
    ) -> Sequence[tuple[datetime, ToldSoFar]]:
        """What the customer had heard, from each instant on. offered: as the state has it."""
        told: list[tuple[datetime, str | date | None]] = [(each.told_at, each.by) for each in self.told]
        if len(self.said) > 1 or offered:
            told += self._offers(offered, calendar)
            told.sort(key=itemgetter(0))
        by: date | None = None
        offers: tuple[str, ...] = ()
        found = []
        for at, what in told:
            if isinstance(what, str):
                offers = tuple(sorted({*offers, what}))
            else:
                by = what
            found.append((at, ToldSoFar(by=by, offers=offers)))
        return found

    def _offers(self, offered: Sequence[PlainOffer], calendar: Calendar) -> Iterator[tuple[datetime, str]]:
        """When the customer heard of what."""
        sent = {
            each.step: (each, each.done_at)
            for each in self.said
            if each.kind != _CONFIRMED and each.state == "sent" and each.done_at is not None
        }
        yield from ((at, each.kind) for each, at in sent.values() if each.kind != Kind.COUPON.value)
        for each in offered:
            if each["kind"] == Kind.COUPON.value:
                told = sent.get(each["key"])
                begins = calendar.instant(date.fromisoformat(each["on"]), datetime.min.time())
                yield told[1] if told else begins, coupon_of(Decimal(each["percent"]))


_AT = attrgetter("at")
_CONFIRMED = Kind.CONFIRMED.value
_pegs = lru_cache(maxsize=8192)(load_pegs)
"""Lines that wait for the same supply are pegged to it in the same words."""
_before = lru_cache(maxsize=1024)(told_before)
"""Of most lines nothing was told before, in the same words."""


def _why(word: str | None) -> Why | None:
    return Why(word) if word else None


def _alternative(plain: PlainAlternative) -> Alternative:
    price = plain["price"]
    amount = Money(Decimal(price["amount"]), price["currency"])
    return Alternative(sku=plain["sku"], name=plain["name"], price=amount)
