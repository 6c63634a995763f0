"""Query plans on either database: which tables a statement would read from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

_NO_TABLES = ("CONSTANT", "json_each", "named")
"""A row of constants, the texts of a parameter, the one row of what a question names (`find_lines`)."""
Statements = list[tuple[str, Any]]


@contextmanager
def asked(engine: Engine) -> Iterator[Statements]:
    """The statements that reach the database meanwhile, each with its values."""
    found: Statements = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        if statement.lstrip("(").startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.append((statement, values[0] if many else values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def read_whole(engine: Engine, statements: Statements) -> dict[str, set[str]]:
    """The tables that each statement reads from end to end, not by an index; none for most.

    On PostgreSQL a plan depends on how much there is: tables are made to look as if a way by an index is
    always better than none, so that what is left has none.
    """
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        scanned = _sqlite if engine.dialect.name == "sqlite" else _postgresql
        if scanned is _postgresql:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, values in statements:
            if tables := set(scanned(connection, statement, values)):
                found[statement] = tables
        connection.rollback()
    return found


def scans(connection: Connection, statement: str, values: Any) -> set[str]:
    """The tables that PostgreSQL would read from end to end, by what it knows of them, its own choice."""
    return set(_postgresql(connection, statement, values))


def plan(engine: Engine, statement: str, values: Any) -> str:
    """How a statement would be carried out, in the database's words."""
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        if explain == "EXPLAIN":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", values))


def _sqlite(connection: Connection, statement: str, values: Any) -> Iterator[str]:
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    for step in (row[3] for row in plan):
        kind, name, *_ = step.split()
        if "AUTOMATIC" in step:  # an index of the moment, made of the whole table
            yield name
        # What an inner query has found is no table.
        if kind == "SCAN" and "USING" not in step and name not in _NO_TABLES and not name.startswith("anon"):
            yield name


def _postgresql(connection: Connection, statement: str, values: Any) -> Iterator[str]:
    ((plan,),) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
    yield from _scans(plan[0]["Plan"])


def _scans(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from _scans(inner)
