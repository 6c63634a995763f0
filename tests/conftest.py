"""What tests of several tiers need: databases made by the real migrations, and settings that use one."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as examples
from sqlalchemy import Connection, Engine, Pool, event

from backorder.services.services import Services, open_services
from backorder.settings import Settings
from starter.interpreter import COLLECT
from tests.support.databases import KINDS, NewDatabase, PostgresServer, migrated_sqlite, postgres_server
from tests.support.fuzzing import FUZZ, TRIED, table
from tests.support.policies import POLICY, partial
from tests.support.templates import share_compiled

# How long an example takes says what else the machine does, nothing of the product.
examples.register_profile("unhurried", deadline=None)
examples.load_profile("unhurried")


class _Compiled(dict[tuple[Any, ...], Any]):
    """Statements as SQL, shared by all engines on one kind of database: every test opens an engine anew,
    and would else spend most of its time on writing the same statements again.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


_compiled = _Compiled()
share_compiled()


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


@event.listens_for(Pool, "checkout")
def _hurry(connection: Any, record: Any, _proxy: object) -> None:
    """Here no file of SQLite has to survive a power cut; one that waits for the disk costs 5 ms a commit."""
    if isinstance(connection, sqlite3.Connection) and not record.info.get("hurries"):
        connection.execute("PRAGMA synchronous=OFF")
        record.info["hurries"] = True


LONGEST = (
    *("test_demo", "test_fault_runs", "test_provider_faults", "test_up", "test_crashes", "test_installed"),
    *("test_in_a_browser", "test_cli_live", "test_upgrade", "test_deployments", "test_reviving"),
    *("test_concurrency", "test_replan", "test_crowd", "test_schemathesis", "test_shop_page"),
    *("test_versioning", "test_starting", "test_endings", "test_isolation"),
)
"""Modules that wait for servers and processes, the longest first; and those with one browser or one stack for
all their tests, which would cost as much again where another process took some of them over."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that one process waits while the others work, and none at the end.

    Of several processes each is given a stretch of the list at first: so each stretch begins with its share.
    """
    hands = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shares: list[list[pytest.Item]] = [[] for _ in range(hands)]
    for place, name in enumerate(LONGEST):
        shares[place % hands] += [item for item in items if item.path.stem == name]
    others = iter([item for item in items if item.path.stem not in LONGEST])
    left = len(items)
    for place, share in enumerate(shares):
        size = left // (hands - place)
        share += islice(others, max(0, size - len(share)))
        left -= len(share)
    items[:] = [item for share in shares for item in share]


def pytest_collection_finish() -> None:
    """As a worker does once everything is loaded: looking for garbage must not stop workflows for seconds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


class _Raising(logging.Handler):
    """What production logs as a defect of the program and lives with fails a test."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


logging.getLogger("backorder.defects").addHandler(_Raising(level=logging.ERROR))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several hands over what it tried."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tried"] = [[*each, count] for each, count in TRIED.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What one of several processes tried."""
    for door, verdict, count in getattr(node, "workeroutput", {}).get("tried", ()):
        TRIED[door, verdict] += count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at the end of a long run how many odd inputs were tried, and where."""
    if FUZZ and TRIED:
        terminalreporter.write_line("")
        for line in table(TRIED):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], PostgresServer]]:
    """The PostgreSQL server of the run; it starts with the first test that needs it."""
    running = []

    @cache
    def server() -> PostgresServer:
        context = postgres_server()
        running.append(context)
        return context.__enter__()

    yield server
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    path.write_bytes(migrated_sqlite())
    return path


@pytest.fixture
def new_database(
    tmp_path: Path, migrated_file: Path, postgres: Callable[[], PostgresServer]
) -> Iterator[NewDatabase]:
    """Make migrated databases, `sqlite` or `postgresql`; each is gone when the test is over."""
    made: list[str] = []

    def make(kind: str) -> str:
        if kind == "postgresql":
            made.append(postgres().create())
            return made[-1]
        path = tmp_path / f"{len(list(tmp_path.glob('*.db')))}.db"
        shutil.copy(migrated_file, path)
        return f"sqlite:///{path}"

    yield make
    for url in made:
        postgres().drop(url)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """A migrated database, once on SQLite and once on PostgreSQL."""
    return new_database(str(request.param))


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder of policies: `standard`, and one for each way to treat a partial arrival."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "standard.toml").write_text(POLICY)
    for name in ("hold", "ship", "skip"):
        (folder / f"{name}.toml").write_text(partial(name))
    return folder


@pytest.fixture
def settings(tmp_path: Path, database_url: str, policies: Path) -> Settings:
    """Settings on a database of their own, once on each kind."""
    return Settings(
        data=tmp_path / "data",
        database_url=database_url,
        policies=policies,
        service_phone="+1 202 555 0100",
    )


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """An open store with the policies loaded, once on each kind of database."""
    services = open_services(settings)
    services.load_policies(settings.policies)
    yield services
    services.close()
