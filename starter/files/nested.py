"""Fields within fields: to set one, to name all that are said, to lay some over others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence


def put(raw: dict[str, object], name: Sequence[str], value: object) -> None:
    """Set a field. name: its own, behind those of the objects that it is within."""
    *outer, last = name
    for each in outer:
        within = raw.setdefault(each, {})
        if not isinstance(within, dict):
            raise TypeError(f"{each} is a value, so that {last} cannot be within it")
        raw = within
    raw[last] = value


def dotted(raw: Mapping[str, object], before: str = "") -> Iterator[str]:
    """The names of the fields that are said, dotted where they are nested."""
    for name, value in raw.items():
        if isinstance(value, dict):
            yield from dotted(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def as_texts(raw: Mapping[str, object]) -> dict[str, str]:
    """Fields as texts: "" where nothing is said, and what is no text as JSON has it."""
    return {
        name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in raw.items()
    }


def faults_of_cells(raw: Mapping[str, object]) -> list[str]:
    """What a row of a table cannot hold: an object or a list, which would pass for a text as JSON has it."""
    return [
        f"{name}: must be a text or a number, no {'object' if isinstance(value, dict) else 'list'}"
        for name, value in raw.items()
        if isinstance(value, dict | list)
    ]


def joined(under: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """Both together; where both say something, `over` counts."""
    both = dict(under)
    for name, value in over.items():
        below = both.get(name)
        both[name] = joined(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return both
