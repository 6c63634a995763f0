"""The columns of a table that stand for the fields of a model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, get_args, get_origin

from starter.files.cells import AMOUNT, DAY, FLAG, INSTANT, TEXT, UNITS
from starter.files.tables import Columns

if TYPE_CHECKING:
    from pydantic import BaseModel


_ORDER_LINE_ALIASES = {
    "order": "order_id",
    "line": "line_id",
    "qty": "quantity",
    "price": "unit_price",
    "customer": "customer.id",
    "told_at": "promised.told_at",
} | {
    name: f"customer.{name}"
    for name in ("name", "kind", "email", "phone", "contact", "locale", "time_zone", "region", "sms_consent")
}
"""What `backorder start` calls the fields, and what is plain."""


def order_lines() -> Columns:
    """The columns of a file of order lines."""
    from backorder.schemas import OrderLine

    return columns_of(OrderLine, aliases=_ORDER_LINE_ALIASES)


def columns_of(
    model: type[BaseModel], *, aliases: Mapping[str, str] | None = None, usual: tuple[str, ...] = ()
) -> Columns:
    """The columns that stand for the fields of a model. usual: fields that need not be said."""
    known = columns(model)
    named = {"qty": "quantity"} | dict(aliases or {})
    return Columns(
        known=known,
        required=[name for name in columns(model, required=True) if name not in usual],
        lists=lists(model),
        kinds=kinds(model),
        aliases={alias: name for alias, name in named.items() if name in known},
    )


def columns(model: type[BaseModel], *, required: bool = False) -> list[str]:
    """The columns of a model, dotted for what is nested; only those that it needs, if asked."""
    found = []
    for name, info in model.model_fields.items():
        inner = _inner(info.annotation)
        if required and not info.is_required():
            continue
        found += [f"{name}.{each}" for each in columns(inner, required=required)] if inner else [name]
    return found


def lists(model: type[BaseModel]) -> list[str]:
    """The columns of a model that hold several values in one cell."""
    return [name for name, info in model.model_fields.items() if get_origin(info.annotation) is tuple]


def kinds(model: type[BaseModel]) -> dict[str, str]:
    """What the columns of a model hold; see `starter.files.cells`."""
    found: dict[str, str] = {}
    for name, info in model.model_fields.items():
        if inner := _inner(info.annotation):
            found |= {f"{name}.{each}": kind for each, kind in kinds(inner).items()}
        else:
            found[name] = next((kind for kind, types in _kinds() if types & _leaves(info.annotation)), TEXT)
    return found


def _kinds() -> tuple[tuple[str, frozenset[object]], ...]:
    from pydantic import AwareDatetime

    return (
        (INSTANT, frozenset({datetime, AwareDatetime})),
        (DAY, frozenset({date})),
        (AMOUNT, frozenset({Decimal})),
        (FLAG, frozenset({bool})),
        (UNITS, frozenset({int})),
    )


def _inner(annotation: object) -> type[BaseModel] | None:
    """The model that a field is, or may be; a list of models stays one column."""
    from pydantic import BaseModel

    models = (each for each in _types(annotation) if isinstance(each, type) and issubclass(each, BaseModel))
    return next(models, None)


def _types(annotation: object) -> list[object]:
    """The annotation and what it is a choice of; a list stays as it is."""
    return [annotation] if get_origin(annotation) is tuple else [annotation, *get_args(annotation)]


def _leaves(annotation: object) -> set[object]:
    """The plain types of an annotation."""
    if get_origin(annotation) is tuple:
        return set()
    parts = get_args(annotation)
    if not parts:
        return {annotation} if isinstance(annotation, type) else set()
    return {leaf for part in parts for leaf in _leaves(part)}
