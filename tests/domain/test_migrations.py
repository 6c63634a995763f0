"""The migrations are one chain: two that follow the same one leave a database that nobody can upgrade."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
_ID = re.compile(r'^(down_revision|revision)(?:: [^=]+)? = "?(\w+)"?$', re.MULTILINE)


def test_the_migrations_are_one_chain() -> None:
    found = [
        dict(_ID.findall(path.read_text(encoding="utf-8"))) for path in sorted(VERSIONS.glob("[0-9]*.py"))
    ]
    revisions = [each["revision"] for each in found]
    assert [each["down_revision"] for each in found] == ["None", *revisions[:-1]]


ALONE = 25
"""Up to this one every worker is stopped before an upgrade; from then on old workers go on meanwhile."""
TAKES_AWAY = frozenset(
    {"drop_table", "drop_column", "rename_table", "alter_column", "create_check_constraint"}
)

UNTIL_THEN = {"0057.rename_table": "a view of the old name reads and writes the table: test_newer_versions"}
"""What takes something away, and leaves the version before what it needs."""


def _on_the_way_up(path: Path) -> Iterator[ast.Call]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name != "downgrade":
            yield from (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _breaks(call: ast.Call) -> bool:
    """Whether what the version before does would fail afterwards."""
    if _name(call) != "add_column":
        return _name(call) in TAKES_AWAY
    [column] = [each for each in ast.walk(call) if isinstance(each, ast.Call) and _name(each) == "Column"]
    said = {each.arg: each.value for each in column.keywords}
    nullable = said.get("nullable")
    must = isinstance(nullable, ast.Constant) and nullable.value is False
    return must and "server_default" not in said


def test_a_migration_takes_nothing_from_the_version_before() -> None:
    """Workers of the version before go on while the new ones start: what they read and write stays."""
    found = {
        f"{path.stem[:4]}.{_name(call)}"
        for path in sorted(VERSIONS.glob("[0-9]*.py"))
        if int(path.stem[:4]) > ALONE
        for call in _on_the_way_up(path)
        if _breaks(call)
    }
    assert found == UNTIL_THEN.keys()
