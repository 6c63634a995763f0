"""Parameters of a query, as their documentation says them.

The framework reads them leniently: 5_0 and " 50" for a number, seconds since 1970 for a day, and of a
parameter that is there twice the last one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar, get_args, get_origin

from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.utils import request_params_to_args
from pydantic import AfterValidator
from pydantic_core import ErrorDetails
from starlette.datastructures import QueryParams

from backorder.domain.iso import instant_of
from backorder.domain.texts import shown

T = TypeVar("T")
_FORMS: Mapping[type, tuple[re.Pattern[str], str]] = {
    int: (re.compile(r"-?[0-9]+"), "must be a whole number, like 50"),
    float: (re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"), "must be a number, like 0.95"),
    date: (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "write the day like 2026-05-31"),
}
"""How values are written that the framework would read in other forms too."""

_IN_WORDS: Mapping[str, str] = {
    "string_too_long": "has more than {max_length} characters",
    "too_long": "is there {actual_length} times; {max_length} times at most",
    "missing": "is missing",
    "bool_parsing": "write true or false",
    "greater_than_equal": "is out of bounds; it must be {ge} or more",
    "less_than_equal": "is out of bounds; it must be {le} or less",
}
"""Faults in the words in which those of bodies are said."""


def read_query(
    fields: Mapping[str, ModelField], needed: Sequence[ModelField], query: QueryParams
) -> tuple[dict[str, object], list[str]]:
    """The values of the parameters that are given, and every fault.

    fields: the call's parameters, by name. needed: those that have to be given. A parameter that the call
    does not have would filter nothing, so it is a fault. Of one that is faulty there is no value.
    """
    faults = {name: fault for name in query if (fault := _fault(name, fields.get(name), query))}
    given = [
        each for name, each in fields.items() if name not in faults and (name in query or each in needed)
    ]
    found, wrong = request_params_to_args(given, query)
    return found, [*(f"{name}: {fault}" for name, fault in faults.items()), *map(query_fault, wrong)]


def query_fault(error: ErrorDetails) -> str:
    """A fault that the framework found in a parameter of the query."""
    words = _IN_WORDS.get(error["type"], "").format(**error.get("ctx", {}))
    words = words or str(error["msg"]).removeprefix("Value error, ")
    words = words if words.startswith('"') else f"{words[:1].lower()}{words[1:]}"
    return f"{'.'.join(map(str, error['loc'][1:]))}: {words}"


def _fault(name: str, field: ModelField | None, query: QueryParams) -> str | None:
    if field is None:
        return "is unknown here"
    values = query.getlist(name)
    if any("\0" in each for each in values):
        return "holds a character that no text has"
    kinds = set(_kinds(field.field_info.annotation))
    if len(values) > 1 and not field_annotation_is_sequence(field.field_info.annotation):
        return "is there twice"
    for kind, (form, words) in _FORMS.items():
        if kind in kinds and not all(map(form.fullmatch, values)):
            return words
    return None


def _kinds(annotation: object) -> Iterator[object]:
    """The types of a parameter, without None and without what describes them."""
    if get_origin(annotation) is not None:
        for each in get_args(annotation):
            yield from _kinds(each)
    else:
        yield annotation


def checked(fault_of: Callable[[T], str | None]) -> AfterValidator:
    """What is wrong with a parameter, if it says anything: said beside what is wrong with the others."""

    def check(given: T) -> T:
        if given and (fault := fault_of(given)):
            raise ValueError(fault)
        return given

    return AfterValidator(check)


def each_checked(fault_of: Callable[[str], str | None]) -> AfterValidator:
    """The same of a parameter that may be said several times."""

    def check(given: Sequence[str] | None) -> Sequence[str] | None:
        if fault := next(filter(None, map(fault_of, given or ())), None):
            raise ValueError(fault)
        return given

    return AfterValidator(check)


def among(words: Iterable[str]) -> AfterValidator:
    """A parameter that is one of some words."""
    known = tuple(words)

    def fault_of(given: str) -> str | None:
        return None if given in known else f"{shown(given)} is unknown; known are {', '.join(known)}"

    return checked(fault_of)


def readable(read: Callable[[str], object]) -> AfterValidator:
    """A parameter that can be read; what cannot raises ValueError, in words.

    An empty one is read as well: what reads it knows whether that says nothing or is a fault.
    """

    def check(given: str | None) -> str | None:
        if given is not None:
            read(given)
        return given

    return AfterValidator(check)


instant = readable(lambda given: instant_of(given, "UTC"))
"""A parameter that is an instant; one without a zone is the shop's."""
