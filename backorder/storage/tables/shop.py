"""What the shop runs by: its clock, its policies, and how many endings and coupons those allow."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from backorder.storage.tables.schema import metadata
from backorder.storage.types import Instant, Whole

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("epoch", Instant, nullable=False),
    Column("rate", Float, nullable=False),
    # The shop's; NULL until it is first told.
    Column("time_zone", String(64)),
    # The business instant at which it stands still until somebody lets it go on.
    Column("limit", Instant),
)

# The oldest program that works with this schema; the migrations write it.
compatibility = Table(
    "compatibility",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("oldest_program", String(32), nullable=False),
    # The form of the histories that every open run in Temporal has, or is older than this program's.
    Column("histories", Integer, nullable=False, server_default="1"),
)

policies = Table(
    "policies",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", String(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

# What new lines get: the version that was loaded last, which may be an older one again.
current_policies = Table(
    "current_policies",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", String(16), nullable=False),
    ForeignKeyConstraint(["name", "version"], ["policies.name", "policies.version"]),
)

endings = Table(
    "endings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)

# How many coupons a stage with a budget has given out in a month of the shop's.
coupon_budgets = Table(
    "coupon_budgets",
    metadata,
    Column("policy", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    # Like 2026-03.
    Column("month", String(7), primary_key=True),
    Column("given", Whole, CheckConstraint("given >= 0", name="given"), nullable=False),
)
