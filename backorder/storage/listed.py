"""What a list shows of a line's state, written beside it, so that a page of lines reads no whole states."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from pydantic_core import from_json
from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from backorder.domain.line.next_review import FirstToCome, NextReview, first_to_come
from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy
from backorder.storage.codec import dump_json

_day, _instant = date.fromisoformat, datetime.fromisoformat
FORM = 2
"""Raised when a list shows something else of a state: what was written before is not used any more."""


class Listed(NamedTuple):
    """ordered, open: units. forecast_by: None for no forecast. first: what comes first by itself."""

    ordered: int
    open: int
    forecast_by: date | None
    needs: tuple[str, ...]
    first: FirstToCome | None


def listed_of(policy: Policy, state: State, coming: NextReview) -> Listed:
    """What a list shows of a state. coming: the line's next review."""
    return Listed(
        ordered=state.quantity.ordered,
        open=state.quantity.open,
        forecast_by=state.forecast.by if state.forecast else None,
        needs=state.needs,
        first=first_to_come(policy, state, coming),
    )


def dump_listed(found: Listed, state: str, version: int) -> str:
    """As it is stored. state: the text from which it was made; version: of the line, written with both."""
    by, first = found.forecast_by, found.first
    mark = (version, len(state.encode()))
    units = (found.ordered, found.open)
    coming = first and (first.at.isoformat(), first.what, first.why)
    return dump_json([FORM, *mark, *units, by and by.isoformat(), found.needs, coming])


def load_listed(text: object, version: object, size: object) -> Listed | None:
    """What was stored; None where there is nothing, or the state was written again without it.

    version: of the line. size: `octets` of the state as it stands, which tells a text that came by any other
    way than a line's own without reading it.
    """
    if not isinstance(text, str):
        return None
    try:
        form, made_with, made_of, ordered, open, by, needs, first = from_json(text)
        if form != FORM or made_with != version or made_of != size:
            return None
        forecast = _day(by) if by else None
        if first:
            instant, what, why = first
            first = FirstToCome(_instant(instant), what, why)
        return Listed(ordered, open, forecast, tuple(needs), first)
    except (ValueError, TypeError):
        return None


class octets(FunctionElement[int]):  # noqa: N801 named as what it is in SQL
    """The bytes of a text. PostgreSQL knows them without reading a long one."""

    type = Integer()
    inherit_cache = True


@compiles(octets)
def _octets(element: octets, compiler: SQLCompiler, **how: object) -> str:
    return f"octet_length({compiler.process(element.clauses, **how)})"


@compiles(octets, "sqlite")
def _octets_of_sqlite(element: octets, compiler: SQLCompiler, **how: object) -> str:
    return f"length(CAST({compiler.process(element.clauses, **how)} AS BLOB))"
