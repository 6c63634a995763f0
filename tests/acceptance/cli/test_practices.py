"""docs/practices.md: every command of it runs as it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.command_line import Command
from tests.support.databases import NewDatabase
from tests.support.days import at, day
from tests.support.shop import Shop

ROOT = Path(__file__).parents[3]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "practices.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| practice", "| ---"))
]


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """One kind of database is enough here."""
    return new_database("sqlite")


def test_each_practice_is_served_by_a_command_that_runs(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the shop that the page speaks of, from a folder with its policies and sales; Temporal is away."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "policies").symlink_to(ROOT / "policies")
    sales = "".join(f"LAMP,{day(7 * week)},{1 + week % 3}\n" for week in range(40))
    (folder / "sales.csv").write_text(f"sku,day,quantity\n{sales}", encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.start("O-1", 3, ordered_at=at(0))
    assert len(ROWS) >= 13
    for practice, how, command in ROWS:
        assert practice
        assert how.endswith(".")
        program, *words = shlex.split(command.strip("`"))
        assert program == "backorder", command
        result = run(*words)
        assert result.exit_code in (0, 3), (command, result.output, result.exception)
        assert result.stdout.strip(), command
