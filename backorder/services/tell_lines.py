"""What a review in the database came to, for the workflows of the lines: who has to be told, and who was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, case, select, text, update

from backorder.domain.line.next_review import next_review
from backorder.domain.line.state import ENDED, phase
from backorder.ports import LineReviewed
from backorder.services.lock_messages import lock_every_line
from backorder.services.review_line import in_a_line
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Apart, Failure, line
from backorder.storage.line_batches import LineBatch, LineInBatch
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders

# Word for word the partial index's condition, which a parameter would not match.
IS_UNTOLD = text("backorders.untold_since IS NOT NULL")
_IS_CURRENT = backorders.c.line_version == bindparam("_version")
# A line that was written since has still something to be told.
_TOLD = (
    update(backorders)
    .where(backorders.c.id == bindparam("_id"), backorders.c.told_version <= bindparam("_version"))
    .values(
        told_version=bindparam("_version"),
        wake_at=bindparam("_wake"),
        look_at=case((_IS_CURRENT, None), else_=backorders.c.look_at),
        untold_since=case((_IS_CURRENT, None), else_=backorders.c.untold_since),
    )
)
# The sweep begins the workflow of such a line anew, or has it looked at; one that has ended needs none.
_LOST = (
    update(backorders)
    .where(backorders.c.id == bindparam("_id"), IS_UNTOLD)
    .values(
        untold_since=None,
        look_at=case(
            (backorders.c.closed_at.is_(None), bindparam("_at", type_=backorders.c.look_at.type)), else_=None
        ),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Untold:
    """lines: what each has to be told. lost: those of which that cannot be said."""

    lines: tuple[tuple[str, LineReviewed], ...]
    lost: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lines or self.lost)


class LineTelling:
    """What the workflows of one database's lines do not know yet."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self._engine = engine
        self._policies = policies

    def untold(self, sku: str, at: datetime, *, limit: int) -> Untold:
        """Some lines of a SKU: first those whose next look is earlier than their timer, or of a new status.

        at: the business instant.
        """
        order = (backorders.c.look_at.is_(None), backorders.c.look_at, backorders.c.id)
        query = (
            select(backorders.c.id).where(IS_UNTOLD, backorders.c.sku == sku).order_by(*order).limit(limit)
        )
        with reading(self._engine) as connection:
            ids = list(connection.execute(query).scalars())
            return self._untold_of(connection, ids, at)

    def _untold_of(self, connection: Connection, ids: Sequence[str], at: datetime) -> Untold:
        if not ids:
            return Untold(lines=(), lost=())
        batch = LineBatch(connection, self._policies, ids, lock=False)
        found: list[tuple[str, LineReviewed]] = []
        failures: list[Failure] = []
        for id in ids:
            with Apart(failures, *line(id)):
                found.append((id, _reviewed(batch.open(id), at)))
        return Untold(lines=tuple(found), lost=tuple(failure.backorder for failure in failures))

    def told(self, lines: Iterable[tuple[str, LineReviewed]], lost: Iterable[str], at: datetime) -> None:
        """These workflows know it; those of `lost` lines are gone, or cannot be told. at: business."""
        known: list[dict[str, object]] = [
            {"_id": id, "_version": each.version, "_wake": each.wake} for id, each in lines
        ]
        gone: list[dict[str, object]] = [{"_id": id, "_at": at} for id in lost]
        with writing(self._engine) as connection:
            lock_every_line(connection, [str(each["_id"]) for each in (*known, *gone)])
            if known:
                connection.execute(_TOLD, known)
            if gone:
                connection.execute(_LOST, gone)


def _reviewed(line: LineInBatch, at: datetime) -> LineReviewed:
    state = line.state
    wake, then = next_review(line.policy, state, at)
    if line.has_to_look(at) and state.status not in ENDED:
        wake = at if wake is None else min(wake, at)
    return LineReviewed(
        status=state.status.value,
        phase=phase(state.status),
        summary=in_a_line(state),
        wake=wake,
        next=then,
        closed=state.status in ENDED,
        version=line.current_version,
    )
