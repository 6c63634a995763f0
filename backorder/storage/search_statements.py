"""The statements of a search: what a question names, and who has words that begin like its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TypeVar

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from backorder.storage.statements import AnySelect
from backorder.storage.tables import (
    backorders,
    customer_terms,
    parcel_terms,
    product_terms,
    purchase_order_lines,
)
from backorder.storage.types import any_of, by_database, is_among, texts_of, unseen

T = TypeVar("T")
MOST = 200
"""Customers, products or parcels that a question may mean at most; who means more has to say more."""
RAREST = 3_000
"""Terms that begin with the rarest word of a question, of which its other words are looked for."""
WHOLE = 2 * RAREST
"""Terms that begin with another word of it, up to which all are read: one look instead of thousands."""
ROWS = 2 * (MOST + 1)
"""Rows that are enough for MOST customers: most of them have a word in their name and in their address."""
NAMES, SPELLINGS = (backorders.c.order_id, backorders.c.sku, backorders.c.customer), 3


def _is(column: ColumnElement[str], value: str) -> ColumnElement[bool]:
    return exists().where(column == unseen(value, String))


_EACH_NAMED = select(
    _is(backorders.c.id, "key").label("key"),
    _is(parcel_terms.c.term, "parcel").label("parcel"),
    *(
        _is(column, f"spelling_{number}").label(f"{column.name}_{number}")
        for column in NAMES
        for number in range(SPELLINGS)
    ),
    *(
        _is(purchase_order_lines.c.purchase_order, f"order_{number}").label(f"purchase_order_{number}")
        for number in range(SPELLINGS)
    ),
)
NAMED = _EACH_NAMED.cte("named").prefix_with("MATERIALIZED", dialect="postgresql")
"""What of all that a question can name is there."""
OWNERS = {"people": customer_terms.c.customer, "products": product_terms.c.product}


@cache
def asking(number: int, most: int, rarest: int) -> AnySelect:
    """In one read: what a question names, or else who has its only word or both of its words, or how many
    terms begin with each of so many words of it.
    """
    is_named = or_(*NAMED.c)
    if number == 1:
        owners = {name: texts_of(owners_with(owner, (0,), (), rarest)) for name, owner in OWNERS.items()}
        return select(*NAMED.c, *(_unless(is_named, each).label(name) for name, each in owners.items()))
    counts = (
        _unless(is_named, _count(owner.table.c.term, place, most)).label(f"{name}_{place}")
        for name, owner in OWNERS.items()
        for place in range(number)
    )
    if number != 2:
        return select(*NAMED.c, *counts)
    counted = select(*NAMED.c, *counts).cte("counted").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(*counted.c, *(_with_both(counted, name, most, rarest).label(name) for name in OWNERS))


def _unless(is_named: ColumnElement[bool], asked: ColumnElement[T]) -> ColumnElement[T | None]:
    return case((is_named, None), else_=asked)


def _with_both(counted: CTE, name: str, most: int, rarest: int) -> ColumnElement[Sequence[str] | None]:
    """Those that have both words of a question, the rarer first; NULL where neither is rare.

    counted: how many terms begin with each word.
    """
    owner, (one, other) = OWNERS[name], (counted.c[f"{name}_{place}"] for place in range(2))
    return case(
        (and_(one <= other, one < most), texts_of(owners_with(owner, (0, 1), (False,), rarest))),
        (other < most, texts_of(owners_with(owner, (1, 0), (False,), rarest))),
        else_=None,
    )


@cache
def _count(term: Column[str], place: int, most: int) -> ScalarSelect[int]:
    """How many terms begin with a word."""
    some = select(term).where(_begins(term, place)).limit(literal_column(str(most))).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@lru_cache(maxsize=100)
def counting(term: Column[str], words: int, most: int) -> AnySelect:
    """By word, how many terms begin with it, `most` at most."""
    return select(*(_count(term, place, most) for place in range(words)))


@lru_cache(maxsize=100)
def owners_with(
    owner: Column[str], words: tuple[int, ...], whole: tuple[bool, ...], rarest: int
) -> Select[str]:
    """Those that have a term that begins with each word; of an only word as often as they have it.

    words: by their places. whole: of each word after the first, whether all of its terms are read.
    rarest: so many of the first word's terms are looked through as they come, and each is asked for the other
    words: a join would read all that begin with any of them, however few are wanted. On PostgreSQL one walk
    through an index asks all of them for the second word.
    """
    term, (leading, *others) = owner.table.c.term, words
    first = select(owner.label("text"), term).where(_begins(term, leading)).order_by(term, owner)
    first = first.limit(literal_column(str(rarest)))
    if each_once := bool(others) and not any(whole):
        every = first.subquery()
        first = select(every.c.text, func.min(every.c.term).label("term")).group_by(every.c.text)
    asked = first.cte()
    query = select(asked.c.text).add_cte(asked, nest_here=True)
    for place, all_of_it in zip(others, whole, strict=True):
        also = owner.table.alias().c
        has: Select[str] = select(also[owner.name]).where(_begins(also.term, place))
        if all_of_it:
            query = query.where(asked.c.text.in_(has.limit(literal_column(str(WHOLE)))))
            continue
        one = has.where(also[owner.name] == asked.c.text).limit(literal_column("1")).scalar_subquery()
        held: ColumnElement[bool] = one.is_not(None)
        if each_once and place == others[0]:
            # In the order of the index, which the walk would put them into again.
            walk = has.where(any_of(also[owner.name], select(asked.c.text).correlate(None)))
            held = by_database(sqlite=held, postgresql=is_among(asked.c.text, walk))
        query = query.where(held)
    return query.order_by(asked.c.term, asked.c.text).limit(literal_column(str(ROWS)))


def _begins(column: ColumnElement[str], place: int) -> ColumnElement[bool]:
    return and_(column >= unseen(f"word_{place}", String), column < unseen(f"after_{place}", String))
