"""Products, who supplies them, and for what price."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, Text, text

from backorder.storage.tables.schema import metadata
from backorder.storage.types import Amount, Instant, Whole

# The words of a product's name, in the same way.
product_terms = Table(
    "product_terms",
    metadata,
    Column("product", ForeignKey("products.sku"), primary_key=True),
    Column("term", String(128, collation="C"), primary_key=True),
    Index(None, "term", "product"),
)

suppliers = Table(
    "suppliers",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("lead_days", Whole, CheckConstraint("lead_days >= 0", name="lead_days"), nullable=False),
    Column("backups", Text, nullable=False, server_default="[]"),
    # None: English, as nobody has said in which language they read.
    Column("locale", String(35)),
    Column("updated_at", Instant, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("sku", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("category", String(128), nullable=False),
    Column("price", Amount, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("supplier", ForeignKey("suppliers.id"), nullable=False),
    Column("lead_days", Whole, CheckConstraint("lead_days >= 0", name="lead_days")),
    Column("alternatives", Text, nullable=False, server_default="[]"),
    # Units that may wait at most; NULL: any number, 0: it is not sold on backorder.
    Column("backorder_limit", Whole, CheckConstraint("backorder_limit >= 0", name="backorder_limit")),
    Column("sell_without_date", Boolean, nullable=False, server_default=text("true")),
    # How it is bought, unless the supplier's own terms say otherwise; NULL: one by one.
    Column("pack_size", Whole, CheckConstraint("pack_size >= 1", name="pack_size")),
    Column("minimum_order", Whole, CheckConstraint("minimum_order >= 1", name="minimum_order")),
    Column("updated_at", Instant, nullable=False),
    Index(None, "category"),
    Index(None, "supplier", "sku"),
)

# What a supplier asks for a unit of a product, and how it sells it there; NULL: nothing is known of it.
supplier_prices = Table(
    "supplier_prices",
    metadata,
    Column("sku", ForeignKey("products.sku"), primary_key=True),
    Column("supplier", ForeignKey("suppliers.id"), primary_key=True),
    Column("price", Amount),
    Column("currency", String(3)),
    Column("pack_size", Whole, CheckConstraint("pack_size >= 1", name="pack_size")),
    Column("minimum_order", Whole, CheckConstraint("minimum_order >= 1", name="minimum_order")),
    Column("updated_at", Instant, nullable=False),
    CheckConstraint("(price IS NULL) = (currency IS NULL)", name="priced"),
)
