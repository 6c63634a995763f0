"""Files that come in, as people and programs save them: what can be read is read, every fault is placed."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

from backorder.errors import RefusedError
from backorder.schemas import Customer, OrderLine
from starter.cli.files import FileOptions, Source, format_of, opened_file, read_object
from starter.cli.gathered_rows import gathered
from starter.cli.verdicts import Errors
from starter.cli.workbook_survey import SMALL, UNCALCULATED
from starter.files.cells import AMOUNT, DAY, FLAG, INSTANT, UNITS
from starter.files.columns import columns_of
from starter.files.csvfiles import Writer
from starter.files.tables import Columns, Entry
from starter.files.verdict import REFUSED, EntryVerdict

NAMED = Columns(
    known=("id", "customer.id", "customer.name", "tags", "price", "units", "day", "at", "yes"),
    required=("id",),
    lists=("tags",),
    kinds={"price": AMOUNT, "units": UNITS, "day": DAY, "at": INSTANT, "yes": FLAG},
    aliases={"email": "customer.name"},
)
HEADER = "id,customer.id,price,units,day,at"
Read = Callable[..., list[Entry]]


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Any]:
    """Open what a file holds, in the shop's zone of Berlin."""

    def opened(content: bytes | str, name: str = "lines.csv", columns: Columns = NAMED, **said: Any) -> Any:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return opened_file(FileOptions(file=str(path), **said), columns, "Europe/Berlin")

    return opened


@pytest.fixture
def read(source: Callable[..., Any]) -> Read:
    """The entries of a file."""

    def entries(content: bytes | str, name: str = "lines.csv", **said: Any) -> list[Entry]:
        with source(content, name, **said) as file:
            return list(file.entries())

    return entries


def workbook(*rows: list[Any], formats: dict[str, str] | None = None) -> bytes:
    """A workbook with one sheet."""
    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    book.save(kept)
    return kept.getvalue()


def faults(found: list[Entry]) -> list[tuple[int, str]]:
    """The faults with their rows."""
    return [(entry.number, fault) for entry in found for fault in entry.faults]


def refusal(act: Callable[[], object]) -> str:
    """Why a whole file is refused."""
    with pytest.raises(RefusedError) as error:
        act()
    return "\n".join(error.value.faults)


# --- columns


def test_columns_are_the_fields_of_the_model() -> None:
    columns = columns_of(OrderLine, usual=("ordered_at",))
    assert {"order_id", "customer.id", "customer.sms_consent", "promised.by", "notices"} <= {*columns.known}
    assert not {"customer", "notices.at"} & {*columns.known}
    assert not {"customer.email", "ordered_at"} & {*columns.required}
    plain = Customer.model_fields.keys() - {"marketing_consent"}
    assert {f"customer.{name}" for name in plain} <= {*columns.known}
    assert "customer.marketing_consent.sms.wording" in columns.known
    kinds = columns.kinds
    named = ("quantity", "unit_price", "ordered_at", "promised.by", "credit", "sku", "customer.sms_consent")
    assert [kinds[name] for name in named] == [UNITS, AMOUNT, INSTANT, DAY, FLAG, "text", FLAG]


def test_rows_become_nested_fields(read: Read) -> None:
    (entry,) = read("id,customer.id,customer.name,tags\n 7 , C-1 ,,a|b\n")
    assert entry == Entry(number=2, raw={"id": "7", "customer": {"id": "C-1"}, "tags": ["a", "b"]})
    no_lists = ("[" * 30_000, f"[{'9' * 5000}]", "[x]")
    found = read("id,tags\n" + "".join(f"7,{cell}\n" for cell in (*no_lists, '"[1, 2]"')))
    assert [entry.raw["tags"] for entry in found] == [*no_lists, [1, 2]]


@pytest.mark.parametrize(
    "header", ["ID;Customer.ID", "Id;customer id", "id;Customer_Id", "\ufeff id ; CUSTOMER-ID "]
)
def test_names_of_columns_are_read_as_people_write_them(read: Read, header: str) -> None:
    assert read(f"{header}\n7;C-1\n")[0].raw == {"id": "7", "customer": {"id": "C-1"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("7,C-1\n8,C-2\n", "row 1: this is no header"),
        ("id,id\n7,7\n", 'row 1: the column id is there twice, as "id" and "id"'),
        ("email,customer.name,id\n", "row 1: the column customer.name is there twice"),
        ("customer.id\nC-1\n", "row 1: these columns are missing: id"),
        ('"id\n7\n', "a quote"),
    ],
)
def test_a_header_that_cannot_be_used(read: Read, text: str, words: str) -> None:
    assert words in refusal(lambda: read(text))


