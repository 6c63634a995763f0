"""Files as spreadsheets, exports and broken disks leave them: every entry has a verdict in words."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from backorder import schemas
from backorder.domain.texts import fault_of_prose
from backorder.errors import RefusedError, SetupError
from backorder.schemas import parse
from backorder.settings import FILE, Settings, read_settings, variable
from starter.cli.files import FileOptions, opened_file
from starter.files.columns import columns_of
from starter.files.tables import Entry
from tests.support.fuzzing import TRIED, in_words, often
from tests.support.odd_values import NOW, OTHERS, TEXTS

COLUMNS = columns_of(schemas.OrderLine, usual=("ordered_at",))
GOOD = {
    "order_id": "1001",
    "line_id": "1",
    "sku": "LAMP",
    "quantity": "2",
    "customer.id": "c-7",
    "customer.name": "Ann",
    "customer.region": "DE",
    "customer.email": "ann@example.com",
    "unit_price": "10.00",
    "currency": "EUR",
    "ordered_at": "2026-04-30T10:00:00Z",
    "payment": "captured",
}
ODD = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12))
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "latin-1")
SAYABLE = [text for text in TEXTS if fault_of_prose(text, most=10_000) is None]
"""What a command line takes at all."""
NAMED: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    encoding=st.sampled_from(
        [None, None, None, "utf-8", "cp1250", "utf-7", "idna", "undefined", "rot13", *SAYABLE]
    ),
    decimal=st.sampled_from([None, None, "comma", "point"]),
    date_format=st.sampled_from([None, None, "%d.%m.%Y", "%Y%Y%m%d", "%", "%s", "%-d", "%c", *SAYABLE]),
    ignored=st.lists(st.sampled_from([*GOOD, *SAYABLE]), max_size=1).map(tuple),
)

AS_IT_IS: dict[str, Any] = {}
"""Nothing is named; most encodings and forms of dates have a workbook refused before it is read."""


@st.composite
def grids(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows, with odd cells, cells too few and too many."""
    names = list(GOOD)
    header = [draw(ODD) if draw(st.integers(0, 60)) == 0 else name for name in names]
    rows = [header]
    for _ in range(draw(st.integers(1, 3))):
        row = [draw(ODD) if draw(st.integers(0, 5)) == 0 else GOOD[name] for name in names]
        rows.append((row + draw(st.lists(ODD, max_size=1)))[draw(st.sampled_from([0, 0, 0, 0, 1])) :])
    return rows


WRONG = st.one_of(
    st.none(), st.none(), st.tuples(st.integers(0, 99_999), st.binary(max_size=6), st.integers(0, 40))
)
"""Where a file is spoilt, by what, and how much is gone; None for one that is whole."""


def spoilt(whole: bytes, wrong: tuple[int, bytes, int] | None) -> bytes:
    """A file with bytes that do not belong there, or without some."""
    if wrong is None:
        return whole
    place = wrong[0] % (len(whole) + 1)
    return whole[:place] + wrong[1] + whole[place + wrong[2] :]


@st.composite
def tables_as_text(draw: st.DrawFn) -> bytes:
    """CSV with any separator, ends of lines and encoding."""
    out = io.StringIO()
    separator = draw(st.sampled_from(",;\t|"))
    quote_all = draw(st.booleans())
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    if draw(st.booleans()):
        out.write(f"sep={separator}{ends}")
    quoting: Literal[0, 1] = 1 if quote_all else 0  # csv.QUOTE_ALL, csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=ends).writerows(draw(grids()))
    return spoilt(out.getvalue().encode(draw(st.sampled_from(ENCODINGS)), "replace"), draw(WRONG))


@st.composite
def objects(draw: st.DrawFn) -> tuple[str, bytes]:
    """JSON Lines, or a JSON list, of objects with odd values."""
    form = draw(st.sampled_from(["json", "jsonl"]))
    found: list[Any] = []
    for _ in range(draw(st.integers(1, 3))):
        raw: Any = {"order_id": "1001", "customer": {"id": "c-7", "name": "Ann"}} | {
            draw(st.sampled_from([*GOOD, "customer", "promised", "notices", *TEXTS])): draw(
                st.one_of(ODD, st.sampled_from(OTHERS))
            )
            for _ in range(draw(st.integers(0, 3)))
        }
        found.append(draw(st.sampled_from([raw, raw, raw, draw(st.sampled_from(OTHERS))])))
    texts = [json.dumps(each, ensure_ascii=draw(st.booleans())) for each in found]
    whole = "\n".join(texts) if form == "jsonl" else f"[{','.join(texts)}]"
    return form, spoilt(whole.encode(draw(st.sampled_from(ENCODINGS)), "replace"), draw(WRONG))


NUMBERS = [1, 0, -1, 2.5, 1e300, 0.1 + 0.2, 46143.4375, 10**16, True, NOW.replace(tzinfo=None)]


