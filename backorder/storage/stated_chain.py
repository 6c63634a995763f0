"""The chain of what was stated for a purchase order's line: whoever adds to it holds that line's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, and_, select, update

from backorder.domain import evidence
from backorder.domain.evidence import Chain
from backorder.domain.keys import joined
from backorder.storage.tables import purchase_order_lines, stated_dates


def name_of(purchase_order: str, line: str) -> str:
    """What the chain of a line is called."""
    return f"purchase-order/{joined(purchase_order, line)}"


class NamedLine(Protocol):
    purchase_order: str
    line: str


def bound(
    connection: Connection, line: NamedLine, rows: Sequence[Mapping[str, object]]
) -> list[dict[str, object]]:
    """Rows of a line's stated dates, each bound to the one before it. line: its order and number.

    The line keeps where its chain ends, so that a tail that somebody cut off is missed.
    """
    mine = (stated_dates.c.purchase_order == line.purchase_order) & (stated_dates.c.line == line.line)
    last = select(stated_dates.c.place, stated_dates.c.hash).where(mine, stated_dates.c.place.is_not(None))
    row = connection.execute(last.order_by(stated_dates.c.place.desc()).limit(1)).one_or_none()
    kept = connection.execute(select(*_END).where(_of(line))).one()
    end = end_of(kept.stated_length, kept.stated_head, row.place if row else 0, row.hash if row else "")
    chain = Chain(name_of(line.purchase_order, line.line), *end)
    found = []
    for each in rows:
        link = chain.add(evidence.stated(each))
        found.append(dict(each) | {"place": link.place, "hash": link.hash})
    values = {"stated_length": chain.length, "stated_head": chain.head}
    connection.execute(update(purchase_order_lines).where(_of(line)).values(values))
    return found


def end_of(length: int | None, head: str | None, place: int, hash: str) -> tuple[int, str]:
    """Where a chain ends: as its line says, or its last row, where a program of before added to it."""
    return (length, head or "") if length is not None and length >= place else (place, hash)


_END = (purchase_order_lines.c.stated_length, purchase_order_lines.c.stated_head)


def _of(line: NamedLine) -> ColumnElement[bool]:
    table = purchase_order_lines.c
    return and_(table.purchase_order == line.purchase_order, table.line == line.line)
