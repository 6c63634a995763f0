"""Statements and rows of which the columns do not matter, as types."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, tuple_

AnySelect: TypeAlias = Select[*tuple[object, ...]]
"""A query, whatever it selects."""
AnyRow: TypeAlias = Row[*tuple[object, ...]]
"""A row, whatever is in it."""


def one_of(keys: Collection[tuple[str, ...]], *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a row has one of some keys of several columns.

    Of keys alone SQLite reads the whole table; it finds rows by an index where each column is asked for, too.
    """
    alone = (column.in_(sorted({key[n] for key in keys})) for n, column in enumerate(columns))
    return and_(*alone, tuple_(*columns).in_(keys))
