"""What a change of supply would do to the lines that wait, before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from backorder.domain.keys import joined
from backorder.domain.messages import Kind
from backorder.domain.pegging import Pegged, Supply, peg
from backorder.storage import units
from backorder.storage.isolation import line, sound
from backorder.storage.policies import PolicyShelf
from backorder.storage.replanning import supplies, waiting_of
from backorder.storage.standing import EARLIER, LATER, NO_DATE, Line, news
from backorder.storage.tables import backorders, demands, promises, stock


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
        return (self.after - self.before).days if self.before and self.after else None


def effects_of(
    connection: Connection,
    shelf: PolicyShelf,
    sku: str,
    key: Mapping[str, str],
    parts: Sequence[Mapping[str, Any]],
    day: date,
) -> tuple[Effect, ...]:
    """Which lines would have another date if a purchase-order line (`key`) came in these parts.

    Writes nothing.
    """
    stock_row = connection.execute(select(stock).where(stock.c.sku == sku)).one_or_none()
    if stock_row is None:
        return ()
    queue, _ = sound(connection.execute(units.QUEUE, {"sku": sku}), waiting_of, units.line_of)
    now = supplies(connection, stock_row)
    name = joined(key["purchase_order"], key["line"])
    others = [each for each in now if each.id.partition("#")[0] != name]
    then = [
        Supply(
            id=f"{name}#{part['split']}" if part["split"] else name,
            units=part["quantity"],
            likely=part["likely"],
            by=part["by"],
        )
        for part in parts
    ]
    before = {each.id: each.by for each in peg(queue, now, day)}
    moved = [each for each in peg(queue, [*others, *then], day) if each.by != before[each.id]]
    lines = _told(connection, shelf, sku) if moved else {}
    return tuple(_effect(lines[each.id], each, before[each.id]) for each in moved if each.id in lines)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a line stands: its place, the units that are set aside for it, the day its last unit is there."""

    position: int
    allocated: int
    by: date | None


class Standings:
    """Where the lines of a SKU stand before something happens to its stock; asked again, what that changed.

    Within one transaction, which may be rolled back afterwards. off: nobody asks.
    """

    def __init__(
        self, connection: Connection, shelf: PolicyShelf, sku: str, day: date, *, off: bool = False
    ) -> None:
        self._shelf = shelf
        self.sku = sku
        self._day = day
        self._off = off
        self._before = {} if off else self._look(connection)

    def effects(self, connection: Connection) -> tuple[Effect, ...]:
        """The lines that stand elsewhere now, in queue order; those that are whole first."""
        if self._off:
            return ()
        after = self._look(connection)
        changed = {
            id: (before, now)
            for id, now in after.items()
            if (before := self._before[id]) and (before.allocated, before.by) != (now.allocated, now.by)
        }
        lines = _told(connection, self._shelf, self.sku) if changed else {}
        found = [self._effect(id, lines[id], *both) for id, both in changed.items()]
        return tuple(sorted(found, key=lambda each: (each.position, each.backorder)))

    def _look(self, connection: Connection) -> dict[str, _Standing]:
        rows = connection.execute(select(demands).where(demands.c.sku == self.sku, demands.c.open > 0)).all()
        stock_row = connection.execute(select(stock).where(stock.c.sku == self.sku)).one()
        queue = [waiting_of(row) for row in rows if row.open > row.allocated]
        pegged = {each.id: each for each in peg(queue, supplies(connection, stock_row), self._day)}
        return {
            row.backorder: _Standing(
                position=each.position if (each := pegged.get(row.backorder)) else 0,
                allocated=row.allocated,
                by=each.by if each else self._day,
            )
            for row in rows
        }

    def _effect(self, id: str, known: tuple[Line, str, bool], before: _Standing, now: _Standing) -> Effect:
        line, customer, told = known
        by = _leaves(line, now.by)
        units_ = now.allocated - before.allocated
        hears = _hears(line, by, told=told)
        if units_ < 0 and hears == Kind.DELAYED.value:
            hears = Kind.APOLOGY.value
        return Effect(
            backorder=id,
            position=now.position,
            before=before.by,
            after=now.by,
            customer=customer,
            promised=line.promised,
            by=by,
            hears=hears,
            units=units_,
        )


def _told(connection: Connection, shelf: PolicyShelf, sku: str) -> dict[str, tuple[Line, str, bool]]:
    """Each waiting line of a SKU: what it was told, its customer, and whether it was told anything."""
    told = select(promises.c.backorder).where(promises.c.backorder == backorders.c.id).exists()
    query = (
        select(backorders, told.label("told"))
        .join(demands, demands.c.backorder == backorders.c.id)
        .where(demands.c.sku == sku, demands.c.open > 0)
    )

    def told_line(row: Any) -> tuple[str, tuple[Line, str, bool]]:
        policy = shelf.get(connection, row.policy, row.policy_version)
        return row.id, (Line(row.promised_by, row.first_by, policy), row.customer, row.told)

    found, _ = sound(connection.execute(query), told_line, lambda row: line(row.id))
    return dict(found)


def _effect(known: tuple[Line, str, bool], pegged: Pegged, before: date | None) -> Effect:
    line, customer, told = known
    by = _leaves(line, pegged.by)
    return Effect(
        backorder=pegged.id,
        position=pegged.position,
        before=before,
        after=pegged.by,
        customer=customer,
        promised=line.promised,
        by=by,
        hears=_hears(line, by, told=told),
    )


def _leaves(line: Line, arrival: date | None) -> date | None:
    """The last day on which goods leave that are there by a day."""
    rules = line.policy.promise
    return line.policy.calendar.add_working_days(arrival, rules.handling) if arrival else None


def _hears(line: Line, by: date | None, *, told: bool) -> str:
    """The message that a new date leads to, once it has settled."""
    if not told:
        return Kind.CONFIRMED.value
    if line.promised is None:
        return Kind.EARLIER.value if by else ""
    heard = news(line, by) if by else NO_DATE
    return {LATER: Kind.DELAYED.value, NO_DATE: Kind.DELAYED.value, EARLIER: Kind.EARLIER.value}.get(
        heard, ""
    )
