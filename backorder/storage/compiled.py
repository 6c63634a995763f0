"""Statements that are compiled once and then handed to the driver, for what every line does again and again.

SQLAlchemy looks for a compiled statement by all its parts, makes a context, and a result that knows its
columns: for a row that is read by its key as much work as the database has with it. What is known of a
statement is kept here by the statement itself, so it has to be one that lives as long as its module.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, UpdateBase
from sqlalchemy.exc import NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from backorder.storage.statements import AnySelect

Process = Callable[[Any], Any]
Values = Mapping[str, Any]
KEPT = 1000
"""Statements that are remembered, each with the names of its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Text:
    """A statement as the driver takes it. order: of its values where they have places and no names.

    lists: by the name of a list of values, the names of its values one by one.
    """

    text: str
    order: tuple[str, ...] | None
    lists: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    """What is known of a statement.

    fixed: values that stand in it. writers, readers: what makes of a value what the driver takes, by its
    name, and of what the driver gives a value, by its place. texts: by how long its lists are.
    """

    compiled: SQLCompiler
    fixed: Mapping[str, Any]
    writers: Mapping[str, Process]
    readers: Sequence[tuple[int, Process]]
    row: Callable[[Any], Any]
    lists: frozenset[str]
    texts: dict[tuple[int, ...], _Text] = field(default_factory=dict)

    def text(self, values: Values) -> _Text:
        """The statement for lists as long as these."""
        lengths = tuple([len(values[name]) for name in self.lists]) if self.lists else ()
        found = self.texts.get(lengths)
        if found is None:
            found = self.texts[lengths] = _text(self.compiled, {**self.fixed, **values})
        return found

    def given(self, text: _Text, values: Values) -> Any:
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


def fetch(connection: Connection, statement: AnySelect, values: Values) -> list[Any]:
    """All rows of a statement, each a tuple that knows the names of its columns.

    values: of its parameters, as `Connection.execute` takes them. Raises DBAPIError.
    """
    ready = _ready(statement, connection.dialect, None)
    text = ready.text(values)
    cursor = _run(connection, text.text, ready.given(text, values), many=False)
    try:
        found = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        connection._handle_dbapi_exception(error, text.text, None, cursor, None)
        raise
    finally:
        cursor.close()
    if ready.readers:
        found = [_read(each, ready.readers) for each in found]
    return list(map(ready.row, found))


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
    ready = _ready(statement, connection.dialect, tuple(rows[0]))
    text = ready.text(rows[0])
    given = [ready.given(text, each) for each in rows]
    many = len(given) > 1
    cursor = _run(connection, text.text, given if many else given[0], many=many)
    count = int(cursor.rowcount)
    cursor.close()
    return count


def _run(connection: Connection, text: str, given: Any, *, many: bool) -> Any:
    cursor = connection.connection.cursor()
    for noticed in connection.dispatch.before_cursor_execute:
        noticed(connection, cursor, text, given, None, many)
    try:
        if many:
            cursor.executemany(text, given)
        else:
            cursor.execute(text, given)
    except connection.dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy does: its own error in the place of the driver's, a broken connection given up.
        connection._handle_dbapi_exception(error, text, None, cursor, None)
        raise
    return cursor


def _read(row: Sequence[Any], readers: Sequence[tuple[int, Process]]) -> list[Any]:
    found = list(row)
    for place, read in readers:
        found[place] = read(found[place])
    return found


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
    )


def _named(columns: Sequence[str]) -> Process:
    row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    make: Process = row._make
    return make


def _reader(type: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return type.dialect_impl(dialect).result_processor(dialect, None)


def _writer(type: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return type.dialect_impl(dialect).bind_processor(dialect)


def _text(compiled: SQLCompiler, values: Values) -> _Text:
    if not any(each.expanding for each in compiled.binds.values()):
        order = compiled.positiontup
        return _Text(text=str(compiled), order=None if order is None else tuple(order), lists={})
    expanded = compiled.construct_expanded_state(dict(values))
    places = expanded.positiontup
    return _Text(
        text=expanded.statement,
        order=None if places is None else tuple(places),
        lists=dict(expanded.parameter_expansion),
    )
