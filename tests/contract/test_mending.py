"""What a person can mend is said in one line, without a traceback; a defect keeps its traceback."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from temporalio.service import RPCError, RPCStatusCode

from starter.cli import cli
from starter.mending import in_words
from starter.temporal import is_away
from tests.support.databases import PostgresServer

NOBODY = "127.0.0.1:1"
"""Where nothing answers."""


def run(*words: str, **env: str) -> Result:
    """Call the command in this process, with these settings alone."""
    gone = dict.fromkeys((name for name in os.environ if name.startswith(("TEMPORAL_", "BACKORDER_"))), None)
    return CliRunner().invoke(cli, list(words), env={**gone, **env})


def assert_one_line(result: Result, *words: str) -> None:
    """Assert that the command ended with a line of words and exit code 2."""
    lines = result.stderr.strip().splitlines()
    assert result.exit_code == 2, (result.exception, result.output)
    assert len(lines) == 1, lines
    assert lines[0].startswith("✗ "), lines
    for each in words:
        assert each in lines[0], (each, lines)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://shop:secret@127.0.0.1:1/shop", "does not answer"),
        ("postgres://shop:secret@127.0.0.1:1/shop", "does not answer"),
        ("postgresql://shop:secret@127.0.0.1:1/shop?colour=red", "colour"),
        ("postgresql://shop:secret@127.0.0.1:port/shop", "BACKORDER_DATABASE_URL"),
        ("mysql://shop:secret@127.0.0.1/shop", "sqlite:///"),
        ("the database", "postgresql://user:password@host/name"),
    ],
)
def test_a_database_that_cannot_be_reached(url: str, words: str) -> None:
    for command in (("list",), ("show", "A/1"), ("db", "upgrade"), ("supply", "tasks")):
        result = run(*command, BACKORDER_DATABASE_URL=url)
        assert_one_line(result, words)
        assert "secret" not in result.output


def test_a_server_that_refuses(postgres: Callable[[], PostgresServer]) -> None:
    url = make_url(postgres().create())
    elsewhere, stranger = url.set(database="nowhere"), url.set(username="nobody")
    assert_one_line(
        run("list", BACKORDER_DATABASE_URL=elsewhere.render_as_string(hide_password=False)), "createdb"
    )
    assert_one_line(
        run("list", BACKORDER_DATABASE_URL=stranger.render_as_string(hide_password=False)), "no such user"
    )
    postgres().drop(url.render_as_string(hide_password=False))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    rubbish = tmp_path / "backorder.db"
    rubbish.write_text("to be or not to be" * 100)
    assert_one_line(run("list", BACKORDER_DATA=str(tmp_path)), "damaged", str(tmp_path))
    assert_one_line(run("list", BACKORDER_DATABASE_URL=f"sqlite:///{tmp_path}"), "cannot be opened")
    assert_one_line(run("db", "upgrade", BACKORDER_DATABASE_URL="sqlite:////proc/none/x.db"), "/proc/none")


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"TEMPORAL_ADDRESS": NOBODY}, "Temporal does not answer at 127.0.0.1:1"),
        ({"TEMPORAL_ADDRESS": "no address"}, "TEMPORAL_ADDRESS is no address"),
        ({"TEMPORAL_PROFILE": "nobody"}, "TEMPORAL_PROFILE"),
        ({"TEMPORAL_CONFIG_FILE": "/nowhere/temporal.toml"}, "/nowhere/temporal.toml"),
        (
            {
                "TEMPORAL_ADDRESS": NOBODY,
                "TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere/client.pem",
                "TEMPORAL_TLS_CLIENT_KEY_PATH": "/nowhere/client.key",
            },
            "/nowhere/client.pem",
        ),
        (
            {
                "TEMPORAL_ADDRESS": NOBODY,
                "TEMPORAL_TLS_CLIENT_CERT_DATA": "rubbish",
                "TEMPORAL_TLS_CLIENT_KEY_DATA": "rubbish",
            },
            "certificate",
        ),
    ],
)
def test_a_temporal_that_cannot_be_reached(tmp_path: Path, env: Mapping[str, str], words: str) -> None:
    assert_one_line(run("temporal", "register", BACKORDER_DATA=str(tmp_path), **env), words)


def test_something_else_answers(tmp_path: Path) -> None:
    with web_server() as address:
        result = run("temporal", "register", BACKORDER_DATA=str(tmp_path), TEMPORAL_ADDRESS=address)
    assert_one_line(result, "TEMPORAL_ADDRESS")


def test_a_folder_whose_own_stack_is_down_reaches_no_other(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").touch()
    assert_one_line(run("temporal", "register", BACKORDER_DATA=str(tmp_path)), "is down", "backorder up")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENOENT])
def test_a_file_that_cannot_be_written(number: int) -> None:
    found = in_words(OSError(number, os.strerror(number), "/data/report.svg"))
    assert found is not None
    assert "/data/report.svg" in found.words


@pytest.mark.parametrize("said", ["database or disk is full", "disk I/O error"])
def test_a_database_that_finds_no_room_is_not_called_damaged(said: str) -> None:
    """A full disk, or a user's share of it that is used up: it goes on once there is room."""
    found = in_words(OperationalError("INSERT", {}, sqlite3.OperationalError(said)))
    assert found is not None
    assert found.away
    assert "make room" in found.words
    assert "backup" not in found.words


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("transport error", RPCStatusCode.UNKNOWN),
        ("too many requests", RPCStatusCode.RESOURCE_EXHAUSTED),
        ("tcp connect error", RPCStatusCode.UNAVAILABLE),
    ],
)
def test_a_temporal_that_breaks_off_a_call_is_away(said: str, status: RPCStatusCode) -> None:
    error = RPCError(said, status, b"")
    found = in_words(error)
    assert is_away(error)
    assert found is not None
    assert found.away
    assert not is_away(RPCError("the workflow's own error", RPCStatusCode.UNKNOWN, b""))


def test_a_defect_of_the_program_keeps_its_traceback() -> None:
    for defect in (KeyError("x"), RuntimeError("x"), ValueError("x"), TypeError("x")):
        assert in_words(defect) is None


@contextmanager
def web_server() -> Iterator[str]:
    """Something that answers every connection as a web server would."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                guest, _ = door.accept()
            except OSError:
                return
            with guest:
                guest.recv(4096)
                guest.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{door.getsockname()[1]}"
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join()
