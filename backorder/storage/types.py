"""Column types that mean the same on SQLite and PostgreSQL.

What a column holds and its type cannot mean (a word where a date is expected, a year without a number) comes
out as `Unreadable`, so that one such value does not take a whole result with it; `rows.readable` finds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Self, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Integer,
    Numeric,
    ScalarSelect,
    Select,
    String,
    bindparam,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from backorder.errors import UnreadableError

T = TypeVar("T")
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a column holds what its type cannot mean. expected: what should have been there.

    Whoever works with it raises UnreadableError: one row is at fault, and no part of this program.
    """

    expected: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__conform__":  # by which SQLite's driver asks for a parameter
            raise AttributeError(name)
        raise self.error

    def _refuse(self, _other: object) -> Any:
        raise self.error

    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse

    @property
    def error(self) -> UnreadableError:
        """What is raised."""
        return UnreadableError(f"a stored value is not {self.expected}")


def text_of(value: bytes) -> str | Unreadable:
    """A text as SQLite keeps it, which takes any bytes for one; the driver's own way loses a whole result."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return Unreadable("text")


def _guarded(process: Callable[[Any], Any] | None, expected: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value is None or isinstance(value, Unreadable):
            return value
        try:
            return process(value) if process else value
        except (ValueError, TypeError, ArithmeticError):
            return Unreadable(expected)

    return read


class Instant(TypeDecorator[datetime]):
    """An aware instant. SQLite keeps it as sortable ISO text in UTC, PostgreSQL as timestamptz."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """To the database. Raises ValueError for an instant without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.strftime(_FORM)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """From the database, in UTC. PostgreSQL's driver has done all of it (see `loaders`)."""
        return None if dialect.name == "postgresql" else _instant


def _instant(value: Any) -> Any:
    """As `_guarded` reads it; in one call, since most rows have several."""
    try:
        found = datetime.fromisoformat(value)
        return found if found.tzinfo is UTC else found.astimezone(UTC)
    except (ValueError, TypeError, ArithmeticError):
        return value if value is None or isinstance(value, Unreadable) else Unreadable("an instant")


class Day(TypeDecorator[date]):
    """A day."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """From the database. PostgreSQL's driver has done all of it (see `loaders`)."""
        if dialect.name == "postgresql":
            return None
        return _guarded(super().result_processor(dialect, coltype), "a day")


class Whole(TypeDecorator[int]):
    """A whole number. SQLite takes a word as well, which is none."""

    impl = Integer
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """From the database."""
        return None if dialect.name == "postgresql" else _guarded(_whole, "a whole number")


class Count(Whole):
    """A whole number that grows for ever."""

    impl = BigInteger
    cache_ok = True


def _whole(value: object) -> int:
    if isinstance(value, float) and value.is_integer():  # a sum that came across something else
        return int(value)
    if not isinstance(value, int):
        raise TypeError
    return value


class Unset(TypeDecorator[str]):
    """A text that may not be given; kept as an empty one where the column takes no NULL."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        """To the database."""
        return value or ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database."""
        return value or None


class Texts(TypeDecorator[Sequence[str]]):
    """Any number of texts as one parameter, so that a statement is the same however many there are."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The parameter's type on this database: an array, or JSON."""
        return dialect.type_descriptor(ARRAY(String) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> object:
        """To the database."""
        return value if value is None or dialect.name == "postgresql" else json.dumps(list(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Sequence[str] | None:
        """From the database."""
        found: Sequence[str] | None = json.loads(value) if isinstance(value, str) else value
        return found


class texts_of(FunctionElement[Sequence[str]]):  # noqa: N801 named as what it is in SQL
    """The texts that a statement reads, in its order, as one value. Its column is called `text`."""

    type = Texts()
    inherit_cache = True

    def __init__(self, texts: Select[str]) -> None:
        super().__init__(texts.scalar_subquery())


@compiles(texts_of)
def _texts_of(element: texts_of, compiler: SQLCompiler, **how: object) -> str:
    return f"ARRAY{compiler.process(element.clauses, **how)}"


@compiles(texts_of, "sqlite")
def _texts_of_sqlite(element: texts_of, compiler: SQLCompiler, **how: object) -> str:
    texts = compiler.process(element.clauses, **how)
    return f"(SELECT json_group_array(text) FROM {texts} AS anon_texts)"  # noqa: S608 it is SQL already


class among(FunctionElement[bool]):  # noqa: N801 named as what it is in SQL
    """Whether a column is one of some texts, which are one parameter of that name."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        super().__init__(column, bindparam(name, type_=Texts))

    def self_group(self, against: object = None) -> Self:
        """As it is: a database without truth values would else compare it with 1, past every index."""
        return self


@compiles(among)
def _among(element: among, compiler: SQLCompiler, **how: object) -> str:
    column, texts = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} = ANY ({texts})"


@compiles(among, "sqlite")
def _among_of_sqlite(element: among, compiler: SQLCompiler, **how: object) -> str:
    column, texts = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 both are SQL already


def unseen(name: str, type: type[TypeEngine[T]]) -> ScalarSelect[T]:
    """A parameter that PostgreSQL plans for without looking at its value.

    It makes a plan for every value anew as long as those of the first five were thought to be cheaper than
    one for all: what those five were would decide how long a question of many parts takes from then on.
    """
    return select(bindparam(name, type_=type)).scalar_subquery()


class any_of(FunctionElement[bool]):  # noqa: N801 named as what it is in SQL
    """Whether a column is one of the texts that a statement reads; PostgreSQL looks each up by an index."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, texts: Select[Any]) -> None:
        super().__init__(column, texts.scalar_subquery())


@compiles(any_of, "postgresql")
def _any_of(element: any_of, compiler: SQLCompiler, **how: Any) -> str:
    column, texts = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} = ANY (ARRAY{texts})"


def is_among(column: ColumnElement[str], texts: Select[str]) -> ColumnElement[bool]:
    """The same, looked up in a hash of all of them: whoever plans for few would join them one by one."""
    return column.in_(texts).is_(true())


class by_database(FunctionElement[bool]):  # noqa: N801 named as what it is in SQL
    """A condition that the databases are asked in words of their own."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, *, sqlite: ColumnElement[bool], postgresql: ColumnElement[bool]) -> None:
        super().__init__(sqlite, postgresql)

    def self_group(self, against: object = None) -> Any:
        """As it is: see `among`."""
        return self


@compiles(by_database, "postgresql")
def _by_postgresql(element: by_database, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(list(element.clauses)[1], **how)


@compiles(by_database, "sqlite")
def _by_sqlite(element: by_database, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **how)


class Amount(TypeDecorator[Decimal]):
    """An exact decimal. SQLite, which has none, keeps it as text."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(20, 4))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        """To the database."""
        return value if value is None or dialect.name == "postgresql" else str(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """From the database."""
        return _guarded(_amount, "an amount")


def _amount(value: Decimal | str | float) -> Decimal:
    found = value if isinstance(value, Decimal) else Decimal(value)
    if not found.is_finite():
        raise ValueError
    return found
