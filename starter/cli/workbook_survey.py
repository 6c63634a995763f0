"""What the reader of a workbook says nothing of: merged cells, formulas without a result, hidden rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import ZipFile

from backorder.domain.texts import how_many
from backorder.errors import RefusedError

MOST_UNPACKED = 2 * 1024**3
"""Bytes of a workbook's parts, unpacked: a million rows take half of it."""
SMALL, MOST_PACKED = 64 * 1024**2, 100
"""From so many unpacked bytes on, no part packs more than a hundredfold; rows pack to a tenth."""
Place = tuple[int, int]
_PLACE = re.compile(r"\$?([A-Z]+)\$?(\d+)")
UNCALCULATED = "holds a formula whose result is not in the file; open it in the spreadsheet and save it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What was found in one sheet. unread: why a cell cannot be taken, by row and column from 1.

    shows: of each merged cell the one whose value stands there for all of them.
    hidden: rows that the spreadsheet does not show, and that are read all the same.
    """

    unread: Mapping[Place, str] = field(default_factory=dict)
    shows: Mapping[Place, Place] = field(default_factory=dict)
    hidden: int = 0

    @property
    def remarks(self) -> tuple[str, ...]:
        """In words, what is worth knowing of how it is read."""
        if not self.hidden:
            return ()
        return (f"{how_many(self.hidden, 'hidden row is', 'hidden rows are')} read too",)


def check_size(archive: ZipFile) -> None:
    """Raises RefusedError for one that unpacks to more than any workbook of this kind holds."""
    parts = archive.infolist()
    unpacked = sum(each.file_size for each in parts)
    bomb = any(each.file_size > max(SMALL, MOST_PACKED * each.compress_size) for each in parts)
    if unpacked > MOST_UNPACKED or bomb:
        words = f"would unpack to {unpacked // 1024**2:,} MB; no list is as large as that"
        raise RefusedError([f"{words}: save it anew as .xlsx"])


def survey(sheet: IO[bytes]) -> Survey:
    """Look through the XML of a sheet. Raises RefusedError where it cannot be read."""
    unread: dict[Place, str] = {}
    shows: dict[Place, Place] = {}
    hidden = 0
    try:
        for tag, element in _elements(sheet):
            if tag == "row":
                hidden += element.get("hidden") in ("1", "true")
                unread |= dict.fromkeys(_uncalculated(element), UNCALCULATED)
            else:
                merged = element.get("ref", "")
                covered = _covered(merged)
                words = f"is part of {merged}, which is merged; split that, and fill in each cell"
                unread |= dict.fromkeys(covered, words)
                shows |= covered
    except ParseError as error:
        raise RefusedError([f"is no whole .xlsx workbook ({error}); save it anew"]) from None
    return Survey(unread=unread, shows=shows, hidden=hidden)


def _elements(sheet: IO[bytes]) -> Iterator[tuple[str, Element]]:
    """The rows and the merged ranges, each forgotten once it was looked at."""
    data: Element | None = None
    # Its size is bounded, expat bounds what entities make of it, and the reader after this one parses it too.
    for event, element in iterparse(sheet, events=("start", "end")):  # noqa: S314
        tag = _name(element)
        if event == "start":
            data = element if tag == "sheetData" else data
        elif tag in ("row", "mergeCell"):
            yield tag, element
            if data is not None:
                data.clear()


def _uncalculated(row: Element) -> Iterator[Place]:
    for cell in row:
        parts = {_name(each): each for each in cell}
        # Of a text without letters, such as =IF(A2="","",A2), the value that is there is empty.
        result = "v" in parts and (parts["v"].text or cell.get("t") == "str")
        if "f" in parts and not result and "is" not in parts:
            place = _PLACE.fullmatch(cell.get("r", ""))
            if place is not None:
                yield int(place[2]), _number(place[1])


def _covered(merged: str) -> dict[Place, Place]:
    """The cells of a merged range that show nothing of their own, each with the first, which does."""
    first, _, last = merged.partition(":")
    begins, ends = _PLACE.fullmatch(first), _PLACE.fullmatch(last)
    if begins is None or ends is None:
        return {}
    top, left = int(begins[2]), _number(begins[1])
    return {
        (row, column): (top, left)
        for row in range(top, min(int(ends[2]), top + _MOST_MERGED) + 1)
        for column in range(left, min(_number(ends[1]), left + _MOST_MERGED) + 1)
        if (row, column) != (top, left)
    }


_MOST_MERGED = 1000
"""Rows and columns of a merged range that are named each; whole columns are merged in no list."""


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _number(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return number
