"""Backorders: the lines, what they demand and hold, what was asked of them, promised, done and signed."""

from __future__ import annotations

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
    text,
)

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Day, Instant, Whole

backorders = Table(
    "backorders",
    metadata,
    Column("id", String(1024), primary_key=True),
    Column("order_id", String(128), nullable=False),
    Column("line_id", String(128), nullable=False),
    Column("sku", ForeignKey("products.sku"), nullable=False),
    Column("customer", ForeignKey("customers.id"), nullable=False),
    Column("supplier", String(128), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("policy_version", String(16), nullable=False),
    Column("content_hash", String(64), nullable=False),
    # What the line was opened with, to name what another one differs in; NULL on lines of older versions.
    Column("content", Text),
    Column("phase", String(16), nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("promised_by", Day),
    Column("first_by", Day),
    Column("needs", Boolean, nullable=False),
    Column("opening", Text, nullable=False),
    Column("state", Text, nullable=False),
    # What lists show of the state (`backorder.storage.listed`); NULL: it is worked out of it.
    Column("listed", Text),
    # The last review of the workflow, and what it was answered: a retried review returns the same.
    Column("seq", Whole, nullable=False, server_default="0"),
    Column("result", Text),
    # What the workflow's timer is armed for, and the next look that the last decision wants where the timer
    # rings later than that; NULL: it rings in time.
    Column("wake_at", Instant),
    Column("look_at", Instant),
    # Raised by every transaction that writes the line; the one of which its workflow knows; and since when
    # (machine time) that shows something else than the line. NULL: it has nothing to be told.
    Column("line_version", Whole, nullable=False, server_default="0"),
    Column("told_version", Whole, nullable=False, server_default="0"),
    Column("untold_since", Instant),
    # How many rows its chain has, and the hash of the last one.
    Column("chained", Whole, nullable=False, server_default="0"),
    Column("head", String(64), nullable=False, server_default=""),
    # When its customer was erased: since then it shows nothing that was said to or by them.
    Column("erased_at", Instant),
    # The open duties of law, and the last day of the first of them; NULL: none.
    Column("duties", Text),
    Column("duty_due", Day),
    ForeignKeyConstraint(["policy", "policy_version"], ["policies.name", "policies.version"]),
    CheckConstraint(
        "phase IN ('open', 'closing', 'fulfilled', 'cancelled', 'substituted')",
        name="phase",
    ),
    UniqueConstraint("order_id", "line_id"),
    Index(None, "phase", "id"),
    Index(None, "sku", "id"),
    Index(None, "customer", "id"),
    Index(None, "supplier", "id"),
    # Reports about a stretch of time.
    Index(None, "opened_at", "id"),
    partial("ix_backorders_unstarted", "opened_at", where="seq = 0"),
    partial("ix_backorders_wake_at", "wake_at", where="wake_at IS NOT NULL"),
    partial("ix_backorders_look_at", "look_at", where="look_at IS NOT NULL"),
    partial("ix_backorders_untold", "sku", "id", where="untold_since IS NOT NULL"),
    partial("ix_backorders_needs", "id", where="needs"),
    partial("ix_backorders_promised", "promised_by", "id", where="phase = 'open'"),
    partial("ix_backorders_closed_at", "closed_at", where="closed_at IS NOT NULL"),
    partial("ix_backorders_duty", "duty_due", "id", where="duty_due IS NOT NULL"),
)

# Lines that are being deleted since they ended long ago: of those alone append-only tables let rows go.
expired_lines = Table(
    "expired_lines",
    metadata,
    Column("backorder", String(1024), primary_key=True),
)

demands = Table(
    "demands",
    metadata,
    Column("backorder", ForeignKey("backorders.id"), primary_key=True),
    Column("sku", ForeignKey("stock.sku"), nullable=False),
    Column("priority", Whole, nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("partial", String(8), nullable=False),
    Column("open", Whole, nullable=False),
    Column("allocated", Whole, nullable=False, server_default="0"),
    Column("claim", Boolean, nullable=False),
    # Others get the units that come: its payment is missing.
    Column("passed_over", Boolean, nullable=False, server_default=text("false")),
    # The shop does not deliver it: no supply is kept for it, and it is passed over as well.
    Column("delivery_refused", Boolean, nullable=False, server_default=text("false")),
    Column("arrivals", Text, nullable=False, server_default="[]"),
    Column("allocated_on", Day),
    Column("why", String(32)),
    Column("since", Instant, nullable=False),
    Column("moved_by_time_alone", Boolean, nullable=False),
    Column("position", Whole),
    # Of the supply that serves it last: its units, and those of them that are pegged to lines before it.
    Column("supply_units", Whole),
    Column("units_ahead", Whole),
    # Where the ID stands among others of the same instant: digits by value.
    Column("id_order", Text, nullable=False, server_default=""),
    # A line whose version is above the one that its last review saw has to look again.
    Column("supply_version", Whole, nullable=False, server_default="1"),
    Column("acknowledged", Whole, nullable=False, server_default="0"),
    # The version of which the line's workflow was told that it has to look.
    Column("notified", Whole, nullable=False, server_default="0"),
    CheckConstraint("open >= 0", name="open"),
    CheckConstraint("allocated >= 0", name="allocated"),
    CheckConstraint("allocated <= open", name="not_more_than_open"),
    partial("ix_demands_queue", "sku", "ordered_at", "backorder", where="open > 0"),
    partial("ix_demands_allocated", "backorder", where="open > 0 AND open = allocated"),
    partial("ix_demands_unseen", "sku", "backorder", where="supply_version > acknowledged"),
)

allocations = Table(
    "allocations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("sku", String(128), nullable=False),
    Column("quantity", Whole, CheckConstraint("quantity <> 0", name="quantity"), nullable=False),
    Column("cause", String(160), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "backorder"),
)

requests = Table(
    "requests",
    metadata,
    Column("backorder", ForeignKey("backorders.id"), primary_key=True),
    Column("id", String(160), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("evidence", Text, nullable=False, server_default=""),
    Column("requested_at", Instant, nullable=False),
    Column("verdict", String(16)),
    Column("reason", Text),
    Column("decided_at", Instant),
    # Of the digest of its words that the timeline keeps; gone when they are emptied.
    Column("salt", String(32)),
    # How an offer stood by then that was refused, as JSON.
    Column("terms", Text),
    # Why it was refused, as a customer's page says it: one of domain.line.refusals.
    Column("refusal", String(32)),
    # Who asked, as the audit names them; NULL where no key and no command did.
    Column("asked_by", String(128)),
    partial("ix_requests_undecided", "requested_at", where="verdict IS NULL"),
)

# What was asked of many lines at once, under the ID that their requests have. Business time.
bulk_requests = Table(
    "bulk_requests",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    # Since when each of its lines has been asked; NULL where that broke off.
    Column("done_at", Instant),
)

# The tracking numbers by which a line is found: letters and digits alone.
parcel_terms = Table(
    "parcel_terms",
    metadata,
    Column("term", String(128, collation="C"), primary_key=True),
    Column("backorder", ForeignKey("backorders.id"), primary_key=True),
)

promises = Table(
    "promises",
    metadata,
    Column("backorder", ForeignKey("backorders.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("likely", Day),
    Column("by", Day),
    Column("parts", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("message", String(32)),
    # The revision in whose place this one stands, because that did not arrive after all.
    Column("takes_back", Whole),
    # Its place in the line's chain, as an entry of the timeline has one.
    Column("place", Whole),
    Column("hash", String(64)),
)

timeline = Table(
    "timeline",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    # The request that it answered, whose row has the words; NULL for what nobody asked for.
    Column("request", String(160)),
    # The send whose words it tells, and the salted digest of those words or of the request's.
    Column("about", String(32)),
    Column("words", String(64)),
    # Where it stands in the line's chain, and what binds it there; NULL on what is older than the chain.
    Column("place", Whole),
    Column("hash", String(64)),
    Index(None, "backorder", "number"),
)

# The public halves of all keys by which evidence was ever signed. Instants are machine time.
evidence_keys = Table(
    "evidence_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("public", String(64), nullable=False),
    Column("since", Instant, nullable=False),
)
