"""Events for the order system, and their deliveries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Instant, Whole

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("type", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # Always NULL: each delivery has its own state. The next release that contracts drops it.
    Column("delivered_at", Instant),
    # Where it stands for all readers: given once it is committed, by one writer, in order. NULL: not yet.
    Column("position", BigInteger),
    Index(None, "backorder"),
    Index(None, "position", unique=True),
    partial("ix_events_unplaced", "number", where="position IS NULL"),
)

# How far readers of a stream may have come when something of it was deleted.
last_positions = Table(
    "last_positions",
    metadata,
    Column("stream", String(8), primary_key=True),
    Column("position", BigInteger, nullable=False),
)

# The machine instant at which the dispatcher of events looks at latest; NULL: when it is called.
event_dispatch = Table(
    "event_dispatch",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("wake_at", Instant),
)

# Where events are sent. Instants are machine time.
receivers = Table(
    "receivers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    # The types of events that it gets, as a JSON list; empty: all of them.
    Column("types", Text, nullable=False, server_default="[]"),
    Column("acknowledges", Boolean, nullable=False, server_default=text("true")),
    Column("secret", Text, nullable=False),
    # The one before, which signs too until then.
    Column("old_secret", Text),
    Column("old_secret_until", Instant),
    # Those before it that sign too, as JSON: a list of [secret, until].
    Column("older_secrets", Text),
    Column("by_settings", Boolean, nullable=False, server_default=text("false")),
    # Since when the settings name no receiver any more while this one has events to take.
    Column("let_go_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

# An event for a receiver. Instants are machine time.
deliveries = Table(
    "deliveries",
    metadata,
    Column("receiver", ForeignKey("receivers.id"), primary_key=True),
    Column("event", ForeignKey("events.id"), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("backorder", String(1024), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Whole, nullable=False, server_default="0"),
    Column("first_at", Instant),
    Column("due_at", Instant, nullable=False),
    # Somebody is sending it until then, at most.
    Column("claimed_until", Instant),
    # When it was first answered 2xx; stays where it is sent again.
    Column("acknowledged_at", Instant),
    # Why it was not taken, in words.
    Column("reason", Text),
    CheckConstraint("state IN ('pending', 'delivered', 'dead', 'dropped')", name="state"),
    Index(None, "event"),
    Index(None, "receiver", "position"),
    partial("ix_deliveries_due", "receiver", "due_at", "position", where="state = 'pending'"),
    partial("ix_deliveries_order", "receiver", "backorder", "position", where="state = 'pending'"),
    partial("ix_deliveries_claimed", "receiver", "claimed_until", where="claimed_until IS NOT NULL"),
    # What was tried and not taken, which its line shows.
    partial(
        "ix_deliveries_refused",
        "backorder",
        "first_at",
        where="state IN ('pending', 'dead') AND attempts > 0",
    ),
    partial("ix_deliveries_dead", "receiver", "position", where="state = 'dead'"),
)
