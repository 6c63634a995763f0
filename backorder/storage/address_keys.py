"""The key by which addresses of erased customers are hashed, made with the first of them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from backorder.domain.erasure import hashed
from backorder.storage.compiled import first
from backorder.storage.engine import add
from backorder.storage.tables import address_keys

_KEY = select(address_keys.c.key)
ADDRESS_KEY = _KEY.scalar_subquery()
"""The key as a column of any statement; NULL where nobody was erased yet."""
Place = tuple[str, str]
"""A channel, and an address in its canonical form."""


def _known(connection: Connection) -> str | None:
    row = first(connection, _KEY, {})
    return None if row is None else row.key


def as_hashes(connection: Connection, places: Collection[Place]) -> Mapping[Place, Place]:
    """Addresses as they are kept once their owner was erased."""
    if _known(connection) is None:
        add(connection, address_keys, {"id": 1, "key": secrets.token_hex(32)})
    return known_hashes(connection, places)


def known_hashes(connection: Connection, places: Collection[Place]) -> Mapping[Place, Place]:
    """The same; nothing where nobody was erased yet."""
    return hashes(places, _known(connection) if places else None)


def hashes(places: Collection[Place], key: str | None) -> Mapping[Place, Place]:
    """The same. key: as the database holds it, None where it holds none."""
    if key is None:
        return {}
    return {
        (channel, address): (channel, hashed(bytes.fromhex(key), channel, address))
        for channel, address in places
    }
