"""Statements that are compiled once and then handed to the driver: what every line does again and again, and
what people wait for at every key they press.

SQLAlchemy looks for a compiled statement by all its parts, makes a context, and a result that knows its
columns: for a row that is read by its key as much work as the database has with it, and for a page as much
again as reading it. What is known of a statement is kept here by the statement itself, so it has to be one
that lives as long as its module, or that is remembered.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Boolean, Connection, Dialect, Integer, String, UpdateBase
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from backorder.storage.loaders import guarded, hasten, in_utc
from backorder.storage.statements import AnySelect
from backorder.storage.types import Day, Instant, Texts, Unset, Whole

if TYPE_CHECKING:
    from psycopg import Connection as DriverConnection

T = TypeVar("T")
Process = Callable[[Any], Any]
Values = Mapping[str, Any]
Rows = list[Any]
KEPT = 1000
"""Statements that are remembered, each with the names of its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Text:
    """A statement as the driver takes it. order: of its values where they have places and no names.

    lists: by the name of a list of values, the names of its values one by one. numbered: the same for
    PostgreSQL itself, with the names of its values in the order of their numbers.
    """

    text: str
    order: tuple[str, ...] | None
    lists: Mapping[str, Sequence[str]]
    numbered: tuple[bytes, tuple[str, ...]] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    """What is known of a statement.

    fixed: values that stand in it. writers, readers: what makes of a value what the driver takes, by its
    name, and of what the driver gives a value, by its place. row: gives one its columns' names. dated:
    whether it reads days or instants of PostgreSQL. binary: whether PostgreSQL may send its rows as it keeps
    them, not in words. texts: by how long its lists are.
    """

    compiled: SQLCompiler
    fixed: Mapping[str, Any]
    writers: Mapping[str, Process]
    readers: Sequence[tuple[int, Process]]
    row: Process
    lists: frozenset[str]
    dated: bool
    binary: bool
    texts: dict[tuple[int, ...], _Text] = field(default_factory=dict)

    def text(self, values: Values) -> _Text:
        """The statement for lists as long as these."""
        lengths = tuple([len(values[name]) for name in self.lists]) if self.lists else ()
        found = self.texts.get(lengths)
        if found is None:
            found = self.texts[lengths] = _text(self.compiled, {**self.fixed, **values})
        return found

    def given(self, text: _Text, values: Values) -> object:
        """The values as the driver takes them."""
        given = {**self.fixed, **values}
        for name, write in self.writers.items():
            if name in text.lists:
                given[name] = [write(each) for each in given[name]]
            else:
                given[name] = write(given[name])
        for name, names in text.lists.items():
            given.update(zip(names, given[name], strict=True))
        return given if text.order is None else tuple([given[name] for name in text.order])


def fetch(connection: Connection, statement: AnySelect, values: Values) -> Rows:
    """All rows of a statement, each a tuple that knows the names of its columns.

    values: of its parameters, as `Connection.execute` takes them. Raises DBAPIError.
    """
    ready = _ready(statement, _of_kind(connection.dialect), None)
    return list(map(ready.row, _rows(connection, ready, values)))


def tuples(connection: Connection, statement: AnySelect, values: Values) -> Rows:
    """The same, each a plain tuple."""
    return list(map(tuple, _rows(connection, _ready(statement, _of_kind(connection.dialect), None), values)))


def first(connection: Connection, statement: AnySelect, values: Values) -> Any:
    """The first row of a statement, None where there is none; see `fetch`."""
    rows = fetch(connection, statement, values)
    return rows[0] if rows else None


def only(connection: Connection, statement: AnySelect, values: Values) -> Any:
    """The one row of a statement; see `fetch`. Raises NoResultFound."""
    rows = fetch(connection, statement, values)
    if not rows:
        raise NoResultFound("No row was found when one was required")
    return rows[0]


def change(connection: Connection, statement: UpdateBase, values: Values | Sequence[Values]) -> int:
    """Write to a table: once, or for each of several rows with the same names.

    Returns how many rows that concerned. Raises DBAPIError.
    """
    rows = [values] if isinstance(values, Mapping) else values
    if not rows:
        return 0
    ready = _ready(statement, _of_kind(connection.dialect), tuple(rows[0]))
    text = ready.text(rows[0])
    given = [ready.given(text, each) for each in rows]
    many = len(given) > 1
    return _run(connection, text, given if many else given[0], _count, many=many)


def _rows(connection: Connection, ready: _Ready, values: Values) -> Rows:
    """Rows whose values are in order, for whoever makes of them what is handed out."""
    text = ready.text(values)
    read = guarded if ready.dated else _all
    found = _run(connection, text, ready.given(text, values), read, binary=ready.binary)
    return [_read(each, ready.readers) for each in found] if ready.readers else found