def test_unknown_columns_are_named_once_with_what_may_be_meant(read: Read) -> None:
    rows = "7,x,y,z\n" * 50
    words = refusal(lambda: read("id,pirce,colour,customer_nmae\n" + rows))
    assert 'there is no column "pirce"; did you mean "price"?' in words
    assert 'there is no column "colour"; leave it out with --ignore-column' in words
    assert 'there is no column "customer_nmae"; did you mean "customer.name"?' in words
    assert words.count("the columns are") == 1
    assert len(words.splitlines()) == 4
    found = read("id,pirce,Colour,price\n7,1,red,2\n", ignored=("pirce", "colour"))
    assert [entry.raw for entry in found] == [{"id": "7", "price": "2"}]


# --- text


@pytest.mark.parametrize(
    "text",
    [
        "id;customer.id\n7;C-1\n",
        "id\tcustomer.id\n7\tC-1\n",
        "id|customer.id\n7|C-1\n",
        "id,customer.id\r\n7,C-1\r\n",
        "id,customer.id\r7,C-1\r",
        "sep=;\r\nid;customer.id\r\n7;C-1\r\n",
        '"sep=,"\nid,customer.id\n7,C-1\n',
        "id,customer.id,,,\n7,C-1,,,\n,,,,\n,,,,\n",
        "\n\nid,customer.id\n\n7,C-1\n",
    ],
)
def test_separators_ends_of_lines_and_empty_cells(read: Read, text: str) -> None:
    assert [entry.raw for entry in read(text)] == [{"id": "7", "customer": {"id": "C-1"}}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_any_form(source: Callable[..., Any], encoding: str) -> None:
    with source("id,customer.name\n1,Žofie Müller\n".encode(encoding)) as file:
        assert [entry.raw["customer"] for entry in file.entries()] == [{"name": "Žofie Müller"}]
        assert file.remarks == ()


def test_what_windows_programs_write_is_read_and_said(source: Callable[..., Any], read: Read) -> None:
    with source("id,customer.name\n1,Müller €\n".encode("cp1252")) as file:
        assert [entry.raw["customer"] for entry in file.entries()] == [{"name": "Müller €"}]
        assert "read as Windows-1252 (cp1252)" in file.remarks[0]
    polish = "id,customer.name\n1,Łukasz\n".encode("cp1250")
    assert read(polish, encoding="cp1250")[0].raw["customer"] == {"name": "Łukasz"}
    assert "line 2: byte 0xa3 is not ASCII" in refusal(lambda: read(polish, encoding="ascii"))
    assert "--encoding" in refusal(lambda: read("id\n", encoding="klingon"))


def test_bytes_that_are_no_text(read: Read) -> None:
    mixed = "id,customer.name\n1,Müller\n".encode() + "2,Müller\n".encode("latin-1")
    assert "line 3: byte 0xfc is not UTF-8" in refusal(lambda: read(mixed))
    assert "line 2: byte 0x81" in refusal(lambda: read(b"id,customer.name\n1,\x81\n"))
    assert "is a workbook; name it .xlsx" in refusal(lambda: read(workbook(["id"], ["7"])))
    assert "is no .xlsx workbook" in refusal(lambda: read("id\n7\n", "lines.xlsx"))
    assert "has a password" in refusal(lambda: read(b"\xd0\xcf\x11\xe0\xa1\xb1", "lines.xlsx"))


def test_rows_are_counted_as_a_spreadsheet_counts_them(read: Read) -> None:
    found = read('id,customer.name\n1,"two\nlines"\n\n2,x\n3\n4,y\n5,z,w\n')
    assert [entry.number for entry in found] == [2, 4, 5, 6, 7]
    assert faults(found) == [
        (5, "has 1 cells where the header has 2"),
        (7, "has 3 cells where the header has 2"),
    ]
    assert read("sep=;\nid;customer.id\n7;x;y\n")[0].number == 2


def test_a_cell_under_no_name_is_not_lost_in_silence(read: Read) -> None:
    found = read("id,,customer.id\n1,,C-1\n2,surprise,C-2\n")
    assert faults(found) == [(3, 'the cell in column B, which has no name, holds "surprise"')]


def test_broken_quotes(read: Read) -> None:
    found = read('id,customer.name\n1,x\n2,"y"z\n3,w\n')
    assert [(entry.number, bool(entry.faults)) for entry in found] == [(2, False), (3, True), (4, False)]
    found = read('id,customer.name\n1,x\n2,"y\n3,z\n')
    assert [entry.number for entry in found] == [2, 3]
    assert "the rows after it were not read" in found[1].faults[0]


# --- values


@pytest.mark.parametrize(
    ("said", "price", "units", "expected"),
    [
        ({}, "349.00", "2", ("349.00", "2")),
        ({"decimal": "comma"}, "349,00", "2", ("349.00", "2")),
        ({"decimal": "comma"}, "1.299", "1.000", ("1299", "1000")),
        ({"decimal": "comma"}, "1.299.000,5", "-2", ("1299000.5", "-2")),
        ({"decimal": "comma"}, "1\u202f299,00", "2,0", ("1299.00", "2")),
        ({"decimal": "point"}, "1,299.00", "12,000", ("1299.00", "12000")),
        ({"decimal": "point"}, "1’299.00", "12'000", ("1299.00", "12000")),
        ({"decimal": "point"}, "12,34,567.50", "1,00,000", ("1234567.50", "100000")),
    ],
)
def test_numbers_with_separators(
    read: Read, said: dict[str, str], price: str, units: str, expected: tuple[str, str]
) -> None:
    (entry,) = read(f"id;price;units\n7;{price};{units}\n", **said)
    assert (entry.faults, entry.raw["price"], entry.raw["units"]) == ((), *expected)


@pytest.mark.parametrize(
    ("said", "column", "value", "words"),
    [
        ({}, "price", "349,00", "say --decimal comma or --decimal point"),
        ({}, "units", "1.000", "write digits alone"),
        ({}, "units", "1,000", "write digits alone"),
        ({"decimal": "comma"}, "price", "1.29", "is no number with a decimal comma"),
        ({"decimal": "point"}, "price", "1.299,00", "is no number with a decimal point"),
        ({"decimal": "comma"}, "units", "1.00", "is no number with a decimal comma"),
        ({"decimal": "point"}, "price", "1,23,4567", "is no number with a decimal point"),
        ({"decimal": "comma"}, "price", "12.34.567", "is no number with a decimal comma"),
        ({"date_format": "%d.%m.%Y"}, "day", "46346", "serial number, perhaps of 2026-11-20"),
        ({}, "day", "31.12.2026", "say --date-format"),
        ({}, "at", "12/31/2026 10:00", "say --date-format"),
        ({}, "day", "20-Nov-2026", "say --date-format, such as %d-%b-%Y"),
        ({}, "at", "Nov 20, 2026 9:05", "say --date-format, such as %d-%b-%Y"),
        ({}, "day", "20. März 2026", "say --date-format, such as %d-%b-%Y"),
        ({"date_format": "%d.%m.%Y"}, "day", "12/31/2026", "is no date like 31.12.2026"),
        ({"date_format": "%d.%m.%Y"}, "day", "31.02.2026", "is no date like 31.12.2026"),
        ({"date_format": "%d.%m.%Y %H:%M"}, "at", "31.12.2026", "is no date like 31.12.2026 00:00"),
        ({}, "id", "#N/A", "the cell holds the error #N/A"),
        ({}, "price", "#BEZUG!", "the cell holds the error #BEZUG!"),
    ],
)
def test_values_that_cannot_be_meant(
    read: Read, said: dict[str, str], column: str, value: str, words: str
) -> None:
    head, row = ("id", value) if column == "id" else (f"id;{column}", f"7;{value}")
    ((number, fault),) = faults(read(f"{head}\n{row}\n", **said))
    assert number == 2
    assert fault.startswith(f"{column}: ")
    assert words in fault


@pytest.mark.parametrize(
    ("said", "day", "at", "expected"),
    [
        ({}, "2026-12-31", "2026-12-31T10:00:00Z", ("2026-12-31", "2026-12-31T10:00:00Z")),
        ({}, "2026-12-31 00:00:00", "2026-07-01 10:00", ("2026-12-31", "2026-07-01T10:00:00+02:00")),
        ({}, "2026-12-31", "2026-12-31", ("2026-12-31", "2026-12-31T00:00:00+01:00")),
        (
            {"date_format": "%d.%m.%Y"},
            "31.12.2026",
            "31.12.2026 9:05",
            ("2026-12-31", "2026-12-31T09:05:00+01:00"),
        ),
        (
            {"date_format": "%d-%b-%Y"},
            "31-Dec-2026",
            "31-dec-2026 9:05",
            ("2026-12-31", "2026-12-31T09:05:00+01:00"),
        ),
        ({"date_format": "%m/%d/%y"}, "12/31/26", "12/31/26", ("2026-12-31", "2026-12-31T00:00:00+01:00")),
        ({"date_format": "%d.%m.%Y"}, "2026-12-31", "2026-12-31T10:00Z", ("2026-12-31", "2026-12-31T10:00Z")),
    ],
)
def test_dates_and_instants(
    read: Read, said: dict[str, str], day: str, at: str, expected: tuple[str, str]
) -> None:
    (entry,) = read(f"id;day;at\n7;{day};{at}\n", **said)
    assert (entry.faults, entry.raw["day"], entry.raw["at"]) == ((), *expected)
    (entry,) = read(json.dumps({"id": "7", "day": day, "at": at}), "lines.jsonl", **said)
    assert (entry.faults, entry.raw["day"], entry.raw["at"]) == ((), *expected)


@pytest.mark.parametrize("form", ["%d.%m", "%H:%M", "soon", "%"])
def test_a_date_format_without_day_month_and_year(read: Read, form: str) -> None:
    assert "--date-format" in refusal(lambda: read("id\n7\n", date_format=form))


# --- workbooks


def test_a_workbook_is_read_as_it_is_meant(read: Read) -> None:
    moment = datetime(2026, 7, 1, 10, 30)  # noqa: DTZ001 - a spreadsheet knows no zones
    found = read(
        workbook(
            ["Id", "Customer ID", "price", "units", "day", "at", "yes"],
            [1001, "0042", 349.9, 2, datetime(2026, 12, 31), moment, True],  # noqa: DTZ001
            [],
            ["A-1", 42, 0.1 + 0.2, 2.0, "2026-12-31", "2026-12-31T10:00Z", "WAHR"],
            formats={"B4": "00000"},
        ),
        "lines.xlsx",
    )
    assert faults(found) == []
    assert [entry.number for entry in found] == [2, 4]
    assert found[0].raw == {
        "id": "1001",
        "customer": {"id": "0042"},
        "price": "349.9",
        "units": "2",
        "day": "2026-12-31",
        "at": "2026-07-01T10:30:00+02:00",
        "yes": "true",
    }
    assert found[1].raw["customer"] == {"id": "00042"}
    assert (found[1].raw["price"], found[1].raw["units"], found[1].raw["yes"]) == ("0.3", "2", "true")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("id", 1001.5, "the cell holds the number 1001.5; format the column as text"),
        ("id", 1234567890123456, "keeps 15 digits; format the column as text"),
        ("id", datetime(2026, 2, 1), "made the date 2026-02-01 of it; format the column as text"),  # noqa: DTZ001
        ("id", True, "holds TRUE, which is no text"),
        ("id", time(10, 30), "holds the time 10:30:00"),
        ("day", 46143, "the cell holds the number 46143; format the column as a date"),
        ("day", datetime(2026, 2, 1, 10, 30), "has a time of day"),  # noqa: DTZ001
        ("at", 46143.4375, "the cell holds the number 46143.4375; format the column as a date"),
        ("price", "=#N/A", "the cell holds the error #N/A"),
    ],
)
def test_cells_that_cannot_be_meant(read: Read, column: str, value: Any, words: str) -> None:
    rows = [["id"], [value]] if column == "id" else [["id", column], ["7", value]]
    if value == "=#N/A":
        rows[1][1] = "#N/A"
    ((number, fault),) = faults(read(workbook(*rows), "lines.xlsx"))
    assert number == 2
    assert fault.startswith(f"{column}: ")
    assert words in fault


