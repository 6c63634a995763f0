"""Who imports whom outside the product: tests, what they share, and benches."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = "tests.support"


def modules(folder: str) -> list[Path]:
    """The Python files of a folder, and of those in it."""
    return sorted((ROOT / folder).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports; of `from a import b` both `a` and `a.b`, as b may be a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def tier(name: str) -> str:
    """The folder of a module of tests: `tests.contract` of `tests.contract.messaging.situations`."""
    return ".".join(name.split(".")[:2])


def is_out_of_bounds(file: Path, name: str) -> bool:
    """Whether a file of tests or benches must not import that."""
    own = ".".join(file.relative_to(ROOT).parts)
    if name.startswith("bench"):
        return not own.startswith("bench")
    if not name.startswith("tests"):
        return False
    if any(part == "conftest" or part.startswith("test_") for part in name.split(".")):
        return True
    return tier(name) not in (tier(own), SHARED)


def test_tests_and_benches_share_what_is_in_support_and_nothing_else() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in [*modules("tests"), *modules("bench")]
        for name in imported(file)
        if is_out_of_bounds(file, name)
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", ["backorder", "workflows", "activities", "starter", "migrations"])
def test_the_product_imports_no_test_and_no_bench(folder: str) -> None:
    names = {name.partition(".")[0] for file in modules(folder) for name in imported(file)}
    assert not names & {"tests", "bench"}
