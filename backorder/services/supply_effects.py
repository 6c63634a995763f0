"""What a change of supply would do to the lines that wait, before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from backorder.domain.keys import joined
from backorder.domain.line.commands import Tell
from backorder.domain.line.decide import decide
from backorder.domain.line.events import SupplyChanged
from backorder.domain.line.legal_dates import limits_of
from backorder.domain.line.promise_updates import promise_steps
from backorder.domain.line.state import State
from backorder.domain.message_caps import BETWEEN_DELAYS
from backorder.domain.notifications import Kind, Why
from backorder.domain.policy.policy import Policy
from backorder.domain.supply.pegging import Pegged, Supply, WaitingLine, peg
from backorder.services.expected_receipts import ReceiptPart
from backorder.storage import stock_units
from backorder.storage.arrivals import arrivals_of, why_dateless
from backorder.storage.codec import load_arrivals, load_state
from backorder.storage.isolation import line, sound
from backorder.storage.policies import PolicyRepository
from backorder.storage.queues import supplies, waiting_of
from backorder.storage.tables import backorders, demands, stock

if TYPE_CHECKING:
    from backorder.storage.rows import BackorderRow, DemandRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a change of supply would do to a line. before, after: the day its last unit arrives (P90).

    customer: whom it concerns. promised: what the customer was last told, by: what would be said now, both
    the last day on which the goods leave; None: no date. hears: the kind of message that the customer would
    get, "" for none. units: how many more are set aside for the line; below zero, how many it loses. days: by
    how much the arrival moves, None where either day is missing.
    """

    backorder: str
    position: int
    before: date | None
    after: date | None
    customer: str = ""
    promised: date | None = None
    by: date | None = None
    hears: str = ""
    units: int = 0

    @property
    def days(self) -> int | None:
        """Days later; below zero for earlier."""
        return _days(self.before, self.after)


class SkuQueue:
    """The queue of a SKU and its supply as they stand, asked what a purchase-order line would move in it.

    Read once, however often it is asked. Writes nothing.
    """

    def __init__(self, connection: Connection, policies: PolicyRepository, sku: str, at: datetime) -> None:
        self._policies = policies
        self._sku = sku
        self._at = at
        self._day = policies.calendar.day(at)
        self._rows: Mapping[str, DemandRow] = {}
        self._queue: Sequence[WaitingLine] = ()
        self._supplies: Sequence[Supply] = ()
        stock_row = connection.execute(select(stock).where(stock.c.sku == sku)).one_or_none()
        if stock_row is not None:
            rows = connection.execute(stock_units.QUEUE, {"sku": sku})
            found, _ = sound(rows, _and_waiting, stock_units.line_of)
            self._rows = {row.backorder: row for row, _ in found}
            self._queue = [waiting for _, waiting in found if waiting is not None]
            self._supplies = supplies(connection, stock_row)

    def days(self, key: Mapping[str, str], parts: Sequence[ReceiptPart]) -> list[int | None]:
        """By how many days the lines would move that have another date if a purchase-order line (`key`) came
        in these parts; None where one gains or loses its date.
        """
        before = self._before
        return [_days(before[each.id], each.by) for each in self._moved(key, parts)]

    def effects(
        self, connection: Connection, key: Mapping[str, str], parts: Sequence[ReceiptPart]
    ) -> tuple[Effect, ...]:
        """Which lines would have another date if a purchase-order line (`key`) came in these parts."""
        moved = self._moved(key, parts)
        lines = _lines(connection, self._policies, self._sku) if moved else {}
        return tuple(
            _effect(
                lines[each.id],
                _Place(self._rows[each.id], each, self._day),
                self._before[each.id],
                self._at,
            )
            for each in moved
            if each.id in lines
        )

    def limits(
        self, connection: Connection, key: Mapping[str, str], parts: Sequence[ReceiptPart]
    ) -> list[date]:
        """The days by which the law wants the customers told whose lines would have another date."""
        moved = self._moved(key, parts)
        lines = _lines(connection, self._policies, self._sku) if moved else {}
        known = (lines[each.id] for each in moved if each.id in lines)
        return [day for each in known for day in limits_of(each.policy, each.state)]

    @cached_property
    def _before(self) -> Mapping[str, date | None]:
        return {each.id: each.by for each in peg(self._queue, self._supplies, self._day)}

    def _moved(self, key: Mapping[str, str], parts: Sequence[ReceiptPart]) -> list[Pegged]:
        name = joined(key["purchase_order"], key["line"])
        others = [each for each in self._supplies if each.id.partition("#")[0] != name]
        then = [
            Supply(
                id=f"{name}#{part['split']}" if part["split"] else name,
                units=part["quantity"],
                likely=part["likely"],
                by=part["by"],
            )
            for part in parts
        ]
        pegged = peg(self._queue, [*others, *then], self._day)
        return [each for each in pegged if each.by != self._before[each.id]]


def _days(before: date | None, after: date | None) -> int | None:
    """Days later; below zero for earlier; None where either day is missing."""
    return (after - before).days if before and after else None


def _and_waiting(row: DemandRow) -> tuple[DemandRow, WaitingLine | None]:
    """A row, and what of it waits; None for a line that is whole."""
    return row, waiting_of(row) if row.open > row.allocated else None


