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
from backorder.storage.policies import PolicyShelf
from backorder.storage.replanning import supplies, waiting_of
from backorder.storage.standing import EARLIER, LATER, NO_DATE, Line, news
from backorder.storage.tables import backorders, demands, promises, stock


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a change of supply would do to a line. before, after: the day its last unit arrives (P90).

    customer: whom it concerns. promised: what the customer was last told, by: what would be said now, both
    the last day on which the goods leave; None: no date. hears: the kind of message that the customer would
    get, "" for none. days: by how much the arrival moves, None where either day is missing.
    """

    backorder: str
    position: int
    before: date | None
    after: date | None
    customer: str = ""
    promised: date | None = None
    by: date | None = None
    hears: str = ""

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
    queue = [waiting_of(row) for row in connection.execute(units.QUEUE, {"sku": sku})]
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
    return tuple(_effect(lines[each.id], each, before[each.id]) for each in moved)


def _told(connection: Connection, shelf: PolicyShelf, sku: str) -> dict[str, tuple[Line, str, bool]]:
    """Each waiting line of a SKU: what it was told, its customer, and whether it was told anything."""
    told = select(promises.c.backorder).where(promises.c.backorder == backorders.c.id).exists()
    query = (
        select(backorders, told.label("told"))
        .join(demands, demands.c.backorder == backorders.c.id)
        .where(demands.c.sku == sku, demands.c.open > demands.c.allocated)
    )
    return {
        row.id: (
            Line(row.promised_by, row.first_by, shelf.get(connection, row.policy, row.policy_version)),
            row.customer,
            row.told,
        )
        for row in connection.execute(query)
    }


def _effect(known: tuple[Line, str, bool], pegged: Pegged, before: date | None) -> Effect:
    line, customer, told = known
    rules, leaves = line.policy.promise, line.policy.calendar.add_working_days
    by = leaves(pegged.by, rules.handling) if pegged.by else None
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
