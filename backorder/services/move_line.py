"""Moving a line in its queue, or to another policy: looked at before it is done."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from backorder.domain.line.commands import Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import PolicyMoved
from backorder.domain.line.policy_changes import due_stages, forbidden_endings
from backorder.domain.line.state import CLOSED, Status
from backorder.domain.line.table import TABLE
from backorder.domain.line.upcoming import Upcoming, upcoming
from backorder.domain.policy.policy import Policy
from backorder.errors import RefusedError, RejectedError, UnknownBackorderError
from backorder.ports import Notify
from backorder.services.record_faults import of_policy
from backorder.services.supply_effects import Effect, QueueEffects
from backorder.storage import stock_units
from backorder.storage.asked_of_lines import add_note
from backorder.storage.engine import reading, trying
from backorder.storage.line_case import LineCase
from backorder.storage.line_chain import LineChain
from backorder.storage.policies import PolicyRepository
from backorder.storage.replans import mark_for_replanning
from backorder.storage.tables import backorders, demands, timeline

SOON = 12
"""Steps to come that a preview lists, at most."""
_CHAINED = (
    select(*(backorders.c[name] for name in ("sku", "phase", "seq", "line_version", "chained", "head")))
    .where(backorders.c.id == bindparam("id"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prioritised:
    """effects: the lines that stand elsewhere then, in queue order. after: whom to wake."""

    effects: tuple[Effect, ...]
    after: Notify


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPreview:
    """What moving a line to a policy leads to. skipped: stages that are due by it already, and are left out.
    forbidden: endings that never come, since by the law of the line silence does not cancel.

    before, after: what is to come as things stand, and then.
    """

    policy: str
    version: str
    skipped: tuple[str, ...]
    forbidden: tuple[str, ...]
    before: tuple[Upcoming, ...]
    after: tuple[Upcoming, ...]


class LineMover:
    """Moves lines of one database."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self._engine = engine
        self._policies = policies

    def prioritise(
        self, backorder: str, priority: int, *, by: str, reason: str, at: datetime, preview: bool = False
    ) -> Prioritised:
        """Move a line in its queue; those it passes, or that pass it, are pegged anew.

        With `preview` nothing of it stays. Raises UnknownBackorderError, RejectedError for a line of which
        nothing is open.
        """
        with trying(self._engine, keep=not preview) as connection:
            row = connection.execute(_CHAINED, {"id": backorder}).one_or_none()
            if row is None:
                raise UnknownBackorderError(backorder)
            sku, chain = row.sku, LineChain(connection, backorder, row)
            stock_units.lock(connection, sku)
            line = demands.c.backorder == backorder
            before = connection.execute(select(demands.c.priority).where(line)).scalar_one()
            if before == priority:
                return Prioritised(effects=(), after=Notify())
            if over := _over(row.phase):
                raise RejectedError(f"{over}; it has no place in a queue any more")
            queue = QueueEffects(connection, self._policies, sku, at, off=not preview)
            connection.execute(update(demands).where(line).values(priority=priority))
            detail = f"priority {before} becomes {priority}"
            _write_down(connection, backorder, chain, detail, by=by, reason=reason, at=at)
            mark_for_replanning(connection, sku, "priority", at)
            return Prioritised(effects=queue.effects(connection), after=Notify(skus=(sku,)))

    def check_policy(self, name: str) -> None:
        """Raises RefusedError for a name that no policy has."""
        with reading(self._engine) as connection:
            self._newest(connection, name)

    def _newest(self, connection: Connection, name: str) -> Policy:
        new = self._policies.newest(connection, name)
        if new is None:
            raise RefusedError(of_policy(connection, self._policies, name))
        return new

    def preview_policy(self, backorder: str, name: str, at: datetime) -> PolicyPreview:
        """What moving a line to a policy would lead to. Raises UnknownBackorderError, RefusedError,
        RejectedError for a line of which nothing is open.
        """
        with reading(self._engine) as connection:
            new = self._newest(connection, name)
            line = LineCase(connection, self._policies, backorder)
            kept = line.policy
            state, day = line.state, kept.calendar.day(at)
            row = TABLE[state.status][PolicyMoved]
            if row.verdict is Verdict.REJECTED:
                raise RejectedError(row.reason)
            due = due_stages(kept, state, day)
            moved = PolicyMoved(
                at=at,
                day=day,
                policy=name,
                reason="",
                by="",
                version=new.version,
                kept=(kept.name, kept.version),
                due_before=due,
            )
            decision = decide(new, state, moved)
            return PolicyPreview(
                policy=new.name,
                version=new.version,
                skipped=tuple(key for key in due_stages(new, state, day) if key not in due),
                forbidden=forbidden_endings(new, state),
                before=tuple(upcoming(kept, state, at, limit=SOON)),
                after=tuple(upcoming(new, decision.state, at, limit=SOON)),
            )


def _over(phase: str) -> str:
    """Why nothing can be asked of a line's units; "" for one that waits."""
    if phase in CLOSED:
        return f"the line is {phase}"
    return "no unit is open any more" if phase == Status.CLOSING else ""


def _write_down(
    connection: Connection, backorder: str, chain: LineChain, what: str, *, by: str, reason: str, at: datetime
) -> None:
    """An entry of the timeline, and why: in a person's words, which can be emptied as a note."""
    entry = {"backorder": backorder, "at": at, "what": "priority_changed", "by": by}
    for each in chain.entries(entry | {"verdict": "accepted", "detail": what}):
        connection.execute(insert(timeline), each)
    connection.execute(update(backorders).where(backorders.c.id == backorder).values(chain.values))
    note = {"id": f"priority-{secrets.token_hex(8)}", "backorder": backorder, "at": at, "by": by}
    add_note(connection, note | {"text": f"{what}: {reason}"})
