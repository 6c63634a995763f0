"""The command line in a terminal, a pipe, another locale, and surroundings that are not as they should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backorder.settings import Settings
from tests.support.command_line import GOOD, Command, write
from tests.support.databases import NewDatabase
from tests.support.shop import Shop

BACKORDER = (sys.executable, "-m", "starter")


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """One kind of database is enough here."""
    return new_database("sqlite")


def surroundings(settings: Settings, **more: str) -> dict[str, str]:
    """What a command finds around it."""
    url = settings.database_url
    return {**os.environ, "BACKORDER_DATA": str(settings.data), "BACKORDER_DATABASE_URL": url, **more}


def call(settings: Settings, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Call the command as a process of its own."""
    env = surroundings(settings, **more)
    return subprocess.run([*BACKORDER, *words], env=env, capture_output=True, check=False)


@pytest.mark.parametrize("columns", [60, 79, 100, 160])
def test_a_narrow_terminal_never_cuts_an_id(run: Command, shop: Shop, columns: int) -> None:
    shop.open("ORDER-1001", 1)
    result = run("list", env={"COLUMNS": str(columns)})
    assert "ORDER-1001/1" in result.stdout
    assert "first look" in " ".join(result.stdout.split())


def test_a_terminal_that_has_only_ascii_gets_its_signs_in_ascii(settings: Settings, shop: Shop) -> None:
    """And what is no terminal gets no colours."""
    shop.open("O-1", 1)
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for words in (("list",), ("show", "O-1/1"), ("task", "list")):
        done = call(settings, *words, **plain)
        assert (done.returncode, done.stderr) == (0, b"")
        done.stdout.decode("ascii")
        assert b"\x1b" not in done.stdout
    assert b"v nothing waits for a person" in done.stdout
    missing = call(settings, "show", "O-9/1", **plain)
    assert missing.returncode == 2
    assert missing.stderr.startswith(b"x there is no backorder O-9/1")
    assert b"\x1b" not in missing.stderr + call(settings, "--help").stdout


@pytest.mark.parametrize("words", [("list", "--json"), ("--help",)])
def test_whoever_reads_may_go_away(settings: Settings, shop: Shop, words: tuple[str, ...]) -> None:
    shop.open("O-1", 1)
    with subprocess.Popen(
        [*BACKORDER, *words],
        env=surroundings(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdout.close()
        assert command.stderr.read() == b""
        assert command.wait() == 141


@pytest.mark.parametrize(
    ("words", "streams", "code", "said"),
    [
        (("settings", "--json"), ">/dev/full", 2, b"the disk is full, make room on it\n"),
        (("--help",), ">/dev/full", 2, b"the disk is full, make room on it\n"),
        (("list",), ">&-", 0, b""),
        (("show", "O-9/1"), "2>&-", 2, b""),
        (("show", "O-9/1", "--json"), "2>/dev/full", 2, b""),
        (("list", "--json"), "<&- >&- 2>&-", 0, b""),
    ],
)
def test_streams_that_are_full_or_closed(
    settings: Settings, shop: Shop, words: tuple[str, ...], streams: str, code: int, said: bytes
) -> None:
    command = ["sh", "-c", f'"$@" {streams}', "sh", *BACKORDER, *words]
    done = subprocess.run(command, env=surroundings(settings), capture_output=True, check=False)
    assert (done.returncode, done.stderr[-len(said) :] if said else done.stderr) == (code, said)
    assert done.stderr.count(b"\n") == said.count(b"\n")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "BACKORDER_DATABASE_URL: SQLite needs a file"),
        ("sqlite:///:memory:", "BACKORDER_DATABASE_URL: SQLite needs a file"),
        (
            "postgresql://x:secret@127.0.0.1:1/x",
            "does not answer: start it, or correct",
        ),
        ("postgres://x:secret@no-such-host.invalid/x", "does not answer: start it"),
        ("postgresql://x:secret@127.0.0.1:port/x", "BACKORDER_DATABASE_URL"),
        ("mysql://x:secret@host/x", 'must be "sqlite:///…" or "postgresql://…"'),
        ("nonsense", "is no address of a database"),
        ("sqlite:////proc/none/backorder.db", "there is no database at"),
        ("sqlite:////dev/null", "run `backorder db upgrade`"),
    ],
)
def test_a_database_that_cannot_be_had_is_one_fault_with_what_to_do(
    run: Command, url: str, words: str
) -> None:
    env = {"BACKORDER_DATABASE_URL": url}
    result = run("list", "--json", env=env)
    assert result.exit_code in (2, 3)
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert "secret" not in result.output
    assert json.loads(result.stdout)["type"] == "urn:backorder:setup"


def test_without_the_package_for_postgresql_it_says_how_to_get_it(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\")")
    path = f"{tmp_path}{os.pathsep}{Path.cwd()}"
    done = call(settings, "list", BACKORDER_DATABASE_URL="postgresql://x@127.0.0.1:1/x", PYTHONPATH=path)
    assert done.returncode == 2
    assert b"pip install 'backorder[postgres]'" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("import", "lines.csv", "--errors", "{}"), "--errors"),
        (("supply", "receipt", "--file", "lines.csv", "--errors", "{}"), "--errors"),
        (("import", "--template", "{}"), "--template"),
        (("supply", "backtest", "--history", "history.csv", "--out", "{}"), "--out"),
    ],
)
@pytest.mark.parametrize("place", ["none/x.csv", "folder.csv", "/proc/x.csv"])
def test_a_file_that_cannot_be_written_fails_before_anything_is_done(
    run: Command,
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    option: str,
    place: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    write(tmp_path / "lines.csv", GOOD)
    rows = (
        "supplier,destination,ordered,arrived\nacme,x,2024-01-05,2024-02-10\nacme,x,2024-03-05,2024-04-10\n"
    )
    (tmp_path / "history.csv").write_text(rows)
    result = run(*(each.format(place) for each in words), "--json")
    assert result.exit_code == 2
    (found,) = json.loads(result.stdout)["errors"]
    assert found["field"] == option
    assert place in found["detail"]
    assert shop.rows("SELECT * FROM backorders") == []
