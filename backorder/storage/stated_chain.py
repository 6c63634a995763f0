"""The chain of what was stated for a purchase order's line: whoever adds to it holds that line's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from backorder.domain import evidence
from backorder.domain.evidence import Chain
from backorder.domain.keys import joined
from backorder.storage.tables import stated_dates


def name_of(purchase_order: str, line: str) -> str:
    """What the chain of a line is called."""
    return f"purchase-order/{joined(purchase_order, line)}"


def bound(connection: Connection, line: Any, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a line's stated dates, each bound to the one before it. line: its order and number."""
    mine = (stated_dates.c.purchase_order == line.purchase_order) & (stated_dates.c.line == line.line)
    last = select(stated_dates.c.place, stated_dates.c.hash).where(mine, stated_dates.c.place.is_not(None))
    end = connection.execute(last.order_by(stated_dates.c.place.desc()).limit(1)).one_or_none()
    chain = Chain(name_of(line.purchase_order, line.line), end.place if end else 0, end.hash if end else "")
    found = []
    for row in rows:
        link = chain.add(evidence.stated(row))
        found.append(dict(row) | {"place": link.place, "hash": link.hash})
    return found
