"""What the processes say of themselves: the standard library's logging, set up once, for people or programs.

Every line may carry fields (`extra=`): IDs and numbers, never people's data. Inside an activity or a workflow
Temporal's own context goes with it. What is said again and again is said once and then counted.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

from temporalio import activity, workflow
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from backorder.failures import in_words, kind_of, passes, stack_of

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
CHATTY = ("sqlalchemy", "alembic", "httpx", "twilio")
"""Libraries whose every step is of no interest to operators."""
COUNTED_S = 60.0
"""Machine seconds for which the same failure is counted instead of said."""
KINDS = 500
"""Failures that are told apart at a time."""
NOTICED = 3
"""From this try on what fails within an activity is an error, no warning."""
_COLOURS = {"WARNING": "\033[33m", "ERROR": "\033[31m", "CRITICAL": "\033[31m"}
_PLAIN = "\033[0m"
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_TEMPORAL = ("temporal_activity", "temporal_workflow")
_FAILED = "Completing activity as failed"
_REPEATED = "an activity failed and is repeated by itself"
"""What Temporal's library says, and what it means."""


def set_up(level: str = "INFO", format: Format = "text", stream: TextIO | None = None) -> None:
    """Log to a stream (stderr) from now on; replaces what was set up before."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    colours = format == "text" and out.isatty()
    handler.setFormatter(_Json() if format == "json" else _Text(colours=colours))
    handler.addFilter(_context)
    handler.addFilter(Counted())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The context is in fields of its own.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def through_the_same(*, metrics: PrometheusConfig | None = None) -> Runtime:
    """A Temporal runtime whose native part logs through Python's logging, not to stdout.

    metrics: where it tells what it counts; nowhere if not set. Raises RuntimeError where nobody can listen.
    """
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"), append_target_to_name=False)
    words = TelemetryFilter(core_level="WARN", other_level="ERROR")
    logging_ = LoggingConfig(filter=words, forwarding=forwarding)
    return Runtime(telemetry=TelemetryConfig(logging=logging_, metrics=metrics))


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields that a line carries besides its words."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _USUAL and name not in _TEMPORAL and name[0] != "_" and value is not None
    }


def _context(record: logging.LogRecord) -> bool:
    """Add Temporal's context: of the activity at work, or what Temporal's own loggers said."""
    for name in _TEMPORAL:
        _add(record, getattr(record, name, None))
    if activity.in_activity() and not hasattr(record, "workflow_id"):
        info = activity.info()
        record.workflow_id, record.run_id = info.workflow_id, info.workflow_run_id
        record.activity, record.attempt = info.activity_type, info.attempt
    if record.msg == _FAILED and _trouble(record):
        record.msg = _REPEATED
    if record.levelno == logging.WARNING and (getattr(record, "attempt", None) or 0) >= NOTICED:
        record.levelno, record.levelname = logging.ERROR, "ERROR"
    return True


def _add(record: logging.LogRecord, details: object) -> None:
    if not isinstance(details, Mapping):
        return
    record.workflow_id = details.get("workflow_id")
    record.run_id = details.get("workflow_run_id", details.get("run_id"))
    record.activity = details.get("activity_type")
    record.attempt = details.get("attempt")


class Counted(logging.Filter):
    """Lets a warning or failure through once a minute; what was held back is counted in the next one.

    Two lines are the same where logger, level and words without their arguments are, and the kind of error.
    Failures of different lines are told apart by their subject.
    """

    def __init__(self, seconds: float = COUNTED_S) -> None:
        super().__init__()
        self._seconds = seconds
        self._lock = threading.Lock()
        self._said: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is said."""
        if record.levelno < logging.WARNING:
            return True
        now, key = time.monotonic(), _same(record)
        with self._lock:
            since, held = self._said.get(key, (0.0, 0))
            if key in self._said and now - since < self._seconds:
                self._said[key] = (since, held + 1)
                return False
            if len(self._said) >= KINDS:
                self._said.clear()
            self._said[key] = (now, 0)
        if held:
            minutes = max(1, round((now - since) / 60))
            record.msg = f"{record.getMessage()} … {held} times more in the last {_minutes(minutes)}"
            record.args = ()
            record.repeated = held
        return True


def _minutes(count: int) -> str:
    return "minute" if count == 1 else f"{count} minutes"


def _same(record: logging.LogRecord) -> tuple[object, ...]:
    error = record.exc_info[0] if record.exc_info else None
    about = getattr(record, "subject", None)
    # Temporal's own words name the workflow and the activity, each in full: their beginning tells them apart.
    words = record.msg[:40] if isinstance(record.msg, str) else record.msg
    return record.name, record.levelno, words, error, about


class _Text(logging.Formatter):
    """One line an event: the instant, the level, the words, the fields."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname:<7}"
        if self._colours and record.levelname in _COLOURS:
            level = f"{_COLOURS[record.levelname]}{level}{_PLAIN}"
        fields = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        trouble = _trouble(record)
        message = record.getMessage() + (f": {trouble}" if trouble else "")
        line = f"{_at(record)} {level} {record.name}: {_one_line(message)}{fields}"
        error = _error(record)
        return line if error is None or trouble else f"{line}\n{stack_of(error)}"


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        entry |= {"message": record.getMessage()} | fields_of(record)
        if trouble := _trouble(record):
            entry["error"] = trouble
        elif (error := _error(record)) is not None:
            entry["stack"] = stack_of(error)
        return json.dumps(entry, default=str, ensure_ascii=False)


def _error(record: logging.LogRecord) -> BaseException | None:
    """What was raised, if anything: asyncio says False where nothing was."""
    return record.exc_info[1] if record.exc_info else None


def _trouble(record: logging.LogRecord) -> str:
    """The machine's or its database's trouble, in a line: where it came up helps nobody. "" for another."""
    error = _error(record)
    return f"{kind_of(error)}, {in_words(error)}" if error is not None and passes(error) else ""


def _at(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _one_line(words: str) -> str:
    return " | ".join(words.splitlines()) if "\n" in words else words
