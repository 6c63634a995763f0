"""Units on hand: setting them aside, giving them back, booking them out. All under the SKU's lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, select, text, update

from backorder.domain.calendar import Calendar
from backorder.domain.line.commands import FreeAlternative, FreeUnits, PassOver, ReserveAlternative, ShipUnits
from backorder.domain.line.events import Event, Shipped
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Partial
from backorder.domain.supply.allocation import Grant, Open, allocate, withdraw
from backorder.domain.supply.on_hand import StockFact, left_at
from backorder.storage import movements, tasks
from backorder.storage.arrivals import share_columns
from backorder.storage.compiled import fetch, first
from backorder.storage.isolation import known, line, note, readable, sound
from backorder.storage.movements import Since
from backorder.storage.tables import allocations, demands, purchase_order_lines, reservations, stock

if TYPE_CHECKING:
    from backorder.storage.rows import StockRow


# Rows that refer to the SKU may still be written meanwhile.
_LOCK = select(stock).where(stock.c.sku == bindparam("sku")).with_for_update(key_share=True)
_LOCK_ALL = (
    select(stock.c.sku)
    .where(stock.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(stock.c.sku)
    .with_for_update(key_share=True)
)


DELIVERED = demands.c.delivery_refused.is_(False)
"""The condition that leaves out lines that the shop does not deliver."""
WAITS = and_(demands.c.open > demands.c.allocated, DELIVERED)
"""The condition that picks, of the lines with open units, those that wait for some."""


def queued(sku: ColumnElement[str] | str) -> ColumnElement[bool]:
    """The condition that picks the lines that wait for units of a SKU."""
    # The first part is the partial index's own condition, which a parameter would not match.
    return and_(text("demands.open > 0"), demands.c.sku == sku, WAITS)


QUEUE = select(demands).where(queued(bindparam("sku")))
_GRANT = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values(
        allocated=demands.c.allocated + bindparam("units"),
        allocated_on=bindparam("day"),
        since=bindparam("at"),
        supply_version=demands.c.supply_version + 1,
        moved_by_time_alone=False,
        claim=False,
    )
)

_LOSE = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values(
        allocated=demands.c.allocated - bindparam("units"),
        since=bindparam("at"),
        supply_version=demands.c.supply_version + 1,
        moved_by_time_alone=False,
        claim=True,
    )
)


_OF_LINE = update(demands).where(demands.c.backorder == bindparam("_id"))
LEAVE_QUEUE = _OF_LINE.values(
    delivery_refused=True, arrivals="[]", why=None, position=None, **share_columns(None)
)
REJOIN_QUEUE = _OF_LINE.values(delivery_refused=False)


class QueuedRow(Protocol):
    backorder: str
    priority: int
    ordered_at: datetime
    open: int
    allocated: int
    partial: Partial
    claim: bool
    passed_over: bool


def line_of(row: QueuedRow) -> tuple[str, str]:
    """What a line of the queue is called where it cannot be read."""
    return line(row.backorder)


def lock(connection: Connection, sku: str) -> StockRow | None:
    """Lock a SKU's units until the transaction ends, and read them. None for an unknown SKU.

    Always after the case's own lock, never before it. Raises UnreadableError.
    """
    row = first(connection, _LOCK, {"sku": sku})
    return readable(row) if row is not None else None


def lock_known(connection: Connection, sku: str) -> StockRow:
    """The same of a SKU that is on record."""
    return readable(connection.execute(_LOCK, {"sku": sku}).one())


def lock_all(connection: Connection, skus: Iterable[str]) -> None:
    """Lock the units of several SKUs, always in the same order, so that nobody waits in a circle."""
    fetch(connection, _LOCK_ALL, {"skus": sorted(set(skus))})


def lock_of_order(connection: Connection, order: str, more: Iterable[str] = ()) -> None:
    """Lock the units of every SKU on a purchase order; what is read of it from then on stays true.

    more: SKUs besides those that are on it by now.
    """
    skus = select(purchase_order_lines.c.sku).where(purchase_order_lines.c.purchase_order == order)
    lock_all(connection, (*connection.execute(skus).scalars(), *more))


def hand_out(connection: Connection, sku: str, *, cause: str, at: datetime, day: date) -> list[Grant]:
    """Set the free units aside in the order of the queue. Returns who was given how many."""
    stocked = lock(connection, sku)
    if stocked is None or stocked.on_hand <= stocked.allocated:
        return []
    queue, failures = sound(connection.execute(QUEUE, {"sku": sku}), open_line, line_of)
    note(connection, failures)
    grants = allocate(queue, stocked.on_hand - stocked.allocated)
    if grants:
        rows = [{"_id": grant.id, "units": grant.units, "day": day, "at": at} for grant in grants]
        connection.execute(_GRANT, rows)
        connection.execute(
            insert(allocations),
            [
                {"backorder": grant.id, "sku": sku, "quantity": grant.units, "cause": cause, "at": at}
                for grant in grants
            ],
        )
    return grants


def free(connection: Connection, backorder: str, state: State, command: FreeUnits, event: Event) -> None:
    """Give a line's units back; the head of the queue gets them at once."""
    _take(connection, backorder, state, command.quantity, cause="freed", at=event.at)
    hand_out(connection, state.sku, cause="passed_on", at=event.at, day=event.day)


