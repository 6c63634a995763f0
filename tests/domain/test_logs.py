"""What the processes say: one line an event, plain in files, counted when it is repeated."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from backorder import logs

log = logging.getLogger("backorder.test")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Give the root logger back its handlers."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_lines_carry_their_fields() -> None:
    out = io.StringIO()
    logs.set_up(format="json", stream=out)
    log.info("replanned %s", "LAMP", extra={"sku": "LAMP", "lines": 3, "none": None})
    said = json.loads(out.getvalue())
    assert (said["message"], said["sku"], said["lines"], said["level"]) == (
        "replanned LAMP",
        "LAMP",
        3,
        "info",
    )
    assert "none" not in said


def test_text_is_plain_in_files_and_coloured_on_terminals() -> None:
    for out, coloured in ((io.StringIO(), False), (Terminal(), True)):
        logs.set_up(stream=out)
        log.error("first\nsecond", extra={"sku": "LAMP"})
        assert ("\033[" in out.getvalue()) is coloured
        assert out.getvalue().count("\n") == 1
        assert "sku=LAMP" in out.getvalue()


def test_a_repeated_failure_is_said_once_then_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    out, now = io.StringIO(), [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    logs.set_up(stream=out)
    for number in range(215):
        log.warning("the database is away, try %d", number)
    log.warning("something else")
    assert out.getvalue().count("\n") == 2
    now[0] += 60
    log.warning("the database is away, try %d", 215)
    assert "… 214 times more in the last minute" in out.getvalue()
    assert out.getvalue().count("\n") == 3


def test_from_the_third_try_on_a_failing_activity_is_an_error() -> None:
    out = io.StringIO()
    logs.set_up(format="json", stream=out)
    details = {"workflow_id": "backorder/O-1/1", "workflow_run_id": "r", "activity_type": "review"}
    for attempt in (2, 3):
        log.warning("failed", extra={"temporal_activity": details | {"attempt": attempt}})
    second, third = map(json.loads, out.getvalue().splitlines())
    assert (second["level"], third["level"]) == ("warning", "error")
    assert (third["workflow_id"], third["activity"], third["attempt"]) == ("backorder/O-1/1", "review", 3)


def test_a_traceback_says_nothing_of_what_people_wrote() -> None:
    out = io.StringIO()
    logs.set_up(stream=out)
    try:
        raise ValueError("no such customer 'Ann Smith' <ann@example.com>, +49 170 1234567")
    except ValueError:
        log.exception("it failed")
    said = out.getvalue()
    assert "test_logs.py" in said
    assert "ValueError" in said
    for private in ("Ann", "@", "1234567"):
        assert private not in said.replace("test_a_traceback_says_nothing", "").split("ValueError:")[1]


@pytest.mark.parametrize("format", logs.FORMATS)
@pytest.mark.parametrize("nothing", [False, (None, None, None)])
def test_where_nothing_was_raised_there_is_no_traceback(format: logs.Format, nothing: Any) -> None:
    out = io.StringIO()
    logs.set_up(format=format, stream=out)
    log.error("a task was destroyed", exc_info=nothing)
    assert out.getvalue().count("\n") == 1
    assert "a task was destroyed" in out.getvalue()
    assert "stack" not in out.getvalue()


@pytest.mark.parametrize("format", logs.FORMATS)
def test_a_database_that_is_away_is_a_line_that_says_so_and_that_it_is_tried_again(
    format: logs.Format,
) -> None:
    """A worker's activities fail by the dozen then, and no stack of calls helps with that."""
    out = io.StringIO()
    logs.set_up(format=format, stream=out)
    away = OperationalError("SELECT 1", {}, Exception("connection refused"))
    temporals = logging.getLogger("temporalio.activity")
    for attempt in (1, 2, 2):
        details = {"workflow_id": "backorder/O-1/1", "activity_type": "review", "attempt": attempt}
        try:
            raise away
        except OperationalError:
            extra = {"temporal_activity": details}
            temporals.warning("Completing activity as failed", extra=extra, exc_info=True)
    (said,) = out.getvalue().splitlines()
    assert "an activity failed and is repeated by itself" in said
    assert "connection refused" in said
    assert "test_logs.py" not in said.replace("(tests/domain/test_logs.py", "")
