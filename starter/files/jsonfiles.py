"""JSON Lines and JSON: an object for each entry, and a fault for each that is none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from backorder.domain.texts import fault_of_parsing, shown
from backorder.errors import RefusedError
from starter.files.cells import TEXT, CellFormat
from starter.files.tables import Columns, Entry

_NO_OBJECT = "must be a JSON object with a name for each field"


def lines(file: Iterable[str]) -> Iterator[Entry]:
    """An entry for each line that is not blank."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield entry(number, value(line.rstrip("\r\n")))


def whole(text: str) -> Iterator[Entry]:
    """One object, or a list of objects, counted from 1, or one object a line. Raises RefusedError."""
    found = value(text)
    if isinstance(found, JsonFault):
        if text.lstrip().startswith("{") and "extra data" in found.words:
            yield from lines(text.split("\n"))
            return
        raise RefusedError([found.words])
    for number, each in enumerate(found if isinstance(found, list) else [found], start=1):
        yield entry(number, each)


class JsonFault:
    """Why a text is no JSON."""

    def __init__(self, words: str) -> None:
        self.words = words


def entry(number: int, found: object) -> Entry:
    """The entry that a value stands for; with a fault, if it is no object."""
    if isinstance(found, JsonFault):
        return Entry(number=number, faults=(found.words,), lost=True)
    if not isinstance(found, dict):
        return Entry(number=number, faults=(_NO_OBJECT,), lost=True)
    return Entry(number=number, raw=found)


def value(text: str) -> object:
    """A JSON value; a Fault that says why it is none."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        return JsonFault(f"this is not JSON ({error.msg.lower()} at {where})")
    except RecursionError:
        return JsonFault("this is not JSON that can be read: it is nested too deeply")
    except ValueError as error:
        return JsonFault(fault_of_parsing(error))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{shown(twice[0])[1:-1]}: is there twice")
    return dict(pairs)


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number")


def as_read(found: Entry, columns: Columns, reading: CellFormat) -> Entry:
    """An entry whose texts are put into the forms that the door takes."""
    faults: list[str] = []
    raw = _read(found.raw, "", columns, reading, faults)
    return Entry(number=found.number, raw=raw, faults=(*found.faults, *faults), lost=found.lost)


def _read(
    raw: Mapping[str, object], before: str, columns: Columns, reading: CellFormat, faults: list[str]
) -> dict[str, object]:
    read: dict[str, object] = {}
    for name, each in raw.items():
        dotted = f"{before}{name}"
        if isinstance(each, dict):
            read[name] = _read(each, f"{dotted}.", columns, reading, faults)
            continue
        kind = columns.kinds.get(dotted, TEXT)
        read[name] = each
        if isinstance(each, str) and kind != TEXT:
            try:
                read[name] = reading.value(kind, each.strip())
            except ValueError as error:
                faults.append(f"{shown(dotted)[1:-1]}: {error}")
    return read