def pass_over(connection: Connection, backorder: str, state: State, command: PassOver, event: Event) -> None:
    """Let a line's turn pass, or let it have its turn again: then it gets what is free.

    What the shop does not deliver leaves the queue, so that no supply is kept for it either.
    """
    place = LEAVE_QUEUE if state.delivery_refused_at is not None else REJOIN_QUEUE
    connection.execute(place.values(passed_over=command.on), {"_id": backorder})
    if not command.on:
        hand_out(connection, state.sku, cause="its turn again", at=event.at, day=event.day)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turned:
    """What a fact did to stock and the queue. change: of what is on hand. lost, given: by and to whom."""

    change: int
    lost: tuple[Grant, ...]
    given: tuple[Grant, ...]


def ship(
    connection: Connection,
    backorder: str,
    state: State,
    command: ShipUnits,
    event: Event,
    calendar: Calendar,
) -> bool:
    """Book units out of stock. Units from outside never were in it, as far as is known by now.

    What others hold of units that left all the same is taken back from the queue's tail. Returns whether
    others have more or fewer units to wait for now.
    """
    _take(connection, backorder, state, command.allocated, cause="shipped", at=event.at)
    stocked = lock_known(connection, state.sku)
    left = event.shipped_at if isinstance(event, Shipped) else event.at
    fact = _shipment(connection, stocked, backorder, command, event, left_at(calendar, left, event.at))
    turned = book(connection, stocked, *fact, at=event.at, day=event.day, cause="shipped")
    return turned.change != -command.allocated or bool(turned.lost or turned.given)


def book(
    connection: Connection,
    stocked: StockRow,
    known: Since,
    fact: StockFact,
    *,
    at: datetime,
    day: date,
    cause: str,
    reason: str = "",
) -> Turned:
    """Write a fact of stock down; what is missing then is taken back, what is free handed out.

    stocked: the SKU's row, which is locked. known: what happened no earlier than the fact.
    """
    entry = known.enter(fact)
    on_hand = stocked.on_hand + entry.change
    # They look again once they are pegged anew: an apology names the new date.
    lost = (
        take_back(connection, stocked.sku, stocked.allocated - on_hand, at=at)
        if stocked.allocated > on_hand
        else []
    )
    movements.write(connection, stocked, known, fact, entry, at=at, reason=reason)
    free = on_hand > stocked.allocated
    given = hand_out(connection, stocked.sku, cause=cause, at=at, day=day) if free else []
    return Turned(change=entry.change, lost=tuple(lost), given=tuple(given))


def reserve(
    connection: Connection, backorder: str, command: ReserveAlternative, *, event: str | None
) -> None:
    """Set units of another product aside for a customer who takes it. Its units are locked already.

    event: what the order system has to acknowledge, None for nothing.
    """
    row = {"backorder": backorder, "sku": command.sku, "quantity": command.quantity, "until": command.until}
    row |= {"event": event, "request": command.request}
    mine = reservations.c.backorder == backorder
    if not connection.execute(update(reservations).where(mine).values(row)).rowcount:
        connection.execute(insert(reservations), row)


