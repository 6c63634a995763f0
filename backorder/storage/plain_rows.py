"""Rows as the driver gives them: for the few reads that people wait for at every key they press.

Around a statement that is compiled already SQLAlchemy looks for its text by all its parts, makes a result
that knows its columns and rows that know their names: as much work again as reading a page of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError

from backorder.storage import key_proof
from backorder.storage.compiled import Values, fetch
from backorder.storage.engine import guarded_loaders, proof, usual_loaders
from backorder.storage.statements import AnySelect


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prepared:
    """A statement as the driver takes it.

    fixed: values that stand in it. readers: by a column's place, what reads its values as its type means
    them, where the driver does not.
    """

    text: str
    fixed: Mapping[str, object]
    readers: Mapping[int, Callable[[Any], object]]


def rows_of(connection: Connection, statement: AnySelect, values: Mapping[str, object]) -> Sequence[Any]:
    """All rows of a statement, each a tuple of its columns, and maybe of one more.

    values: of its parameters, as the driver takes them. What the call still has to prove is asked with it and
    costs no round trip of its own; where there is no row it stays to be proven. Raises DBAPIError, and what a
    proof raises.
    """
    if connection.dialect.name != "postgresql":
        return connection.execute(statement, dict(values)).all()
    owed = proof.get()
    if owed is None or owed.given:
        return _read(connection, _prepared(statement, connection.dialect), values)
    proving = _proving(statement)
    rows = _read(connection, _prepared(proving, connection.dialect), {**values, **owed.values})
    if rows:
        owed.take(rows[0][-1])
    return rows


def named_rows_of(connection: Connection, statement: AnySelect, values: Values) -> Sequence[Any]:
    """The same, each with the names of its columns (`backorder.storage.compiled.fetch`)."""
    owed = proof.get()
    if owed is None or owed.given:
        return fetch(connection, statement, values)
    rows = fetch(connection, _proving(statement), {**values, **owed.values})
    if rows:
        owed.take(rows[0][-1])
    return rows


@lru_cache(maxsize=1000)
def _proving(statement: AnySelect) -> AnySelect:
    return statement.add_columns(key_proof.COLUMN)


@lru_cache(maxsize=1000)
def _prepared(statement: AnySelect, dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect)
    columns = (column.type.dialect_impl(dialect) for column in statement.selected_columns)
    readers = ((place, each.result_processor(dialect, None)) for place, each in enumerate(columns))
    return _Prepared(
        text=str(compiled),
        fixed={name: each.value for name, each in compiled.binds.items() if not each.required},
        readers={place: read for place, read in readers if read is not None},
    )


def _read(connection: Connection, prepared: _Prepared, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    driver, given = connection.connection, {**prepared.fixed, **values}
    cursor = driver.cursor()
    for noticed in connection.dispatch.before_cursor_execute:
        noticed(connection, cursor, prepared.text, given, None, False)
    try:
        rows = _fetched(driver.dbapi_connection, cursor, prepared.text, given)
    except connection.dialect.loaded_dbapi.Error as error:
        gone = connection.dialect.is_disconnect(error, driver.dbapi_connection, cursor)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            prepared.text,
            None,
            error,
            connection.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=connection.dialect,
        ) from error
    finally:
        cursor.close()
    for place, read in prepared.readers.items():
        rows = [(*row[:place], read(row[place]), *row[place + 1 :]) for row in rows]
    return rows


def _fetched(driver: Any, cursor: Any, text: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows. The driver's own way with days and instants is twice as fast as a guarded one.

    Where it meets what Python has no value for, the same rows are read once more, each value guarded. In a
    session that is not in UTC only the guarded way says instants in UTC.
    """
    from psycopg import DataError  # a process on SQLite has no need of it

    if driver.pgconn.parameter_status(b"TimeZone") == b"UTC":
        _load_with(cursor, usual_loaders())
    cursor.execute(text, given)
    try:
        return list(cursor.fetchall())
    except (DataError, ValueError, OverflowError):
        _load_with(cursor, guarded_loaders())
        return list(cursor.fetchall())


def _load_with(cursor: Any, loaders: Sequence[tuple[str, Any]]) -> None:
    for name, loader in loaders:
        cursor.adapters.register_loader(name, loader)
