"""Tasks to tell what came of a complaint, as a worker older than migration 0070 goes on calling them after
it: like those of a notice.
"""

from __future__ import annotations

from sqlalchemy import Engine, and_, case, select, update

from backorder.domain.line.untold import COMPLAINT, NOTICE
from backorder.storage.engine import reading, writing
from backorder.storage.tables import tasks

_IS_OLD = and_(tasks.c.kind == NOTICE, tasks.c.detail.contains('"kind":"complaint'))
kind_now = case((_IS_OLD, COMPLAINT), else_=tasks.c.kind)
"""What a task is called now."""
_OPEN = and_(_IS_OLD, tasks.c.done_at.is_(None))


def rename_old(engine: Engine) -> None:
    """Call those that are open as they are now."""
    with reading(engine) as connection:
        found = list(connection.execute(select(tasks.c.id).where(_OPEN)).scalars())
    if found:
        with writing(engine) as connection:
            connection.execute(update(tasks).where(_OPEN, tasks.c.id.in_(found)).values(kind=COMPLAINT))
