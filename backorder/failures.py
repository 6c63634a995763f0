"""Errors that nobody expected: which of them pass by themselves, and how they are said in a line."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeoutError,
)

from backorder.errors import BackorderError

DAMAGED = "the database's file is damaged, or is no database; whoever runs this has to restore it"
_BROKEN = DatabaseError
"""What SQLite says of a file that is none of its own, or damaged: this class itself, and no other of it."""
PASSING = (OperationalError, InterfaceError, DisconnectionError, PoolTimeoutError, OSError, MemoryError)
"""What is the database's or the machine's trouble, and nothing that a row did."""
MOST = 300
"""Characters that are kept of an error's words."""
DEEPEST = 5
"""Causes of an error that are said."""
_ROOT = Path(__file__).resolve().parents[1]
_OWN = frozenset({"backorder", "activities", "workflows", "starter", "migrations", "worker.py"})
"""What is this program's in there; installed, it stands beside everything that it uses."""
_ADDRESS = re.compile(r"[^\s@'\"]+@[^\s@'\"]+")
_NUMBER = re.compile(r"\+?\d[\d\s()/-]{6,}\d")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def passes(error: BaseException) -> bool:
    """Whether an error is of the machine or its database, so that the same again may well succeed."""
    if isinstance(error, PASSING) or is_damage(error):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_damage(error: BaseException) -> bool:
    """Whether the database's file is damaged, or is none: nothing that a row did, and for the operator."""
    return type(error) is _BROKEN


def is_the_databases(error: BaseException) -> bool:
    """Whether an error is the database's own trouble, which passes by itself."""
    return isinstance(error, SQLAlchemyError) and passes(error)


def in_words(error: BaseException) -> str:
    """An error in one line: what went wrong and where in this program, without what people wrote.

    What an exception says may quote the row that led to it, so that whatever stands in quotes, an address or
    a long number is left out.
    """
    where = _where(error)
    return f"{_said(error)[:MOST]}{f' ({where})' if where else ''}"


def kind_of(error: BaseException) -> str:
    """The name of the error's class."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return type(cause).__name__


def stack_of(error: BaseException | None) -> str:
    """Where in this program an error came from, as tracebacks say it, in the words of `in_words`."""
    parts: list[str] = []
    while error is not None and len(parts) < DEEPEST:
        frames = "".join(traceback.format_list(_own(error) or traceback.extract_tb(error.__traceback__)))
        parts.append(f"{frames}{kind_of(error)}: {in_words(error)}")
        error = error.__cause__
    return "\nwhich was the cause of:\n".join(reversed(parts))


def _said(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        places = [".".join(map(str, each["loc"])) or "the whole" for each in error.errors(include_url=False)]
        kinds = [each["type"] for each in error.errors(include_url=False)]
        faults = dict(zip(places, kinds, strict=True))
        return f"{error.title}: " + ", ".join(f"{place} ({kind})" for place, kind in faults.items())
    if isinstance(error, DBAPIError):
        return _masked(str(error.orig).partition("\n")[0])
    first_line = str(error).partition("\n")[0]
    return first_line if isinstance(error, BackorderError) else _masked(first_line)


def _masked(words: str) -> str:
    for pattern in (_QUOTED, _ADDRESS, _NUMBER):
        words = pattern.sub("…", words)
    return words


def _where(error: BaseException) -> str:
    """The innermost place in this program."""
    own = _own(error)
    if not own or isinstance(error, BackorderError):
        return ""
    return f"{Path(own[-1].filename).relative_to(_ROOT)}:{own[-1].lineno}"


def _own(error: BaseException) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(Path(frame.filename))]


def _is_own(file: Path) -> bool:
    return file.is_relative_to(_ROOT) and file.relative_to(_ROOT).parts[0] in _OWN
