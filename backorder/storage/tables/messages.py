"""Messages, how each was sent, and what providers report of them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backorder.storage.tables.schema import metadata, partial
from backorder.storage.types import Instant, Whole

messages = Table(
    "messages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("person", String(512), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("recorded_at", Instant),
    # The same in business time: when it went, or was given up.
    Column("done_at", Instant),
    Column("attempts", Whole, nullable=False, server_default="0"),
    # By which it goes next, or went last. NULL: not known yet.
    Column("channel", String(8)),
    Column("template", String(32)),
    # Machine time: the next try, the next look-up, or when a claim is known to be lost. NULL: at once.
    Column("try_at", Instant),
    # Machine time: the next try by its other channel, where that was tried too. NULL: at once.
    Column("other_try_at", Instant),
    # Business time: from when on the next channel carries it if the first one is in trouble.
    Column("fallback_at", Instant),
    # Look-ups of an unclear outcome that did not find it, and those of them that were answered.
    Column("looks", Whole, nullable=False, server_default="0"),
    Column("absences", Whole, nullable=False, server_default="0"),
    # Why it has not gone, in words.
    Column("reason", Text),
    # Who sends it: a number made of the person, so that one dispatcher keeps their order.
    Column("shard", Whole, nullable=False, server_default="0"),
    # 0, or 1 for one of a mass of notices, which a single message passes.
    Column("priority", Whole, nullable=False, server_default="0"),
    # Goes up with every change of what is said, to whom and when, so that words of before do not go out.
    Column("version", Whole, nullable=False, server_default="0"),
    # The channel by which it goes as well, once it has gone; NULL: by none.
    Column("also", String(8)),
    # The message whose copy it is, by the second way; NULL for what is said for the first time.
    Column("copy_of", String(32)),
    # The event that the order system has to acknowledge before it may go; NULL: it waits for none.
    Column("awaits", String(32)),
    # Where it goes, if that is none of the ways to its person that are on record; NULL: by one of those.
    Column("address", Text),
    CheckConstraint(
        "state IN ('planned', 'claimed', 'sent', 'failed', 'withdrawn', 'unknown')",
        name="state",
    ),
    partial(
        "ix_messages_waiting", "person", "not_before", where="state IN ('planned', 'claimed', 'unknown')"
    ),
    partial(
        "ix_messages_not_gone",
        "state",
        "not_before",
        "number",
        where="state IN ('planned', 'claimed', 'unknown', 'failed')",
    ),
    partial("ix_messages_awaits", "awaits", where="awaits IS NOT NULL"),
    # What went to a person lately.
    partial("ix_messages_sent", "person", "done_at", where="state = 'sent'"),
    partial(
        "ix_messages_due",
        "shard",
        "priority",
        "not_before",
        "number",
        where="state IN ('planned', 'claimed', 'unknown')",
    ),
)

# Each shard's dispatcher: the business instant at which it looks at latest; NULL: when it is called.
dispatchers = Table(
    "dispatchers",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("wake_at", Instant),
)

# When the next message of a shard to a provider is due by the channel's rate, in machine time.
message_rates = Table(
    "message_rates",
    metadata,
    Column("channel", String(8), primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("next_at", Instant, nullable=False),
)

# A way out as it stands; no row: it was never in trouble. Instants are machine time.
channels = Table(
    "channels",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("since", Instant),
    Column("reason", Text, nullable=False),
    Column("account_errors", Whole, nullable=False),
    Column("probe_at", Instant),
    # The person who paused it, "" where it failed by itself; and until when, NULL for until they say so.
    Column("by", String(64), nullable=False, server_default=""),
    Column("until", Instant),
    # What it takes it refuses afterwards, for the shop's account; since when it has taken some without that.
    Column("refuses_later", Boolean, nullable=False, server_default=text("false")),
    Column("accepted_at", Instant),
)

message_items = Table(
    "message_items",
    metadata,
    Column("backorder", String(1024), primary_key=True),
    Column("step", String(160), primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("facts", Text, nullable=False),
    # The promise that the message puts into words, and what it rested on when it was written.
    Column("revision", Whole),
    Column("window", Text),
    Column("evidence", Text, nullable=False, server_default="[]"),
    # What its line has still to hear of the message, because it could not be read when that happened.
    Column("unapplied", Text),
    Index(None, "message"),
    partial("ix_message_items_unapplied", "backorder", where="message_items.unapplied IS NOT NULL"),
)

sends = Table(
    "sends",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("attempt", Whole, nullable=False),
    Column("state", String(16), nullable=False),
    Column("address", Text),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("provider_id", String(128)),
    Column("code", String(64)),
    Column("reason", Text),
    Column("claimed_at", Instant, nullable=False),
    Column("recorded_at", Instant),
    # Where it stands by all that the provider reported: sent, delivered, complained or bounced.
    Column("delivery", String(16)),
    # Its text asks for a digit.
    Column("digits", Boolean, nullable=False, server_default=text("false")),
    # Of its words: the digest, and its salt, which is gone when they are emptied.
    Column("digest", String(64)),
    Column("salt", String(32)),
    # How long the chain of its reports is, and how it ends.
    Column("reported_length", Whole),
    Column("reported_head", String(64)),
    UniqueConstraint("message", "channel", "attempt"),
    partial("ix_sends_provider_id", "provider_id", where="provider_id IS NOT NULL"),
    partial("ix_sends_texted", "address", where="channel = 'sms'"),
)

# What providers report about sends, each once. Instants are machine time.
delivery_reports = Table(
    "delivery_reports",
    metadata,
    Column("id", String(200), primary_key=True),
    # The same event can come again under another ID: what it is about, what it says, and when.
    Column("says", String(64), nullable=False, unique=True),
    # NULL where the address is all that there is.
    Column("send", ForeignKey("sends.id")),
    Column("said", String(16), nullable=False),
    Column("code", String(64), nullable=False, server_default=""),
    # In the provider's words, without the address.
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    # Of the reason: the digest, and its salt, which is gone when it is emptied.
    Column("words", String(64)),
    Column("salt", String(32)),
    # In the chain of its send's reports; NULL where an older version wrote it.
    Column("place", Whole),
    Column("hash", String(64)),
    Index(None, "send"),
)
