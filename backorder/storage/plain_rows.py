"""Rows of a statement, and with them what the call still has to prove."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from sqlalchemy import Connection

from backorder.storage import compiled, key_proof
from backorder.storage.engine import proof
from backorder.storage.statements import AnySelect

_Fetch: TypeAlias = Callable[[Connection, AnySelect, compiled.Values], compiled.Rows]


def rows_of(connection: Connection, statement: AnySelect, values: compiled.Values) -> compiled.Rows:
    """All rows of a statement, each a tuple of its columns, and maybe of one more.

    values: of its parameters. What the call still has to prove is asked with it and costs no round trip of
    its own; where there is no row it stays to be proven. Raises DBAPIError, and what a proof raises.
    """
    return _proving(compiled.tuples, connection, statement, values)


def named_rows_of(connection: Connection, statement: AnySelect, values: compiled.Values) -> compiled.Rows:
    """The same, each with the names of its columns."""
    return _proving(compiled.fetch, connection, statement, values)


def _proving(
    fetch: _Fetch, connection: Connection, statement: AnySelect, values: compiled.Values
) -> compiled.Rows:
    owed = proof.get()
    if owed is None or owed.given:
        return fetch(connection, statement, values)
    rows = fetch(connection, _with_proof(statement), {**values, **owed.values})
    if rows:
        owed.take(rows[0][-1])
    return rows


@lru_cache(maxsize=compiled.KEPT)
def _with_proof(statement: AnySelect) -> AnySelect:
    return statement.add_columns(key_proof.COLUMN)
