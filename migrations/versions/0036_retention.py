"""Lines are deleted when their time is over: the tables that refuse changes let those of them go."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_ENDED = "closed_at IS NOT NULL"
OF_LINES = ("timeline", "promises", "allocations", "peggings")
"""Append-only tables whose rows belong to a line."""
_EXPIRED = "EXISTS (SELECT 1 FROM expired_lines WHERE expired_lines.backorder = OLD.backorder)"


def upgrade() -> None:
    """Nothing is deleted yet."""
    op.create_table("expired_lines", sa.Column("backorder", sa.String(1024), primary_key=True))
    op.create_index(
        "ix_backorders_closed_at",
        "backorders",
        ["closed_at"],
        sqlite_where=sa.text(_ENDED),
        postgresql_where=sa.text(_ENDED),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in OF_LINES:
            _sqlite(table, f"WHEN NOT {_EXPIRED} ")
        return
    op.execute(
        f"""
        CREATE FUNCTION append_only_until_expired() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF {_EXPIRED} THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
        END $$
        """
    )
    for table in OF_LINES:
        _postgresql(table, "append_only_until_expired")


def _sqlite(table: str, when: str) -> None:
    op.execute(f"DROP TRIGGER {table}_no_delete")
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _postgresql(table: str, function: str) -> None:
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def downgrade() -> None:
    """Keep everything for ever again."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in OF_LINES:
        if sqlite:
            _sqlite(table, "")
        else:
            _postgresql(table, "append_only")
    if not sqlite:
        op.execute("DROP FUNCTION append_only_until_expired()")
    op.drop_index("ix_backorders_closed_at", "backorders")
    op.drop_table("expired_lines")
