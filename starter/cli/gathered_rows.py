"""Rows of a table that belong together, as one entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace

from starter.files.tables import Entry


def gathered(
    found: Iterable[Entry], word: str, *, by: tuple[str, ...], into: str, parts: tuple[str, ...]
) -> Iterator[Entry]:
    """Rows that belong together as one entry: those that agree in `by`; `parts` of each go `into` a list.

    Fields besides must agree too. What is wrong with one row is wrong with the whole entry, also where its
    first cell is all that is sure, and names the entry; a row of which nobody can say where it belongs is
    wrong with all of them.
    """
    together: dict[tuple[object, ...], list[Entry]] = {}
    astray: list[Entry] = []
    for entry in found:
        if all(entry.raw.get(name) for name in by):
            together.setdefault(tuple(entry.raw[name] for name in by), []).append(entry)
        else:
            astray.append(entry)
    # Whose faults are those of an entry that is there is named with it.
    yield from (replace(each, about={}) if _belongs(each, together) else each for each in astray)
    others = (
        {text for rows in together.values() for row in rows for text in _besides(row, by)}
        if astray
        else set()
    )
    for key, rows in together.items():
        mine = [
            f"{word} {row.number}: {fault}"
            for row in astray
            if not row.loose
            or set(key) <= set(row.loose)
            or not (_own(row, by, others) or _belongs(row, together))
            for fault in row.faults or ("does not say where it belongs",)
        ]
        yield _one_of(rows, word, mine, into, parts)


def _own(row: Entry, by: tuple[str, ...], others: Set[object]) -> bool:
    """Whether a row that could not be told apart begins with all that an entry is called by.

    others: what stands in other columns; where the first cell is lost, the second begins the row.
    """
    column, text = row.first
    return (column,) == by and text not in others


def _besides(row: Entry, by: tuple[str, ...]) -> Iterator[object]:
    return (value for name, value in row.raw.items() if name not in by and isinstance(value, str))


def _belongs(row: Entry, together: Mapping[tuple[object, ...], list[Entry]]) -> bool:
    """Whether the texts of a row that could not be told apart name one of the entries."""
    return any(set(key) <= set(row.loose) for key in together)


def _one_of(rows: list[Entry], word: str, faults: list[str], into: str, parts: tuple[str, ...]) -> Entry:
    first = {name: value for name, value in rows[0].raw.items() if name not in parts}
    for row in rows:
        faults += [f"{word} {row.number}: {fault}" for fault in row.faults]
        faults += [
            f"{word} {row.number}: {name} differs from {word} {rows[0].number}"
            for name in sorted(({*row.raw} | {*first}) - {*parts})
            if row.raw.get(name) != first.get(name)
        ]
    pieces = [{name: row.raw[name] for name in parts if name in row.raw} for row in rows]
    raw = first | ({into: pieces} if any(pieces) else {})
    numbers = tuple(row.number for row in rows)
    return Entry(number=rows[0].number, raw=raw, faults=tuple(faults), parts=(into, numbers))
