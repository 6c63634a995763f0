"""Units on hand, what moved them, and who holds some."""

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

from backorder.storage.tables.schema import metadata
from backorder.storage.types import Count, Instant, Whole

stock = Table(
    "stock",
    metadata,
    Column("sku", ForeignKey("products.sku"), primary_key=True),
    Column("on_hand", Whole, nullable=False, server_default="0"),
    # The demands and reservations keep this sum by triggers: no code can forget it.
    Column("allocated", Whole, nullable=False, server_default="0"),
    # Triggers raise it with every change of the SKU's queue, stock or supply.
    Column("version", Count, nullable=False, server_default="1"),
    CheckConstraint("on_hand >= 0", name="on_hand"),
    CheckConstraint("allocated >= 0", name="allocated"),
    CheckConstraint("allocated <= on_hand", name="not_oversold"),
)

stock_movements = Table(
    "stock_movements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sku", ForeignKey("stock.sku"), nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity <> 0", name="quantity"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reference", String(1024), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    # When it happened, never later than it was written down. Always there since 0016.
    Column("happened_at", Instant),
    # What others held when a shipment was told: it took none of that.
    Column("spared", Whole),
    Column("at", Instant, nullable=False),
    UniqueConstraint("sku", "kind", "reference"),
    Index(None, "sku", "happened_at"),
)

stock_counts = Table(
    "stock_counts",
    metadata,
    Column("sku", ForeignKey("stock.sku"), primary_key=True),
    Column("as_of", Instant, primary_key=True),
    Column("on_hand", Whole, CheckConstraint("on_hand >= 0", name="on_hand"), nullable=False),
    Column("at", Instant, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("backorder", ForeignKey("backorders.id"), primary_key=True),
    Column("sku", ForeignKey("stock.sku"), nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity >= 0", name="quantity"), nullable=False),
    Column("until", Instant, nullable=False),
    # The event that the order system has not acknowledged yet; NULL: it is the order system's, or given back.
    Column("event", String(24)),
    # The answer that chose it.
    Column("request", String(160)),
)
