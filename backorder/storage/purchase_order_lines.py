"""Purchase-order lines: which are open, since when their units are ordered, and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from backorder.domain.supply.expected_receipts import OrderedLine, Stated, Tranche
from backorder.errors import UnreadableError
from backorder.failures import in_words
from backorder.storage.codec import dump_json, load_json
from backorder.storage.tables import (
    products,
    purchase_order_lines,
    purchase_orders,
    stated_dates,
    suppliers,
)

if TYPE_CHECKING:
    from backorder.storage.rows import OrderedLineRow


# Words of the partial index: a database only uses it if the query repeats its condition as it stands.
OPEN = and_(
    purchase_order_lines.c.cancelled_at.is_(None),
    purchase_order_lines.c.received < purchase_order_lines.c.quantity,
)
"""The condition that picks purchase-order lines of which units are still to come."""


def follow_up_again(connection: Connection, order: str, at: datetime | None) -> None:
    """Note when the workflow of a purchase order has to look at it, so that a sweep finds one that did not.

    None: never, unless something new is known.
    """
    wanted = purchase_orders.c.id == order
    connection.execute(update(purchase_orders).where(wanted).values(look_at=at))


def find_line(connection: Connection, order: str, line: str) -> OrderedLineRow | None:
    """A purchase-order line; None if there is none."""
    return connection.execute(select(purchase_order_lines).where(is_line(order, line))).one_or_none()


def known_line(connection: Connection, order: str, line: str) -> OrderedLineRow:
    """A purchase-order line that is on record."""
    return connection.execute(select(purchase_order_lines).where(is_line(order, line))).one()


def no_line(order: str, line: str) -> str:
    """The fault of a purchase-order line that is not on record."""
    return f"purchase_order, line: purchase order {order} has no line {line}"


def is_open(line: OrderedLineRow) -> bool:
    """Whether units of a purchase-order line are still to come."""
    return line.cancelled_at is None and line.received < line.quantity


def is_line(order: str, line: str) -> ColumnElement[bool]:
    """The condition that picks a purchase-order line."""
    return and_(purchase_order_lines.c.purchase_order == order, purchase_order_lines.c.line == line)


class StatedRow(Protocol):
    """A part of what a supplier stated."""

    split: int
    quantity: int
    day: date | None
    source: str
    received: int | None


def last_stated(connection: Connection, line: OrderedLineRow) -> list[StatedRow]:
    """What the supplier said last about a line, as far as it counts."""
    query = select(stated_dates).where(
        stated_dates.c.purchase_order == line.purchase_order,
        stated_dates.c.line == line.line,
        stated_dates.c.revision == line.revision,
    )
    return list(connection.execute(query.order_by(stated_dates.c.split)))


def stated_date_about(connection: Connection, line: OrderedLineRow, ordered: OrderedLine) -> str:
    """What stands for the last word on a line, also one that the buyer rejected: it was an answer.

    It changes whenever somebody states dates, and with every part that comes.
    """
    mine = and_(stated_dates.c.purchase_order == line.purchase_order, stated_dates.c.line == line.line)
    newest = select(func.coalesce(func.max(stated_dates.c.revision), 0)).where(mine)
    return f"{int(connection.execute(newest).scalar_one())}/{ordered.received}"


def ordered_line(
    connection: Connection, line: OrderedLineRow, stated: Sequence[Stated] | None = None
) -> OrderedLine:
    """A line as the rules see it; with `said` as if the supplier said that now."""
    tranches = tranches_of(connection, line)
    ever = received_ever(line, tranches)
    if stated is not None:
        return OrderedLine(tranches=tranches, received=ever, stated=tuple(stated), stated_after=ever)
    latest = last_stated(connection, line)
    return OrderedLine(
        tranches=tranches,
        received=ever,
        stated=tuple(Stated(units=each.quantity, day=each.day) for each in latest),
        stated_after=latest[0].received if latest else None,
    )


def tranches_of(connection: Connection, line: OrderedLineRow) -> tuple[Tranche, ...]:
    """Since when a line's units are ordered, the oldest first."""
    if line.tranches is not None:
        return load_tranches(line.tranches)
    mine = purchase_orders.c.id == line.purchase_order
    day: date = connection.execute(select(purchase_orders.c.ordered_on).where(mine)).scalar_one()
    return (Tranche(units=line.quantity, ordered_on=day),)


def load_tranches(text: str) -> tuple[Tranche, ...]:
    """Tranches as they are kept. Raises UnreadableError."""
    what = "since when units are ordered"
    kept = cast("Sequence[tuple[int, str]]", load_json(text, what))
    try:
        found = tuple(Tranche(units=int(units), ordered_on=date.fromisoformat(day)) for units, day in kept)
    except (ValueError, TypeError) as error:
        raise UnreadableError(f"{what} cannot be read: {in_words(error)}") from error
    if not found:
        raise UnreadableError(f"{what} is not there")
    return found


def dump_tranches(tranches: Sequence[Tranche]) -> str:
    """Tranches as they are kept."""
    return dump_json([[each.units, each.ordered_on.isoformat()] for each in tranches])


def received_ever(line: OrderedLineRow, tranches: Sequence[Tranche]) -> int:
    """All units of a line that ever came; those that went back for others are ordered once more."""
    again: int = sum(each.units for each in tranches) - line.quantity
    return int(line.received) + max(0, again)


def stated_lead_days(connection: Connection, sku: str, supplier: str) -> int:
    """The supplier's stated lead time for a product in days: the product's own, or else the usual one."""
    own = select(products.c.lead_days).where(products.c.sku == sku, products.c.supplier == supplier)
    usual = select(suppliers.c.lead_days).where(suppliers.c.id == supplier)
    found = connection.execute(own).scalar_one_or_none()
    return found if found is not None else int(connection.execute(usual).scalar_one())
