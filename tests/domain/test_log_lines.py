"""The page that says what each line of the log means: it knows every one, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
LEVELS = {"info": "info", "warning": "warning", "error": "error", "exception": "error"}
LOGGERS = ("log", "DEFECTS")
ROW = re.compile(r"^\| `(?P<line>[^`]+)`[^|]*\| (?P<level>\w+) \|", re.MULTILINE)
CONSOLE = ("starter/demo", "starter/cli/imports.py")
"""What runs in a terminal before its user, who sees it at once."""


def _said(call: ast.Call, *around: ast.AST) -> str:
    """The format of a line: a literal, or the one that a name was given in the function or the module."""
    given = call.args[0]
    if isinstance(given, ast.Name):
        given = next(
            each.value
            for scope in around
            for each in ast.walk(scope)
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and each.targets[0].id == given.id
            and isinstance(each.value, ast.Constant)
        )
    assert isinstance(given, ast.Constant), ast.dump(call)
    return str(given.value)


def written() -> Iterator[tuple[str, str]]:
    """Level and format of every line in the code of the processes."""
    for room in ("backorder", "activities", "workflows", "starter", "web", "worker.py"):
        for path in sorted((ROOT / room).rglob("*.py")) or [ROOT / room]:
            if str(path.relative_to(ROOT)).startswith(CONSOLE):
                continue
            text = path.read_text(encoding="utf-8")
            if not any(f"{each}." in text for each in LOGGERS):
                continue
            tree = ast.parse(text)
            for around in ast.walk(tree):
                if not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                for call in ast.walk(around):
                    if (
                        isinstance(call, ast.Call)
                        and isinstance(call.func, ast.Attribute)
                        and isinstance(call.func.value, ast.Name)
                        and call.func.value.id in LOGGERS
                        and call.func.attr in LEVELS
                    ):
                        yield LEVELS[call.func.attr], _said(call, around, tree)


def fits(documented: str, format: str) -> bool:
    """Whether a line of the page, with names in capitals or dots for what varies, is one of a format."""
    filled = re.sub(r" \[%s times[^]]*\]", "", format)  # how often it was: not in the first line
    pattern = re.sub(r"[A-Z]{2,}(/[A-Z]{2,})?|N\b", "%[sd]", re.escape(documented)).replace("…", ".*")
    return re.fullmatch(pattern, filled) is not None


def test_every_line_of_the_log_stands_on_the_page_and_no_other() -> None:
    rows = {found["line"]: found["level"] for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    lines = set(written())
    assert len(rows) > 10
    assert len(lines) > 10
    unexplained = {
        format
        for level, format in lines
        if not any(fits(row, format) and level == said for row, said in rows.items())
    }
    assert not unexplained, "docs/operations.md does not say what these mean"
    gone = {row for row in rows if not any(fits(row, format) for _, format in lines)}
    assert not gone, "nothing in the code says these"
