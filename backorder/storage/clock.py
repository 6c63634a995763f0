"""The clock of a database: one row, which who holds it writes anew."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, update

from backorder.domain.clock import Clock
from backorder.errors import SetupError
from backorder.storage.engine import add, apart, reading, writing
from backorder.storage.isolation import known
from backorder.storage.tables import clock as table


class Timekeeper:
    """Reads and writes the clock. now: the machine's time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Clock | None = None

    def clock(self) -> Clock:
        """How business time runs on this database; machine time where nothing else was set.

        A clock that runs as the machine's never changes, and is read once.
        """
        if self._kept is None or self._kept.rate != 1.0:
            with reading(self._engine) as connection:
                found = read(connection)
            self._kept = found
        return self._kept

    def now(self) -> datetime:
        """Business time."""
        return self.clock().business(datetime.now(UTC))

    def set(self, wanted: Clock) -> Clock:
        """Set the clock of a new database; one that has a clock keeps it. Returns the clock that counts."""
        with writing(self._engine) as connection:
            add(
                connection,
                table,
                {"id": 1, "epoch": wanted.epoch, "rate": wanted.rate, "limit": wanted.limit},
            )
            self._kept = read(connection)
        return self._kept

    def keep_zone(self, zone: str) -> None:
        """Keep the shop's zone, and how time runs, where none is kept yet."""
        if kept_zone(self._engine) is not None:
            return
        clock = Clock()
        row = {"id": 1, "epoch": clock.epoch, "rate": clock.rate, "time_zone": zone}
        with apart(), writing(self._engine) as connection:
            if not add(connection, table, row):
                unset = table.c.time_zone.is_(None)
                connection.execute(update(table).where(unset).values(time_zone=zone))

    def move(self, clock: Clock) -> None:
        """Write a clock that was set before anew: another epoch, another limit."""
        values = {"epoch": clock.epoch, "limit": clock.limit}
        with writing(self._engine) as connection:
            connection.execute(update(table).where(table.c.id == 1).values(values))


def kept_zone(engine: Engine) -> str | None:
    """The shop's zone, if it is kept with the database."""
    with reading(engine) as connection:
        zone: str | None = connection.execute(select(table.c.time_zone)).scalar()
    return zone


def read(connection: Connection) -> Clock:
    """The clock as it is on record; machine time without one. Raises SetupError for one that is no clock."""
    row = connection.execute(select(table)).one_or_none()
    if row is None:
        return Clock()
    if known(row.epoch) is None or not isinstance(row.rate, int | float):
        raise SetupError("the database's clock (table `clock`) cannot be read: restore its one row")
    return Clock(epoch=row.epoch, rate=row.rate, limit=known(row.limit))
