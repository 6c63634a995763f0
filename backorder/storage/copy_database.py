"""Copying a whole database into an empty one, of the same kind or another, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, bindparam, func, select, update
from sqlalchemy.exc import DataError, IntegrityError

from backorder.errors import RefusedError, SetupError, UnreadableError
from backorder.failures import in_words
from backorder.storage.engine import writing
from backorder.storage.isolation import readable, words
from backorder.storage.migrate import newest, revision
from backorder.storage.tables import compatibility, dispatchers, event_dispatch, metadata, stock

BATCH = 500
"""Rows that are in memory at once."""
NAMED = 20
"""Faulty rows that are named; the others are counted."""
Progress = Callable[[str, int, int], None]
"""Hears of a table, how many of its rows are copied, and how many it has."""
_BY_TRIGGERS = {stock.name: {stock.c.allocated.name: 0}}
"""Sums that the rows copied after them make anew."""


def tables() -> list[Table]:
    """What is copied, each table after those that it refers to; the migrations make the rows of the others.

    A worker that starts calls every dispatcher, whatever was known of their sleep.
    """
    made = (compatibility, dispatchers, event_dispatch)
    return [table for table in metadata.sorted_tables if table not in made]


def same_place(one: Engine, other: Engine) -> bool:
    """Whether both are one database, as far as their addresses tell."""
    if one.dialect.name != other.dialect.name:
        return False
    if one.dialect.name == "sqlite":
        files = [Path(each.url.database or "") for each in (one, other)]
        return all(file.exists() for file in files) and files[0].samefile(files[1])
    return one.url == other.url


def occupied(connection: Connection) -> dict[str, int]:
    """The tables that have rows, and how many; none in a database that only has its schema."""
    found = {table.name: _count(connection, table) for table in tables()}
    return {name: count for name, count in found.items() if count}


def copy(source: Engine, target: Engine, progress: Progress) -> dict[str, int]:
    """Copy every row; both have the newest schema, and the target no rows. Returns the rows of each table.

    Nobody can write to the source meanwhile. Nothing is on the target unless all of it is. Raises SetupError
    for a schema or a target that does not fit, RefusedError that names the rows which the target cannot hold.
    """
    with writing(target) as to:
        _only_copy(to)
        if rows := occupied(to):
            first = ", ".join(f"{name} {count:,}" for name, count in list(rows.items())[:5])
            raise SetupError(
                f"the target is not empty ({first}{', …' if len(rows) > 5 else ''}): name a new, empty "
                "database; its tables are made here"
            )
        with writing(source) as at:
            _must_be_newest(at)
            _hold(at)
            faults = [fault for table in tables() for fault in _copied(at, to, table, progress)]
            if faults:
                raise RefusedError(_named(faults))
            _keep_versions(at, to)
            copied = _verified(at, to)
        _number_on(to)
    return copied


def _only_copy(connection: Connection) -> None:
    """Let a second copy into the same database wait, and then find it occupied."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727275)")


def _must_be_newest(source: Connection) -> None:
    if (found := revision(source)) != newest():
        raise SetupError(
            f"the database to copy is at {found or 'nothing'}, not at {newest()}: run `backorder db upgrade` "
            "on it first, with this version of the program"
        )


def _hold(source: Connection) -> None:
    """Keep writers away until the copy is done; SQLite has one writer anyway."""
    if source.dialect.name == "postgresql":
        names = ", ".join(table.name for table in tables())
        source.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE")


def _copied(source: Connection, target: Connection, table: Table, progress: Progress) -> Iterator[str]:
    """Copy a table. Yields what is wrong with the rows that cannot be."""
    count, done = _count(source, table), 0
    progress(table.name, 0, count)
    result = source.execution_options(yield_per=BATCH).execute(select(table))
    for rows in result.partitions():
        faults: list[str] = []
        values: list[dict[str, object]] = []
        for row in rows:
            try:
                values.append(dict(readable(row)._mapping) | _BY_TRIGGERS.get(table.name, {}))
            except UnreadableError as error:
                faults.append(f"{_key(table, dict(row._mapping))}: {error}")
        yield from faults
        yield from _written(target, table, values)
        done += len(rows)
        progress(table.name, done, count)


def _written(target: Connection, table: Table, rows: Sequence[dict[str, object]]) -> Iterator[str]:
    """Write rows together. Where the target refuses one, yields which."""
    if not rows or _taken(target, table, rows) is None:
        return
    for row in rows:
        if error := _taken(target, table, [row]):
            yield f"{_key(table, row)}: {in_words(error)}"


def _taken(target: Connection, table: Table, rows: Sequence[dict[str, object]]) -> Exception | None:
    try:
        with target.begin_nested():
            target.execute(table.insert(), rows)
    except (DataError, IntegrityError) as error:
        return error
    return None


def _key(table: Table, row: Mapping[str, object]) -> str:
    key = ", ".join(f"{column.name} {words(row[column.name])}" for column in table.primary_key)
    return f"table {table.name}, {key}"


def _named(faults: Sequence[str]) -> list[str]:
    more = [f"and {len(faults) - NAMED:,} more"] if len(faults) > NAMED else []
    return [
        *faults[:NAMED],
        *more,
        "the target cannot hold these rows and nothing was copied: correct them in the database to copy",
    ]


def _verified(source: Connection, target: Connection) -> dict[str, int]:
    """Count both sides, and compare the sums that the target's triggers made."""
    here = {table.name: _count(source, table) for table in tables()}
    there = {table.name: _count(target, table) for table in tables()}
    wrong = [
        f"table {name}: {count:,} rows, of which {there[name]:,} arrived"
        for name, count in here.items()
        if there[name] != count
    ]
    sums = select(stock.c.sku, stock.c.allocated)
    for rows in source.execution_options(yield_per=BATCH).execute(sums).partitions():
        skus = [row.sku for row in rows]
        found = {row.sku: row.allocated for row in target.execute(sums.where(stock.c.sku.in_(skus)))}
        wrong += [
            f"stock of {row.sku}: {row.allocated} allocated, but its lines hold {found.get(row.sku)}"
            for row in rows
            if found.get(row.sku) != row.allocated
        ]
    if wrong:
        raise RefusedError([*wrong[:NAMED], "the copy is not the same, and was taken back"])
    return here


def _keep_versions(source: Connection, target: Connection) -> None:
    """To the target's triggers every row that came was a change."""
    kept = select(stock.c.sku.label("_sku"), stock.c.version)
    mine = update(stock).where(stock.c.sku == bindparam("_sku")).values(version=bindparam("version"))
    for rows in source.execution_options(yield_per=BATCH).execute(kept).partitions():
        target.execute(mine, [dict(row._mapping) for row in rows])


def _number_on(target: Connection) -> None:
    """Let PostgreSQL number new rows after the copied ones, as SQLite does by itself."""
    if target.dialect.name != "postgresql":
        return
    for table in tables():
        column = table.autoincrement_column
        if column is not None and (last := target.scalar(select(func.max(column)))) is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            target.execute(select(func.setval(sequence, last)))


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
