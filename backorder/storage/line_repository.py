"""The cases of one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from backorder.domain.line.state import State
from backorder.domain.policy.policy import Policy
from backorder.storage.engine import reading, writing
from backorder.storage.line_case import LineCase
from backorder.storage.lines import LineRecord
from backorder.storage.policies import PolicyRepository


class LineRepository:
    """The cases of one database."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self.engine = engine
        self._policies = policies

    @contextmanager
    def case(self, backorder: str, *, seq: int | None = None, units: bool = False) -> Iterator[LineRecord]:
        """Open a case: all that is written in the block is committed at its end, or nothing of it.

        seq: the review's key, None for what is not asked for by the line's workflow. units: lock the units of
        the SKU too. Raises UnknownBackorderError.
        """
        with writing(self.engine) as connection:
            yield LineRecord(connection, self._policies, backorder, seq=seq, units=units)

    def read(self, backorder: str) -> tuple[Policy, State]:
        """The policy and the state of a case as they stand, without a lock. Raises UnknownBackorderError."""
        with reading(self.engine) as connection:
            case = LineCase(connection, self._policies, backorder)
            return case.policy, case.state