def test_sheets(read: Read) -> None:
    book, kept = Workbook(), io.BytesIO()
    book.active.title = "notes"
    book.active.sheet_state = "hidden"
    book.create_sheet("orders").append(["id"])
    book["orders"].append(["7"])
    book.create_sheet("old").append(["id"])
    book.create_chartsheet("drawn", 0).add_chart(BarChart())
    book.save(kept)
    assert [entry.raw for entry in read(kept.getvalue(), "lines.xlsx")] == [{"id": "7"}]
    assert read(kept.getvalue(), "lines.xlsx", sheet="old") == []
    for none in ("new", "drawn"):
        words = refusal(partial(read, kept.getvalue(), "lines.xlsx", sheet=none))
        assert f'there is no sheet "{none}"; there are "notes", "orders", "old"' in words


# --- JSON


def test_json_lines(read: Read) -> None:
    text = '{"id": "1"}\n\n{"id": 2\n["x"]\n"x"\n{"id": 1, "id": 2}\n{"n": NaN}\n{"id": "\\ud83d"}\n'
    found = read(text, "lines.jsonl")
    assert (found[0].number, found[0].raw) == (1, {"id": "1"})
    assert (found[-1].number, found[-1].faults) == (8, ())
    assert faults(found) == [
        (3, "this is not JSON (expecting ',' delimiter at column 9)"),
        (4, "must be a JSON object with a name for each field"),
        (5, "must be a JSON object with a name for each field"),
        (6, "id: is there twice"),
        (7, "NaN is no number"),
    ]


