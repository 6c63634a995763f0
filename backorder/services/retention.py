"""Records are kept for so long and no longer: what is older is deleted, a little with each sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from backorder.domain.retention import kept_since
from backorder.failures import passes
from backorder.storage.engine import reading, writing
from backorder.storage.expired_lines import (
    bulk_before,
    delete_bulk,
    delete_line,
    delete_texts,
    ended_before,
    texts_before,
)
from backorder.storage.expired_sales import date_sales, delete_sales, is_due
from backorder.storage.isolation import Failure, failed, line, note

AT_MOST = 50
"""Lines that one sweep deletes, each in a transaction of its own."""
BULK = timedelta(days=365)
"""How long it is known at least what was asked of many lines at once, as where none was there to be asked."""
SALES = 5000
"""Imported sales that one sweep deletes."""


class Retention:
    """Deletes what is not kept any more in one database. length: how long it is, like 6y."""

    def __init__(self, engine: Engine, length: str) -> None:
        self._engine = engine
        self._length = length

    def delete_old(self, at: datetime) -> int:
        """Delete some of what is due. at: business time. None stops another. Returns how many lines."""
        before, done, failures = kept_since(self._length, at), 0, list[Failure]()
        with reading(self._engine) as connection:
            ids = ended_before(connection, before, AT_MOST)
            old_sales = is_due(connection, before)
            bulk = bulk_before(connection, min(before, at - BULK), AT_MOST)
            texts = texts_before(connection, kept_since(self._length, datetime.now(UTC)), AT_MOST)
        for id in ids:
            try:
                with writing(self._engine) as connection:
                    done += delete_line(connection, id, before)
            except Exception as error:
                if passes(error):
                    raise
                subject, shown_by = line(id)
                failures.append(failed(subject, error, shown_by))
        if old_sales:
            with writing(self._engine) as connection:
                date_sales(connection, at, SALES)
                delete_sales(connection, before, SALES)
        if texts or bulk or failures:
            with writing(self._engine) as connection:
                delete_bulk(connection, bulk)
                delete_texts(connection, texts)
                note(connection, failures)
        return done
