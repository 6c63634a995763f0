"""Opening some lines that hear something at once, where what they decide may move units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.services.lock_messages import lock_every_line, lock_messages_of
from backorder.storage import stock_units
from backorder.storage.codec import load_state
from backorder.storage.compiled import fetch
from backorder.storage.isolation import line, sound
from backorder.storage.lines import LineRecord, units_of
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders

_LINES = select(backorders.c.id, backorders.c.sku, backorders.c.state).where(
    backorders.c.id.in_(bindparam("lines", expanding=True))
)


class _Row(Protocol):
    id: str
    sku: str
    state: str


def lock_units_of(connection: Connection, lines: Iterable[str]) -> None:
    """Lock the units that decisions of lines may move: after the lines, and before their messages."""
    if not (ids := sorted(lines)):
        return
    # What cannot be read decides nothing, and moves nothing.
    found, _ = sound(fetch(connection, _LINES, {"lines": ids}), _units, lambda row: line(row.id))
    stock_units.lock_all(connection, {sku for skus in found for sku in skus})


def _units(row: _Row) -> set[str]:
    return units_of(row.sku, load_state(row.state))


def open_with_units(
    connection: Connection, policies: PolicyRepository, lines: Sequence[str], *, message: str
) -> list[LineRecord]:
    """The lines of a message with the units that they may move, then the message with all others of theirs;
    each is locked as soon as it is free. Raises what makes a line unreadable.
    """
    lock_every_line(connection, lines)
    lock_units_of(connection, lines)
    lock_messages_of(connection, [message], lines)
    return [LineRecord(connection, policies, each, units=True) for each in lines]
