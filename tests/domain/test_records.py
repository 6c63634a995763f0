"""Copies of the records that every decision makes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from backorder.domain.line.state import DecisionContext, LastContacts, State
from backorder.domain.notifications import Facts, Part
from backorder.domain.records import Record, made_at_once
from tests.support import lines as b
from tests.support.days import day


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (b.blank(3), {"revision": 2, "unsent": ("a", "b")}),
        (LastContacts(dated=day(1)), {"dated": None, "offer": day(2)}),
        (DecisionContext(free=2), {"gone": frozenset({"confirmed"})}),
        (Facts(quantity=1), {"by": day(4)}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_copy_is_the_one_that_dataclasses_make_and_leaves_the_record_alone(
    record: State | LastContacts | DecisionContext | Facts, fields: dict[str, object]
) -> None:
    before = repr(record)
    copy = record.replace(**fields)
    assert copy == dataclasses.replace(record, **fields)  # type: ignore[arg-type]
    assert (type(copy), repr(record)) == (type(record), before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.revision = 1  # type: ignore[misc, union-attr]


def test_a_name_that_is_no_field_is_refused() -> None:
    assert isinstance(b.blank(), Record)
    with pytest.raises(TypeError, match="no field of State: revison"):
        b.blank().replace(revison=2)


def test_what_is_frozen_for_the_type_checker_alone_is_like_any_other_dataclass() -> None:
    made = Part(quantity=1, likely=None, by=day(2))
    assert (made, hash(made)) == (dataclasses.replace(made), hash(dataclasses.replace(made)))
    assert (
        [each.name for each in dataclasses.fields(made)]
        == list(Part.__slots__)
        == ["quantity", "likely", "by"]
    )
    with pytest.raises(TypeError):
        Part(1, None, None)  # type: ignore[call-arg]


def record_of(decorate: Any) -> Any:
    @decorate
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Box(Record):
        width: int
        label: str = "box"
        inside: dict[str, int] = dataclasses.field(default_factory=dict)

    return Box


@pytest.mark.parametrize("given", [{"width": 1}, {"width": 1, "label": "", "inside": {"egg": 2}}])
def test_values_that_are_taken_at_once_are_those_that_dataclasses_set(given: dict[str, Any]) -> None:
    made = record_of(made_at_once)(**given)
    assert vars(made) == vars(record_of(lambda record: record)(**given))
    assert "inside" in given or made.inside is not record_of(made_at_once)(**given).inside


@pytest.mark.parametrize("given", [{}, {"label": ""}, {"width": 1, "depth": 2}, {"label": "", "depth": 2}])
def test_what_is_made_at_once_refuses_what_dataclasses_refuse(given: dict[str, Any]) -> None:
    for decorate in (made_at_once, lambda record: record):
        with pytest.raises(TypeError):
            record_of(decorate)(**given)