def workbook(rows: list[list[Any]], part: int | None, wrong: tuple[int, bytes, int] | None) -> bytes:
    """A workbook; spoilt as a whole, or in one of its parts."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        try:
            sheet.append(row)
        except (IllegalCharacterError, UnicodeError, ValueError):
            sheet.append(list(GOOD.values()))
    out = io.BytesIO()
    book.save(out)
    if part is None:
        return spoilt(out.getvalue(), wrong)
    again = io.BytesIO()
    with zipfile.ZipFile(out) as before, zipfile.ZipFile(again, "w") as after:
        for number, name in enumerate(before.namelist()):
            whole = before.read(name)
            after.writestr(name, spoilt(whole, wrong) if number == part else whole)
    return again.getvalue()


@st.composite
def cells(draw: st.DrawFn) -> list[list[Any]]:
    """A grid with numbers and dates where there were texts."""
    rows: list[list[Any]]
    header, *rows = [list[Any](row) for row in draw(grids())]
    for row in rows:
        for place in draw(st.lists(st.integers(0, len(row) - 1), max_size=2)):
            row[place] = draw(st.sampled_from(NUMBERS))
    return [header, *rows]


def verdicts(path: Path, form: str, said: dict[str, Any]) -> int:
    """Read a file as the commands do. Returns how many entries it has; 0 for one that is refused in words."""
    given_ = FileOptions(file=str(path), form=form, **said)
    found: list[Entry] = []
    try:
        with opened_file(given_, COLUMNS, "Europe/Berlin") as source:
            found.extend(source.entries())
    except RefusedError as error:
        printable(error.faults)
        return 0
    for entry in found:
        printable(entry.faults)
        try:
            line = parse(
                schemas.OrderLine, entry.raw, now=NOW, zone="Europe/Berlin", usual={"ordered_at": NOW}
            )
            assert line.model_dump_json().encode()
        except RefusedError as error:
            in_words(error.faults)
    return len(found)


def printable(faults: Sequence[str]) -> None:
    """Whether every file and database takes what is said of a file; terminals get it escaped."""
    for fault in faults:
        assert fault_of_prose(fault, most=20_000) is None, ascii(fault)


def tried(kind: str, entries: int) -> None:
    TRIED[kind, "read" if entries else "refused"] += 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files are."""
    return tmp_path_factory.mktemp("files")


@often(12, 60)
@given(whole=tables_as_text(), said=NAMED)
def test_odd_tables(folder: Path, whole: bytes, said: dict[str, Any]) -> None:
    path = folder / "lines.csv"
    path.write_bytes(whole)
    tried("tables", verdicts(path, "csv", said))


@often(8, 60)
@given(found=objects(), said=NAMED)
def test_odd_json(folder: Path, found: tuple[str, bytes], said: dict[str, Any]) -> None:
    form, whole = found
    path = folder / "lines.json"
    path.write_bytes(whole)
    tried("JSON files", verdicts(path, form, said))


@often(5, 15)
@given(
    rows=cells(),
    part=st.one_of(st.none(), st.integers(0, 8)),
    wrong=WRONG,
    said=st.one_of(st.just(AS_IT_IS), st.just(AS_IT_IS), NAMED),
)
@example(rows=[list(GOOD), list(GOOD.values())], part=None, wrong=None, said=AS_IT_IS)
def test_odd_workbooks(
    folder: Path,
    rows: list[list[Any]],
    part: int | None,
    wrong: tuple[int, bytes, int] | None,
    said: dict[str, Any],
) -> None:
    path = folder / "lines.xlsx"
    path.write_bytes(workbook(rows, part, wrong))
    tried("workbooks", verdicts(path, "xlsx", said))


@st.composite
def settings_files(draw: st.DrawFn) -> bytes:
    """A settings file with odd keys and values."""
    rows = []
    names = [*Settings.model_fields, *map(variable, Settings.model_fields)]
    for _ in range(draw(st.integers(1, 4))):
        key = draw(st.sampled_from([*names, *names, *TEXTS]))
        odd = draw(st.one_of(ODD, st.sampled_from(["10", "5m", "sendgrid", "1.5", "true", "[1]", "{a = 1}"])))
        text = '"' + odd.replace("\\", "\\\\").replace('"', '\\"') + '"'
        rows.append(f"{key} = {draw(st.sampled_from([text, text, odd]))}")
    whole = "\n".join(rows).encode(draw(st.sampled_from(ENCODINGS)), "replace")
    return spoilt(whole, draw(WRONG))


@often(5, 60)
@given(whole=settings_files())
def test_odd_settings_files(folder: Path, whole: bytes) -> None:
    path = folder / "settings.toml"
    path.write_bytes(whole)
    try:
        read_settings({FILE: str(path)})
    except SetupError as error:
        in_words(str(error).splitlines())
        TRIED["settings files", "refused"] += 1
    else:
        TRIED["settings files", "read"] += 1
