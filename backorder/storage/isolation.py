"""One row that cannot be read or looked at stops no other: it is left out, logged, noted and shown.

The note stands in a table of its own, `engine_errors`, because the row itself may be what cannot be read. It
goes away once the row can be looked at again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from types import TracebackType
from typing import Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    case,
    delete,
    exists,
    literal,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError

from backorder.errors import NewerVersionError, UnitsNeededError, UnreadableError
from backorder.failures import in_words, kind_of, passes
from backorder.storage.compiled import fetch, tuples
from backorder.storage.engine import insert_into
from backorder.storage.tables import engine_errors
from backorder.storage.types import Unreadable, among

R = TypeVar("R")

log = logging.getLogger(__name__)
T = TypeVar("T")
ACTIVITY = "activity/"
"""How the name of what is noted begins where it is no row, but something that a worker does."""
NEEDS = "engine_error"
"""What a line needs whose row this version cannot read or look at."""
NEWER = NewerVersionError.__name__
"""What is noted of a row that is left to a newer version, so that it rests too. No error: nobody sees it."""
LEFT_AT_MOST = 10_000
"""Names of what was left alone that are remembered, so that each is said once."""
_LEFT: set[str] = set()
FIRST_S, AT_MOST_S = 60.0, 6 * 3600.0
"""Machine seconds until something that failed is looked at again: after the first failure, and at most."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed: `backorder/…`, `message/…`, `sku/…` and so on; backorder: the line that shows it."""

    subject: str
    error: Exception
    backorder: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """A note. subject: the row or activity that failed. error: the kind of the error; words: what it said.

    times: how often in a row it failed. since: the first time. until: left alone till then, machine time.
    """

    subject: str
    error: str
    words: str
    times: int
    since: datetime
    until: datetime


def line(id: str) -> tuple[str, str]:
    """The name of a line among what can fail, and the line that shows it."""
    return f"backorder/{id}", id


def readable(row: T) -> T:
    """The row itself. Raises UnreadableError for one with a value that its column cannot mean."""
    if _NO_VALUE.isdisjoint(map(type, row)):  # type: ignore[call-overload]
        return row
    wrong = [
        f"{name} is not {value.expected if isinstance(value, Unreadable) else 'text'}"
        for name, value in row._asdict().items()  # type: ignore[attr-defined]
        if type(value) in _NO_VALUE
    ]
    raise UnreadableError(", ".join(wrong))


def are_readable(rows: Iterable[Sequence[object]]) -> bool:
    """Whether `readable` takes each of some rows."""
    return _NO_VALUE.isdisjoint(map(type, chain.from_iterable(rows)))


_NO_VALUE = frozenset({Unreadable, bytes})
"""No column is of bytes."""


def known(value: T) -> T | None:
    """The value; None where the column holds what its type cannot mean."""
    return None if isinstance(value, Unreadable) else value


def words(value: T) -> T | str:
    """A text as far as it can be read."""
    return "?" if isinstance(value, Unreadable | bytes) else value


class Apart:
    """What is done in the block concerns one row alone: if it fails, that goes to `failures`, and on it goes.

    connection: what the block writes is taken back if it fails. Without one it only reads, and the database's
    own errors are raised, since its transaction is over. What the machine is to blame for always is.
    """

    def __init__(
        self,
        failures: list[Failure],
        subject: str,
        backorder: str = "",
        *,
        connection: Connection | None = None,
    ) -> None:
        self._failures = failures
        self._subject = subject
        self._backorder = backorder
        self._nested = connection.begin_nested() if connection is not None else None

    def __enter__(self) -> None:
        if self._nested is not None:
            self._nested.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._nested is not None:
            self._nested.__exit__(kind, error, trace)
        if not isinstance(error, Exception) or not _is_the_rows(error, writes=self._nested is not None):
            return False
        self._failures.append(failed(self._subject, error, self._backorder))
        return True


def _is_the_rows(error: Exception, *, writes: bool) -> bool:
    if isinstance(error, UnitsNeededError):
        return False
    return not passes(error) and (writes or not isinstance(error, DBAPIError))


def failed(subject: str, error: Exception, backorder: str) -> Failure:
    """Something that failed, logged with its traceback; what is left to a newer version in a line, once."""
    if isinstance(error, NewerVersionError):
        left_alone(subject)
        return Failure(subject, error, backorder)
    log.error(
        "%s cannot be read and is left out: %s",
        subject,
        in_words(error),
        extra={"subject": subject, "backorder": backorder or None, "error": kind_of(error)},
        exc_info=error,
    )
    return Failure(subject, error, backorder)


def left_alone(subject: str) -> None:
    """Say, once in a program's life, that something is left to a newer version."""
    if subject in _LEFT:
        return
    if len(_LEFT) >= LEFT_AT_MOST:
        _LEFT.clear()
    _LEFT.add(subject)
    log.info(
        "%s is of a kind that only a newer version knows: it is left alone",
        subject,
        extra={"subject": subject},
    )


def is_fault(failed: Failure) -> bool:
    """Whether a person has to know; what is left to a newer version is no fault."""
    return not isinstance(failed.error, NewerVersionError)


