"""How it all stands, for whoever runs it: counted by indexes, and read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Select, case, func, literal_column, select, text

from backorder.queries.late_messages import oldest_late
from backorder.storage import isolation
from backorder.storage.channels import ChannelView, all_channels, lag_s
from backorder.storage.engine import reading
from backorder.storage.isolation import Noted
from backorder.storage.migrate import oldest_program, revision
from backorder.storage.tables import (
    backorders,
    demands,
    engine_errors,
    messages,
    purchase_orders,
    replans,
    requests,
    tasks,
)

PHASES = ("waiting", "allocated", "closing", "fulfilled", "substituted", "cancelled")
"""How lines are counted, in the order of a line's life."""
SHOWN = 5
"""Engine errors that are named; all are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone:
    """The oldest thing of a kind that was due and is not done. since: its business instant.

    A message that waits for an acknowledgement, a channel that is paused or a later try is not due.
    """

    what: str
    about: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """How it all stands.

    now: business time. rate: how many business seconds one of the machine's is. schema: the revision of the
    database; oldest_program: the oldest one that it works with. lines: how many in each status. attention:
    open lines that need a person. channels: the ways out. unrouted: messages whose channel is not chosen yet;
    unrouted_due: since when the oldest of them is due, business time; unrouted_lag_s: machine seconds since
    then. tasks: open ones. undone: the oldest of each kind that is overdue, the very oldest first. errors:
    how many rows are put aside, and activities that fail again and again; failing: the first of them.
    """

    now: datetime
    rate: float
    schema: str | None
    oldest_program: str | None
    lines: Mapping[str, int]
    attention: int
    channels: Sequence[ChannelView]
    unrouted: int
    unrouted_due: datetime | None
    unrouted_lag_s: float | None
    tasks: int
    undone: Sequence[Undone]
    errors: int
    failing: Sequence[Noted]

    @property
    def activities(self) -> Sequence[Noted]:
        """What fails for all, among those that are named."""
        return [each for each in self.failing if each.subject.startswith(isolation.ACTIVITY)]


def overview(engine: Engine, now: datetime, rate: float) -> Overview:
    """Read it. now: business time."""
    ways = all_channels(engine, now, rate)
    with reading(engine) as connection:
        unrouted, unrouted_due = _unrouted(connection, now)
        return Overview(
            now=now,
            rate=rate,
            schema=revision(connection),
            oldest_program=oldest_program(connection),
            lines=_lines(connection),
            attention=_count(connection, select(backorders.c.id).where(text("needs"))),
            channels=ways,
            unrouted=unrouted,
            unrouted_due=unrouted_due,
            unrouted_lag_s=lag_s(unrouted_due, now, rate),
            tasks=_count(connection, select(tasks.c.id).where(tasks.c.done_at.is_(None))),
            undone=_undone(connection, now, rate),
            errors=_count(connection, select(engine_errors.c.subject).where(isolation.IS_FAULT)),
            failing=isolation.all_notes(connection, SHOWN),
        )


def _count(connection: Connection, rows: Select[str]) -> int:
    return connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()


def _lines(connection: Connection) -> Mapping[str, int]:
    by_phase = select(backorders.c.phase, func.count()).group_by(backorders.c.phase)
    found = {row[0]: row[1] for row in connection.execute(by_phase)}
    # The condition of the index of such lines.
    allocated = select(demands.c.backorder).where(text("open > 0 AND open = allocated"))
    whole = min(_count(connection, allocated), found.get("open", 0))
    found |= {"waiting": found.pop("open", 0) - whole, "allocated": whole}
    return {name: found.get(name, 0) for name in PHASES}


def _unrouted(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """Messages whose channel is not chosen yet, and since when the oldest is due."""
    due = case((messages.c.not_before <= now, messages.c.not_before))
    query = select(func.count(), func.min(due)).where(
        # Word for word the partial index's condition.
        text("messages.state IN ('planned', 'claimed', 'unknown')"),
        messages.c.state == "planned",
        messages.c.channel.is_(None),
    )
    count, since = connection.execute(query).one()
    return count, isolation.known(since)


def _undone(connection: Connection, now: datetime, rate: float) -> Sequence[Undone]:
    never = backorders.c.seq == literal_column("0")
    looks = text("backorders.look_at IS NOT NULL")
    kinds = {
        "line without its first review": (backorders.c.id, backorders.c.opened_at, (never,)),
        "review of a line": (
            backorders.c.id,
            backorders.c.look_at,
            (looks, backorders.c.phase.in_(("open", "closing"))),
        ),
        "request without an outcome": (
            requests.c.backorder,
            requests.c.requested_at,
            (requests.c.verdict.is_(None),),
        ),
        "replanning of a product": (replans.c.sku, replans.c.at, ()),
        "follow-up of a purchase order": (
            purchase_orders.c.id,
            purchase_orders.c.look_at,
            (text("purchase_orders.look_at IS NOT NULL"),),
        ),
    }
    found = []
    for what, (about, since, conditions) in kinds.items():
        oldest = select(about, since).where(*conditions, since < now).order_by(since).limit(1)
        row = connection.execute(oldest).first()
        if row is not None and isinstance(row[1], datetime):
            found.append(Undone(what=what, about=row[0], since=row[1]))
    late = oldest_late(connection, now, datetime.now(UTC), rate)
    if late is not None:
        found.append(Undone(what="message", about=late[0], since=late[1]))
    return sorted(found, key=lambda each: each.since)
