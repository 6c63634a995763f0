"""Finding lines by what a caller can say: a name, a part of an address, a number as dialled, a parcel.

The words are kept in tables of their own, so that each question is a range of an index however many lines
there are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    bindparam,
    func,
    or_,
    select,
)

from backorder.domain.keys import joined, parts
from backorder.domain.search_terms import numbers, parcel_term, words
from backorder.storage.plain_rows import rows_of
from backorder.storage.search_statements import (
    MOST,
    NAMED,
    NAMES,
    OWNERS,
    RAREST,
    ROWS,
    WHOLE,
    asking,
    counting,
    owners_with,
)
from backorder.storage.statements import AnySelect
from backorder.storage.tables import (
    backorders,
    customer_terms,
    customers,
    demands,
    parcel_terms,
    products,
    purchase_order_lines,
)
from backorder.storage.types import among

T = TypeVar("T")
LOOKED_THROUGH = 10_000
"""Customers, and products, in whose names letters are looked for that begin no word."""
FREQUENT = (
    f"each word is one of many; only the first {RAREST:,} that begin with the rarest of them are "
    "looked through: write more"
)
TOO_MANY = f"more than {MOST} customers fit; only the first of them are looked through: write more"
FIRST_ONES = (
    "no word begins like that, and letters within words are looked for among the first "
    f"{LOOKED_THROUGH:,} customers and products only: write the beginning of a word"
)
PROBE, _COUNTED = 1000, 8
"""How many terms are counted that begin with a word at most, and of how many words of a question."""
_LITERAL = re.compile("[/%_]")
"""What stands for itself in a pattern only after a `/`."""
_SHORTEST_PARCEL, _SHORTEST_INSIDE = 6, 3
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question means: lines of which one of CONDITIONS holds; nothing where there is none.

    values: of the parameters, by condition. hint: how to ask, where not all is looked through.
    """

    values: Mapping[str, Mapping[str, object]]
    hint: str = ""


CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "key": backorders.c.id == bindparam("key"),
    "order_id": backorders.c.order_id == bindparam("named_order"),
    "sku": backorders.c.sku == bindparam("named_sku"),
    "customer": backorders.c.customer == bindparam("named_customer"),
    "parcels": among(backorders.c.id, "parcels"),
    "purchase_order": among(backorders.c.sku, "bought")
    & (demands.c.open > 0)
    & demands.c.arrivals.like(bindparam("serves"), escape="/"),
    "people": among(backorders.c.customer, "people"),
    "products": among(backorders.c.sku, "products"),
}
"""What a question can mean of a line (joined with its demand), each with parameters of its own."""


def first_look(question: str) -> tuple[AnySelect, dict[str, object]]:
    """What is asked first of a question: the statement, which has one row, and the values of its parameters.

    Its columns are what `meaning` goes by.
    """
    counted = words(question)[:_COUNTED]
    return asking(len(counted), PROBE, RAREST), _nameable(question) | _ranges(counted)


def meaning(connection: Connection, question: str, found: Mapping[str, Any]) -> Meant:
    """What a question means: what it names exactly, or else whatever has words that begin like its own.

    Where nothing has, letters from the middle of a name will do, among so many customers and products.
    found: by its columns, the row of `first_look`.
    """
    asked = words(question)
    if any(map(found.get, NAMED.c.keys())) and (exact := dict(_exactly(connection, question, found))):
        return Meant(exact)
    frequent = False
    if len(asked) == 1:
        (people, many), (skus, _) = (_with_word(connection, name, asked[0], found) for name in OWNERS)
    else:
        counts = {
            name: _counted_further(connection, owner.table.c.term, _counts(found, name, asked))
            for name, owner in OWNERS.items()
        }
        (people, many), (skus, _) = (
            _with_words(connection, owner, counts[name], found.get(name)) for name, owner in OWNERS.items()
        )
        frequent = any(each and min(each.values()) >= RAREST for each in counts.values())
    if (dialled := _dialled(connection, question))[0]:
        people, many = dialled
    hint = TOO_MANY if many else FREQUENT if frequent else ""
    if not people and not skus and not frequent and len(question) >= _SHORTEST_INSIDE:
        people, more = _inside(connection, _PEOPLE, question)
        skus, others = _inside(connection, _PRODUCTS, question)
        hint = FIRST_ONES if more or others else TOO_MANY if len(people) > MOST else ""
    likely = {"people": people[:MOST], "products": skus[:MOST]}
    return Meant({name: {name: each} for name, each in likely.items() if each}, hint)


def _ranges(words: Iterable[str]) -> dict[str, str]:
    """The values of `_begins`, of each word at its place."""
    numbered = list(enumerate(words))
    return {f"word_{n}": word for n, word in numbered} | {f"after_{n}": word + _LAST for n, word in numbered}


def _spellings(question: str) -> tuple[str, ...]:
    """A question as it is, and as it may be meant: in other letters, or as lists show an ID with a slash."""
    plain = parts(question)
    if len(plain) == 1 and plain[0] != question:
        return (question, plain[0], plain[0].upper())
    return (question, question.upper(), question.lower())


def _nameable(question: str) -> dict[str, object]:
    """The values of all that a question can name."""
    parcel = parcel_term(question)
    long = len(parcel) >= _SHORTEST_PARCEL
    asked: dict[str, object] = {"key": joined(*parts(question)), "parcel": parcel if long else None}
    spellings = _spellings(question)
    for kind, names in (("spelling", spellings), ("order", [parts(each)[0] for each in spellings])):
        # What was asked for already is nothing, for which no index is walked down.
        asked |= {f"{kind}_{n}": None if each in names[:n] else each for n, each in enumerate(names)}
    return asked


