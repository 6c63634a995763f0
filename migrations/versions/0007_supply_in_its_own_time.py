"""Supply in its own time: receipts by document and line, returns, instants, since when units are ordered."""

import sqlalchemy as sa
from alembic import op

from backorder.storage.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEYS = {"receipts": ("id", "purchase_order", "line"), "supply_returns": ("id", "purchase_order", "line")}


def upgrade() -> None:
    """Add the columns, let a document have several lines, and fill in when goods arrived."""
    op.add_column("purchase_order_lines", sa.Column("tranches", sa.Text()))
    op.add_column("stated_dates", sa.Column("received", sa.Integer()))
    op.add_column("incoming", sa.Column("ordered_on", sa.Date()))
    op.add_column("stock_movements", sa.Column("happened_at", Instant()))
    _fill_in()
    _several_lines(_KEYS["receipts"])
    op.create_table(
        "supply_returns",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("purchase_order", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("replacement", sa.Boolean(), nullable=False),
        sa.Column("returned_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_supply_returns_quantity")),
        sa.ForeignKeyConstraint(
            ["receipt", "purchase_order", "line"],
            ["receipts.id", "receipts.purchase_order", "receipts.line"],
            name=op.f("fk_supply_returns_receipt_purchase_order_line"),
        ),
        sa.PrimaryKeyConstraint(*_KEYS["supply_returns"], name=op.f("pk_supply_returns")),
    )
    _only_added_to("supply_returns")


def downgrade() -> None:
    """Forget the returns and the instants; a document with several lines stays under its first one."""
    op.drop_table("supply_returns")
    _several_lines(("id",))
    with op.batch_alter_table("incoming") as table:
        table.drop_column("ordered_on")
    op.drop_column("stock_movements", "happened_at")
    op.drop_column("stated_dates", "received")
    op.drop_column("purchase_order_lines", "tranches")


def _fill_in() -> None:
    """Goods count from their arrival; the table is otherwise only added to."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER stock_movements_no_update")
    else:
        op.execute("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only")
    op.execute(
        "UPDATE stock_movements SET happened_at = "
        "(SELECT received_at FROM receipts WHERE receipts.id = stock_movements.reference) "
        "WHERE kind = 'receipt'"
    )
    if sqlite:
        op.execute(
            "CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements "
            "BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END"
        )
    else:
        op.execute("ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only")


def _several_lines(key: tuple[str, ...]) -> None:
    """Give the receipts another primary key."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("pk_receipts", "receipts")
        op.create_primary_key("pk_receipts", "receipts", list(key))
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER receipts_no_{verb}")
    op.rename_table("receipts", "receipts_before")
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
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_receipts")),
    )
    columns = "id, purchase_order, line, quantity, received_at, received_on"
    op.execute(f"INSERT INTO receipts ({columns}) SELECT {columns} FROM receipts_before")
    op.drop_table("receipts_before")
    _only_added_to("receipts")


def _only_added_to(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION append_only()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )
