"""What asks for a person: tasks, notes, and what could not be read."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Instant, Whole

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", String(1024), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(1024), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("done_at", Instant),
    partial("ix_tasks_open", "at", where="done_at IS NULL"),
)

# What people wrote down about a line or a task: words in rows of their own, which can be emptied.
notes = Table(
    "notes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(160), nullable=False),
    Column("backorder", ForeignKey("backorders.id")),
    Column("task", ForeignKey("tasks.id")),
    Column("at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("text", Text, nullable=False),
    CheckConstraint("(backorder IS NULL) <> (task IS NULL)", name="about"),
    UniqueConstraint("backorder", "id"),
    UniqueConstraint("task", "id"),
)

# What could not be read or looked at, so that it stops nothing else: a line, a message, a SKU, an order.
engine_errors = Table(
    "engine_errors",
    metadata,
    Column("subject", Text, primary_key=True),
    # The line that shows it; "" where it concerns none.
    Column("backorder", Text, primary_key=True),
    Column("error", String(128), nullable=False),
    Column("words", Text, nullable=False),
    # How often in a row, in machine time; until: left alone by the sweep till then.
    Column("times", Whole, nullable=False),
    Column("since", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index(None, "backorder"),
)
