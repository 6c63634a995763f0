"""Files that come in: CSV, JSON Lines, single JSON values. Every fault has the line that it is about."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin

from backorder.errors import RefusedError
from starter.cli.fields import listed

_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
LONGEST_CELL = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a file. number: its line, from 1. faults: why it cannot be read."""

    number: int
    raw: dict[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The columns of a CSV file, dotted where they are nested. lists: those with several values in a cell."""

    known: Sequence[str]
    required: Sequence[str]
    lists: Sequence[str] = ()


def columns_of(model: Any) -> Columns:
    """The columns that stand for the fields of a model."""
    return Columns(known=columns(model), required=columns(model, required=True), lists=lists(model))


def read_text(name: str) -> str:
    """The text of a file, "-" for standard input. Raises RefusedError if it cannot be read as UTF-8."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise RefusedError([f"{name}: {(error.strerror or str(error)).lower()}"]) from None
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            raise RefusedError([f"{name}: is {encoding}; save it as UTF-8"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{raw[error.start]:02x}"
        raise RefusedError([f"{name}: line {line}: {byte} is not UTF-8; save the file as UTF-8"]) from None


def format_of(name: str, said: str | None) -> str:
    """csv, jsonl or json: what was said, else by the file's ending. Raises RefusedError."""
    found = said or FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise RefusedError([f"{name}: name it .csv, .jsonl or .json, or say which it is with --format"])
    return found


def read_object(name: str) -> dict[str, Any]:
    """One JSON object. Raises RefusedError."""
    entry = _entry(1, _value(read_text(name)))
    if entry.faults:
        raise RefusedError([f"{name}: {fault}" for fault in entry.faults])
    return entry.raw


def entries(text: str, form: str, columns: Columns) -> Iterator[Entry]:
    """The entries of a text. Raises RefusedError where the file as a whole cannot be read."""
    if not text.strip():
        raise RefusedError(["the file is empty"])
    if form == "json":
        return _json(text)
    return _csv(text, columns) if form == "csv" else _json_lines(text)


def _json(text: str) -> Iterator[Entry]:
    """One object, or a list of objects; these are counted from 1."""
    value = _value(text)
    if isinstance(value, str):
        raise RefusedError([value])
    for number, each in enumerate(value if isinstance(value, list) else [value], start=1):
        yield _entry(number, each)


def _entry(number: int, value: Any) -> Entry:
    if isinstance(value, str):
        return Entry(number=number, faults=(value,))
    if not isinstance(value, dict):
        return Entry(number=number, faults=("must be a JSON object with a name for each field",))
    return Entry(number=number, raw=value)


def _json_lines(text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _entry(number, _value(line))


def _value(text: str) -> Any:
    """A JSON value; a text that says why it is none."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        return f"this is not JSON ({error.msg.lower()} at {where})"
    except (ValueError, RecursionError) as error:
        return str(error)
    return "must be a JSON object with a name for each field" if isinstance(value, str) else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]}: is there twice")
    return dict(pairs)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _csv(text: str, columns: Columns) -> Iterator[Entry]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows)]
    except csv.Error as error:
        raise RefusedError([f"line 1: {error}"]) from None
    if faults := list(_header_faults(header, columns.known, columns.required)):
        raise RefusedError(faults)
    return _rows(rows, header, columns.lists)


def _header_faults(header: list[str], known: Sequence[str], required: Sequence[str]) -> Iterator[str]:
    if not set(header) & set(known):
        yield f"line 1: this is no header; the first line names the columns, such as {','.join(required)}"
        return
    for name in dict.fromkeys(header):
        if name not in known:
            yield f'line 1: "{name}" is no column; known are {", ".join(known)}'
        elif header.count(name) > 1:
            yield f"line 1: the column {name} is there twice"
    missing = [name for name in required if name not in header]
    if missing:
        yield f"line 1: no column {', '.join(missing)}"


def _rows(rows: Any, header: list[str], lists: Sequence[str]) -> Iterator[Entry]:
    while True:
        number = rows.line_num + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Entry(
                number=number, faults=(f"this is not CSV: {error}; the lines after it were not read",)
            )
            return
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            words = f"has {len(cells)} cells where the header has {len(header)}"
            yield Entry(number=number, faults=(words,))
        else:
            yield _nested(number, header, cells, lists)


def _nested(number: int, header: list[str], cells: list[str], lists: Sequence[str]) -> Entry:
    """A row as an object: `customer.id` is the field id of customer. Empty cells say nothing."""
    raw: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=True):
        if cell.strip():
            *outer, last = name.split(".")
            place = raw
            for each in outer:
                place = place.setdefault(each, {})
            place[last] = listed(cell.strip()) if name in lists else cell.strip()
    return Entry(number=number, raw=raw)


def columns(model: Any, *, required: bool = False) -> list[str]:
    """The CSV columns of a model, dotted for what is nested; only those that it needs, if asked."""
    found = []
    for name, info in model.model_fields.items():
        inner = next((each for each in _types(info.annotation) if hasattr(each, "model_fields")), None)
        if required and not info.is_required():
            continue
        found += [f"{name}.{each}" for each in columns(inner, required=required)] if inner else [name]
    return found


def lists(model: Any) -> list[str]:
    """The columns of a model that hold several values in one cell."""
    return [name for name, info in model.model_fields.items() if get_origin(info.annotation) is tuple]


def _types(annotation: Any) -> list[Any]:
    """The annotation and what it is a choice of; a list of models stays one column."""
    return [annotation] if get_origin(annotation) is tuple else [annotation, *get_args(annotation)]
