"""What a search means and the page of its lines in one statement, where that is an order or few customers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    CTE,
    ColumnElement,
    String,
    and_,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from backorder.queries.first_lines import each_of, lines_of
from backorder.queries.listed_lines import OWN, with_others
from backorder.storage.search_statements import MOST, NAMED, SPELLINGS
from backorder.storage.statements import AnySelect
from backorder.storage.tables import backorders
from backorder.storage.types import unseen


def at_once(
    looked: AnySelect, more: Sequence[ColumnElement[bool]], most: int, *, words: bool = True
) -> AnySelect:
    """The lines that a search means, as `listed_lines.with_others` has them.

    Where they are not known at once, or there are none, it is one row without a line, and behind it, as JSON,
    the row of `looked`: the statement of `find_lines.first_look`. more: what else has to hold of a line.
    most: lines of a page. words: customers with the question's words are those that are meant. For
    PostgreSQL.
    """
    found = looked.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    named = select(*OWN).where(backorders.c.order_id == _only_order(found), *more)
    parts = [named.order_by(backorders.c.id).limit(literal_column(str(most)))]
    if words and "people" in found.c:
        owner = select(each_of(_few_people(found, min(most, MOST))).c.key).distinct().subquery("owner")
        parts.append(lines_of(backorders.c.customer, owner, OWN, more, most))
    page = union_all(*(each.correlate(found) for each in parts)).lateral("page")
    left = case((page.c.id.is_(None), cast(func.row_to_json(literal_column(found.name)), String)))
    return with_others(page, left.label("found"), beside=found).order_by(page.c.id)


def _only_order(found: CTE) -> ColumnElement[str]:
    """The order that a question names, in the first spelling that is there; NULL if it names more."""
    spelled = [f"{backorders.c.order_id.name}_{number}" for number in range(SPELLINGS)]
    others = (each for each in NAMED.c if each.name not in spelled)
    known = ((found.c[name], unseen(f"spelling_{number}", String)) for number, name in enumerate(spelled))
    return case((not_(or_(*(found.c[each.name] for each in others))), case(*known)))


def _few_people(found: CTE, most: int) -> ColumnElement[Sequence[str]]:
    """The customers who have a question's words; NULL where they are many, or products have them too."""
    alone = func.cardinality(found.c.products) == literal_column("0")
    few = func.cardinality(found.c.people) <= literal_column(str(most))
    return case((and_(alone, few), found.c.people))