def test_json(read: Read) -> None:
    assert [entry.raw for entry in read('{"id": "1"}', "lines.json")] == [{"id": "1"}]
    assert [entry.number for entry in read('[{"id": "1"}, 2]', "lines.json")] == [1, 2]
    assert [entry.raw for entry in read('{"id": "1"}\n{"id": "2"}\n', "lines.json")] == [
        {"id": "1"},
        {"id": "2"},
    ]
    assert "this is not JSON" in refusal(lambda: read('{"id": ', "lines.json"))
    assert faults(read("[" * 5000, "lines.jsonl")) == [
        (1, "this is not JSON that can be read: it is nested too deeply")
    ]
    assert faults(read(f'{{"id": {"9" * 5000}}}', "lines.jsonl")) == [(1, "a number has thousands of digits")]


def test_formats() -> None:
    names = ("lines.CSV", "lines.tsv", "lines.XLSX", "lines.ndjson", "lines.json")
    assert [format_of(name, None) for name in names] == ["csv", "csv", "xlsx", "jsonl", "json"]
    assert format_of("-", "jsonl") == "jsonl"
    assert "name it" in refusal(lambda: format_of("lines.ods", None))


def test_files_that_are_not_there(tmp_path: Path, source: Callable[..., Any]) -> None:
    def opened(path: Path) -> Source:
        with opened_file(FileOptions(file=str(path)), NAMED, "UTC") as file:
            return file

    assert "no such file" in refusal(lambda: opened(tmp_path / "nowhere.csv"))
    (tmp_path / "folder.csv").mkdir()
    assert "is a directory" in refusal(lambda: opened(tmp_path / "folder.csv"))