def sound(
    rows: Iterable[R], read: Callable[[R], T], name: Callable[[R], tuple[str, str]]
) -> tuple[list[T], list[Failure]]:
    """What can be read of the rows, and what failed. name: what a row is called, and whose line it is."""
    found: list[T] = []
    failures: list[Failure] = []
    for row in rows:
        try:
            found.append(read(readable(row)))
        except Exception as error:
            if not _is_the_rows(error, writes=False):
                raise
            failures.append(failed(*_named(name, row, error)))
    return found, failures


def _named(name: Callable[[R], tuple[str, str]], row: R, error: Exception) -> tuple[str, Exception, str]:
    subject, backorder = name(row)
    return subject, error, backorder


# --- the notes

IS_FAULT = engine_errors.c.error != literal_column(f"'{NEWER}'")
"""The condition that leaves out what rests until a newer version looks at it.

A word of the statement and no value beside it: a database plans a statement without values once.
"""


def note(connection: Connection, failures: Sequence[Failure], *, again: bool = False) -> timedelta:
    """Note what failed. Returns after how long (machine time) it is worth another look.

    again: it was looked at because its time had come, so that the next look is twice as far away. Otherwise
    what is noted already and waits stays as it is.
    """
    now, pause = datetime.now(UTC), timedelta(seconds=FIRST_S)
    for failure in sorted(failures, key=lambda each: (each.subject, each.backorder)):
        mine = _is(failure.subject, failure.backorder)
        before = connection.execute(select(engine_errors.c.times, engine_errors.c.until).where(mine)).first()
        if before is not None and not again and known(before.until) and before.until > now:
            continue
        times = (known(before.times) or 0) + 1 if before is not None else 1
        pause = timedelta(seconds=min(FIRST_S * 2.0 ** min(times - 1, 20), AT_MOST_S))
        _write(connection, failure, times, now, now + pause)
    return pause


def _write(connection: Connection, failure: Failure, times: int, now: datetime, until: datetime) -> None:
    values = {"error": kind_of(failure.error), "words": in_words(failure.error)}
    changes = values | {"times": times, "last": now, "until": until}
    row = {"subject": failure.subject, "backorder": failure.backorder, "since": now}
    statement = insert_into(connection, engine_errors).values(row | changes)
    key = [engine_errors.c.subject, engine_errors.c.backorder]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))


def clear(connection: Connection, subject: str) -> None:
    """It can be looked at again: nothing is noted any more."""
    connection.execute(delete(engine_errors).where(engine_errors.c.subject == subject))


def clear_all(connection: Connection, subjects: Sequence[str]) -> None:
    """All of this can be looked at again."""
    connection.execute(delete(engine_errors).where(engine_errors.c.subject.in_(subjects)))


def not_aside(prefix: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that leaves out what failed and whose next look is still to come."""
    subject = engine_errors.c.subject == literal(prefix) + column
    waits = select(engine_errors.c.subject).where(subject, engine_errors.c.until > datetime.now(UTC))
    return ~exists(waits)


def noted(lines: FromClause) -> ColumnElement[str | None]:
    """Of each line that shows a note, its error, looked up line by line: notes may be many or few.

    Mostly there are none at all, which is looked at once.
    """
    mine = engine_errors.c.backorder == lines.c.id
    error = select(engine_errors.c.error).where(mine, IS_FAULT).limit(literal_column("1"))
    there_are = exists(select(engine_errors.c.subject).correlate(None))
    return case((there_are, error.correlate(lines).scalar_subquery()))


_NOTED_LINES = (
    select(engine_errors.c.backorder)
    .where(engine_errors.c.backorder != literal_column("''"), IS_FAULT)
    .distinct()
    .limit(literal_column("1000"))
)
_NOTES = (
    select(engine_errors)
    .where(among(engine_errors.c.backorder, "backorders"), IS_FAULT)
    .order_by(engine_errors.c.subject)
)


def noted_lines(connection: Connection) -> list[str]:
    """Lines that show a note, a thousand at most."""
    return [row[0] for row in tuples(connection, _NOTED_LINES, {})]


def notes_of(connection: Connection, backorders: Sequence[str]) -> dict[str, list[Noted]]:
    """The notes that lines show."""
    found: dict[str, list[Noted]] = {}
    for row in fetch(connection, _NOTES, {"backorders": list(backorders)}):
        found.setdefault(row.backorder, []).append(_noted(row))
    return found


def all_notes(connection: Connection, limit: int = 1000) -> list[Noted]:
    """Everything that is noted: what fails for all, then rows, the oldest first."""
    of_rows = engine_errors.c.subject.not_like(f"{ACTIVITY}%")
    query = select(engine_errors).where(IS_FAULT)
    query = query.order_by(of_rows, engine_errors.c.since, engine_errors.c.subject)
    return [_noted(row) for row in connection.execute(query.limit(limit))]


class _ErrorRow(Protocol):
    subject: str
    error: str
    words: str
    times: int
    since: datetime
    until: datetime


def _noted(row: _ErrorRow) -> Noted:
    return Noted(
        subject=row.subject,
        error=row.error,
        words=row.words,
        times=row.times,
        since=row.since,
        until=row.until,
    )


def _is(subject: str, backorder: str) -> ColumnElement[bool]:
    return (engine_errors.c.subject == subject) & (engine_errors.c.backorder == backorder)
