"""Bringing a database to the schema that this version of the code needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, column, inspect, select, table

from backorder.errors import SetupError
from backorder.storage.tables import compatibility

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_STAMP = table("alembic_version", column("version_num"))
"""Where Alembic notes the revision."""


def upgrade(engine: Engine) -> tuple[str | None, str | None]:
    """Run every migration that is missing. Returns the revision before and after.

    Safe to call from several processes at once: on PostgreSQL the second one waits for the first one's lock,
    on SQLite for its transaction. A newer schema that names this program as able to work with it stays as it
    is; raises SetupError for one that does not.
    """
    from alembic import command  # 0.2 s that a command which only opens the database need not pay

    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727274)")
        before = revision(connection)
        if before is not None and not _is_known(before):
            fit(connection)
            return before, before
        command.upgrade(config(connection), "head")
        return before, revision(connection)


def revision(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not inspect(connection).has_table(_STAMP.name):
        return None
    found: str | None = connection.scalar(select(_STAMP.c.version_num))
    return found


def newest() -> str:
    """The revision that this code needs."""
    return max(_revisions())


def oldest_program(connection: Connection) -> str | None:
    """The oldest program that the database works with; None where it names none."""
    if not inspect(connection).has_table(compatibility.name):
        return None
    return connection.execute(select(compatibility.c.oldest_program)).scalar_one_or_none()


def fit(connection: Connection, program: str | None = None) -> None:
    """Raise SetupError unless a program, usually this one, works with the schema of the database.

    A newer schema says itself which programs do, so that a worker can restart in the middle of an upgrade.
    """
    found, wanted = revision(connection), newest()
    if found == wanted:
        return
    from importlib.metadata import version

    if found is None or _is_known(found):
        raise SetupError(
            f"the database is at {found or 'nothing'}, not at {wanted}: run `backorder db upgrade`"
        )
    oldest, mine = oldest_program(connection), program or version("backorder")
    if oldest is None:
        raise SetupError(
            f"the database is at {found}, which this program ({mine}) does not know: is it another's? "
            "Install a newer version, or correct BACKORDER_DATABASE_URL"
        )
    if _numbers(mine) < _numbers(oldest):
        raise SetupError(
            f"the database is at {found} and works with version {oldest} or newer, this is {mine}: "
            f"install a newer version of this program"
        )


def _is_known(found: str) -> bool:
    return found in _revisions()


def _numbers(name: str) -> tuple[int, ...]:
    """A version's numbers: 1.10.2 -> (1, 10, 2)."""
    return tuple(int(each) for each in re.findall(r"\d+", name.partition("+")[0])[:3])


def _revisions() -> list[str]:
    """Migrations are named by their revisions, which are numbers."""
    return [path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")]


def config(connection: Connection) -> Config:
    """Alembic's configuration for a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
