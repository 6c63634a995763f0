"""What is expected of purchase orders stands under that name: `incoming` is what the JSON calls its sum.

The workers of before go on meanwhile: a view of the old name reads and writes the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

OLD, NEW = "incoming", "expected_receipts"
KEY = ("purchase_order", "line", "split")
COLUMNS = (*KEY, "sku", "quantity", "ordered_on", "stated", "likely", '"by"', "basis", "words")
OF_VERSION = ("sku", "quantity", "likely", '"by"')
"""Columns that a line that is new in the queue depends on: a change of them raises its SKU's version."""


def upgrade() -> None:
    """Rename the table, its index and its triggers, and leave a view in its place."""
    _rename(OLD, NEW)
    op.execute(f"CREATE VIEW {OLD} AS SELECT * FROM {NEW}")
    if op.get_bind().dialect.name == "sqlite":
        # On PostgreSQL a view of one whole table takes what its table takes.
        values, key = (
            ", ".join(f"NEW.{each}" for each in COLUMNS),
            " AND ".join(f"{each} = OLD.{each}" for each in KEY),
        )
        op.execute(
            f"CREATE TRIGGER {OLD}_insert INSTEAD OF INSERT ON {OLD} "
            f"BEGIN INSERT INTO {NEW} ({', '.join(COLUMNS)}) VALUES ({values}); END"
        )
        op.execute(
            f"CREATE TRIGGER {OLD}_delete INSTEAD OF DELETE ON {OLD} BEGIN DELETE FROM {NEW} WHERE {key}; END"
        )


def downgrade() -> None:
    """Take the old name back."""
    op.execute(f"DROP VIEW {OLD}")
    _rename(NEW, OLD)


def _rename(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        # A trigger keeps its name when its table is renamed, and cannot be given another.
        for verb in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER {old}_version_{verb}")
        op.drop_index(f"ix_{old}_sku", old)
        op.rename_table(old, new)
        op.create_index(f"ix_{new}_sku", new, ["sku"])
        _sqlite_triggers(new)
        return
    op.rename_table(old, new)
    op.execute(f"ALTER INDEX ix_{old}_sku RENAME TO ix_{new}_sku")
    named = sa.text(f"SELECT conname FROM pg_constraint WHERE conrelid = '{new}'::regclass")
    for constraint in op.get_bind().scalars(named).all():
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {constraint} TO {constraint.replace(old, new)}")
    for trigger in ("{}_version", "{}_version_update"):
        op.execute(f"ALTER TRIGGER {trigger.format(old)} ON {new} RENAME TO {trigger.format(new)}")


def _sqlite_triggers(table: str) -> None:
    raised = "UPDATE stock SET version = version + 1 WHERE sku = {}.sku;"
    for verb, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER {table}_version_{verb.lower()} AFTER {verb} ON {table} "
            f"BEGIN {raised.format(row)} END"
        )
    differs = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in OF_VERSION)
    op.execute(
        f"CREATE TRIGGER {table}_version_update AFTER UPDATE OF {', '.join(OF_VERSION)} ON {table} "
        f"WHEN {differs} BEGIN {raised.format('NEW')} END"
    )