def _counts(found: Mapping[str, Any], name: str, asked: Sequence[str]) -> Mapping[str, int]:
    """By word, how many terms begin with it; those that were not counted are taken to be frequent."""
    # None are counted where something is named, though not by what was meant.
    given = {word: found[f"{name}_{place}"] for place, word in enumerate(asked[:_COUNTED])}
    counts = {word: PROBE if count is None else count for word, count in given.items()}
    return counts | dict.fromkeys(asked[_COUNTED:], PROBE)


def _counted_further(
    connection: Connection, term: Column[str], counts: Mapping[str, int]
) -> Mapping[str, int]:
    """The same, counted further where several words are frequent and none is rare."""
    if len(counts) < 2 or min(counts.values()) < PROBE:
        return counts
    (found,) = rows_of(connection, counting(term, len(counts), WHOLE), _ranges(counts))
    return dict(zip(counts, found, strict=False))


def _exactly(
    connection: Connection, question: str, found: Mapping[str, Any]
) -> Iterable[tuple[str, Mapping[str, object]]]:
    spellings, parcel = _spellings(question), parcel_term(question)

    def known(name: str) -> str | None:
        """The first of the spellings that is there."""
        return next((each for number, each in enumerate(spellings) if found[f"{name}_{number}"]), None)

    if found["key"]:
        yield "key", {"key": joined(*parts(question))}
        return
    for column, parameter in zip(NAMES, ("named_order", "named_sku", "named_customer"), strict=True):
        if (value := known(column.name)) is not None:
            yield column.name, {parameter: value}
    if found["parcel"]:
        yield "parcels", {"parcels": _parcels(connection, parcel)}
    if known("purchase_order") is not None:
        yield from _purchase_order(connection, spellings)


def _parcels(connection: Connection, term: str) -> list[str]:
    same = select(parcel_terms.c.backorder).where(parcel_terms.c.term == term)
    return list(connection.execute(same.limit(MOST)).scalars())


def _purchase_order(
    connection: Connection, spellings: Sequence[str]
) -> Iterable[tuple[str, Mapping[str, object]]]:
    """Lines that a purchase order, or one of its lines, is to serve."""
    for each in spellings:
        order, *line = parts(each)
        mine = purchase_order_lines.c.purchase_order == order
        if line:
            mine &= purchase_order_lines.c.line == line[0]
        skus = list(connection.execute(select(purchase_order_lines.c.sku).where(mine).distinct()).scalars())
        if skus:
            name = json.dumps(joined(order, *line[:1]) + ("" if line else "/"), ensure_ascii=False)[:-1]
            literal = _LITERAL.sub(r"/\g<0>", name)
            yield "purchase_order", {"bought": skus, "serves": f"%{literal}%"}
            return


def _dialled(connection: Connection, question: str) -> tuple[list[str], bool]:
    """Customers whose number a question is, and whether there are more."""
    for number in numbers(question):
        found = _with_words(connection, customer_terms.c.customer, {number: 1})
        if found[0]:
            return found
    return [], False


def _with_word(
    connection: Connection, name: str, word: str, found: Mapping[str, Any]
) -> tuple[list[str], bool]:
    """Those that have a term that begins with the only word of a question, and whether there are more."""
    owners = found[name]
    if owners is None:  # something is named, though not what was meant
        return _with_words(connection, OWNERS[name], {word: 1})
    return _some(owners)


def _with_words(
    connection: Connection,
    owner: Column[str],
    counts: Mapping[str, int],
    found: Sequence[str] | None = None,
) -> tuple[list[str], bool]:
    """Those that have a term that begins with each word, MOST at most, and whether there are more.

    counts: of the words; the rarest leads. found: they were read already.
    """
    if not counts or not all(counts.values()):
        return [], False
    if found is not None:
        return _some(found)
    words = sorted(counts, key=lambda word: counts[word])
    asked = _ranges(words)
    many = counts[words[0]] >= PROBE
    whole = tuple(many and counts[word] < WHOLE for word in words[1:])
    owners = owners_with(owner, tuple(range(len(words))), whole, RAREST)
    return _some([row[0] for row in rows_of(connection, owners, asked)])


def _some(owners: Sequence[str]) -> tuple[list[str], bool]:
    """Each once, MOST at most, and whether there are more. owners: ROWS at most."""
    found = list(dict.fromkeys(owners))
    return found[:MOST], len(owners) == ROWS or len(found) > MOST


def _inside(connection: Connection, names: Sequence[Column[str]], question: str) -> tuple[list[str], bool]:
    """The last try: letters from the middle of a name. names: the key, and what is looked through.

    Returns whether there are more than are looked through.
    """
    key, *columns = names
    rows = select(*names).order_by(key).limit(LOOKED_THROUGH).subquery()
    held = (func.lower(rows.c[each.name]).contains(question.lower(), autoescape=True) for each in columns)
    found = list(connection.execute(select(rows.c[key.name]).where(or_(*held)).limit(MOST + 1)).scalars())
    beyond = select(key).order_by(key).offset(LOOKED_THROUGH).limit(1)
    return found, connection.execute(beyond).first() is not None


_PEOPLE = (customers.c.id, customers.c.name, customers.c.email)
_PRODUCTS = (products.c.sku, products.c.name)
