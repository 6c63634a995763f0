"""Files that come in: what can be read is read, and every fault has its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backorder.errors import RefusedError
from backorder.intake import Customer, OrderLine
from starter.cli.bulk import gathered
from starter.cli.files import Columns, Entry, columns_of, entries, format_of, read_object, read_text

NAMED = Columns(known=("id", "customer.id", "customer.name", "tags"), required=("id",), lists=("tags",))


def read(text: str, form: str = "csv") -> list[Entry]:
    """The entries of a text."""
    return list(entries(text, form, NAMED))


def refused(text: str, form: str = "csv") -> str:
    """Why a whole text is refused."""
    with pytest.raises(RefusedError) as error:
        read(text, form)
    return "; ".join(error.value.faults)


def faults(found: list[Entry]) -> list[tuple[int, str]]:
    """The faults with their lines."""
    return [(entry.number, fault) for entry in found for fault in entry.faults]


def test_columns_are_the_fields_of_the_model() -> None:
    columns = columns_of(OrderLine)
    assert {"order_id", "customer.id", "customer.sms_consent", "promised.by", "notices"} <= {*columns.known}
    assert not {"customer", "notices.at"} & {*columns.known}
    assert "customer.email" not in columns.required
    assert {f"customer.{name}" for name in Customer.model_fields} <= {*columns.known}


def test_rows_become_nested_fields() -> None:
    (entry,) = read("id,customer.id,customer.name,tags\n 7 , C-1 ,,a|b\n")
    assert entry == Entry(number=2, raw={"id": "7", "customer": {"id": "C-1"}, "tags": ["a", "b"]})


@pytest.mark.parametrize(
    "text", ["id;customer.id\n7;C-1\n", "id\tcustomer.id\n7\tC-1\n", "id,customer.id\r\n7,C-1\r\n"]
)
def test_semicolons_tabs_and_windows_lines(text: str) -> None:
    assert read(text)[0].raw == {"id": "7", "customer": {"id": "C-1"}}


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    found = read('id,customer.name\n1,"two\nlines"\n\n2,x\n3\n4,y\n')
    assert [entry.number for entry in found] == [2, 5, 6, 7]
    assert faults(found) == [(6, "has 1 cells where the header has 2")]


def test_an_open_quote_ends_the_reading() -> None:
    found = read('id,customer.name\n1,x\n2,"y\n3,z\n')
    assert [entry.number for entry in found] == [2, 3]
    assert "the lines after it were not read" in found[1].faults[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("7,C-1\n8,C-2\n", "line 1: this is no header"),
        ("id,colour\n7,red\n", 'line 1: "colour" is no column; known are id'),
        ("id,id\n7,7\n", "line 1: the column id is there twice"),
        ("customer.id\nC-1\n", "line 1: no column id"),
    ],
)
def test_a_header_that_cannot_be_used(text: str, words: str) -> None:
    assert words in refused(text)


def test_json_lines() -> None:
    text = '{"id": "1"}\n\n{"id": 2\n["x"]\n"x"\n{"id": 1, "id": 2}\n{"n": NaN}\n'
    found = read(text, "jsonl")
    assert (found[0].number, found[0].raw) == (1, {"id": "1"})
    assert [number for number, _ in faults(found)] == [3, 4, 5, 6, 7]
    assert [words for _, words in faults(found)] == [
        "this is not JSON (expecting ',' delimiter at column 9)",
        "must be a JSON object with a name for each field",
        "must be a JSON object with a name for each field",
        "id: is there twice",
        "NaN is no number",
    ]


def test_json() -> None:
    assert [entry.raw for entry in read('{"id": "1"}', "json")] == [{"id": "1"}]
    assert [entry.number for entry in read('[{"id": "1"}, 2]', "json")] == [1, 2]
    assert "this is not JSON" in refused('{"id": ', "json")


def test_formats() -> None:
    assert format_of("lines.CSV", None) == "csv"
    assert format_of("lines.ndjson", None) == "jsonl"
    assert format_of("-", "jsonl") == "jsonl"
    with pytest.raises(RefusedError, match="name it"):
        format_of("lines.xlsx", None)


def test_encodings(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes("\ufeffid\né\n".encode())
    assert read_text(str(path)) == "id\né\n"
    path.write_bytes("id\nok\né\n".encode("latin-1"))
    with pytest.raises(RefusedError, match=r"line 3: byte 0xe9 is not UTF-8; save the file as UTF-8"):
        read_text(str(path))
    path.write_bytes("id\n".encode("utf-16"))
    with pytest.raises(RefusedError, match="is UTF-16; save it as UTF-8"):
        read_text(str(path))
    with pytest.raises(RefusedError, match="no such file"):
        read_text(str(tmp_path / "nowhere.csv"))


def test_one_object(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"id": "1"}))
    assert read_object(str(path)) == {"id": "1"}
    path.write_text("[]")
    with pytest.raises(RefusedError, match=r"one\.json: must be a JSON object"):
        read_object(str(path))


def test_rows_that_belong_together() -> None:
    rows = [
        Entry(number=2, raw={"id": "PO-1", "supplier": "acme", "line": "1"}),
        Entry(number=3, raw={"id": "PO-2", "supplier": "acme", "line": "1"}),
        Entry(number=4, raw={"id": "PO-1", "supplier": "acme", "line": "2"}),
        Entry(number=5, raw={"id": "PO-2", "supplier": "north", "line": "2"}),
    ]
    first, second = gathered(rows, by=("id",), into="lines", parts=("line",))
    assert (first.number, first.raw["lines"]) == (2, [{"line": "1"}, {"line": "2"}])
    assert second.faults == ("line 5: supplier differs from line 3",)
