"""Keys made of IDs: whatever the parts hold, two that differ have two keys."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.keys import as_typed, joined, parts, reading_order
from workflows import ids

TEXT = st.text(alphabet=st.sampled_from("A1%/#25Ffü "), min_size=1, max_size=12)


@given(st.lists(TEXT, min_size=1, max_size=3))
def test_a_key_is_read_back_to_its_parts(texts: list[str]) -> None:
    assert list(parts(joined(*texts))) == texts


def test_only_three_letters_are_encoded() -> None:
    assert joined("A/1", "2") == "A%2F1/2"
    assert joined("A", "1/2") == "A/1%2F2"
    assert joined("100%", "#7 ü=") == "100%25/%237 ü="


@given(TEXT)
def test_workflow_ids_are_read_back(name: str) -> None:
    assert ids.sku_of(ids.replan_id(name)) == name
    assert ids.purchase_order_of(ids.purchase_order_id(name)) == name


def test_a_dispatcher_knows_its_shard() -> None:
    assert [ids.shard_of(ids.dispatch_id(shard)) for shard in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("A-1/2", ("A-1", "2")),
        ("#1001/1", ("#1001", "1")),
        ("100%/1", ("100%", "1")),
        ("A%2F1/2", ("A/1", "2")),
        ("A%2f1/%25", ("A/1", "%")),
    ],
)
def test_a_line_is_typed_as_it_is_shown_or_plainer(typed: str, meant: tuple[str, str]) -> None:
    assert as_typed(typed) == meant


@pytest.mark.parametrize("typed", ["", "A", "A/", "/1", " /1", "A/1/2"])
def test_what_is_no_line_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match="write the order and the line, like A-1001/1"):
        as_typed(typed)


@given(st.text(max_size=900))
def test_a_summary_is_never_longer_than_temporal_takes(words: str) -> None:
    assert len(json.dumps(ids.summary(words))) <= ids.SUMMARY_BYTES
    if len(words) < 30:
        assert ids.summary(words) == words


def test_ids_are_ordered_as_people_read_them() -> None:
    assert sorted(["1000", "99", "B10/1", "B9/1000", "A10", "A2", "A", "B9/99"], key=reading_order) == [
        "99",
        "1000",
        "A",
        "A2",
        "A10",
        "B9/99",
        "B9/1000",
        "B10/1",
    ]


@given(st.lists(TEXT, max_size=6))
def test_no_two_ids_stand_at_the_same_place(texts: list[str]) -> None:
    assert len({reading_order(text) for text in texts}) == len(set(texts))


@given(st.integers(0, 10**30), st.integers(0, 10**30), TEXT)
def test_digits_count_by_their_value(one: int, other: int, context: str) -> None:
    before = f"{context}/{one}" if not context[-1:].isdigit() else f"{context}-{one}"
    after = before[: -len(str(one))] + str(other)
    assert (reading_order(before) < reading_order(after)) == (one < other)
