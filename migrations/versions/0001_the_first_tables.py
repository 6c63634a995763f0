"""The first tables."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Amount, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "stated_dates",
    "receipts",
    "stock_movements",
    "allocations",
    "promises",
    "timeline",
    "policies",
    "parameters",
    "peggings",
)
# What is set aside for demands and reservations adds up in stock.allocated, whose constraint then makes
# overselling impossible whatever the code does.
ALLOCATING = (("demands", "allocated"), ("reservations", "quantity"))


def _sqlite_triggers() -> None:
    for table, column in ALLOCATING:
        add = f"UPDATE stock SET allocated = allocated + NEW.{column} WHERE sku = NEW.sku;"
        take = f"UPDATE stock SET allocated = allocated - OLD.{column} WHERE sku = OLD.sku;"
        op.execute(f"CREATE TRIGGER {table}_insert AFTER INSERT ON {table} BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {table}_delete AFTER DELETE ON {table} BEGIN {take} END")
        # One statement, so that the sum never dips in between.
        op.execute(
            f"CREATE TRIGGER {table}_update AFTER UPDATE OF {column} ON {table} "
            f"WHEN NEW.{column} <> OLD.{column} BEGIN "
            f"UPDATE stock SET allocated = allocated + NEW.{column} - OLD.{column} WHERE sku = NEW.sku; END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_sku BEFORE UPDATE OF sku ON {table} WHEN NEW.sku <> OLD.sku "
            f"BEGIN SELECT RAISE(ABORT, 'the SKU of {table} never changes'); END"
        )
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _postgresql_triggers() -> None:
    for table, column in ALLOCATING:
        op.execute(
            f"""
            CREATE FUNCTION {table}_allocate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF NEW.{column} <> 0 THEN
                        UPDATE stock SET allocated = allocated + NEW.{column} WHERE sku = NEW.sku;
                    END IF;
                ELSIF TG_OP = 'DELETE' THEN
                    UPDATE stock SET allocated = allocated - OLD.{column} WHERE sku = OLD.sku;
                ELSIF NEW.sku <> OLD.sku THEN
                    RAISE EXCEPTION 'the SKU of {table} never changes';
                ELSIF NEW.{column} <> OLD.{column} THEN
                    UPDATE stock SET allocated = allocated + NEW.{column} - OLD.{column} WHERE sku = NEW.sku;
                END IF;
                RETURN NULL;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_allocate AFTER INSERT OR DELETE OR UPDATE OF {column}, sku ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_allocate()"
        )
    op.execute(
        """
        CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def upgrade() -> None:
    """Make every table, and the triggers that keep the sums and the records."""
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", Instant(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("contact", sa.String(length=16), server_default="usual", nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("region", sa.String(length=16), nullable=False),
        sa.Column("sms_consent", sa.Boolean(), nullable=False),
        sa.Column("marketing_consent", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customers_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_customers_phone"), ["phone"], unique=False)

    op.create_table(
        "history",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("destination", sa.String(length=128), nullable=False),
        sa.Column("ordered", sa.Date(), nullable=False),
        sa.Column("stated", sa.Date(), nullable=True),
        sa.Column("arrived", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_history")),
    )
    op.create_table(
        "messages",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=True),
        sa.Column("template", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'failed', 'withdrawn', 'unsettled')",
            name=op.f("ck_messages_state"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_messages")),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_planned",
            ["person", "not_before"],
            unique=False,
            sqlite_where=sa.text("state IN ('planned', 'claimed')"),
            postgresql_where=sa.text("state IN ('planned', 'claimed')"),
        )

    op.create_table(
        "parameters",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_parameters")),
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("loaded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_policies")),
    )
    op.create_table(
        "suppliers",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("backups", sa.Text(), server_default="[]", nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliers")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_tasks_key")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tasks_open",
            ["at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "current_policies",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "version"],
            ["policies.name", "policies.version"],
            name=op.f("fk_current_policies_name_version"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_current_policies")),
    )
    op.create_table(
        "message_items",
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("step", sa.String(length=160), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("window", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_message_items_message")),
        sa.PrimaryKeyConstraint("backorder", "step", name=op.f("pk_message_items")),
    )
    with op.batch_alter_table("message_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_items_message"), ["message"], unique=False)

    op.create_table(
        "products",
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=128), nullable=False),
        sa.Column("price", Amount(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("supplier", sa.String(length=128), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("alternatives", sa.Text(), server_default="[]", nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.id"], name=op.f("fk_products_supplier")),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_products")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_products_category"), ["category"], unique=False)

    op.create_table(
        "purchase_orders",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("supplier", sa.String(length=128), nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("look_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.id"], name=op.f("fk_purchase_orders_supplier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_orders")),
    )
    with op.batch_alter_table("purchase_orders", schema=None) as batch_op:
        batch_op.create_index(
            "ix_purchase_orders_open",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_purchase_orders_supplier"), ["supplier"], unique=False)

    op.create_table(
        "sends",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_sends_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sends")),
        sa.UniqueConstraint("message", "channel", "attempt", name=op.f("uq_sends_message_channel_attempt")),
    )
    op.create_table(
        "backorders",
        sa.Column("id", sa.String(length=257), nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("customer", sa.String(length=128), nullable=False),
        sa.Column("supplier", sa.String(length=128), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("promised_by", sa.Date(), nullable=True),
        sa.Column("first_by", sa.Date(), nullable=True),
        sa.Column("needs", sa.Boolean(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("wake_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('open', 'closing', 'fulfilled', 'cancelled', 'substituted')",
            name=op.f("ck_backorders_phase"),
        ),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_backorders_customer")),
        sa.ForeignKeyConstraint(
            ["policy", "policy_version"],
            ["policies.name", "policies.version"],
            name=op.f("fk_backorders_policy_policy_version"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_backorders_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backorders")),
        sa.UniqueConstraint("order_id", "line_id", name=op.f("uq_backorders_order_id_line_id")),
    )
    with op.batch_alter_table("backorders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backorders_customer_id"), ["customer", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_backorders_phase_id"), ["phase", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_backorders_sku_id"), ["sku", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_backorders_supplier_id"), ["supplier", "id"], unique=False)
        batch_op.create_index(
            "ix_backorders_needs",
            ["id"],
            unique=False,
            sqlite_where=sa.text("needs"),
            postgresql_where=sa.text("needs"),
        )
        batch_op.create_index(
            "ix_backorders_promised",
            ["promised_by", "id"],
            unique=False,
            sqlite_where=sa.text("phase = 'open'"),
            postgresql_where=sa.text("phase = 'open'"),
        )
        batch_op.create_index(
            "ix_backorders_unstarted",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("seq = 0"),
            postgresql_where=sa.text("seq = 0"),
        )

    op.create_table(
        "purchase_order_lines",
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(length=128), server_default="", nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_order"], ["purchase_orders.id"], name=op.f("fk_purchase_order_lines_purchase_order")
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_purchase_order_lines_sku")),
        sa.PrimaryKeyConstraint("purchase_order", "line", name=op.f("pk_purchase_order_lines")),
    )
    with op.batch_alter_table("purchase_order_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_order_lines_sku"), ["sku"], unique=False)

    op.create_table(
        "stock",
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("on_hand", sa.Integer(), server_default="0", nullable=False),
        sa.Column("allocated", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("allocated <= on_hand", name=op.f("ck_stock_not_oversold")),
        sa.CheckConstraint("allocated >= 0", name=op.f("ck_stock_allocated")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_on_hand")),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_stock_sku")),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_stock")),
    )
    op.create_table(
        "allocations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=160), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_allocations_backorder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    with op.batch_alter_table("allocations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocations_backorder"), ["backorder"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=128), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected', 'lapsed')", name=op.f("ck_approvals_state")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_order", "line"],
            ["purchase_order_lines.purchase_order", "purchase_order_lines.line"],
            name=op.f("fk_approvals_purchase_order_line"),
        ),
        sa.PrimaryKeyConstraint("purchase_order", "line", "revision", name=op.f("pk_approvals")),
    )
    op.create_table(
        "demands",
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("partial", sa.String(length=8), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.Boolean(), nullable=False),
        sa.Column("arrivals", sa.Text(), server_default="[]", nullable=False),
        sa.Column("allocated_on", sa.Date(), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("drift", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("seen", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("allocated <= open", name=op.f("ck_demands_not_more_than_open")),
        sa.CheckConstraint("allocated >= 0", name=op.f("ck_demands_allocated")),
        sa.CheckConstraint("open >= 0", name=op.f("ck_demands_open")),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_demands_backorder")),
        sa.ForeignKeyConstraint(["sku"], ["stock.sku"], name=op.f("fk_demands_sku")),
        sa.PrimaryKeyConstraint("backorder", name=op.f("pk_demands")),
    )
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.create_index(
            "ix_demands_queue",
            ["sku", "ordered_at", "backorder"],
            unique=False,
            sqlite_where=sa.text("open > 0"),
            postgresql_where=sa.text("open > 0"),
        )
        batch_op.create_index(
            "ix_demands_allocated",
            ["backorder"],
            unique=False,
            sqlite_where=sa.text("open > 0 AND open = allocated"),
            postgresql_where=sa.text("open > 0 AND open = allocated"),
        )
        batch_op.create_index(
            "ix_demands_unseen",
            ["sku", "backorder"],
            unique=False,
            sqlite_where=sa.text("version > seen"),
            postgresql_where=sa.text("version > seen"),
        )

    op.create_table(
        "endings",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_endings_backorder")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_endings")),
    )
    with op.batch_alter_table("endings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endings_at"), ["at"], unique=False)

    op.create_table(
        "events",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("delivered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_events_backorder")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_backorder"), ["backorder"], unique=False)

    op.create_table(
        "incoming",
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("split", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("stated", sa.Date(), nullable=True),
        sa.Column("likely", sa.Date(), nullable=True),
        sa.Column("by", sa.Date(), nullable=True),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_order", "line"],
            ["purchase_order_lines.purchase_order", "purchase_order_lines.line"],
            name=op.f("fk_incoming_purchase_order_line"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"], name=op.f("fk_incoming_sku")),
        sa.PrimaryKeyConstraint("purchase_order", "line", "split", name=op.f("pk_incoming")),
    )
    with op.batch_alter_table("incoming", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incoming_sku"), ["sku"], unique=False)

    op.create_table(
        "peggings",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("arrivals", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_peggings_backorder")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_peggings")),
    )
    with op.batch_alter_table("peggings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_peggings_backorder_number"), ["backorder", "number"], unique=False
        )

    op.create_table(
        "promises",
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("likely", sa.Date(), nullable=True),
        sa.Column("by", sa.Date(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_promises_backorder")),
        sa.PrimaryKeyConstraint("backorder", "revision", name=op.f("pk_promises")),
    )
    op.create_table(
        "pursuits",
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("chased_on", sa.Date(), nullable=True),
        sa.Column("chases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("escalated_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["purchase_order", "line"],
            ["purchase_order_lines.purchase_order", "purchase_order_lines.line"],
            name=op.f("fk_pursuits_purchase_order_line"),
        ),
        sa.PrimaryKeyConstraint("purchase_order", "line", name=op.f("pk_pursuits")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_order", "line"],
            ["purchase_order_lines.purchase_order", "purchase_order_lines.line"],
            name=op.f("fk_receipts_purchase_order_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_table(
        "replans",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("drift", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["sku"], ["stock.sku"], name=op.f("fk_replans_sku")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_replans")),
    )
    with op.batch_alter_table("replans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replans_sku"), ["sku"], unique=False)

    op.create_table(
        "requests",
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_requests_backorder")),
        sa.PrimaryKeyConstraint("backorder", "id", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_requests_undecided",
            ["asked_at"],
            unique=False,
            sqlite_where=sa.text("verdict IS NULL"),
            postgresql_where=sa.text("verdict IS NULL"),
        )

    op.create_table(
        "reservations",
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_reservations_backorder")),
        sa.ForeignKeyConstraint(["sku"], ["stock.sku"], name=op.f("fk_reservations_sku")),
        sa.PrimaryKeyConstraint("backorder", name=op.f("pk_reservations")),
    )
    op.create_table(
        "stated_dates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("split", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_order", "line"],
            ["purchase_order_lines.purchase_order", "purchase_order_lines.line"],
            name=op.f("fk_stated_dates_purchase_order_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_dates")),
        sa.UniqueConstraint(
            "purchase_order",
            "line",
            "revision",
            "split",
            name=op.f("uq_stated_dates_purchase_order_line_revision_split"),
        ),
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["sku"], ["stock.sku"], name=op.f("fk_stock_movements_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
        sa.UniqueConstraint("sku", "kind", "reference", name=op.f("uq_stock_movements_sku_kind_reference")),
    )
    op.create_table(
        "timeline",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("backorder", sa.String(length=257), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_timeline_backorder")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_timeline")),
    )
    with op.batch_alter_table("timeline", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_timeline_backorder_number"), ["backorder", "number"], unique=False
        )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def downgrade() -> None:
    """There is nothing before the first tables."""
    raise RuntimeError("the first tables cannot be taken back; drop the database instead")