def _run(
    connection: Connection,
    text: _Text,
    given: Any,
    read: Callable[[DBAPICursor], T],
    *,
    many: bool = False,
    binary: bool = False,
) -> T:
    """Hand a statement to the driver. read: takes from its cursor what came of it. Raises DBAPIError."""
    cursor = connection.connection.cursor() if text.numbered is None else _raw(connection)
    try:
        how = {"binary": True} if binary and in_utc(cursor) else {}
        if read is guarded and not how and in_utc(cursor):
            hasten(cursor)
        for noticed in connection.dispatch.before_cursor_execute:
            noticed(connection, cursor, text.text, given, None, many)
        statement: str | bytes = text.text
        values = given
        if text.numbered is not None:
            statement, names = text.numbered
            rows = [[each[name] for name in names] for each in (given if many else (given,))]
            values = rows if many else rows[0]
        if many:
            cursor.executemany(statement, values)
        else:
            cursor.execute(statement, values, **how)
        return read(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failed(connection, cursor, text.text, error) from error
    finally:
        cursor.close()


def _raw(connection: Connection) -> DBAPICursor:
    """A cursor that takes statements as PostgreSQL does: the usual one reads a long one anew each time."""
    from psycopg import RawCursor

    driven = cast("DriverConnection[tuple[object, ...]]", connection.connection.driver_connection)
    return cast("DBAPICursor", RawCursor(driven))


def _failed(
    connection: Connection, cursor: DBAPICursor, text: str, error: DBAPIModule.Error
) -> BaseException:
    """SQLAlchemy's own error in the place of the driver's.

    A broken connection is given up, and so are those that wait in the pool: whatever broke it broke them.
    """
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
    if gone:
        connection.engine.dispose()
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=dialect,
    )


def _all(cursor: DBAPICursor) -> Rows:
    return list(cursor.fetchall())


def _count(cursor: DBAPICursor) -> int:
    return int(cursor.rowcount)


def _read(row: Sequence[object], readers: Sequence[tuple[int, Process]]) -> list[object]:
    found = list(row)
    for place, read in readers:
        found[place] = read(found[place])
    return found


_dialects: dict[str, Dialect] = {}


def _of_kind(dialect: Dialect) -> Dialect:
    """The first engine's dialect of that kind: all of them read and write alike, and each engine has its own.

    Once a connection is open it knows all that it asks of a database.
    """
    return _dialects.setdefault(dialect.name, dialect)


@lru_cache(maxsize=KEPT)
def _ready(statement: Any, dialect: Dialect, names: tuple[str, ...] | None) -> _Ready:
    """names: of the values of a row that is written; None for what is read."""
    compiled = statement.compile(
        dialect=dialect, column_keys=None if names is None else list(names), for_executemany=names is not None
    )
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError("a default that the program gives is not known here")
    columns = [] if names is not None else list(statement.selected_columns.items())
    readers = ((place, _reader(each.type, dialect)) for place, (_, each) in enumerate(columns))
    binds = {name: each for each, name in compiled.bind_names.items()}
    writers = {name: _writer(each.type, dialect) for name, each in binds.items()}
    own = {name: each for name, each in binds.items() if not each.required and name not in (names or ())}
    return _Ready(
        compiled=compiled,
        fixed={name: each.effective_value for name, each in own.items()},
        writers={name: write for name, write in writers.items() if write is not None},
        readers=[(place, read) for place, read in readers if read is not None],
        row=_named([name for name, _ in columns]),
        lists=frozenset(name for name, each in binds.items() if each.expanding and each.required),
        dated=dialect.name == "postgresql"
        and any(isinstance(each.type, Day | Instant) for _, each in columns),
        binary=dialect.name == "postgresql"
        and bool(columns)
        and all(isinstance(each.type, _AS_KEPT) for _, each in columns),
    )


_AS_KEPT = (String, Integer, Boolean, Unset, Texts, Whole, Day, Instant)
"""Types of columns that the driver reads alike however PostgreSQL sends them."""


def _named(columns: Sequence[str]) -> Process:
    row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    return partial(tuple.__new__, row)  # as `_make` does, which counts the columns of every row


def _reader(type: TypeEngine[object], dialect: Dialect) -> Process | None:
    return type.dialect_impl(dialect).result_processor(dialect, None)


def _writer(type: TypeEngine[object], dialect: Dialect) -> Process | None:
    return type.dialect_impl(dialect).bind_processor(dialect)


_NAMED_VALUE = re.compile(r"%\((.+?)\)s|%%")


def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with numbers in the place of its values' names, and these."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    return _NAMED_VALUE.sub(number, text).encode(), tuple(names)


def _text(compiled: SQLCompiler, values: Values) -> _Text:
    lists: Mapping[str, Sequence[str]] = {}
    text, order = str(compiled), cast("Sequence[str] | None", compiled.positiontup)
    if any(each.expanding for each in compiled.binds.values()):
        expanded = compiled.construct_expanded_state(dict(values))
        text, order, lists = expanded.statement, expanded.positiontup, dict(expanded.parameter_expansion)
    return _Text(
        text=text,
        order=None if order is None else tuple(order),
        lists=lists,
        numbered=_numbered(text) if compiled.dialect.name == "postgresql" else None,
    )
