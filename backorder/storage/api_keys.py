"""Keys of programs in the database: of the key itself there is only a hash."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from backorder.domain.api_keys import ApiKey
from backorder.storage.codec import dump_json, load_json
from backorder.storage.event_positions import last_position
from backorder.storage.tables import api_keys

_BY_ID = select(api_keys).where(api_keys.c.id == bindparam("id"))


def keep(connection: Connection, key: ApiKey, hash: str) -> None:
    """Keep a new key."""
    row = {
        "id": key.id,
        "name": key.name,
        "hash": hash,
        "roles": dump_json(list(key.roles)),
        "networks": dump_json(list(key.networks)),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "acknowledges": key.acknowledges,
        # What was written before is not for it.
        "acknowledged_position": last_position(connection) if key.acknowledges else 0,
    }
    connection.execute(insert(api_keys), row)


def by_id(connection: Connection, id: str) -> tuple[ApiKey, str] | None:
    """A key and its hash."""
    row = connection.execute(_BY_ID, {"id": id}).one_or_none()
    return None if row is None else (read_key(row), row.hash)


def held(connection: Connection, id: str) -> ApiKey | None:
    """A key, which nobody revokes before the transaction ends."""
    row = connection.execute(_BY_ID.with_for_update(read=True), {"id": id}).one_or_none()
    return None if row is None else read_key(row)


def held_for_revoking(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[ApiKey, str]]:
    """Keys that are there with their hashes, which nobody changes before the transaction ends.

    All that revoke lock in one order: of two keys that revoke each other the second finds itself revoked.
    """
    query = select(api_keys).where(api_keys.c.id.in_(ids)).order_by(api_keys.c.id).with_for_update()
    return {row.id: (read_key(row), row.hash) for row in connection.execute(query)}


def everyone(connection: Connection) -> Sequence[ApiKey]:
    """All keys, the oldest first."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))
    return [read_key(row) for row in rows]


def revoke(connection: Connection, id: str, at: datetime) -> None:
    """It is good for nothing any more."""
    mine = (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)
    connection.execute(update(api_keys).where(mine).values(revoked_at=at))


def used(connection: Connection, id: str, at: datetime) -> None:
    """Note that it was used."""
    connection.execute(update(api_keys).where(api_keys.c.id == id).values(used_at=at))


class KeyRow(Protocol):
    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    acknowledges: bool
    roles: str
    networks: str


def read_key(row: KeyRow) -> ApiKey:
    """A key out of its row."""
    return ApiKey(
        id=row.id,
        name=row.name,
        roles=tuple(_texts(row.roles)),
        networks=tuple(_texts(row.networks)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
        acknowledges=row.acknowledges,
    )


def _texts(stored: str) -> list[str]:
    found = load_json(stored, "a list of a key")
    return [str(each) for each in found] if isinstance(found, list) else []
