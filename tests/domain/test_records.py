"""Copies of the records that every decision makes."""

from __future__ import annotations

import dataclasses

import pytest

from backorder.domain.line.state import DecisionContext, LastContacts, State
from backorder.domain.notifications import Facts
from backorder.domain.records import Record
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
