"""What the rules publish is what the table says, type by type and field by field."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from backorder.domain.line import published_events
from backorder.domain.line.published_events import PUBLISHED_EVENTS

RULES = Path(published_events.__file__).parent


def published() -> dict[str, set[str]]:
    """Every type that the code names, with the fields that it hands over."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in RULES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("publish", "_once"):
                names = [each.value for each in node.args if isinstance(each, ast.Constant)]
                if names:
                    found[str(names[0])] |= {each.arg for each in node.keywords if each.arg}
    return found


def test_the_table_has_every_event_with_its_fields() -> None:
    assert {type: set(row.data) for type, row in PUBLISHED_EVENTS.items()} == published()
