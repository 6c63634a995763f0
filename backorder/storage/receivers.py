"""Receivers of events: one row each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select, text

from backorder.errors import UnreadableError
from backorder.storage.codec import load_json
from backorder.storage.isolation import sound
from backorder.storage.tables import receivers

_ALL = select(receivers).where(receivers.c.removed_at.is_(None)).order_by(receivers.c.id)
# Who changes a receiver has it FOR UPDATE, and waits for this lock; who places events waits for nobody else.
_STAYING = _ALL.with_for_update(read=True, key_share=True)
# Who has an ID for a new one is told apart from who has it too, and how many there are stays true; on SQLite
# there is one writer anyway.
_ONE_AT_A_TIME = text(f"SELECT pg_advisory_xact_lock({0x72656376})")
LIVE = select(receivers.c.id).where(receivers.c.removed_at.is_(None))
"""The IDs of those that were not removed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receiver:
    """Where events are sent. types: whole names of those that it gets, none for all.

    old_secret: signs too, until `old_secret_until` (machine time). older_secrets: those before it that still
    signed when it came, each with its own end, the newest first. by_settings: a setting named it.
    let_go: one named it before, and no person has put it since.
    """

    id: str
    url: str
    types: tuple[str, ...]
    acknowledges: bool
    by_settings: bool
    created_at: datetime
    updated_at: datetime
    secret: str = field(repr=False)
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    older_secrets: tuple[tuple[str, datetime], ...] = field(default=(), repr=False)
    removed: bool = False
    let_go: bool = False

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What an attempt is signed with, the newest first. now: machine time."""
        return (self.secret, *(secret for secret, _ in self.old_secrets(now)))

    def old_secrets(self, now: datetime) -> tuple[tuple[str, datetime], ...]:
        """Those of before that still sign, each with its end, the newest first. now: machine time."""
        found = list(self.older_secrets)
        if self.old_secret and self.old_secret_until:
            found.insert(0, (self.old_secret, self.old_secret_until))
        return tuple(each for each in found if now < each[1])


class _ReceiverRow(Protocol):
    types: str
    id: str
    url: str
    acknowledges: bool
    by_settings: bool
    created_at: datetime
    updated_at: datetime
    secret: str
    old_secret: str | None
    old_secret_until: datetime | None
    older_secrets: str | None
    removed_at: datetime | None
    let_go_at: datetime | None


def from_row(row: _ReceiverRow) -> Receiver:
    """A receiver. Raises UnreadableError."""
    types = load_json(row.types, "a receiver's types")
    if not isinstance(types, list) or not all(isinstance(each, str) for each in types):
        raise UnreadableError("a receiver's types cannot be read")
    return Receiver(
        id=row.id,
        url=row.url,
        types=tuple(types),
        acknowledges=row.acknowledges,
        by_settings=row.by_settings,
        created_at=row.created_at,
        updated_at=row.updated_at,
        secret=row.secret,
        old_secret=row.old_secret,
        old_secret_until=row.old_secret_until,
        older_secrets=_older(row.older_secrets),
        removed=row.removed_at is not None,
        let_go=row.let_go_at is not None,
    )


def older_text(secrets: Sequence[tuple[str, datetime]]) -> str | None:
    """What a receiver's row says of secrets with their ends."""
    return json.dumps([[secret, until.isoformat()] for secret, until in secrets]) if secrets else None


def _older(said: str | None) -> tuple[tuple[str, datetime], ...]:
    if said is None:
        return ()
    try:
        return tuple((str(secret), datetime.fromisoformat(until)) for secret, until in json.loads(said))
    except (ValueError, TypeError) as error:
        raise UnreadableError("a receiver's older secrets cannot be read") from error


def receivers_in(connection: Connection, *, stay: bool = False) -> list[Receiver]:
    """All receivers, by their IDs. One that cannot be read is left out, and logged.

    stay: nobody removes one, or has it get other types, until the transaction ends.
    """
    rows = connection.execute(_STAYING if stay else _ALL)
    found, _ = sound(rows, from_row, lambda row: (f"receiver/{row.id}", ""))
    return found


def put_alone(connection: Connection) -> None:
    """Nobody else puts a receiver until the transaction ends; before any receiver is locked."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)


def find(connection: Connection, id: str, *, lock: bool = False, removed: bool = False) -> Receiver | None:
    """A receiver. removed: also one that was removed. Raises UnreadableError."""
    query = select(receivers).where(receivers.c.id == id)
    if not removed:
        query = query.where(receivers.c.removed_at.is_(None))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return from_row(row) if row is not None else None


def dump_types(types: tuple[str, ...]) -> str:
    """As the column keeps them."""
    return json.dumps(sorted(set(types)), separators=(",", ":"))
