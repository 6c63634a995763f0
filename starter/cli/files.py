"""Files that come in: CSV, workbooks, JSON Lines, JSON. Every fault has the row or line that it is about."""

from __future__ import annotations

import functools
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from backorder.errors import RefusedError
from starter.cli import workbooks
from starter.cli.decoding import encoding_of
from starter.cli.params import OneOf
from starter.cli.workbook_survey import Survey
from starter.files import csvfiles, jsonfiles
from starter.files.cells import CellFormat
from starter.files.tables import Columns, Entry, table

FORMATS: Mapping[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
_WORDS = {"csv": "row", "xlsx": "row", "jsonl": "line", "json": "entry"}
TABLES = ("csv", "xlsx")
"""Formats that come in rows."""
Command = Callable[..., object]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileOptions:
    """What a command line says about a file that comes in. errors: the file that gets every fault."""

    file: str | None
    form: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    date_format: str | None = None
    ignored: tuple[str, ...] = ()
    errors: str | None = None


_OPTIONS = (
    click.option(
        "--format",
        "form",
        type=OneOf(["csv", "xlsx", "jsonl", "json"]),
        help="Default: by the file's ending.",
    ),
    click.option("--sheet", help="The sheet of a workbook. Default: the first."),
    click.option("--encoding", help="Of a text, like cp1250. Default: UTF-8, else Windows-1252."),
    click.option(
        "--decimal",
        type=OneOf(["comma", "point"]),
        help="How numbers are written, thousands separated or not. Default: a point, and no thousands.",
    ),
    click.option("--date-format", help="How dates are written, like %d.%m.%Y. Default: ISO 8601."),
    click.option(
        "--ignore-column", "ignored", multiple=True, help="A column to leave out; may be said several times."
    ),
    click.option("--errors", metavar="FILE", help="Write every fault to a file, .csv or .jsonl."),
)
file_option = click.option(
    "--file", "file", metavar="FILE", help="CSV, a workbook, JSON Lines or JSON; - reads standard input."
)
file_argument = click.argument("file", metavar="FILE", required=False)


def file_options(command: Command) -> Command:
    """Options that say how a file is to be read, handed on together as `given`."""

    @functools.wraps(command)
    def gathered(
        *,
        file: str | None,
        form: str | None,
        sheet: str | None,
        encoding: str | None,
        decimal: str | None,
        date_format: str | None,
        ignored: tuple[str, ...],
        errors: str | None,
        **options: object,
    ) -> object:
        given = FileOptions(
            file=file,
            form=form,
            sheet=sheet,
            encoding=encoding,
            decimal=decimal,
            date_format=date_format,
            ignored=ignored,
            errors=errors,
        )
        return command(given=given, **options)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file that can be read as often as needed. word: row, line or entry; remarks: on how it is read."""

    shown: str
    path: Path
    form: str
    encoding: str
    said: FileOptions
    columns: Columns
    reading: CellFormat
    remarks: tuple[str, ...] = ()
    survey: Survey = field(default_factory=Survey)

    @property
    def word(self) -> str:
        """What an entry's number counts."""
        return _WORDS[self.form]

    def entries(self) -> Iterator[Entry]:
        """The entries, one at a time. Raises RefusedError where the file as a whole cannot be read."""
        try:
            yield from getattr(self, f"_{self.form}")()
        except RefusedError as error:
            raise RefusedError([f"{self.shown}: {fault}" for fault in error.faults]) from None

    def _csv(self) -> Iterator[Entry]:
        # The ends of lines within a quoted cell stay as they stand.
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield from table(csvfiles.rows(file), self.columns, self.text, self.said.ignored)

    def text(self, kind: str, cell: object) -> str:
        """A cell of a text, put into the form that the door takes. Raises ValueError."""
        return self.reading.value(kind, csvfiles.as_meant(str(cell).strip()))

    def _xlsx(self) -> Iterator[Entry]:
        with workbooks.rows(self.path, self.said.sheet, self.survey) as rows:
            read = functools.partial(workbooks.text_of, self.reading)
            yield from table(rows, self.columns, read, self.said.ignored)

    def _jsonl(self) -> Iterator[Entry]:
        with self.path.open(encoding=self.encoding, newline="\n") as file:
            for entry in jsonfiles.lines(file):
                yield jsonfiles.as_read(entry, self.columns, self.reading)

    def _json(self) -> Iterator[Entry]:
        for entry in jsonfiles.whole(self.path.read_text(encoding=self.encoding)):
            yield jsonfiles.as_read(entry, self.columns, self.reading)


@contextmanager
def opened_file(given: FileOptions, columns: Columns, zone: str) -> Iterator[Source]:
    """A file as a command line says. zone: of instants that name none. Raises RefusedError."""
    name = given.file if given.file is not None else "-"
    if not name:
        raise RefusedError(["the name of the file is empty; - reads standard input"])
    form = format_of(name, given.form)
    reading = CellFormat(zone=ZoneInfo(zone), decimal=given.decimal, date_format=given.date_format)
    with _path(name) as path:
        shown = "standard input" if name == "-" else name
        _check_kind(path, shown, form)
        encoding = ""
        remarks: tuple[str, ...] = ()
        survey = Survey()
        if form == "xlsx":
            survey = _surveyed(path, shown, given.sheet)
            remarks = survey.remarks
        else:
            found = encoding_of(path, shown, given.encoding)
            encoding, remarks = found.name, (found.remark,) if found.remark else ()
        yield Source(
            shown=shown,
            path=path,
            form=form,
            encoding=encoding,
            said=given,
            columns=columns,
            reading=reading,
            remarks=remarks,
            survey=survey,
        )


def _surveyed(path: Path, shown: str, sheet: str | None) -> Survey:
    try:
        return workbooks.surveyed(path, sheet)
    except RefusedError as error:
        raise RefusedError([f"{shown}: {fault}" for fault in error.faults]) from None


@contextmanager
def _path(name: str) -> Iterator[Path]:
    """The file; standard input is kept in one, since it is read more than once."""
    if name != "-":
        try:
            with Path(name).open("rb"):
                pass
        except OSError as error:
            raise RefusedError([f"{name}: {(error.strerror or str(error)).lower()}"]) from None
        yield Path(name)
        return
    with tempfile.NamedTemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield Path(kept.name)


def _check_kind(path: Path, shown: str, form: str) -> None:
    with path.open("rb") as file:
        begins = file.read(4)
    if not begins.strip():
        raise RefusedError([f"{shown}: the file is empty"])
    if begins == b"\xd0\xcf\x11\xe0":
        raise RefusedError([f"{shown}: is an old workbook or has a password; save it as .xlsx without one"])
    if (begins == b"PK\x03\x04") != (form == "xlsx"):
        what = (
            "is no .xlsx workbook" if form == "xlsx" else "is a workbook; name it .xlsx, or say --format xlsx"
        )
        raise RefusedError([f"{shown}: {what}"])


def format_of(name: str, given: str | None) -> str:
    """csv, xlsx, jsonl or json: what was said, else by the file's ending. Raises RefusedError."""
    found = given or FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise RefusedError(
            [f"{name}: name it .csv, .tsv, .xlsx, .jsonl or .json, or say which it is with --format"]
        )
    return found


def read_text(name: str) -> str:
    """The text of a small file, "-" for standard input. Raises RefusedError if it cannot be read."""
    with _path(name) as path:
        found = encoding_of(path, name, "utf-8" if not _marked(path) else None)
        return path.read_text(encoding=found.name)


def _marked(path: Path) -> bool:
    return path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")


def read_object(name: str) -> dict[str, object]:
    """One JSON object. Raises RefusedError."""
    entry = jsonfiles.entry(1, jsonfiles.value(read_text(name)))
    if entry.faults:
        raise RefusedError([f"{name}: {fault}" for fault in entry.faults])
    return entry.raw
