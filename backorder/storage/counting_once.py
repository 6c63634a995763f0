"""Idempotency keys: what a program asked for under a key of its own counts once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, delete, select

from backorder.errors import DoneBeforeError, RepeatedKeyError
from backorder.storage import tables as t
from backorder.storage.engine import add, reading, writing

KEPT = timedelta(hours=24)
"""How long an idempotency key is remembered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """Under what a call counts once: a program's key, the one it gave, and what it asked.

    at: when it is claimed, machine time; the IDs that are made of the key have it in them, so that the key
    is a new one once its day is over.
    """

    api_key: str
    key: str
    asked: str
    at: datetime

    def claim(self, connection: Connection, now: datetime) -> None:
        """Raises DoneBeforeError, and RepeatedKeyError where something else was asked."""
        keys = t.idempotency_keys.c
        mine = (keys.api_key == self.api_key) & (keys.key == self.key)
        connection.execute(delete(t.idempotency_keys).where(mine, keys.at < now - KEPT))
        row = {"api_key": self.api_key, "key": self.key, "fingerprint": self.fingerprint, "at": self.at}
        if add(connection, t.idempotency_keys, row):
            return
        known = connection.execute(select(keys.fingerprint, keys.at).where(mine)).one()
        if known.fingerprint == self.fingerprint:
            raise DoneBeforeError(known.at)
        # A version before hashed it so, and made its IDs of the key alone.
        if known.fingerprint == _hashed(self.asked):
            raise DoneBeforeError(known.at, in_ids=False)
        raise RepeatedKeyError

    @property
    def fingerprint(self) -> str:
        """The hash of what was asked."""
        return _hashed(f"at {self.asked}")


def _hashed(asked: str) -> str:
    return sha256(asked.encode()).hexdigest()


def forget_old(engine: Engine, now: datetime) -> int:
    """Forget idempotency keys whose day is over. now: machine time. Returns how many."""
    old = t.idempotency_keys.c.at < now - KEPT
    with reading(engine) as connection:
        if connection.execute(select(t.idempotency_keys.c.key).where(old).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        return connection.execute(delete(t.idempotency_keys).where(old)).rowcount
