"""How PostgreSQL's days and instants become Python's: by the driver alone, or each value guarded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine.interfaces import DBAPICursor

from backorder.storage.types import Unreadable

if TYPE_CHECKING:
    from psycopg.abc import Buffer


@cache
def usual_loaders(*, binary: bool = False) -> Sequence[tuple[str, Any]]:
    """The driver's own loaders of PostgreSQL's days and instants, which raise for an `infinity`.

    binary: of those that the database sends as it keeps them, not in words.
    """
    from psycopg import adapters
    from psycopg.pq import Format

    format = Format.BINARY if binary else Format.TEXT
    return [(name, adapters.get_loader(adapters.types[name].oid, format)) for name in ("date", "timestamptz")]


@cache
def guarded_loaders(*, binary: bool = False) -> Sequence[tuple[str, type]]:
    """Loaders of PostgreSQL's days, and of its instants in UTC, that take what Python has no value for.

    The driver's own raise for it, and with one such value a whole result is lost. binary: see above.
    """
    from psycopg import DataError
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    def guarding(loader: Any, expected: str, then: Callable[[Any], Any] | None = None) -> type:

        class Guarded(Loader):
            format = Format.BINARY if binary else Format.TEXT

            def __init__(self, oid: int, context: Any = None) -> None:
                super().__init__(oid, context)
                usual = loader(oid, context).load
                self._read = usual if then is None else lambda data: then(usual(data))

            def load(self, data: Buffer) -> object:
                try:
                    return self._read(data)
                except (DataError, ValueError, OverflowError):
                    return Unreadable(expected)

        return Guarded

    usual = dict(usual_loaders(binary=binary))
    return [
        ("date", guarding(usual["date"], "a day")),
        ("timestamptz", guarding(usual["timestamptz"], "an instant", _in_utc)),
    ]


def in_utc(cursor: DBAPICursor) -> bool:
    """Whether its session is in UTC. In another one only the guarded way says instants in UTC."""
    return bool(cursor.connection.pgconn.parameter_status(b"TimeZone") == b"UTC")


def hasten(cursor: DBAPICursor) -> None:
    """Have the driver alone read the days and instants of a cursor in UTC: twice as fast as guarded."""
    _load_with(cursor, usual_loaders())


def guarded(cursor: DBAPICursor) -> list[Any]:
    """All rows. Where the driver meets what Python has no value for, they are read once more, guarded."""
    from psycopg import DataError

    try:
        return list(cursor.fetchall())
    except (DataError, ValueError, OverflowError):
        _load_with(cursor, [*guarded_loaders(), *guarded_loaders(binary=True)])
        return list(cursor.fetchall())


def _load_with(cursor: DBAPICursor, loaders: Sequence[tuple[str, Any]]) -> None:
    for name, loader in loaders:
        cursor.adapters.register_loader(name, loader)


def _in_utc(found: datetime) -> datetime:
    """The same instant. Sessions are in UTC, unless somebody before the database takes that away."""
    return found if found.tzinfo is UTC else found.astimezone(UTC)