def free_alternative(
    connection: Connection, backorder: str, command: FreeAlternative, *, at: datetime, day: date
) -> bool:
    """Give back what is still set aside of another product. Its units are locked already.

    Returns whether there was any.
    """
    mine = (reservations.c.backorder == backorder) & (reservations.c.sku == command.sku)
    held = connection.execute(select(reservations.c.quantity).where(mine)).scalar_one_or_none()
    connection.execute(update(reservations).where(mine).values(quantity=0, event=None))
    if not held:
        return False
    hand_out(connection, command.sku, cause="swap given up", at=at, day=day)
    return True


def _take(
    connection: Connection, backorder: str, state: State, quantity: int, *, cause: str, at: datetime
) -> None:
    wanted = demands.c.backorder == backorder
    values = {"allocated": demands.c.allocated - quantity, "open": state.quantity.open}
    connection.execute(update(demands).where(wanted).values(values))
    if quantity:
        row = {"backorder": backorder, "sku": state.sku, "quantity": -quantity, "cause": cause, "at": at}
        connection.execute(insert(allocations), row)


def _shipment(
    connection: Connection,
    stocked: StockRow,
    backorder: str,
    command: ShipUnits,
    event: Event,
    left: datetime,
) -> tuple[Since, StockFact]:
    """What happened since units left, and the shipment; it takes nothing of what others hold by now.

    Of the units that were there then, some may have been free then that others hold since.
    """
    known = movements.since(connection, stocked, left)
    held = stocked.allocated - command.returned
    own, beyond = command.allocated + command.returned, command.free + command.outside
    free = stocked.on_hand - own - held
    spared = min(held, max(0, known.there(left) - own - free)) if beyond else 0
    reference = f"{backorder}/{event.shipment if isinstance(event, Shipped) else event.at.isoformat()}"
    return known, movements.movement("shipment", reference, left, -own - beyond, spared=spared)


def take_back(connection: Connection, sku: str, missing: int, *, at: datetime) -> list[Grant]:
    """Take allocated units back from the queue's tail; those lines get the first claim on what comes next.

    Returns who lost how many.
    """
    # Whoever holds units has some open; the condition is that of the partial index.
    holds = and_(text("demands.open > 0"), demands.c.sku == sku, demands.c.allocated > 0)
    held, failures = sound(connection.execute(select(demands).where(holds)), open_line, line_of)
    note(connection, failures)
    allocated = sum(line.allocated for line in held)
    _take_back_reserved(connection, sku, max(0, missing - allocated), at)
    lost = withdraw(held, min(missing, allocated))
    if not lost:
        return []
    rows = [{"_id": grant.id, "units": grant.units, "at": at} for grant in lost]
    connection.execute(_LOSE, rows)
    connection.execute(
        insert(allocations),
        [
            {"backorder": each.id, "sku": sku, "quantity": -each.units, "cause": "withdrawn", "at": at}
            for each in lost
        ],
    )
    return lost


def _take_back_reserved(connection: Connection, sku: str, missing: int, at: datetime) -> None:
    """Once no line holds any unit, those reserved as alternatives go too, the latest reservation first.

    The customer was promised them and the order system may have taken them over: a person sees to it.
    """
    mine = select(reservations).where(reservations.c.sku == sku, reservations.c.quantity > 0)
    found = connection.execute(mine.order_by(reservations.c.until.desc())).all() if missing else []
    rows = [row for row in found if known(row.quantity)]
    for row in rows:
        gone = min(missing, row.quantity)
        missing -= gone
        wanted = reservations.c.backorder == row.backorder
        connection.execute(update(reservations).where(wanted).values(quantity=row.quantity - gone))
        until = known(row.until)
        detail = {"sku": sku, "missing": gone, "held_until": until.isoformat() if until else None}
        key = f"reservation/{row.backorder}/{row.quantity}"
        tasks.add(
            connection, key=key, kind="reserved_units_lost", subject=row.backorder, detail=detail, at=at
        )


def open_line(row: QueuedRow) -> Open:
    """A line of the queue, from its row."""
    return Open(
        id=row.backorder,
        priority=row.priority,
        ordered_at=row.ordered_at,
        open=row.open,
        allocated=row.allocated,
        partial=row.partial,
        claim=row.claim,
        passed_over=bool(row.passed_over),
    )