class _Place:
    """Where a line stands: its place, the units that are set aside for it, those that it waits for, and the
    day its last unit is there.
    """

    def __init__(self, row: DemandRow, pegged: Pegged | None, day: date) -> None:
        self.allocated: int = row.allocated
        self.waiting: int = row.open - row.allocated
        self.allocated_on: date | None = row.allocated_on
        self.position = pegged.position if pegged else 0
        self.by = pegged.by if pegged else day
        self._pegged = pegged

    def supply_changed(self, at: datetime, day: date) -> SupplyChanged:
        """What the line would hear of its supply."""
        pegged = self._pegged
        why = why_dateless(pegged) if pegged else None
        return SupplyChanged(
            at=at,
            day=day,
            allocated=self.allocated,
            allocated_on=self.allocated_on,
            arrivals=load_arrivals(arrivals_of(pegged)) if pegged else (),
            since=at,
            why=Why(why) if why else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingQueue:
    """Those who wait for units of a SKU.

    lines, units: that wait. dateless: lines of which nobody can say when. last: the day on which the last
    line with a date has all its units (P90); None where no line has one.
    """

    lines: int
    units: int
    dateless: int
    last: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What something does to the lines of a SKU, and to their queue. effects: in queue order."""

    sku: str
    effects: tuple[Effect, ...]
    before: WaitingQueue
    after: WaitingQueue


class QueueEffects:
    """Where the lines of a SKU stand before something happens to its stock; asked again, what that changed.

    Within one transaction, which may be rolled back afterwards. off: nobody asks.
    """

    def __init__(
        self, connection: Connection, policies: PolicyRepository, sku: str, at: datetime, *, off: bool = False
    ) -> None:
        self._policies = policies
        self.sku = sku
        self._at = at
        self._off = off
        self._before = {} if off else self._read(connection)
        self._after = self._before

    def effects(self, connection: Connection) -> tuple[Effect, ...]:
        """The lines that stand elsewhere now, in queue order; those that are whole first."""
        return () if self._off else self.moved(connection).effects

    def moved(self, connection: Connection) -> Moved:
        """The lines that stand elsewhere now, and the queue before and after."""
        self.read_again(connection)
        return self.compared(connection)

    def read_again(self, connection: Connection) -> None:
        """Where they stand now."""
        self._after = self._read(connection)

    def compared(self, connection: Connection) -> Moved:
        """The same as `moved`, of where they stood when somebody looked again.

        What was told of the lines is read here, and may be read when all else is taken back.
        """
        return Moved(
            sku=self.sku,
            effects=self._effects(connection, self._after),
            before=_queue(self._before.values()),
            after=_queue(self._after.values()),
        )

    def _effects(self, connection: Connection, after: Mapping[str, _Place]) -> tuple[Effect, ...]:
        changed = {
            id: (before, now)
            for id, now in after.items()
            if (before := self._before.get(id)) and (before.allocated, before.by) != (now.allocated, now.by)
        }
        lines = _lines(connection, self._policies, self.sku) if changed else {}
        found = [
            replace(_effect(lines[id], now, before.by, self._at), units=now.allocated - before.allocated)
            for id, (before, now) in changed.items()
            if id in lines
        ]
        return tuple(sorted(found, key=lambda each: (each.position, each.backorder)))

    def _read(self, connection: Connection) -> dict[str, _Place]:
        day = self._policies.calendar.day(self._at)
        query = select(demands).where(demands.c.sku == self.sku, demands.c.open > 0, stock_units.DELIVERED)
        found, _ = sound(connection.execute(query), _and_waiting, stock_units.line_of)
        stock_row = connection.execute(select(stock).where(stock.c.sku == self.sku)).one()
        queue = [waiting for _, waiting in found if waiting is not None]
        pegged = {each.id: each for each in peg(queue, supplies(connection, stock_row), day)}
        return {row.backorder: _Place(row, pegged.get(row.backorder), day) for row, _ in found}


def _queue(lines: Iterable[_Place]) -> WaitingQueue:
    waiting = [each for each in lines if each.waiting > 0]
    return WaitingQueue(
        lines=len(waiting),
        units=sum(each.waiting for each in waiting),
        dateless=sum(each.by is None for each in waiting),
        last=max((each.by for each in waiting if each.by is not None), default=None),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """A line as it stands before the change."""

    id: str
    customer: str
    promised: date | None
    policy: Policy
    state: State


def _lines(connection: Connection, policies: PolicyRepository, sku: str) -> dict[str, _Line]:
    query = (
        select(backorders)
        .join(demands, demands.c.backorder == backorders.c.id)
        .where(demands.c.sku == sku, demands.c.open > 0)
    )

    def read(row: BackorderRow) -> _Line:
        return _Line(
            id=row.id,
            customer=row.customer,
            promised=row.promised_by,
            policy=policies.get(connection, row.policy, row.policy_version),
            state=load_state(row.state),
        )

    found, _ = sound(connection.execute(query), read, lambda row: line(row.id))
    return {each.id: each for each in found}


def _effect(known: _Line, now: _Place, before: date | None, at: datetime) -> Effect:
    rules = known.policy.promise
    return Effect(
        backorder=known.id,
        position=now.position,
        before=before,
        after=now.by,
        customer=known.customer,
        promised=known.promised,
        by=known.policy.calendar.add_working_days(now.by, rules.handling) if now.by else None,
        hears=_first_kind(known.policy, known.state, now.supply_changed(at, known.policy.calendar.day(at))),
    )


def _first_kind(policy: Policy, state: State, event: SupplyChanged) -> str:
    """The message that the change leads to: the line itself is asked, as its review will ask it.

    A date that is held back so that notices of delay do not follow each other at once is told soon, too.
    """
    if state.supply_at is None:
        return Kind.CONFIRMED.value
    decision = decide(policy, state, event)
    told = [each.kind.value for each in decision.commands if isinstance(each, Tell) and each.window]
    if told:
        return told[-1]
    soon = event.at + BETWEEN_DELAYS
    due = [step.what for step in promise_steps(policy, decision.state) if step.writes and step.at <= soon]
    return due[0] if due and decision.state.pending is None else ""
