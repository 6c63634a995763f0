"""The tables. What must never be is a constraint here, not a promise of the code."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backorder.storage.types import Amount, Count, Day, Instant, Unset, Whole

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that meet a condition, which SQLAlchemy is told only where tables are made.

    Saying it for PostgreSQL loads that dialect, 50 ms that a command on SQLite need not pay.
    """
    return Index(name, *columns, info={"where": where})


def conditions() -> None:
    """Complete the indexes, for whoever makes or compares tables."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if condition := index.info.get("where"):
                for kind in ("sqlite", "postgresql"):
                    index.dialect_options[kind]["where"] = text(condition)


APPEND_ONLY = (
    "stated_dates",
    "receipts",
    "supply_returns",
    "stock_movements",
    "stock_counts",
    "allocations",
    "promises",
    "timeline",
    "policies",
    "parameters",
    "peggings",
)
"""Tables that refuse changes and deletions."""

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
    Index(None, "email"),
    Index(None, "phone"),
    _partial("ix_customers_erasure", "erasure_asked_at", where="erasure_asked_at IS NOT NULL"),
)

# By what the addresses of erased customers are hashed; made with the first of them.
address_keys = Table(
    "address_keys",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
)

# The public halves of all keys by which evidence was ever signed. Instants are machine time.
evidence_keys = Table(
    "evidence_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("public", String(64), nullable=False),
    Column("since", Instant, nullable=False),
)

# The words by which a customer is found: folded, each with every beginning of it by its index.
customer_terms = Table(
    "customer_terms",
    metadata,
    Column("customer", ForeignKey("customers.id"), primary_key=True),
    Column("term", String(128, collation="C"), primary_key=True),
    Index(None, "term", "customer"),
)

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
    _partial("ix_purchase_orders_open", "look_at", where="look_at IS NOT NULL"),
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
    _partial(
        "ix_purchase_order_lines_open",
        "purchase_order",
        "line",
        where="cancelled_at IS NULL AND received < quantity",
    ),
    _partial("ix_purchase_order_lines_due", "due", "purchase_order", "line", where="due IS NOT NULL"),
)

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

incoming = Table(
    "incoming",
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
    _partial("ix_backorders_unstarted", "opened_at", where="seq = 0"),
    _partial("ix_backorders_wake_at", "wake_at", where="wake_at IS NOT NULL"),
    _partial("ix_backorders_look_at", "look_at", where="look_at IS NOT NULL"),
    _partial("ix_backorders_untold", "sku", "id", where="untold_since IS NOT NULL"),
    _partial("ix_backorders_needs", "id", where="needs"),
    _partial("ix_backorders_promised", "promised_by", "id", where="phase = 'open'"),
    _partial("ix_backorders_closed_at", "closed_at", where="closed_at IS NOT NULL"),
    _partial("ix_backorders_duty", "duty_due", "id", where="duty_due IS NOT NULL"),
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
    _partial("ix_demands_queue", "sku", "ordered_at", "backorder", where="open > 0"),
    _partial("ix_demands_allocated", "backorder", where="open > 0 AND open = allocated"),
    _partial("ix_demands_unseen", "sku", "backorder", where="supply_version > acknowledged"),
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
    _partial("ix_requests_undecided", "requested_at", where="verdict IS NULL"),
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
    _partial(
        "ix_messages_waiting", "person", "not_before", where="state IN ('planned', 'claimed', 'unknown')"
    ),
    _partial(
        "ix_messages_not_gone",
        "state",
        "not_before",
        "number",
        where="state IN ('planned', 'claimed', 'unknown', 'failed')",
    ),
    _partial("ix_messages_awaits", "awaits", where="awaits IS NOT NULL"),
    # What went to a person lately.
    _partial("ix_messages_sent", "person", "done_at", where="state = 'sent'"),
    _partial(
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
    _partial("ix_message_items_unapplied", "backorder", where="message_items.unapplied IS NOT NULL"),
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
    _partial("ix_sends_provider_id", "provider_id", where="provider_id IS NOT NULL"),
)

# What customers agreed to, in the words that they read.
consents = Table(
    "consents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("customer", ForeignKey("customers.id"), nullable=False),
    # To what: texts about an order, or promotions by a channel.
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

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("type", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("delivered_at", Instant),
    # Where it stands for all readers: given once it is committed, by one writer, in order. NULL: not yet.
    Column("position", BigInteger),
    Index(None, "backorder"),
    Index(None, "position", unique=True),
    _partial("ix_events_unplaced", "number", where="position IS NULL"),
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
    Column("by_settings", Boolean, nullable=False, server_default=text("false")),
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
    _partial("ix_deliveries_due", "receiver", "due_at", "position", where="state = 'pending'"),
    _partial("ix_deliveries_order", "receiver", "backorder", "position", where="state = 'pending'"),
    _partial("ix_deliveries_claimed", "receiver", "claimed_until", where="claimed_until IS NOT NULL"),
    # What was tried and not taken, which its line shows.
    _partial(
        "ix_deliveries_refused",
        "backorder",
        "first_at",
        where="state IN ('pending', 'dead') AND attempts > 0",
    ),
    _partial("ix_deliveries_dead", "receiver", "position", where="state = 'dead'"),
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

# --- the supply's own memory

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("supplier", String(200), nullable=False),
    Column("destination", String(128), nullable=False),
    Column("ordered", Day, nullable=False),
    Column("stated", Day),
    Column("arrived", Day),
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

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", String(1024), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(1024), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("done_at", Instant),
    _partial("ix_tasks_open", "at", where="done_at IS NULL"),
)

# What people wrote down about a line or a task: words in rows of their own, which can be emptied.
notes = Table(
    "notes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(160), nullable=False),
    Column("backorder", ForeignKey("backorders.id")),
    Column("task", ForeignKey("tasks.id")),
    Column("at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("text", Text, nullable=False),
    CheckConstraint("(backorder IS NULL) <> (task IS NULL)", name="about"),
    UniqueConstraint("backorder", "id"),
    UniqueConstraint("task", "id"),
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

# What could not be read or looked at, so that it stops nothing else: a line, a message, a SKU, an order.
engine_errors = Table(
    "engine_errors",
    metadata,
    Column("subject", Text, primary_key=True),
    # The line that shows it; "" where it concerns none.
    Column("backorder", Text, primary_key=True),
    Column("error", String(128), nullable=False),
    Column("words", Text, nullable=False),
    # How often in a row, in machine time; until: left alone by the sweep till then.
    Column("times", Whole, nullable=False),
    Column("since", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index(None, "backorder"),
)

endings = Table(
    "endings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("backorder", ForeignKey("backorders.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)


# --- the doors

# Keys of programs. Instants are machine time. The key itself is never stored, only its hash.
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
    _partial("ix_audit_unplaced", "number", where="position IS NULL"),
)
