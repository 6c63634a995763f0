"""Tables as text: CSV with any of the usual separators, as spreadsheets write it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, count

from starter.files.tables import Broken, Row

SEPARATORS = ",;\t|"
LONGEST_CELL = 1 << 20
"""Characters; a quote that is never closed swallows no more than that."""
_LOST = ("unexpected end of data", "field larger than field limit")
OPEN_QUOTE = 'a quote (") is opened and never closed; the rows after it were not read'


def rows(file: Iterable[str]) -> Iterator[Row]:
    """The rows of a CSV file, counted as a spreadsheet shows them; a line `sep=;` is none.

    file: its lines, the ends of lines included; one that is opened with newline="".
    """
    lines = iter(file)
    first = next(lines, "")
    separator = _said_separator(first)
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
            yield number, Broken(OPEN_QUOTE if lost else f"this is not CSV: {error}")
            if lost:
                return


def _said_separator(line: str) -> str | None:
    """The separator that a first line `sep=;` names, as Excel writes and reads it."""
    said = line.strip("\r\n").strip('"')
    return said[4] if len(said) == 5 and said.lower().startswith("sep=") else None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
