"""The lines of a purchase order as its readers see them: who waits for each, and whether a date waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, exists, select

from backorder.queries.supply_lists import FEW, InQueue, SupplyLine, count_waiting_for, waiting_for
from backorder.storage import stock_units
from backorder.storage.stated_dates import buyer_asked
from backorder.storage.tables import purchase_order_lines


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderedLine(SupplyLine):
    """A line of a purchase order.

    waits_for_buyer: why a new date of it waits for the buyer; empty where none does. lines_waiting: how many
    lines wait for its units; waiting: the first of them, in the order in which they are served.
    """

    waits_for_buyer: str
    lines_waiting: int
    waiting: tuple[InQueue, ...]


def with_waiting(connection: Connection, order: str, lines: Sequence[SupplyLine]) -> list[OrderedLine]:
    """Some lines of an order, with what waits for them and for the buyer."""
    doubts, wanted = buyer_asked(connection, order), _waited_for(connection, order)
    found = []
    for each in lines:
        count, first = _behind(connection, each) if each.open and each.sku in wanted else (0, ())
        known = {field.name: getattr(each, field.name) for field in fields(SupplyLine)}
        why = doubts.get(each.line, "")
        found.append(OrderedLine(**known, waits_for_buyer=why, lines_waiting=count, waiting=first))
    return found


def _behind(connection: Connection, line: SupplyLine) -> tuple[int, tuple[InQueue, ...]]:
    page = waiting_for(connection, line, limit=FEW)
    count = count_waiting_for(connection, line) if page.next else len(page.rows)
    return count, tuple(page.rows)


def _waited_for(connection: Connection, order: str) -> frozenset[str]:
    """The products of an order for which anybody waits."""
    line = purchase_order_lines.c
    queued = exists().where(stock_units.queued(line.sku)).correlate(purchase_order_lines)
    query = select(line.sku).where(line.purchase_order == order, queued).distinct()
    return frozenset(connection.execute(query).scalars())
