"""Workbooks (.xlsx): what the cells hold, as the door takes it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from backorder.domain.texts import shown
from backorder.errors import RefusedError
from starter.cli.workbook_survey import Place, Survey, check_size, survey
from starter.files.cells import AMOUNT, DAY, DAY_OR_NONE, FLAG, INSTANT, UNITS, CellFormat, as_day
from starter.files.tables import Row

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; it writes zeros for the others."""
_AS_TEXT = "format the column as text and type it again"
_PADDED = re.compile(r"0{2,}")


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that shows something in the spreadsheet and gives nothing to read. words: why.

    value: what it shows, where that is known.
    """

    words: str
    value: object = "?"


@contextmanager
def rows(path: Path, sheet: str | None, known: Survey) -> Iterator[Iterator[Row]]:
    """The rows of a sheet, the first one that is not hidden if none is named. Raises RefusedError."""
    with _opened(path, sheet) as found:
        # What programs write about a sheet's size is often wrong.
        found.reset_dimensions()
        yield _rows(found, known)


def surveyed(path: Path, sheet: str | None) -> Survey:
    """What openpyxl says nothing of in that sheet. Raises RefusedError."""
    try:
        with ZipFile(path) as archive:
            check_size(archive)
    except (BadZipFile, OSError) as error:
        raise _broken(error) from None
    # Nothing public names the part of the archive that a sheet is in.
    with (
        _opened(path, sheet) as found,
        ZipFile(path) as archive,
        archive.open(found._worksheet_path.lstrip("/")) as part,
    ):
        return survey(part)


@contextmanager
def _opened(path: Path, sheet: str | None) -> Iterator[ReadOnlyWorksheet]:
    from openpyxl import load_workbook

    # About styles and charts; nothing that changes a value.
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - openpyxl makes any error of a broken file
        raise _broken(error) from None
    try:
        yield _sheet(book, sheet)
    finally:
        book.close()


def _rows(sheet: ReadOnlyWorksheet, known: Survey) -> Iterator[Row]:
    found = iter(sheet.rows)
    width = 0
    merged: dict[Place, object] = dict.fromkeys(known.shows.values())
    for number in count(1):
        try:
            cells = tuple(next(found))
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001 - openpyxl makes any error of a broken file
            raise _broken(error) from None
        # Spreadsheets keep no empty cells: a row ends with its last full one.
        width = max(width, len(cells))
        cells = (*cells, *[None] * (width - len(cells)))
        if known.unread:
            cells = tuple(_as_seen(known, merged, (number, at), cell) for at, cell in enumerate(cells, 1))
        yield number, cells


def _as_seen(known: Survey, merged: dict[Place, object], place: Place, cell: object) -> object:
    """A cell as the spreadsheet shows it. merged: what stands in the first of those that are merged."""
    if place in merged:
        merged[place] = getattr(cell, "value", None)
    words = known.unread.get(place)
    if words is None:
        return cell
    first = known.shows.get(place)
    shown = merged[first] if first is not None else None
    return Unread(words) if shown is None else Unread(words, shown)


def _broken(error: Exception) -> RefusedError:
    """What openpyxl makes of a broken file is any error at all."""
    words = " ".join(str(error).split()) or type(error).__name__
    return RefusedError([f"is no whole .xlsx workbook ({shown(words)[1:-1]}); save it anew"])


def _sheet(book: Workbook, name: str | None) -> ReadOnlyWorksheet:
    if name is None:
        visible = [each for each in book.worksheets if each.sheet_state == "visible"]
        if visible:
            return visible[0]
    elif found := next((each for each in book.worksheets if each.title == name), None):
        return found
    names = ", ".join(shown(each.title) for each in book.worksheets)
    raise RefusedError([f"there is no sheet {shown(name or '')}; there are {names}"])


def text_of(reading: CellFormat, kind: str, cell: ReadOnlyCell | Unread) -> str:
    """A cell as text, for a column of a kind. Raises ValueError, in words, for what cannot be meant."""
    if isinstance(cell, Unread):
        raise ValueError(f"the cell {cell.words}")
    value = cell.value
    if isinstance(value, str):
        return reading.value(kind, value.strip())
    if isinstance(value, bool):
        return _of_bool(kind, value)
    if isinstance(value, datetime):
        return _of_instant(reading, kind, value)
    if isinstance(value, int | float):
        return _of_number(kind, value, str(cell.number_format))
    if isinstance(value, date | time | timedelta):
        raise ValueError(f"the cell holds the time {value}; {_AS_TEXT}")
    return ""


def _of_bool(kind: str, value: bool) -> str:
    if kind != FLAG:
        raise ValueError(f"the cell holds {str(value).upper()}, which is no text; {_AS_TEXT}")
    return "true" if value else "false"


def _of_instant(reading: CellFormat, kind: str, value: datetime) -> str:
    if kind in (DAY, DAY_OR_NONE):
        return as_day(value).isoformat()
    if kind == INSTANT:
        return value.replace(tzinfo=reading.zone).isoformat()
    raise ValueError(f"the spreadsheet made the date {value:%Y-%m-%d} of it; {_AS_TEXT}")


def _of_number(kind: str, value: float, number_format: str) -> str:
    # Spreadsheets calculate with more digits than they show: 0.1 + 0.2 is 0.30000000000000004.
    plain = _plain(value)
    if kind in (AMOUNT, UNITS):
        return plain
    if kind == FLAG:
        return {"0": "false", "1": "true"}.get(plain, plain)
    if kind in (DAY, DAY_OR_NONE, INSTANT):
        raise ValueError(f"the cell holds the number {plain}; format the column as a date")
    if "." in plain:
        raise ValueError(f"the cell holds the number {plain}; {_AS_TEXT}")
    if len(plain.lstrip("-")) > _DIGITS:
        raise ValueError(
            f"the cell holds the number {plain}, of which a spreadsheet keeps {_DIGITS} digits; {_AS_TEXT}"
        )
    return plain.zfill(len(number_format)) if _PADDED.fullmatch(number_format) else plain


def _plain(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    rounded = float(f"{value:.{_DIGITS}g}")
    if rounded.is_integer():
        return str(int(rounded))
    return f"{rounded:.15f}".rstrip("0") if abs(rounded) < 1 else repr(rounded)
