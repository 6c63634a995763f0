"""Activities that fail again and again, as `status` and `doctor` show them."""

from __future__ import annotations

from sqlalchemy import Engine, select

from backorder.storage import isolation
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Failure
from backorder.storage.tables import engine_errors


class ActivityNotes:
    """Where activities that fail are noted; see `activities.noticing.Noticing`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def noted(self) -> list[str]:
        """The names of the activities that are noted."""
        mine = engine_errors.c.subject.startswith(isolation.ACTIVITY)
        with reading(self._engine) as connection:
            found = connection.execute(select(engine_errors.c.subject).where(mine)).scalars()
            return [subject.removeprefix(isolation.ACTIVITY) for subject in found]

    def failed(self, name: str, error: Exception) -> None:
        """An activity failed again."""
        with writing(self._engine) as connection:
            isolation.note(connection, [Failure(f"{isolation.ACTIVITY}{name}", error)], again=True)

    def works(self, name: str) -> None:
        """An activity works again."""
        with writing(self._engine) as connection:
            isolation.clear(connection, f"{isolation.ACTIVITY}{name}")
