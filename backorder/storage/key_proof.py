"""The proof that a remembered key still stands; see `backorder.storage.engine.proof`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, select

from backorder.domain.api_keys import fault_of_key
from backorder.errors import UnauthorizedError
from backorder.storage.api_keys import by_id
from backorder.storage.tables import api_keys

COLUMN: ColumnElement[bool | None] = (
    select(api_keys.c.revoked_at.is_(None)).where(api_keys.c.id == bindparam("shown_key")).scalar_subquery()
)
"""Whether a key stands, as a column of any statement; NULL for one that is not there."""


class KeyProof:
    """What has to hold before a call is answered, or writes anything: that its key stands.

    given: it was looked at, and holds. values: of COLUMN's parameters.
    """

    def __init__(self, key: str) -> None:
        """key: its ID."""
        self.given = False
        self.values: Mapping[str, str] = {"shown_key": key}

    def check(self, connection: Connection) -> None:
        """Look at the key's row, by its ID. Raises UnauthorizedError."""
        self.take(connection.execute(select(COLUMN), self.values).scalar_one())

    def take(self, stands: bool | None) -> None:
        """Take what COLUMN said. Raises UnauthorizedError."""
        if not stands:
            raise UnauthorizedError("this key was revoked")
        self.given = True


class WholeProof(KeyProof):
    """The same of a call that goes on for long: its key may also have expired since.

    now: machine time. address: whence the call comes.
    """

    def __init__(self, key: str, now: datetime, address: str) -> None:
        super().__init__(key)
        self._key, self._now, self._address = key, now, address

    def check(self, connection: Connection) -> None:
        """Look at the key's row as a new call would. Raises UnauthorizedError."""
        found = by_id(connection, self._key)
        fault = "there is no such key" if found is None else fault_of_key(found[0], self._now, self._address)
        if fault:
            raise UnauthorizedError(fault)
        self.given = True
