"""Tests that take a database: on both kinds, or with `--databases one` most of them on one kind by turns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOME = """
import pytest

@pytest.fixture(params=("sqlite", "postgresql"))
def database_url(request):
    return request.param

@pytest.mark.parametrize("number", (1, 2))
def test_something(database_url, number): ...
def test_something_else(database_url): ...
def test_what_differs(database_url): assert database_url.dialect
def test_without_one(): ...
"""
ALONE = SOME[: SOME.index("@pytest.mark")] + "def test_alone(database_url): ..."


def test_a_module_is_run_on_both_between_its_tests(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(SOME)
    (tmp_path / "test_alone.py").write_text(ALONE)
    (tmp_path / "test_schema.py").write_text(SOME)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--rootdir", str(tmp_path)]
    command += ["-p", "tests.support.which_databases", "--databases", "one", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [each for each in ran.stdout.splitlines() if "::" in each]
    some = [each for each in found if each.startswith("test_some.py::test_something")]
    kinds = [sum(kind in each for each in some) for kind in ("sqlite", "postgresql")]
    assert sorted(kinds) == [1, 2]
    assert len({each.partition("[")[0] for each in some}) == 2, "each is run"
    assert sum("differs" in each for each in found) == 4, "what has to do with the kinds runs on both"
    assert sum("test_alone.py" in each for each in found) == 2
    assert sum("test_schema.py" in each for each in found) == 9
