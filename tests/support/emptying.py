"""A PostgreSQL database as it was when its migrations had run, sooner than a new one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, connect
from psycopg.sql import SQL, Composed, Identifier

_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
)
_SHAPE = """
SELECT md5(string_agg(each, ',' ORDER BY each)) FROM (
  SELECT concat(relname, relkind, relpersistence) AS each FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT concat(attrelid::regclass, attname, atttypid, attnotnull, attisdropped) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT concat(conname, contype, convalidated) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
) AS all_of_them
"""
"""Tables, columns, triggers and constraints, and whether they are at work."""
_LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_NUMBERS = """
SELECT setval(concat(schemaname, '.', sequencename)::regclass, start_value, false) FROM pg_sequences
WHERE last_value IS NOT NULL
"""
"""No migration takes a number of a sequence."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migrated database holds. rows: of each table, as COPY writes them; none for an empty one."""

    shape: str
    tables: tuple[str, ...]
    rows: Mapping[str, bytes]


def migrated(url: str) -> Migrated:
    """Remember a database that was just migrated."""
    with connect(url, autocommit=True) as connection:
        tables = tuple(row[0] for row in connection.execute(_TABLES))
        return Migrated(
            shape=_shape(connection),
            tables=tables,
            rows={table: _rows(connection, table) for table in _filled(connection, tables)},
        )


def empty(connection: Connection[Any], usual: Migrated) -> bool:
    """Put a database back into its first state. Returns False for one that has another shape since.

    connection: one in autocommit. One that is kept knows the tables already, which costs more than all else.
    """
    connection.execute(_LEAVE)
    if _shape(connection) != usual.shape:
        return False
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # no trigger sees it
        for table in _filled(connection, usual.tables):
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        for table, rows in usual.rows.items():
            with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
                copy.write(rows)
        connection.execute(_NUMBERS)
    return True


def _shape(connection: Connection[Any]) -> str:
    [[found]] = connection.execute(_SHAPE)
    return str(found)


def _filled(connection: Connection[Any], tables: tuple[str, ...]) -> list[str]:
    asked = [_has_rows(table) for table in tables]
    return [row[0] for row in connection.execute(SQL(" UNION ALL ").join(asked))]


def _has_rows(table: str) -> Composed:
    return SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(table, Identifier(table))


def _rows(connection: Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)
