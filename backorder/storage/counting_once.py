"""Idempotency keys: what a program asked for under a key of its own counts once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select

from backorder.errors import DoneBeforeError, RepeatedKeyError
from backorder.storage import tables as t
from backorder.storage.engine import add, reading, writing

KEPT = timedelta(hours=24)
"""How long an idempotency key is remembered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """Under what a call counts once: a program's key, the one it gave, and the hash of what it asked."""

    api_key: str
    key: str
    fingerprint: str

    def claim(self, connection: Connection, at: datetime) -> None:
        """Raises DoneBeforeError, and RepeatedKeyError where something else was asked."""
        keys = t.idempotency_keys.c
        mine = (keys.api_key == self.api_key) & (keys.key == self.key)
        connection.execute(delete(t.idempotency_keys).where(mine, keys.at < at - KEPT))
        row = {"api_key": self.api_key, "key": self.key, "fingerprint": self.fingerprint, "at": at}
        if add(connection, t.idempotency_keys, row):
            return
        known = connection.execute(select(keys.fingerprint, keys.at).where(mine)).one()
        raise DoneBeforeError(known.at) if known.fingerprint == self.fingerprint else RepeatedKeyError


def forget_old(engine: Engine, now: datetime) -> int:
    """Forget idempotency keys whose day is over. now: machine time. Returns how many."""
    old = t.idempotency_keys.c.at < now - KEPT
    with reading(engine) as connection:
        if connection.execute(select(t.idempotency_keys.c.key).where(old).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        return connection.execute(delete(t.idempotency_keys).where(old)).rowcount
