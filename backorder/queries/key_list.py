"""The keys of programs, page by page, the oldest first; of a key itself there is nothing to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from backorder.domain.api_keys import ApiKey
from backorder.queries.supply_lists import LIMIT, SupplyPage
from backorder.storage.api_keys import read_key
from backorder.storage.cursors import cursor_of, instant_in, read_cursor
from backorder.storage.isolation import sound
from backorder.storage.tables import api_keys

_LIST = "keys"
_KEY = (api_keys.c.created_at, api_keys.c.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyView:
    """A key of a program. id: the part of it that is no secret. name: whose it is. roles: what it may do.

    networks: from which it is taken, anywhere if none. acknowledges: what waits for the order system waits
    until it has read the events. used_at: to the minute. Instants are machine time.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    networks: tuple[str, ...]
    acknowledges: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


def view_of(key: ApiKey) -> KeyView:
    """A key, as people and programs read it."""
    return KeyView(
        id=key.id,
        name=key.name,
        roles=key.roles,
        networks=key.networks,
        acknowledges=key.acknowledges,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        used_at=key.used_at,
    )


def key_list(connection: Connection, *, cursor: str | None = None, limit: int = LIMIT) -> SupplyPage[KeyView]:
    """A page of all keys, also of those that are good no more. Raises RefusedError for a cursor that means
    nothing.
    """
    query = select(api_keys).order_by(*_KEY).limit(limit + 1)
    if cursor:
        behind = tuple_(*read_place(cursor), types=[column.type for column in _KEY])
        query = query.where(tuple_(*_KEY) > behind)
    rows = connection.execute(query).all()
    found, _ = sound(rows[:limit], read_key, lambda row: (f"key/{row.id}", ""))
    last = rows[limit - 1] if len(rows) > limit else None
    place = cursor_of(_LIST, last.created_at.isoformat(), last.id) if last is not None else None
    return SupplyPage(rows=[view_of(each) for each in found], next=place)


def read_place(cursor: str) -> tuple[datetime, str]:
    """Behind which key a page begins. Raises RefusedError for a cursor of another list."""
    at, id = read_cursor(cursor, _LIST, 2)
    return instant_in(at), id
