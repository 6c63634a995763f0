"""Who may come in, and what they did: keys, repeated calls, the audit."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, text

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Instant, Whole

# Keys of programs. Instants are machine time. The key itself is never stored, only its hash.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    # JSON lists: the roles, and the networks from which it is taken (none: any).
    Column("roles", Text, nullable=False),
    Column("networks", Text, nullable=False, server_default="[]"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("used_at", Instant),
    # Whether events wait for this key's reader, and how far it has read.
    Column("acknowledges", Boolean, nullable=False, server_default=text("false")),
    Column("acknowledged_position", Whole, nullable=False, server_default="0"),
)

# What a program asked for under a key of its own, so that it can ask again. Machine time.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("api_key", String(16), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)

# Who changed what, written with the change. Contacts are named, never held. Machine time.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    # Given once it is committed, in order; readers know this alone.
    Column("position", Integer, unique=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("call", String(128), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("object", String(1024), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("request_id", String(128), nullable=False),
    Index(None, "kind", "object", "number"),
    Index(None, "actor", "number"),
    partial("ix_audit_unplaced", "number", where="position IS NULL"),
)