def test_one_object(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text("\ufeff" + json.dumps({"id": "1"}))
    assert read_object(str(path)) == {"id": "1"}
    path.write_text("[]")
    assert "one.json: must be a JSON object" in refusal(lambda: read_object(str(path)))


# --- rows that belong together


ORDERS = Columns(known=("id", "supplier", "line", "sku"), required=("id",))


def orders(source: Callable[..., Any], text: str) -> dict[str, tuple[str, ...]]:
    """The faults of each order of a file."""
    with source(text, columns=ORDERS) as file:
        found = gathered(file.entries(), file.word, by=("id",), into="lines", parts=("line", "sku"))
        return {str(entry.raw.get("id", "")): entry.faults for entry in found}


def test_rows_of_one_order_are_one_entry(source: Callable[..., Any]) -> None:
    text = "id,supplier,line,sku\nP-1,acme,1,A\nP-2,acme,1,A\nP-1,acme,2,B\nP-2,north,2,A\n"
    with source(text, columns=ORDERS) as file:
        first, second = gathered(file.entries(), "row", by=("id",), into="lines", parts=("line", "sku"))
    assert (first.number, first.raw["lines"]) == (2, [{"line": "1", "sku": "A"}, {"line": "2", "sku": "B"}])
    assert second.faults == ("row 5: supplier differs from row 3",)


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ("P-1,acme,2,B,oops", {"P-1"}),  # one cell too many
        ("P-1,acme,2", {"P-1"}),
        (",P-1,acme,2,B", {"P-1"}),  # all of it moved to the right
        ("P-1,acme,2,#REF!", {"P-1"}),
        ("P-3,acme,2", set()),  # of an order of its own
        ("acme,2,B", {"P-1", "P-2"}),  # nobody can say whose line it is
        (",acme,2,B", {"P-1", "P-2"}),
        ('P-1,acme,"2,B', {"P-1", "P-2"}),  # whatever comes after it was not read
    ],
)
def test_an_order_with_a_row_that_cannot_be_read_is_refused_whole(
    source: Callable[..., Any], row: str, refused: set[str]
) -> None:
    found = orders(source, f"id,supplier,line,sku\nP-1,acme,1,A\nP-2,acme,1,A\n{row}\n")
    assert {id for id, wrong in found.items() if id and wrong} == refused
    assert all("row 4: " in wrong[0] for id, wrong in found.items() if id in refused)


