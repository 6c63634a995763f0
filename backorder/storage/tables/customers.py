"""Customers: who they are, what they agreed to, what they wrote, and where nothing goes any more."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Instant, Unset, Whole

customers = Table(
    "customers",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("contact", String(16), nullable=False, server_default="usual"),
    Column("locale", Unset(16), nullable=False),
    Column("time_zone", String(64)),
    Column("region", String(16), nullable=False),
    Column("sms_consent", Boolean, nullable=False),
    # Whether they agreed to promotions by any channel: for the version before consents were kept by channel.
    Column("marketing_consent", Boolean, nullable=False),
    # How often they wish to hear when nothing changes, in days. NULL: as often as the policy says.
    Column("update_days", Whole),
    Column("updated_at", Instant, nullable=False),
    # When they last complained, about any of their lines.
    Column("complained_at", Instant),
    # When they last cancelled, any of their lines or a part of one.
    Column("cancelled_at", Instant),
    # Since when they wish to be erased and something of theirs is open; NULL once that is done.
    Column("erasure_asked_at", Instant),
    # When all that was held was erased; NULL again with the next order under the same ID.
    Column("erased_at", Instant),
    # The message that asks at a new address whether it is theirs, as long as its link counts; "" for none.
    # NULL: none since the version before that kept it.
    Column("address_asked", String(32)),
    Index(None, "email"),
    Index(None, "phone"),
    partial("ix_customers_erasure", "erasure_asked_at", where="erasure_asked_at IS NOT NULL"),
)

# By what the addresses of erased customers are hashed; made with the first of them.
address_keys = Table(
    "address_keys",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
)

# The words by which a customer is found: folded, each with every beginning of it by its index.
customer_terms = Table(
    "customer_terms",
    metadata,
    Column("customer", ForeignKey("customers.id"), primary_key=True),
    Column("term", String(128, collation="C"), primary_key=True),
    Index(None, "term", "customer"),
)

# What customers agreed to, in the words that they read.
consents = Table(
    "consents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("customer", ForeignKey("customers.id"), nullable=False),
    # To what: texts about their orders, or promotions by a channel.
    Column("purpose", String(16), nullable=False),
    Column("wording", Text, nullable=False),
    # How it came: the link, the time, the program, and roughly from where.
    Column("evidence", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # When they agreed no longer, and who said so; NULL: it stands.
    Column("ended_at", Instant),
    Column("ended_by", String(64)),
    Index(None, "customer"),
)

# Where nothing, or no promotion, goes any more, and why. Instants are machine time.
suppressions = Table(
    "suppressions",
    metadata,
    Column("channel", String(8), primary_key=True),
    # In the form in which addresses are compared; of an erased customer its hash.
    Column("address", String(320), primary_key=True),
    Column("cause", String(16), primary_key=True),
    Column("at", Instant, nullable=False),
    # Who put it there, by which report, text or words of theirs.
    Column("by", String(64), nullable=False),
    Column("evidence", String(200), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("lifted_at", Instant),
    Column("lifted_by", String(64)),
    Index(None, "at", "channel", "address", "cause"),
)

# Texts that customers sent, whole.
inbound_texts = Table(
    "inbound_texts",
    metadata,
    Column("sid", String(64), primary_key=True),
    # In the form in which numbers are compared.
    Column("sender", String(320), nullable=False),
    Column("body", Text, nullable=False),
    # What it asks for: stop, start, help, or "" for what a person has to read.
    Column("asked", String(8), nullable=False),
    # All that the provider said about it, as JSON.
    Column("fields", Text, nullable=False),
    # Machine time, and business time.
    Column("received_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    # What was texted back, NULL for nothing.
    Column("answer", Text),
    Index(None, "sender", "received_at"),
)
