"""Opening the database: what each one needs to be safe under many writers."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from weakref import WeakKeyDictionary, finalize

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from backorder.storage.loaders import guarded_loaders
from backorder.storage.types import text_of

if TYPE_CHECKING:
    from psycopg import Connection as DriverConnection
    from sqlalchemy.dialects import postgresql, sqlite
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from backorder.storage.key_proof import KeyProof
    from backorder.storage.statements import AnyRow

try:
    import fcntl
except ImportError:  # Windows, where SQLite's own way has to do
    fcntl = None  # type: ignore[assignment]

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for its turn; under load with several processes seconds are normal."""
LOCK_TIMEOUT_MS = 30_000
IDLE_S = 5.0
"""How long a connection to PostgreSQL may lie unused before it is tried out, at the cost of a round trip."""
POOLED, MORE_AT_MOST = 20, 20
"""Connections that a process keeps open, and how many more it opens while those are all in use."""
_writer_queues: WeakKeyDictionary[Engine, _WriterQueue] = WeakKeyDictionary()


def open_database(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL URL.

    Raises ValueError for any other database.
    """
    # Another name for the same, which hosting providers hand out.
    parsed = make_url(
        url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url
    )
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed)
    raise ValueError(f'the database must be "sqlite:///…" or "postgresql://…", not "{parsed.drivername}"')


class Companion(Protocol):
    """What is written with a transaction of a call that writes, or not at all.

    before, after: at the beginning and at the end of the transaction. committed: it is. done: it goes with
    no other one. actor: who makes the call, as the audit names them.
    """

    actor: str

    @property
    def done(self) -> bool: ...

    def before(self, connection: Connection) -> None: ...

    def after(self, connection: Connection) -> None: ...

    def committed(self) -> None: ...


companion: ContextVar[Companion | None] = ContextVar("companion", default=None)
"""What goes with the next transaction of this call that writes."""


def caller() -> str | None:
    """Who makes this call, or gives this command, as the audit names them; None where nobody does."""
    beside = companion.get()
    return None if beside is None else beside.actor


@contextmanager
def apart() -> Iterator[None]:
    """What is written within is no part of what this call changes."""
    token = companion.set(None)
    try:
        yield
    finally:
        companion.reset(token)


proof: ContextVar[KeyProof | None] = ContextVar("proof", default=None)
"""What this call still has to prove: so it costs one statement, and no transaction of its own."""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write. On SQLite it holds the write lock from its beginning."""
    beside = companion.get()
    if beside is None or beside.done:
        with _transaction(engine) as connection:
            yield connection
        return
    with _transaction(engine) as connection:
        beside.before(connection)
        yield connection
        if not connection.in_transaction():
            return  # it was taken back, and is tried again
        beside.after(connection)
    beside.committed()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    with _writer_queues.get(engine) or nullcontext(), engine.begin() as connection:
        _prove(connection)
        yield connection


def _prove(connection: Connection) -> None:
    owed = proof.get()
    if owed is not None and not owed.given:
        owed.check(connection)


@contextmanager
def trying(engine: Engine, *, keep: bool) -> Iterator[Connection]:
    """A transaction that may write; unless `keep`, nothing of it stays."""
    with writing(engine) as connection:
        if keep:
            yield connection
        else:
            with attempting(connection, keep=False):
                yield connection


@contextmanager
def attempting(connection: Connection, *, keep: bool) -> Iterator[Connection]:
    """A part of a transaction that is under way; unless `keep`, nothing of it stays."""
    with connection.begin_nested() as attempt:
        yield connection
        if not keep:
            attempt.rollback()


@contextmanager
def rehearsing(engine: Engine) -> Iterator[Connection]:
    """A transaction in which many facts are tried, each after the others; nothing of it stays.

    It locks in any order: where that makes a circle, it is this one that gives up, and no fact that stays.
    """
    with trying(engine, keep=False) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: one snapshot, no lock."""
    with _snapshot(engine) as connection:
        _prove(connection)
        yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """The same; what the call has to prove goes with its first statement, as in `glancing`."""
    if engine.dialect.name != "postgresql":
        with reading(engine) as connection:
            yield connection
        return
    with _snapshot(engine) as connection:
        yield connection


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as plain:
        connection = plain.execution_options(**_READING[engine.dialect.name])
        with connection.begin():
            yield connection


@contextmanager
def glancing(engine: Engine) -> Iterator[Connection]:
    """For reads of which each statement sees the database as it is when it begins; without a lock.

    Where one statement says it all that is as good as a snapshot, and costs half as many round trips. What
    the call has to prove goes with that statement (`backorder.storage.plain_rows`); the call looks itself
    where it did not.
    """
    if engine.dialect.name != "postgresql":
        with reading(engine) as connection:
            yield connection
        return
    with engine.connect() as connection:
        # As the level AUTOCOMMIT has it, which sets four things of a connection anew for each read.
        driven = cast("DriverConnection[object]", connection.connection.driver_connection)
        driven.autocommit = True
        try:
            yield connection
        finally:
            if not driven.closed:
                driven.autocommit = False


_READING: dict[str, dict[str, object]] = {
    "sqlite": {"backorder_reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of this database's kind, which may say what to do about a row that is there."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # 50 ms that a command on SQLite need not pay

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def add(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert a row unless one with its key is there, also where somebody else inserts it at this moment.

    Returns whether it is new.
    """
    statement = insert_into(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement, row).first() is not None


def add_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> list[AnyRow]:
    """Insert rows unless one with their key is there. Returns the primary keys of those that are new."""
    if not rows:
        return []
    statement = insert_into(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return list(connection.execute(statement, list(rows)))


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=POOLED,
        max_overflow=MORE_AT_MOST,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        hide_parameters=True,  # an error's words end in logs, and people's data in none
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver's own transaction handling begins too late: a read would come before the lock.
        connection.isolation_level = None
        connection.text_factory = text_of
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        # PostgreSQL's name for the order of bytes, by which lines of one instant are queued.
        connection.create_collation("C", _by_bytes)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        only_reads = connection.get_execution_options().get("backorder_reading")
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    _writer_queues[engine] = _WriterQueue(url.database if url.database != ":memory:" else None)
    return engine


class _WriterQueue:
    """Lets those who write to a SQLite file take turns, in all threads and processes.

    SQLite makes them sleep and try again instead, which is slow and lets one starve while others go on.
    """

    def __init__(self, database: str | None) -> None:
        self._threads = threading.Lock()
        self._file: int | None = None
        if database and fcntl:
            self._file = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT, 0o666)
            finalize(self, os.close, self._file)

    def __enter__(self) -> None:
        self._threads.acquire()
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


def _by_bytes(one: str, other: str) -> int:
    return (one > other) - (one < other)


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(
        url,
        pool_size=POOLED,
        max_overflow=MORE_AT_MOST,
        connect_args={"options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC"},
        hide_parameters=True,
    )
    loaders = guarded_loaders()

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for name, loader in loaders:
            connection.adapters.register_loader(name, loader)

    @event.listens_for(engine, "checkin")
    def rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def try_out(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("since", time.monotonic()) < IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error

    return engine
