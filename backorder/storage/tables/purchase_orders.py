"""Purchase orders: what was ordered, which dates were stated, what came and went back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Day, Instant, Whole

purchase_orders = Table(
    "purchase_orders",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("supplier", ForeignKey("suppliers.id"), nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("ordered_on", Day, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # When its workflow has to look at it next; NULL once nothing is outstanding.
    Column("look_at", Instant),
    Index(None, "supplier", "id"),
    partial("ix_purchase_orders_open", "look_at", where="look_at IS NOT NULL"),
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    Column("purchase_order", ForeignKey("purchase_orders.id"), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("sku", ForeignKey("products.sku"), nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity >= 0", name="quantity"), nullable=False),
    Column("received", Whole, CheckConstraint("received >= 0", name="received"), nullable=False),
    Column("destination", String(128), nullable=False, server_default=""),
    Column("cancelled_at", Instant),
    # Why, in words; NULL: nobody said.
    Column("cancel_reason", Text),
    # The supplier's word that counts; a later one may wait for the buyer.
    Column("revision", Whole, nullable=False, server_default="0"),
    # Units and the day they were ordered, the oldest first; NULL: all of them with the order.
    Column("tranches", Text),
    # The day that counts for what is outstanding; NULL: nothing is, or nobody can say.
    Column("due", Day),
    # The chain of what was stated for it: how long it is, and the hash of its end; NULL before it was kept.
    Column("stated_length", Whole),
    Column("stated_head", String(64)),
    Index(None, "sku", "purchase_order", "line"),
    partial(
        "ix_purchase_order_lines_open",
        "purchase_order",
        "line",
        where="cancelled_at IS NULL AND received < quantity",
    ),
    partial("ix_purchase_order_lines_due", "due", "purchase_order", "line", where="due IS NOT NULL"),
)


class OrderedLineRow(Protocol):
    """A line of a purchase order."""

    purchase_order: str
    line: str
    sku: str
    quantity: int
    received: int
    destination: str
    cancelled_at: datetime | None
    cancel_reason: str | None
    revision: int
    tranches: str | None
    due: date | None
    stated_length: int | None
    stated_head: str | None


stated_dates = Table(
    "stated_dates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purchase_order", String(128), nullable=False),
    Column("line", String(64), nullable=False),
    Column("revision", Whole, nullable=False),
    Column("split", Whole, nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity >= 0", name="quantity"), nullable=False),
    Column("day", Day),
    Column("source", String(200), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    # How many units of the line had come by then.
    Column("received", Whole),
    # Its place in the chain of what was stated for that line; NULL on what is older than the chain.
    Column("place", Whole),
    Column("hash", String(64)),
    UniqueConstraint("purchase_order", "line", "revision", "split"),
    ForeignKeyConstraint(
        ["purchase_order", "line"], ["purchase_order_lines.purchase_order", "purchase_order_lines.line"]
    ),
)

expected_receipts = Table(
    "expected_receipts",
    metadata,
    Column("purchase_order", String(128), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("split", Integer, primary_key=True),
    Column("sku", ForeignKey("products.sku"), nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity >= 0", name="quantity"), nullable=False),
    Column("ordered_on", Day),
    Column("stated", Day),
    Column("likely", Day),
    Column("by", Day),
    Column("basis", String(16), nullable=False),
    Column("words", Text, nullable=False),
    ForeignKeyConstraint(
        ["purchase_order", "line"], ["purchase_order_lines.purchase_order", "purchase_order_lines.line"]
    ),
    Index(None, "sku"),
)

receipts = Table(
    "receipts",
    metadata,
    # A receipt is a line of a document.
    Column("id", String(128), primary_key=True),
    Column("purchase_order", String(128), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("quantity", Whole, CheckConstraint("quantity > 0", name="quantity"), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_on", Day, nullable=False),
    ForeignKeyConstraint(
        ["purchase_order", "line"], ["purchase_order_lines.purchase_order", "purchase_order_lines.line"]
    ),
    Index(None, "purchase_order", "line"),
)

supply_returns = Table(
    "supply_returns",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("purchase_order", String(128), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("receipt", String(128), nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity > 0", name="quantity"), nullable=False),
    Column("replacement", Boolean, nullable=False),
    Column("returned_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["receipt", "purchase_order", "line"], ["receipts.id", "receipts.purchase_order", "receipts.line"]
    ),
    Index(None, "purchase_order", "line"),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("purchase_order", String(128), primary_key=True),
    Column("line", String(64), primary_key=True),
    # The supplier's word and the units received by then: with something new the follow-up begins anew.
    Column("about", String(64), nullable=False),
    Column("asked_on", Day),
    Column("chased_on", Day),
    Column("chases", Whole, nullable=False, server_default="0"),
    Column("escalated_on", Day),
    ForeignKeyConstraint(
        ["purchase_order", "line"], ["purchase_order_lines.purchase_order", "purchase_order_lines.line"]
    ),
)

approvals = Table(
    "approvals",
    metadata,
    Column("purchase_order", String(128), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("until", Instant, nullable=False),
    Column("decided_by", String(128)),
    Column("decided_at", Instant),
    CheckConstraint("state IN ('waiting', 'approved', 'rejected', 'expired')", name="state"),
    ForeignKeyConstraint(
        ["purchase_order", "line"], ["purchase_order_lines.purchase_order", "purchase_order_lines.line"]
    ),
)
