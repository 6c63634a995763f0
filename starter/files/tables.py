"""Tables: a header that names the columns, and rows that become nested fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from backorder.domain.texts import shown
from backorder.errors import RefusedError
from starter.files.cells import TEXT
from starter.files.nested import put


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be told into cells, and why."""

    words: str


Row = tuple[int, Sequence[object] | Broken]
"""A row's number, as a spreadsheet shows it, and its cells: texts, or what a workbook has for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a file. number: its row or line, from 1. faults: why it cannot be read, one by one.

    loose: texts of a row whose cells the header does not tell apart. first: its first column and what that
    holds, which is sure all the same. about: what its cells say where each stands in its place. lost: nobody
    knows what it is about. parts: of one made of several rows the field that they go into, and their numbers.
    """

    number: int
    raw: dict[str, object] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    first: tuple[str, str] = ("", "")
    about: Mapping[str, object] = field(default_factory=dict)
    lost: bool = False
    parts: tuple[str, tuple[int, ...]] = ("", ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The columns of a table, dotted where they are nested. lists: those with several values in a cell.

    kinds: what each holds, see `starter.files.cells`; text where nothing is said. aliases: other names.
    """

    known: Sequence[str]
    required: Sequence[str]
    lists: Sequence[str] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[str, object], str]
"""A cell of a kind as text, "" for an empty one. Raises ValueError, in words, for what cannot be meant."""


def table(
    rows: Iterator[Row], columns: Columns, read: Read, ignored: Iterable[str] | None = ()
) -> Iterator[Entry]:
    """The entries of a table. ignored: columns to leave out; None: who sent it has no option to say any.

    Raises RefusedError for a header of no use.
    """
    return _entries(rows, header_of(rows, columns, ignored), columns, read)


def header_of(rows: Iterator[Row], columns: Columns, ignored: Iterable[str] | None = ()) -> Header:
    """The header, the first row that says anything. Raises RefusedError for one of no use."""
    for number, cells in rows:
        if isinstance(cells, Broken):
            raise RefusedError([f"row {number}: {cells.words}"])
        if any(map(_said, cells)):
            names = [str(_value(cell) or "").strip() for cell in cells]
            return _header(number, names, columns, None if ignored is None else set(ignored))
    raise RefusedError(["the file is empty"])


def _value(cell: object) -> object:
    """What a cell holds: a workbook's are objects of their own."""
    return getattr(cell, "value", cell)


def _said(cell: object) -> bool:
    value = _value(cell)
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


class Header:
    """The columns by their place. names: "" for one that is left out; width: as far as there are names."""

    def __init__(self, names: Sequence[str], left_out: frozenset[int]) -> None:
        self.names = names
        self.left_out = left_out
        self.width = len(names)


def _header(number: int, cells: list[str], columns: Columns, ignored: set[str] | None) -> Header:
    while cells and not cells[-1]:
        cells.pop()
    by_form = {_form(name): name for name in columns.known}
    by_form |= {_form(alias): name for alias, name in columns.aliases.items() if _form(alias) not in by_form}
    unwanted = {_form(name) for name in ignored or ()}
    names = ["" if _form(cell) in unwanted else by_form.get(_form(cell), "") for cell in cells]
    if not any(names):
        like = ",".join(columns.required)
        raise RefusedError(
            [f"row {number}: this is no header; the first row names the columns, such as {like}"]
        )
    option = "" if ignored is None else " with --ignore-column"
    if faults := list(_header_faults(number, cells, names, columns, unwanted, option)):
        raise RefusedError(faults)
    left_out = frozenset(place for place, cell in enumerate(cells) if cell and not names[place])
    return Header(names, left_out)


def _header_faults(
    number: int, cells: Sequence[str], names: Sequence[str], columns: Columns, unwanted: set[str], option: str
) -> Iterator[str]:
    unknown = [cell for cell, name in zip(cells, names, strict=True) if cell and not name]
    unknown = [cell for cell in dict.fromkeys(unknown) if _form(cell) not in unwanted]
    for cell in unknown:
        near = get_close_matches(_form(cell), [_form(name) for name in columns.known], n=1, cutoff=0.7)
        meant = next((name for name in columns.known if near and _form(name) == near[0]), None)
        hint = f'did you mean "{meant}"?' if meant else f"leave it out{option}"
        yield f"row {number}: there is no column {shown(cell)}; {hint}"
    for name in dict.fromkeys(filter(None, names)):
        if names.count(name) > 1:
            twice = " and ".join(shown(cell) for cell, each in zip(cells, names, strict=True) if each == name)
            yield f"row {number}: the column {name} is there twice, as {twice}"
    if missing := [name for name in columns.required if name not in names]:
        yield f"row {number}: these columns are missing: {', '.join(missing)}"
    if unknown:
        yield f"the columns are {', '.join(columns.known)}"


def _form(name: str) -> str:
    """A column's name without what people write differently: case, spaces, dots, dashes."""
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


def _entries(rows: Iterator[Row], header: Header, columns: Columns, read: Read) -> Iterator[Entry]:
    for row in rows:
        if (found := entry_of(row, header, columns, read)) is not None:
            yield found


def entry_of(row: Row, header: Header, columns: Columns, read: Read) -> Entry | None:
    """The entry of a row below the header; None for one that says nothing."""
    number, cells = row
    if isinstance(cells, Broken):
        return Entry(number=number, faults=(cells.words,), lost=True)
    return _entry(number, cells, header, columns, read) if any(map(_said, cells)) else None


def _entry(number: int, cells: Sequence[object], header: Header, columns: Columns, read: Read) -> Entry:
    """A row as an object: `customer.id` is the field id of customer. Empty cells say nothing."""
    if len(cells) < header.width or any(map(_said, cells[header.width :])):
        filled = max((place for place, cell in enumerate(cells, 1) if _said(cell)), default=0)
        words = f"has {max(filled, min(len(cells), header.width))} cells where the header has {header.width}"
        loose = tuple(str(_value(cell)).strip() for cell in cells if _said(cell))
        first = (header.names[0], loose[0]) if _said(cells[0]) else ("", "")
        return Entry(number=number, faults=(words,), loose=loose, first=first, about=_about(cells, header))
    raw: dict[str, object] = {}
    faults = []
    for place, name in enumerate(header.names):
        cell = cells[place]
        if not _said(cell) or place in header.left_out:
            continue
        if not name:
            faults.append(
                f"the cell in column {_letters(place)}, which has no name, holds {shown(_value(cell))}"
            )
            continue
        try:
            text = read(columns.kinds.get(name, TEXT), cell)
        except ValueError as error:
            faults.append(f"{name}: {error}")
            text = str(_value(cell)).strip()
        if text:
            put(raw, name.split("."), listed(text) if name in columns.lists else text)
    return Entry(number=number, raw=raw, faults=tuple(faults))


def _about(cells: Sequence[object], header: Header) -> dict[str, object]:
    """What a row with too few or too many cells is about, if what is missing or too much is at its end."""
    found: dict[str, object] = {}
    for place, (name, cell) in enumerate(zip(header.names, cells, strict=False)):
        if name and _said(cell) and place not in header.left_out:
            put(found, name.split("."), str(_value(cell)).strip())
    return found


def _letters(place: int) -> str:
    """The name of a column in a spreadsheet: A for the first."""
    rest, letter = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + letter)


def listed(cell: str) -> list[object] | str:
    """The values of a list in one cell: JSON, or words between spaces or bars."""
    if not cell.startswith("["):
        return [*cell.replace("|", " ").split()]
    try:
        value: list[object] = json.loads(cell)
    except (ValueError, RecursionError):  # of the second sort, and too long a number, is no JSON error
        return cell
    return value
