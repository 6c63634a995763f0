"""Who opens a transaction and who joins one, as it stands in the type of what writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from sqlalchemy import Connection, Engine

from backorder.storage.engine import attempting, reading, trying


class Transactions(ABC):
    """Where facts are written."""

    @abstractmethod
    def trying(self, *, keep: bool) -> AbstractContextManager[Connection]:
        """For one fact; unless `keep`, nothing of it stays."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """For a read."""


class OwnTransaction(Transactions):
    """Opens a transaction of its own for each fact."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def trying(self, *, keep: bool) -> AbstractContextManager[Connection]:
        """See `Transactions`."""
        return trying(self._engine, keep=keep)

    def reading(self) -> AbstractContextManager[Connection]:
        """See `Transactions`."""
        return reading(self._engine)


class PartOfTransaction(Transactions):
    """Joins a transaction that is under way, which alone says what stays."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def trying(self, *, keep: bool) -> AbstractContextManager[Connection]:
        """See `Transactions`."""
        return attempting(self._connection, keep=keep)

    def reading(self) -> AbstractContextManager[Connection]:
        """See `Transactions`."""
        return nullcontext(self._connection)


TransactionsT = TypeVar("TransactionsT", bound=Transactions)
"""Which of the two something that writes was made with."""
