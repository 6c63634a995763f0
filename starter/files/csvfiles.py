"""Tables as text: CSV with any of the usual separators, as spreadsheets write it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import IO

from starter.files.tables import Broken, Row

SEPARATORS = ",;\t|"
LONGEST_CELL = 1 << 20
"""Characters; a quote that is never closed swallows no more than that."""
_LOST = ("unexpected end of data", "field larger than field limit")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet calculates."""
OPEN_QUOTE = 'a quote (") is opened and never closed; the rows after it were not read'


def rows(file: Iterable[str]) -> Iterator[Row]:
    """The rows of a CSV file, counted as a spreadsheet shows them; a line `sep=;` is none.

    file: its lines, the ends of lines included; one that is opened with newline="".
    """
    lines = iter(file)
    first = next(lines, "")
    separator = _separator_given(first)
    if separator is None:
        separator = max(SEPARATORS, key=_outside_quotes(first).count)
        lines = chain([first] if first else [], lines)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    for number in count(1):
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lost = any(words in str(error) for words in _LOST)
            # What Python advises its programmers stands behind a dash.
            why = str(error).partition(" - ")[0]
            yield number, Broken(OPEN_QUOTE if lost else f"this is not CSV: {why}")
            if lost:
                return


class Writer:
    """Rows of a CSV file that people open: no text of theirs becomes a formula, whoever wrote it.

    end: how a row ends.
    """

    def __init__(self, file: IO[str], *, end: str = "\n") -> None:
        self._rows = csv.writer(file, lineterminator=end)

    def write(self, *cells: object) -> None:
        """Write one row."""
        self._rows.writerow([as_text(each) if isinstance(each, str) else each for each in cells])


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; it is read back as it was."""
    return f"'{cell}" if cell.lstrip("'")[:1] in _FORMULAS else cell


def as_meant(cell: str) -> str:
    """A cell without the mark that `as_text` set before it, as people set it too."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in _FORMULAS else cell


def _separator_given(line: str) -> str | None:
    """The separator that a first line `sep=;` names, as Excel writes and reads it."""
    rest = line.strip("\r\n").strip('"')
    return rest[4] if len(rest) == 5 and rest.lower().startswith("sep=") else None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
