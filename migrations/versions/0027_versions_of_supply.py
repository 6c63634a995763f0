"""The version of a SKU's queue, stock and supply, which every change of them raises."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# What a line that is new in the queue would be promised depends on these columns, besides what is set aside.
# The triggers on those sums raise the version as well: see `stock` below.
COLUMNS = {
    "demands": ("priority", "ordered_at", "partial", "open", "claim", "id_order"),
    "incoming": ("sku", "quantity", "likely", '"by"'),
}
OF_STOCK = ("on_hand", "allocated")


def upgrade() -> None:
    """Begin to count."""
    op.add_column("stock", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def _sqlite_triggers() -> None:
    raised = "UPDATE stock SET version = version + 1 WHERE sku = {}.sku;"
    for table, columns in COLUMNS.items():
        for verb, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER {table}_version_{verb.lower()} AFTER {verb} ON {table} "
                f"BEGIN {raised.format(row)} END"
            )
        op.execute(
            f"CREATE TRIGGER {table}_version_update AFTER UPDATE OF {', '.join(columns)} ON {table} "
            f"WHEN {_differs(columns, 'IS NOT')} BEGIN {raised.format('NEW')} END"
        )
    op.execute(
        f"CREATE TRIGGER stock_version AFTER UPDATE OF {', '.join(OF_STOCK)} ON stock "
        f"WHEN {_differs(OF_STOCK, 'IS NOT')} BEGIN {raised.format('NEW')} END"
    )


def _postgresql_triggers() -> None:
    op.execute(
        """
        CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.version := OLD.version + 1;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION raise_version_of_sku() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'DELETE' THEN
                UPDATE stock SET version = version + 1 WHERE sku = NEW.sku;
            ELSE
                UPDATE stock SET version = version + 1 WHERE sku = OLD.sku;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER stock_version BEFORE UPDATE OF {', '.join(OF_STOCK)} ON stock FOR EACH ROW "
        f"WHEN ({_differs(OF_STOCK, 'IS DISTINCT FROM')}) EXECUTE FUNCTION raise_version()"
    )
    for table, columns in COLUMNS.items():
        op.execute(
            f"CREATE TRIGGER {table}_version AFTER INSERT OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION raise_version_of_sku()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_version_update AFTER UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW WHEN ({_differs(columns, 'IS DISTINCT FROM')}) "
            f"EXECUTE FUNCTION raise_version_of_sku()"
        )


def _differs(columns: tuple[str, ...], unlike: str) -> str:
    return " OR ".join(f"NEW.{column} {unlike} OLD.{column}" for column in columns)


def downgrade() -> None:
    """Stop counting."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER stock_version")
        for table in COLUMNS:
            for verb in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {table}_version_{verb}")
    else:
        op.execute("DROP TRIGGER stock_version ON stock")
        for table in COLUMNS:
            op.execute(f"DROP TRIGGER {table}_version ON {table}")
            op.execute(f"DROP TRIGGER {table}_version_update ON {table}")
        op.execute("DROP FUNCTION raise_version_of_sku()")
        op.execute("DROP FUNCTION raise_version()")
    op.drop_column("stock", "version")
