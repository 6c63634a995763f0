"""What the command line says of itself, and what it costs to ask; settings and databases that are missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from backorder.settings import Settings
from backorder.storage.engine import open_database
from backorder.storage.migrate import newest
from starter.cli import cli
from tests.support.command_line import Command, assert_refused
from tests.support.shop import Shop

HEAVY = {"temporalio", "sqlalchemy", "alembic", "pydantic", "rich", "numpy", "jinja2"}
NOT_TO_READ = {
    *("temporalio", "alembic", "numpy", "jinja2", "openpyxl", "babel", "phonenumbers", "email_validator"),
    *("backorder.schemas", "backorder.messaging.render", "backorder.services.dispatch_messages"),
}
"""What takes long to import, and commands that read the database can do without."""


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from starter.cli import cli; cli(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    words, _, modules = done.stdout.rpartition("\n\n")
    assert "Exit codes:" in words
    assert not HEAVY & {*done.stdout.splitlines()[-1].split()}
    assert modules


READING = ("list", "list --json", "find ann", "show O-1/1", "supply list", "task list")


def test_commands_that_only_read_import_no_more_than_that(settings: Settings, shop: Shop) -> None:
    shop.open("O-1", 1, customer={"region": "CH"})  # of whom no law wants anything read out
    code = (
        "import sys\nfrom starter.cli import cli\n"
        f"for words in {READING!r}:\n"
        "    try:\n        cli(words.split(), prog_name='backorder')\n"
        "    except SystemExit as leaving:\n        assert not leaving.code, (words, leaving.code)\n"
        f"    assert not (found := {NOT_TO_READ!r}.intersection(sys.modules)), (words, found)\n"
        "print(*sys.modules)"
    )
    env = {
        **os.environ,
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    loaded = {*done.stdout.splitlines()[-1].split()}
    of_postgres = "sqlalchemy.dialects.postgresql" in loaded
    assert of_postgres == settings.database_url.startswith("postgresql")


def test_every_command_has_help() -> None:
    def names(group: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        found = []
        for name in group.list_commands(None):
            command = group.get_command(None, name)
            found.append((*before, name))
            found += names(command, (*before, name)) if hasattr(command, "commands") else []
        return found

    for path in names(cli):
        result = CliRunner().invoke(cli, [*path, "--help"])
        assert result.exit_code == 0, (path, result.output)
        assert result.stdout.startswith("Usage:")


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    assert_refused(CliRunner().invoke(cli, ["shwo"]), 'there is no command "shwo"; did you mean "show"?')


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["list"], env={"BACKORDER_DATA": str(tmp_path / "none")})
    assert_refused(result, "there is no database at", "backorder up")
    assert not (tmp_path / "none").exists()


def test_unknown_settings_are_named(run: Command) -> None:
    result = CliRunner().invoke(cli, ["list"], env={"BACKORDER_COLOUR": "red", "BACKORDER_THREADS": "many"})
    assert_refused(result, "BACKORDER_COLOUR: there is no such setting", "BACKORDER_THREADS:")


def test_files_with_a_byte_order_mark(tmp_path: Path) -> None:
    """As some editors write it, and nobody sees."""
    settings = tmp_path / "shop.toml"
    settings.write_text('shop_name = "Lamps"\n', encoding="utf-8-sig")
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "p.toml").write_text('name = "p"\n', encoding="utf-8-sig")
    env = {"BACKORDER_CONFIG": str(settings), "BACKORDER_DATA": str(tmp_path)}
    for command in (
        ["db", "upgrade"],
        ["policy", "load", str(policies)],
        ["policy", "check", str(policies / "p.toml")],
    ):
        result = CliRunner().invoke(cli, command, env=env)
        assert result.exit_code == 0, result.output


def test_db_upgrade(tmp_path: Path) -> None:
    env = {"BACKORDER_DATA": str(tmp_path)}
    first = CliRunner().invoke(cli, ["db", "upgrade", "--json"], env=env)
    again = CliRunner().invoke(cli, ["db", "upgrade"], env=env)
    assert json.loads(first.stdout)["after"] == newest()
    assert json.loads(first.stdout)["before"] is None
    assert f"is at {newest()} already" in again.stdout


def test_an_old_schema_says_what_to_do(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'backorder.db'}").connect().close()
    (tmp_path / "backorder.db").touch()
    result = CliRunner().invoke(cli, ["list"], env={"BACKORDER_DATA": str(tmp_path)})
    assert_refused(result, "run `backorder db upgrade`")