def test_what_a_workbook_shows_and_does_not_hold_is_refused_and_never_empty(
    read: Read, source: Callable[..., Any]
) -> None:
    book, kept = Workbook(), io.BytesIO()
    for row in (["id", "day", "price"], ["7", "2026-12-31", "=1+1"], ["8", None, "3"], ["9", "none", "4"]):
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.active.row_dimensions[4].hidden = True
    book.save(kept)
    assert faults(read(kept.getvalue(), "lines.xlsx")) == [
        (2, f"price: the cell {UNCALCULATED}"),
        (3, "day: the cell is part of B2:B3, which is merged; split that, and fill in each cell"),
    ]
    with source(kept.getvalue(), "lines.xlsx") as file:
        assert file.remarks == ("1 hidden row is read too",)


def test_a_merged_cell_says_whose_row_it_is(read: Read) -> None:
    """Its order is refused whole: half of it would be started otherwise."""
    book, kept = Workbook(), io.BytesIO()
    for row in (["id", "price"], ["7", "3"], [None, "4"], ["8", "5"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.save(kept)
    found = read(kept.getvalue(), "lines.xlsx")
    assert [entry.raw["id"] for entry in found] == ["7", "7", "8"]
    assert [number for number, _ in faults(found)] == [3]


def test_a_formula_that_shows_nothing_is_an_empty_cell(read: Read) -> None:
    """=IF(B2="","",B2) has a result, which is a text without letters; saving it anew changes nothing."""
    kept = io.BytesIO()
    result = b'<c r="B2" t="str"><f>IF(A2="","",A3)</f><v></v></c>'
    whole = workbook(["id", "price"], ["7", '=IF(A2="","",A3)'])
    with zipfile.ZipFile(io.BytesIO(whole)) as before, zipfile.ZipFile(kept, "w") as archive:
        for each in before.infolist():
            part = before.read(each)
            if each.filename == "xl/worksheets/sheet1.xml":
                begin = part.index(b'<c r="B2"')
                part = part[:begin] + result + part[part.index(b"</c>", begin) + 4 :]
            archive.writestr(each, part)
    assert [(entry.faults, entry.raw) for entry in read(kept.getvalue(), "lines.xlsx")] == [((), {"id": "7"})]


def test_a_workbook_that_unpacks_without_end_is_not_read(read: Read) -> None:
    kept = io.BytesIO(workbook(["id"], ["7"]))
    with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"A" * (SMALL + 1))
    assert "would unpack to 64 MB" in refusal(lambda: read(kept.getvalue(), "lines.xlsx"))


def test_no_id_becomes_a_formula_where_the_faults_are_opened() -> None:
    kept = io.StringIO()
    wrong = EntryVerdict(line=2, id='=HYPERLINK("http://x")', verdict=REFUSED, faults=("no",))
    Errors(kept, as_json=False).write(wrong, "no")
    assert list(csv.reader(io.StringIO(kept.getvalue())))[1] == ["2", '\'=HYPERLINK("http://x")', "no"]


@pytest.mark.parametrize("id", ["=1+1", "+4", "-x", "@a", "'=1+1", "''-", "'a", "a'=", "DESK"])
def test_what_is_written_for_people_calculates_nothing_and_is_read_back(read: Read, id: str) -> None:
    kept = io.StringIO()
    Writer(kept).write("id")
    Writer(kept).write(id)
    cell = kept.getvalue().splitlines()[1].strip('"')
    assert cell[0] not in "=+-@"
    assert [each.raw for each in read(kept.getvalue().encode(), "lines.csv")] == [{"id": id}]
