"""Evidence as a page: one file that opens anywhere, asks nobody for anything, and can be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from backorder.domain.evidence import LineFile, findings

if TYPE_CHECKING:
    from jinja2 import Template

_PAGES = Path(__file__).parent / "pages"
_LEFT_OUT = frozenset({"at", "day", "request", "kind"})
"""What a request's content says that its own row says too."""


def evidence_page(record: Mapping[str, object], key: str) -> bytes:
    """The page. record: as it is signed; key: the ID of the one that signs it."""
    checked = findings(cast("LineFile", record))
    page = _template().render(record, faults=checked.faults, notes=checked.notes, key=key)
    return page.encode()


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": _moment, "words": _words, "units": _units, "flat": _flat, "said": _said}
    return made.get_template("evidence.html.jinja")


def _moment(instant: str | None) -> str:
    return f"{instant[:10]} {instant[11:16]} UTC" if instant else "never"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _units(quantity: Mapping[str, object] | None) -> str:
    return ", ".join(f"{units} {name}" for name, units in (quantity or {}).items() if units)


def _flat(value: Mapping[str, object] | None) -> str:
    parts = ((name, each) for name, each in (value or {}).items() if each not in (None, "", [], {}))
    return ", ".join(f"{name.replace('_', ' ')} {_shown(each)}" for name, each in parts)


def _said(content: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if name not in _LEFT_OUT and value not in (None, "", [], {}, False):
            yield name.replace("_", " "), _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return _flat(value)
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    return "yes" if value is True else str(value)
