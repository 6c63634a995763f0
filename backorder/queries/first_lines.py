"""The first lines of any of many customers or products, in the order of their IDs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, TableValuedAlias, func, literal_column, select, true

from backorder.storage.statements import AnySelect
from backorder.storage.tables import backorders
from backorder.storage.types import Texts, any_of, by_database, unseen

_ID = backorders.c.id


def lines_of(
    column: Column[str],
    owner: FromClause,
    shown: Sequence[ColumnElement[object]],
    more: Sequence[ColumnElement[bool]],
    most: int,
) -> AnySelect:
    """The first lines of so few owners that each may have one on the page, read where they are found.

    owner: its `key` is each of them. shown: what is read of each line. For the rest see `first_of`. For
    PostgreSQL.
    """
    limit: ColumnElement[int] = literal_column(str(most))
    line = select(*shown).where(column == owner.c.key, *more).order_by(_ID).limit(limit)
    each = line.correlate(owner).lateral("line")
    return select(*each.c).select_from(owner.join(each, true())).order_by(each.c.id).limit(limit)


def first_of(
    column: Column[Any], name: str, usual: ColumnElement[bool], more: Sequence[ColumnElement[bool]], most: int
) -> ColumnElement[bool]:
    """Whether a line is one of the first that hold for any of these owners; it may hold for others too.

    column: the line's owner. name: of the parameter with the owners, 200 at most. usual: the same, said
    plainly. more: what else has to hold. most: lines of a page.

    PostgreSQL would sort all lines of the owners, or walk through all lines there are until it has met
    enough of theirs, and cannot know which is less. Only owners whose first line is among the first such
    ones can have a line on the page, and none behind the last of these is on it.
    """
    limit: ColumnElement[int] = literal_column(str(most))
    owner = each_of(unseen(name, Texts))
    own = select(_ID).where(column == owner.c.key, *more).order_by(_ID).limit(literal_column("1"))
    first = own.correlate(owner).lateral("first")
    heads = (
        select(owner.c.key, first.c.id)
        .select_from(owner.join(first, true()))
        .order_by(first.c.id)
        .limit(limit)
        .cte(f"heads_of_{name}")
    )
    last = select(func.max(heads.c.id)).having(func.count() == limit).scalar_subquery()
    until = func.coalesce(last, literal_column("U&'\\+10FFFF'")) >= _ID
    line = (
        select(_ID)
        .where(column == heads.c.key, until, *more)
        .order_by(_ID)
        .limit(limit)
        .correlate(heads)
        .lateral("line")
    )
    ids = select(line.c.id).select_from(heads.join(line, true())).order_by(line.c.id).limit(limit)
    return by_database(sqlite=usual, postgresql=any_of(_ID, ids.correlate(None)))


def each_of(texts: ColumnElement[Sequence[str]]) -> TableValuedAlias:
    """The owners of a list, as rows with a `key`. For PostgreSQL."""
    return func.unnest(texts).table_valued("key").render_derived(name="owner")
