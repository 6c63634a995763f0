"""What the supply remembers: arrivals, sales, what forecasts learnt, and when queues were pegged."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from backorder.storage.tables.schema import metadata
from backorder.storage.types import Count, Day, Instant

replans = Table(
    "replans",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("sku", ForeignKey("stock.sku"), nullable=False),
    Column("cause", String(64), nullable=False),
    Column("moved_by_time_alone", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "sku"),
)

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("supplier", String(200), nullable=False),
    Column("destination", String(128), nullable=False),
    Column("ordered", Day, nullable=False),
    Column("stated", Day),
    Column("arrived", Day),
    Index(None, "ordered", "supplier", "destination"),
)

# Units sold before this database or beside it, as the last import says that named the SKU, day and order.
sales = Table(
    "sales",
    metadata,
    Column("sku", String(128), primary_key=True),
    Column("day", Day, primary_key=True),
    # "" where nobody says.
    Column("order_id", String(128), primary_key=True),
    # What was sold less what came back or was cancelled, and the latter.
    Column("quantity", Count, nullable=False),
    Column("returned", Count, nullable=False, server_default="0"),
    Column("in_stock", Boolean, nullable=False),
    # What one import says in several rows is added up; a later one stands in its place.
    Column("import_id", String(16), nullable=False),
    # When it was last said. Not there: by a version that did not keep it; a sweep dates it.
    Column("imported_at", Instant),
    Index(None, "order_id", "sku"),
    Index(None, "imported_at"),
)

parameters = Table(
    "parameters",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# How far the day's look for products that are short has come. One row.
shortage_looks = Table(
    "shortage_looks",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    # The shop's day on which it began.
    Column("day", Day, nullable=False),
    # The product that was looked at last; NULL: all of them were.
    Column("after", String(128)),
)

peggings = Table(
    "peggings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("arrivals", Text, nullable=False),
    Column("why", String(32)),
    Index(None, "backorder", "number"),
)
