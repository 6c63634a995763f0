"""The command line on a test's own database: calling it, writing files for it, reading what it says."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from backorder.settings import Settings
from starter.cli import cli

Command = Callable[..., Result]
GOOD = {
    "order_id": "A-1",
    "line_id": "1",
    "sku": "LAMP",
    "quantity": "2",
    "customer.id": "ann",
    "customer.name": "Ann",
    "customer.email": "ann@example.com",
    "customer.phone": "+441632960961",
    "customer.region": "DE",
    "unit_price": "10.00",
    "currency": "EUR",
    "ordered_at": "2025-03-03T09:00:00Z",
    "payment": "captured",
    "policy": "standard",
}
"""A row of a file of order lines that has no fault."""


def command_on(settings: Settings) -> Command:
    """The command line on a database."""
    usual = {
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
        "BACKORDER_POLICIES": str(settings.policies),
        "COLUMNS": "200",
    }

    def call(*args: str, env: Mapping[str, str] | None = None, **more: Any) -> Result:
        return CliRunner().invoke(cli, list(args), env={**usual, **(env or {})}, **more)

    return call


def write(path: Path, *rows: Mapping[str, str]) -> str:
    """A CSV file of order lines. Returns its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(GOOD))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def assert_refused(result: Result, *words: str, code: int = 2) -> None:
    """The command failed, said so in words, and without a traceback."""
    assert result.exit_code == code, result.output
    for each in words:
        assert each in result.stderr
    assert "Traceback" not in result.output


def verdicts(result: Result) -> dict[int, dict[str, Any]]:
    """The verdict on each line of a file, by its number."""
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len({each["line"] for each in found}) == len(found)
    return {each["line"]: each for each in found}
