"""Languages that customers can be written to in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_BUILT_IN = Path(__file__).parent / "templates"
_OF_EVERY_LINE = "confirmed.jinja"
"""Who has no words for this one has none for a customer."""


@cache
def languages(templates: Path | None) -> frozenset[str]:
    """Those that there are words in, like "de". templates: the shop's own, None for none."""
    folders = (_BUILT_IN, templates) if templates else (_BUILT_IN,)
    found = (path.parent.name for folder in folders for path in folder.glob(f"*/{_OF_EVERY_LINE}"))
    return frozenset(name.partition("_")[0] for name in found)
