"""The chain of a record: whatever is left out, changed, added or moved is found."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.erasure import answer_by, emptied
from backorder.domain.evidence import Chain, Link, broken, canonical, digest, plain

ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers() | st.text()), min_size=1, max_size=8)


def links(rows: list[dict[str, object]]) -> tuple[list[tuple[Link, dict[str, object]]], str]:
    chain = Chain("O-1/1")
    return [(chain.add(row), row) for row in rows], chain.head


@given(ROWS)
def test_a_chain_as_it_was_written_is_whole(rows: list[dict[str, object]]) -> None:
    written, head = links(rows)
    assert broken("O-1/1", written, len(rows), head) == []
    assert broken("O-2/1", written, len(rows), head), "it is nobody else's"


@given(ROWS, st.data())
def test_any_change_of_it_shows(rows: list[dict[str, object]], data: st.DataObject) -> None:
    written, head = links(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    link, row = written[place]
    changed = [*written[:place], (link, {**row, "z": 1}), *written[place + 1 :]]
    for other in (changed, written[:place] + written[place + 1 :], [*written, written[place]]):
        assert broken("O-1/1", other, len(rows), head)
    assert broken("O-1/1", written, len(rows) + 1, head)
    assert broken("O-1/1", written, len(rows), "0" * 64)
    if len(rows) > 1:
        assert broken("O-1/1", written[::-1], len(rows), head)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_equal_values_have_one_form(value: object) -> None:
    assert canonical({"b": value, "a": 1}) == canonical({"a": 1, "b": value})
    assert canonical({"a": value}).startswith(b'{"a":')


def test_days_and_instants_are_texts() -> None:
    instant = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert plain([date(2026, 3, 1), instant]) == ["2026-03-01", "2026-03-01T12:00:00.000000Z"]
    assert canonical({"ö": "ü"}) == '{"ö":"ü"}'.encode()


def test_a_digest_says_nothing_without_its_salt() -> None:
    assert digest("a" * 32, {"text": "no"}) != digest("b" * 32, {"text": "no"})


def test_who_asks_is_answered_within_a_month() -> None:
    months = {(2026, 1, 31): (2026, 2, 28), (2026, 12, 5): (2027, 1, 5), (2024, 1, 30): (2024, 2, 29)}
    assert {asked: answer_by(date(*asked)) for asked in months} == {
        asked: date(*until) for asked, until in months.items()
    }


def test_texts_go_and_what_is_counted_stays() -> None:
    said = {"reason": "I moved", "quantity": 2, "parts": [{"tracking": "JD1", "units": 1}], "note": None}
    assert emptied(said) == {
        "reason": "",
        "quantity": 2,
        "parts": [{"tracking": "", "units": 1}],
        "note": None,
    }
